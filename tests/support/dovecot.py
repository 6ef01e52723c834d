"""A Dovecot of the test's own: its configuration, folder, ports and process. The system's Dovecot is never touched.

As a command it serves until it is told to stop: dovecot.py FOLDER --user NAME --password WORD [--profile demo]. Started
again on the same folder it has the same ports, certificate and mail; FOLDER/serving.json says which, while it serves.
"""

import argparse
import getpass
import imaplib
import json
import os
import pwd
import signal
import ssl
import subprocess
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    __package__ = "support"

from . import generate_mail, waiting  # noqa: E402
from .certificates import Authority  # noqa: E402

CONFIGURATION = """\
base_dir = {run}
state_dir = {run}
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {uid}
mail_gid = {gid}
mail_location = maildir:{mail}/%u
mail_fsync = {fsync}
maildir_stat_dirs = no
mail_max_userip_connections = 100
auth_failure_delay = 0
imap_idle_notify_interval = 30 s
default_vsz_limit = 1 G
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={mail}/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
{special}}}
service imap-login {{
  chroot =
  service_count = 0
  client_limit = 500
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
service imap {{
  process_limit = 300
}}
{more}
"""

MAIL_CRYPT = """\
mail_plugins = mail_crypt
plugin {{
  mail_crypt_global_private_key = <{folder}/crypt.key
  mail_crypt_global_public_key = <{folder}/crypt.pub
  mail_crypt_save_version = 2
}}
"""

# Dovecot opens no mail as root: root's mail belongs to nobody, anybody else's to that user.
NOBODY = pwd.getpwnam("nobody")
MAIL_UID, MAIL_GID = (NOBODY.pw_uid, NOBODY.pw_gid) if os.geteuid() == 0 else (os.geteuid(), os.getegid())

SPECIAL = {"Drafts": "Drafts", "Sent": "Sent", "Trash": "Trash", "Archive": "Archive", "Junk": "Junk"}


class Dovecot:
    """port answers in clear (and STARTTLS), tls_port with TLS at once; ca is what a client must trust.

    Started by root it reads the mail as nobody: every folder above must be open to everybody.
    """

    def __init__(self, folder: Path, *, users=None, fsync: str = "never", mail_crypt: str = "", ports: tuple[int, int] = (0, 0), more: str = ""):
        self.folder = Path(folder).resolve()
        self.mail = self.folder / "mail"
        self.users = dict(users or {"user": "secret"})
        self.port = ports[0] or waiting.free_port()
        self.tls_port = ports[1] or waiting.free_port()
        self._process = None
        for part in (self.folder, self.mail, self.folder / "run"):
            part.mkdir(parents=True, exist_ok=True)
        self.authority = Authority(self.folder / "tls")
        self.ca = self.authority.certificate
        self.certificate = self.authority.server("localhost")
        self._fsync, self._more = fsync, more + ("" if not mail_crypt else self._make_crypt())
        self.configure()

    def _make_crypt(self) -> str:
        private, public = self.folder / "crypt.key", self.folder / "crypt.pub"
        for command in (["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{private}.ec"],
                        ["pkey", "-in", f"{private}.ec", "-out", private], ["pkey", "-in", private, "-pubout", "-out", public]):
            subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True, timeout=30)
        return MAIL_CRYPT.format(folder=self.folder)

    def configure(self) -> None:
        """Writes the configuration and the passwords; takes effect at the next start."""
        root = os.geteuid() == 0
        me = getpass.getuser()
        certificate, key = self.certificate
        special = "".join(f"  mailbox {name} {{\n    special_use = \\{use}\n  }}\n" for name, use in SPECIAL.items())
        (self.folder / "dovecot.conf").write_text(CONFIGURATION.format(
            folder=self.folder, run=self.folder / "run", mail=self.mail, certificate=certificate, key=key, port=self.port,
            tls_port=self.tls_port, internal="dovecot" if root else me, login="dovenull" if root else me,
            group="dovecot" if root else "", uid=MAIL_UID, gid=MAIL_GID, fsync=self._fsync, special=special, more=self._more))
        (self.folder / "users").write_text("".join(f"{user}:{{PLAIN}}{word}\n" for user, word in self.users.items()))

    def root(self, user: str = "user") -> Path:
        """The user's Maildir."""
        return self.mail / user

    def start(self) -> "Dovecot":
        program = "/usr/sbin/dovecot"
        self.give_mail()
        self._process = subprocess.Popen([program, "-F", "-c", self.folder / "dovecot.conf"], stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=open(self.folder / "start.log", "wb"))
        waiting.until(lambda: self._alive() and waiting.listens(self.port) and waiting.listens(self.tls_port), "Dovecot listens")
        return self

    def give_mail(self) -> None:
        if os.geteuid() != 0:
            return
        for path, folders, files in os.walk(self.mail):
            for name in [path, *(os.path.join(path, name) for name in folders + files)]:
                os.chown(name, MAIL_UID, MAIL_GID, follow_symlinks=False)

    def _alive(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError("Dovecot ended: " + (self.folder / "start.log").read_text() + self.log()[-2000:])
        return True

    def log(self) -> str:
        path = self.folder / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

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
        waiting.until(lambda: not any(_runs(pid) for pid in children), "Dovecot's sessions end", 20)

    def __enter__(self) -> "Dovecot":
        return self.start()

    def __exit__(self, *_nothing) -> None:
        self.end()

    def client(self, user: str = "user", timeout: float = 60) -> imaplib.IMAP4:
        """A logged-in imaplib connection over TLS."""
        context = ssl.create_default_context(cafile=str(self.ca))
        client = imaplib.IMAP4_SSL("127.0.0.1", self.tls_port, ssl_context=context, timeout=timeout)
        client.login(user, self.users[user])
        return client


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


def _serve(options) -> None:
    known = options.folder / "ports.json"
    ports = tuple(json.loads(known.read_text())) if known.exists() else (0, 0)
    server = Dovecot(options.folder, users={options.user: options.password}, ports=ports)
    if options.profile and not known.exists():
        generate_mail.generate(options.profile, server.root(options.user))
    known.write_text(json.dumps([server.port, server.tls_port]))
    serving = options.folder / "serving.json"
    with server:
        serving.write_text(json.dumps({"pid": os.getpid(), "port": server.port, "tls_port": server.tls_port, "ca": str(server.ca)}))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            while True:
                signal.pause()
        finally:
            serving.unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--user", default="user")
    parser.add_argument("--password", default="secret")
    parser.add_argument("--profile", help="mail to begin with, as generate_mail.py has it")
    _serve(parser.parse_args())


if __name__ == "__main__":
    main()
