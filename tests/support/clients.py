"""Mail clients as people run them: curl, mbsync and neomutt, pointed at a port on loopback."""

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

MBSYNC = """\
FSync {fsync}

IMAPAccount account
Host {host}
Port {port}
User {user}
Pass {password}
SSLType {ssl}
{ca}AuthMechs LOGIN
Timeout 120
{pipeline}
IMAPStore far
Account account

MaildirStore near
Path {maildir}/
Inbox {maildir}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Sync {sync}
Create {create}
Remove None
Expunge {expunge}
CopyArrivalDate yes
SyncState *
"""

NEOMUTT = """\
set folder="imap://{user}@127.0.0.1:{port}/"
set spoolfile="+INBOX"
set imap_user="{user}"
set imap_pass="{password}"
set ssl_starttls=no
set ssl_force_tls=no
set quit=yes
set confirmappend=no
set delete=yes
set move=no
set wait_key=no
set mark_old=no
set header_cache=""
set imap_check_subscribed=no
set timeout=1
"""


def curl(shown: dict, path: str, *arguments, seconds: float = 30) -> bytes:
    """One IMAP request; shown is what `account show --json` says."""
    command = ["curl", "--silent", "--show-error", "--max-time", str(seconds), "--user", f"{shown['user']}:{shown['password']}",
               *map(str, arguments), f"imap://127.0.0.1:{shown['port']}/{path}"]
    return subprocess.run(command, check=True, capture_output=True, timeout=seconds + 5).stdout


class Mbsync:
    """A Maildir of its own that is kept in step with one account."""

    def __init__(self, folder: Path, *, port: int, user: str, password: str, ca: Path | None = None, sync: str = "All",
                 expunge: str = "Both", fsync: str = "no", pipeline: int = 0):
        self.folder = folder
        self.maildir = folder / "maildir"
        self.maildir.mkdir(parents=True)
        self._configuration = folder / "mbsyncrc"
        self._configuration.write_text(MBSYNC.format(
            host="localhost" if ca else "127.0.0.1", port=port, user=user, password=password, ssl="IMAPS" if ca else "None",
            ca=f"CertificateFile {ca}\n" if ca else "", maildir=self.maildir, sync=sync, fsync=fsync,
            create="Both" if sync == "All" else "Near", expunge=expunge if sync == "All" else "None",
            pipeline=f"PipelineDepth {pipeline}\n" if pipeline else ""))

    def run(self, seconds: float = 300) -> str:
        done = subprocess.run(["mbsync", "-c", self._configuration, "all"], capture_output=True, text=True, timeout=seconds,
                              env={**os.environ, "HOME": str(self.folder)})
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout + done.stderr

    def contents(self) -> dict[str, list[tuple]]:
        """Each mailbox's messages: bytes, flags, time of arrival; sorted, so that two can be compared."""
        found = {}
        for cur in self.maildir.rglob("cur"):
            name = str(cur.parent.relative_to(self.maildir))
            found[name] = sorted(_message(path) for part in (cur, cur.parent / "new") for path in part.iterdir())
        return found


def _message(path: Path) -> tuple[bytes, str, int]:
    flags = path.name.rpartition(":2,")[2] if ":2," in path.name else ""
    # What mbsync marks a message with until it knows its UID stays in it.
    return re.sub(rb"X-TUID: [^\n]{12}\r?\n", b"", path.read_bytes(), count=1), flags, int(path.stat().st_mtime)


def neomutt(folder: Path, shown: dict, keys: str, seconds: float = 60) -> str:
    """Runs neomutt on a terminal of its own with these keys pushed; they have to end it. Gives back the screen's bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "neomuttrc"
    configuration.write_text(NEOMUTT.format(**shown))
    command = ["neomutt", "-n", "-F", str(configuration), "-e", f'push "{keys}"']
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", HOME=str(folder), LANG="C.UTF-8", LC_ALL="C.UTF-8", COLUMNS="120", LINES="40")
        os.execvp(command[0], command)
    screen, deadline = b"", time.monotonic() + seconds
    try:
        while True:
            if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"neomutt did not end within {seconds} s: {screen[-2000:]!r}")
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            screen += piece
    except AssertionError:
        os.kill(pid, 9)
        raise
    finally:
        _pid, code = os.waitpid(pid, 0)
        os.close(terminal)
    assert code == 0, screen[-2000:]
    return screen.decode(errors="replace")
