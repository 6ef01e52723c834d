"""A mail server of the test's own: its folder, ports, certificate and process. What all kinds have in common."""

import imaplib
import os
import pwd
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

from . import waiting
from .certificates import Authority

# No server opens mail as root: root's mail belongs to nobody, anybody else's to that user.
NOBODY = pwd.getpwnam("nobody")
MAIL_UID, MAIL_GID = (NOBODY.pw_uid, NOBODY.pw_gid) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


class Colleague(imaplib.IMAP4_SSL):
    """Another client of the same mailboxes."""

    def create(self, mailbox):
        """Dovecot may answer that it is there already, where somebody else lists mailboxes while this one is made."""
        answer = super().create(mailbox)
        made = answer[0] == "NO" and answer[1][0].startswith(b"[ALREADYEXISTS]")
        return ("OK", answer[1]) if made else answer


class MailServer:
    """port answers in clear, tls_port with TLS at once; ca is what a client must trust.

    Started by root it reads the mail as nobody: every folder above must be open to everybody. A subclass says how it is
    called (name, command, environment), writes its settings into the folder, and puts mail into it (fill).
    """

    name = ""
    environment: dict[str, str] = {}

    def __init__(self, folder: Path, *, users=None, ports: tuple[int, int] = (0, 0)):
        self.folder = Path(folder).resolve()
        self.users = dict(users or {"user": "secret"})
        self.port = ports[0] or waiting.free_port()
        self.tls_port = ports[1] or waiting.free_port()
        self._process = None
        self.folder.mkdir(parents=True, exist_ok=True)
        self.authority = Authority(self.folder / "tls")
        self.ca = self.authority.certificate
        self.certificate = self.authority.server("localhost")

    def command(self) -> list:
        """The program and its arguments; it stays in the foreground and ends by its pid."""
        raise NotImplementedError

    def fill(self, profile: str, count: int | None = None) -> int:
        """Puts the profile's mail (generate_mail.py) into the first user's mailboxes; gives back the number of messages."""
        raise NotImplementedError

    def log(self) -> str:
        raise NotImplementedError

    def forget_uids(self) -> None:
        """The first user's INBOX has lost its index, while stopped: the same mail under new UIDs."""
        raise NotImplementedError

    def renumber(self) -> None:
        """The first user's INBOX gets another UIDVALIDITY: the server was repaired. Connections end."""
        validity = self._uid_validity()
        waiting.until(lambda: int(time.time()) > validity, "another second, of which the new UIDVALIDITY is made")
        self.stop()
        self.forget_uids()
        self.start()
        assert self._uid_validity() > validity

    def _uid_validity(self) -> int:
        client = self.client(next(iter(self.users)))
        client.select("INBOX", readonly=True)
        validity = int(client.response("UIDVALIDITY")[1][0])
        client.logout()
        return validity

    def prepare(self) -> None:
        """Just before each start."""

    def start(self):
        self.prepare()
        with open(self.folder / "start.log", "wb") as log:
            self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                                             env=os.environ | self.environment)
        waiting.until(lambda: self._alive() and waiting.listens(self.port) and waiting.listens(self.tls_port), f"{self.name} listens")
        return self

    def _alive(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: " + (self.folder / "start.log").read_text() + self.log()[-2000:])
        return True

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """Ends it and every session of it; start() brings it back on the same ports."""
        self._end(signal.SIGTERM)

    def end(self) -> None:
        """Ends it at once, for good: a stop in good order takes a second, and nobody looks at its mail any more."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        children = _descendants(self._process.pid)
        self._process.send_signal(how)
        self._process.wait(20)
        self._process = None
        for pid in children:
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                pass
        waiting.until(lambda: not any(_runs(pid) for pid in children), f"{self.name}'s sessions end", 20)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_nothing) -> None:
        self.end()

    def client(self, user: str = "user", timeout: float = 60) -> imaplib.IMAP4:
        """A logged-in imaplib connection over TLS."""
        context = ssl.create_default_context(cafile=str(self.ca))
        client = Colleague("127.0.0.1", self.tls_port, ssl_context=context, timeout=timeout)
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # it sends an APPEND in pieces
        client.login(user, self.users[user])
        return client


def give_to_mail_user(folder: Path) -> None:
    """All in the folder belongs to whom the server reads mail as."""
    if os.geteuid() != 0:
        return
    for path, folders, files in os.walk(folder):
        for name in [path, *(os.path.join(path, name) for name in folders + files)]:
            os.chown(name, MAIL_UID, MAIL_GID, follow_symlinks=False)


def _descendants(pid: int) -> list[int]:
    found, left = [], [pid]
    while left:
        try:
            children = Path(f"/proc/{left[0]}/task/{left.pop(0)}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile, or while it was read
            continue
        found += map(int, children)
        left += map(int, children)
    return found


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
