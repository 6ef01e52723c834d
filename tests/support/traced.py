"""What a process writes to, seen by strace from its first instruction on: each name that it opens for writing, makes,
renames, links or removes, and each local socket; of all its threads and of what it starts."""

import codecs
import os
import re
from pathlib import Path

from . import waiting

CALLS = ("open,openat,openat2,creat,rename,renameat,renameat2,mkdir,mkdirat,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,"
         "mknod,mknodat,truncate,bind,connect,chdir,fchdir,chroot,io_uring_setup")
ENTRY = re.compile(r"^(\d+) +(\w+)\((.*)")
NAME = re.compile(r'(?:(?:\d+|AT_FDCWD)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"(\.\.\.)?')
# The shell becomes the program once it is watched, so that the process keeps its number.
SCRIPT = ('{strace} -f -q -y -s 4096 -e trace={calls} -o "$0" -p $$ & '
          'until grep -q "TracerPid:.*[1-9]" /proc/$$/status; do sleep 0.01; done; exec "$@"')


class Traces:
    """prefix() goes before a command; written() tells of all commands that had one, when they have ended."""

    def __init__(self, folder: Path, calls: str = CALLS):
        self._folder, self._calls = folder, calls
        self._folder.mkdir()
        self._count = 0

    def prefix(self) -> list[str]:
        self._count += 1
        strace = "strace" if os.geteuid() == 0 else "sudo -n strace"
        return ["sh", "-c", SCRIPT.format(strace=strace, calls=self._calls), str(self._folder / f"{self._count}.trace")]

    def texts(self) -> list[str]:
        """Each whole."""
        assert self._count, "nothing was traced"
        return [waiting.until(lambda: ended(self._folder / f"{number}.trace"), f"trace {number} ends", 30)
                for number in range(1, self._count + 1)]

    def written(self) -> set[Path]:
        return set().union(*map(names_in, self.texts()))


def ended(path: Path) -> str:
    """The whole trace, once the process itself is gone."""
    text = path.read_text(errors="surrogateescape") if path.exists() else ""
    first = text.split(" ", 1)[0]
    return text if re.search(rf"^{first} +\+\+\+ (exited|killed)", text, re.M) else ""


def names_in(text: str) -> set[Path]:
    """What the calls of a trace may have written to, whether or not they succeeded."""
    names = set()
    for call, arguments in (entry.group(2, 3) for entry in map(ENTRY.match, text.splitlines()) if entry):
        assert call not in ("chdir", "fchdir", "chroot", "io_uring_setup"), f"names cannot be told any more: {call}({arguments}"
        reads = call in ("open", "openat", "openat2") and not re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", arguments)
        if reads or call in ("bind", "connect") and "AF_UNIX" not in arguments:
            continue
        found = [named(*match) for match in NAME.findall(arguments)]
        assert found, f"a call without a name: {call}({arguments}"
        names.update(found)
    return names


def named(base: str, name: str, more: str) -> Path:
    assert not more, f"too long to be read: {name}"
    return Path(os.path.normpath(os.path.join(os.getcwd(), unescaped(base), unescaped(name))))


def unescaped(text: str) -> str:
    return os.fsdecode(codecs.escape_decode(text.encode("utf-8", "surrogateescape"))[0])
