"""A Dovecot of the test's own: its configuration, folder, ports and process. The system's Dovecot is never touched.

As a command it serves until it is told to stop: dovecot.py FOLDER --user NAME --password WORD [--profile demo]. Started
again on the same folder it has the same ports, certificate and mail; FOLDER/serving.json says which, while it serves.
"""

import argparse
import getpass
import imaplib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    __package__ = "support"

from . import generate_mail, waiting  # noqa: E402
from .mail_server import MAIL_GID, MAIL_UID, MailServer, give_to_mail_user  # noqa: E402

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

SPECIAL = {"Drafts": "Drafts", "Sent": "Sent", "Trash": "Trash", "Archive": "Archive", "Junk": "Junk"}


class Dovecot(MailServer):
    """port answers in clear, and to STARTTLS."""

    name = "Dovecot"

    def __init__(self, folder: Path, *, users=None, fsync: str = "never", mail_crypt: str = "", ports: tuple[int, int] = (0, 0), more: str = ""):
        super().__init__(folder, users=users, ports=ports)
        self.mail = self.folder / "mail"
        for part in (self.mail, self.folder / "run"):
            part.mkdir(parents=True, exist_ok=True)
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

    def change_password(self, password: str, user: str = "user") -> None:
        """While it runs. Returns when it holds: the file is looked at once a second."""
        self.users[user] = password
        self.configure()

        def logs_in():
            try:
                self.client(user).logout()
            except imaplib.IMAP4.error:
                return False
            return True
        waiting.until(logs_in, "Dovecot takes the new password", 30, 0.2)

    def root(self, user: str = "user") -> Path:
        """The user's Maildir."""
        return self.mail / user

    def command(self) -> list:
        return ["/usr/sbin/dovecot", "-F", "-c", self.folder / "dovecot.conf"]

    def prepare(self) -> None:
        self.give_mail()

    def give_mail(self) -> None:
        give_to_mail_user(self.mail)

    def fill(self, profile: str, count: int | None = None) -> int:
        """Before it is started."""
        return generate_mail.generate(profile, self.root(next(iter(self.users))), count=count)

    def forget_uids(self) -> None:
        """Flags stand in the files' names."""
        for path in self.root(next(iter(self.users))).glob("dovecot*"):
            if path.name != "dovecot-keywords":
                path.unlink()

    def log(self) -> str:
        path = self.folder / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""


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
