"""What a program sealed with: each key (its hash) and nonce, logged by a library that is loaded before libsodium."""

from collections import Counter
from pathlib import Path

from .satchel import BUILD

LIBRARY = BUILD / "tests" / "support" / "libnonce_log.so"


class NonceLog:
    """environment() goes to every process that is to be watched."""

    def __init__(self, path: Path):
        self._path = path

    def environment(self) -> dict[str, str]:
        assert LIBRARY.exists(), LIBRARY
        return {"LD_PRELOAD": str(LIBRARY), "SATCHEL_NONCE_LOG": str(self._path)}

    def lines(self) -> list[str]:
        return self._path.read_text().splitlines()

    def used_twice(self) -> list[str]:
        return [line for line, count in Counter(self.lines()).items() if count > 1]
