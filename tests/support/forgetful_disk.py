"""A disk that forgets what was not synced, when its power fails; and whose syncs fail when they are told to."""

import os
import subprocess
from pathlib import Path

from . import waiting
from .satchel import BUILD

PROGRAM = BUILD / "tests" / "support" / "forgetful_disk"


class ForgetfulDisk:
    """A file system over FUSE on a folder that it makes. What is in it is gone at the end."""

    def __init__(self, folder: Path):
        self.place = Path(folder)
        self.place.mkdir()

    def __enter__(self) -> "ForgetfulDisk":
        self._process = subprocess.Popen([PROGRAM, self.place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "ready\n", f"no FUSE here: is there /dev/fuse, and may it be used? ({PROGRAM})"
        waiting.until(lambda: os.path.ismount(self.place), "the disk is mounted", 10)
        return self

    def __exit__(self, *_nothing) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(20)
        finally:
            self._process.kill()

    def _ask(self, line: str) -> list[str]:
        print(line, file=self._process.stdin, flush=True)
        return self._process.stdout.readline().split()

    def cut(self, seed: int = 0) -> tuple[int, int]:
        """Power fails: all that was not synced is gone, or some of it as the seed has it. How many pages and names were lost.
        Whoever has files open there was killed before."""
        word, pages, names = self._ask(f"cut {seed}")
        assert word == "lost"
        return int(pages), int(names)

    def fail(self, count: int, after: int = 0) -> None:
        """After so many more syncs so many fail with EIO, once and for all: what they should have kept is lost by a cut."""
        assert self._ask(f"fail {after} {count}") == ["ok"]

    def heal(self) -> None:
        self.fail(0)

    def failed(self) -> int:
        """How many syncs failed since fail()."""
        return int(self._ask("failed")[1])

    def keep(self) -> None:
        """Everything is synced."""
        assert self._ask("keep") == ["ok"]
