"""Another date for the program under test, by libfaketime; it may be set while the program runs."""

from pathlib import Path


class WrongClock:
    """environment makes a process see the time that set() says. How long things take is not touched."""

    def __init__(self, folder: Path):
        (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        self._file = folder / "clock"
        self.environment = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_NO_CACHE": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}
        self.set("+0")

    def set(self, offset: str) -> None:
        """'+10y', '-10y', '+5h'; '+0' is the right time."""
        new = self._file.with_suffix(".new")
        new.write_text(offset + "\n")
        new.rename(self._file)  # never seen half written
