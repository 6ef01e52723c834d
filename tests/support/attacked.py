"""The program with changes that wait to go up, on a line to upstream that others hold: what they may not get or do."""

import base64
import json

from . import compare, waiting
from .faulty_upstream import FaultyUpstream
from .satchel import SLOW, encodings
from .starts_tls import StartsTls
from .upstream import Upstream

PASSWORD = "passwordcanary"
WAITING = "waitingcanary"  # in all that waits to go up
EVIL = "evilcanary"  # in all that others say
GIVES_UP = {"offline", "captive-portal", "certificate-problem", "login-refused"}


def secrets(user: str) -> list[bytes]:
    """What may not stand in clear: the password as it is and in each form of a login, and whatever waits."""
    plain = base64.b64encode(f"\0{user}\0{PASSWORD}".encode()).rstrip(b"=")
    exact, folded = zip(*(encodings(word) for word in (PASSWORD, WAITING)))
    return [plain, plain[4:-4], *sum(exact, []), *sum(folded, [])]


class Attacked:
    """One account over STARTTLS; line.fault is who holds the line. What waits was made in offline()."""

    def __init__(self, satchel, folder, certificates):
        self.satchel, self.certificates = satchel, certificates
        self.upstream = Upstream(folder, count=12)
        self.upstream.dovecot.users = {"user": PASSWORD}
        self.upstream.dovecot.configure()
        self.line = FaultyUpstream(self.upstream.dovecot.port, self.honest())

    def honest(self) -> StartsTls:
        return StartsTls(self.certificates.good())

    def __enter__(self) -> "Attacked":
        self.upstream.__enter__()
        self.line.start()
        self.satchel.start()
        self.satchel.add_account(self.line.port, ca=self.certificates.authority.certificate, security="starttls", password=PASSWORD)
        self.satchel.sync()
        self._go_offline()
        self.before = self.content()
        return self

    def _go_offline(self) -> None:
        client = self.satchel.client()
        self.line.stop()
        self.satchel.in_state("offline")
        assert client.create(WAITING)[0] == "OK"
        assert client.append(WAITING, "(keyword-" + WAITING + ")", None, f"Subject: {WAITING}\r\n\r\n{WAITING}\r\n".encode())[0] == "OK"
        client.select("INBOX")
        assert client.copy("1", WAITING)[0] == "OK" and client.store("2", "+FLAGS", WAITING)[0] == "OK"
        client.logout()  # the line stays away until the first attack: nothing may go up before

    def content(self):
        """All that clients see, with UIDs, and what waits to go up."""
        client = self.satchel.client()
        boxes = {name: (box.uid_validity, [(one.uid, one) for one in box.messages]) for name, box in compare.read_all(client).items()}
        subscribed = compare.subscriptions(client)
        client.logout()
        return boxes, subscribed, json.loads(self.satchel.verb("journal", "list", "--json"))

    def under(self, attack) -> dict:
        """The program meets the attack, gives up, and has neither told nor believed anything. Gives back its state."""
        self.line.fault = attack
        self.line.start()
        self.line.cut()
        done = self.satchel.run_verb("sync", seconds=60)
        assert attack.met, "it never came"
        assert done.returncode == 1 and done.stderr.strip(), (done.stdout, done.stderr)
        told = waiting.until(lambda: self._given_up(), "it gives up", 60 * SLOW, 0.1)
        assert told["detail"], told
        for secret in secrets("user"):
            assert secret not in attack.clear and secret.lower() not in attack.clear.lower(), attack.clear
        assert not attack.secured, "it took the handshake"
        assert self.content() == self.before
        said = done.stderr + done.stdout + json.dumps(self.satchel.status()) + self.satchel.log()
        assert EVIL not in said.lower(), said
        return told

    def _given_up(self):
        account = self.satchel.account()
        return account if account["state"] in GIVES_UP else None

    def in_the_end(self) -> None:
        """The attacks are over: what waited is upstream, once."""
        self.line.fault = self.honest()
        self.line.cut()
        self.satchel.sync()
        colleague = self.upstream.colleague()
        here, there = compare.read_all(self.satchel.client()), compare.read_all(colleague)
        assert compare.differences(here, there) == []
        assert len(there[WAITING.encode()].messages) == 2
        assert sum(WAITING in flag for box in there.values() for one in box.messages for flag in one.flags) == 2

    def __exit__(self, kind, *_nothing) -> None:
        try:
            if kind is None:
                self.in_the_end()
        finally:
            self.line.stop()
            self.upstream.__exit__()
