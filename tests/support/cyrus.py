"""A Cyrus IMAP of the test's own. Its package conflicts with Dovecot's: packaging/install-dependencies unpacks it beside."""

import getpass
import grp
import os
import random
import subprocess
import time
from pathlib import Path

from .generate_mail import PROFILES
from .mail_server import MAIL_GID, MailServer, give_to_mail_user
from .maildir import modified_utf7

UNPACKED = Path("/var/cache/satchel-tests/cyrus")
PROGRAMS = UNPACKED / "usr/lib/cyrus/bin"

IMAPD = """\
servername: localhost
configdirectory: {folder}/state
defaultpartition: default
partition-default: {folder}/mail
cyrus_user: {user}
cyrus_group: {group}
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {folder}/passwords
sasl_mech_list: PLAIN
allowplaintext: yes
autocreate_quota: 0
unixhierarchysep: yes
altnamespace: yes
tls_server_cert: {certificate}
tls_server_key: {key}
idlesocket: {folder}/state/socket/idle
lmtpsocket: {folder}/state/socket/lmtp
notifysocket: {folder}/state/socket/notify
"""

MASTER = """\
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {folder}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{programs}/imapd -C {folder}/imapd.conf" listen="127.0.0.1:{port}" maxchild=200
  imaps cmd="{programs}/imapd -s -C {folder}/imapd.conf" listen="127.0.0.1:{tls_port}" maxchild=200
}}
DAEMON {{
  idled cmd="{programs}/idled -C {folder}/imapd.conf"
}}
"""


class Cyrus(MailServer):
    """It announces what RFC 3501 has and some fifty extensions; among them QRESYNC, OBJECTID, MOVE and LIST-STATUS."""

    name = "Cyrus IMAP"
    # It syncs each of its files at each change, which nobody needs here.
    environment = {"LD_LIBRARY_PATH": str(UNPACKED / "usr/lib/x86_64-linux-gnu"), "LD_PRELOAD": "libeatmydata.so"}

    def __init__(self, folder: Path, *, users=None, ports: tuple[int, int] = (0, 0)):
        super().__init__(folder, users=users, ports=ports)
        self._to_append = []
        for part in ("state/socket", "state/proc", "state/db", "state/log", "mail"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        certificate, key = self.certificate
        user = "nobody" if os.geteuid() == 0 else getpass.getuser()
        words = dict(folder=self.folder, programs=PROGRAMS, port=self.port, tls_port=self.tls_port, user=user,
                     group=grp.getgrgid(MAIL_GID).gr_name, certificate=certificate, key=key)
        (self.folder / "imapd.conf").write_text(IMAPD.format(**words))
        (self.folder / "cyrus.conf").write_text(MASTER.format(**words))
        for user, word in self.users.items():
            self._run([UNPACKED / "usr/sbin/saslpasswd2", "-c", "-p", "-f", self.folder / "passwords", "-u", "localhost", user], word)

    def _run(self, command: list, text: str = "") -> None:
        subprocess.run(command, input=text, text=True, check=True, capture_output=True, timeout=30, env=os.environ | self.environment)

    def command(self) -> list:
        return [PROGRAMS / "master", "-D", "-C", self.folder / "imapd.conf", "-M", self.folder / "cyrus.conf", "-p", self.folder / "pid"]

    def prepare(self) -> None:
        give_to_mail_user(self.folder)

    def start(self) -> "Cyrus":
        super().start()
        mailboxes, self._to_append = self._to_append, []
        try:
            self._append(mailboxes)
        except BaseException:
            self.end()  # nobody else will
            raise
        return self

    def fill(self, profile: str, count: int | None = None) -> None:
        make, usual = PROFILES[profile]
        self._to_append = list(make(random.Random(f"{profile}/1"), usual if count is None else count))

    def _append(self, mailboxes) -> None:
        if not mailboxes:
            return
        client = self.client(next(iter(self.users)))
        for name, messages in mailboxes:
            wire = '"' + modified_utf7(name) + '"'
            if name != "INBOX":
                assert client.create(wire)[0] == "OK", name
            client.subscribe(wire)
            for message in messages:
                date = time.strftime('"%d-%b-%Y %H:%M:%S +0000"', time.gmtime(message.internal_date))
                answer = client.append(wire, f"({' '.join(sorted(message.flags | message.keywords))})", date, message.raw)
                # It takes none with a NUL, or with lines in the header that are no fields.
                assert answer[0] == "OK" or answer[1][0].startswith(b"Message contains "), answer
        client.logout()

    def forget_uids(self) -> None:
        """It rebuilds its index from the files: flags are lost, dates are not."""
        user = next(iter(self.users))
        for header in self.folder.glob("mail/uuid/*/*/*/cyrus.header"):
            if f" N user.{user} I ".encode() in header.read_bytes():
                (header.parent / "cyrus.index").unlink()
        self._run([PROGRAMS / "reconstruct", "-C", self.folder / "imapd.conf", f"user/{user}"])

    def log(self) -> str:
        """It tells the system's log; what it says at its start is in start.log."""
        return ""
