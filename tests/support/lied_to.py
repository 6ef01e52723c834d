"""One program and one Dovecot for many lies: each meets a new account, in front of the same mail."""

import itertools

from . import compare
from .faulty_upstream import Fault, FaultyUpstream
from .satchel import SLOW

MEMORY = 200_000_000 if SLOW == 1 else 2_000_000_000


class LiedTo:
    def __init__(self, satchel, upstream):
        self.satchel, self.upstream, self.server = satchel, upstream, None
        self._numbers = itertools.count()
        satchel.start()

    def meets(self, fault: Fault, check: bool = False, security: str = "tls") -> FaultyUpstream:
        """A new account, whose server has this fault from the start."""
        certificate = self.upstream.dovecot.certificate if security == "tls" else None
        self.server = FaultyUpstream(self.upstream.dovecot.port, fault, certificate).start()
        self.satchel.add_account(self.server.port, ca=self.upstream.ca, check=check, security=security)
        return self.server

    def ends(self) -> None:
        if self.server is not None:
            self.satchel.verb("account", "remove", "one")
            self.server.stop()
            self.server = None

    def under(self, lie: Fault, flags: bool = True) -> None:
        """In step, then the lie while a change goes up: nothing that was here is hidden, and the change is there once."""
        def all_but(box, word):
            kept = [one for one in box.messages if word not in one.start]
            return kept if flags else [(one.uid, one.digest, one.internal_date) for one in kept]
        self.satchel.sync()
        client = self.satchel.client()
        before = compare.read_all(client)
        self.server.fault = lie
        self.server.cut()
        word = f"underlies{next(self._numbers)}x"
        assert client.append("INBOX", None, None, f"Subject: {word}\r\n\r\ntext\r\n".encode())[0] == "OK"
        self.satchel.run_verb("sync", seconds=60)
        assert lie.met
        after = compare.read_all(client)
        assert compare.changed_uids(before, after) == []
        assert {name: all_but(box, word.encode()) for name, box in after.items()} == {name: all_but(box, word.encode()) for name, box in before.items()}
        self.in_the_end_equal()
        assert self.found(word) == 1

    def found(self, subject: str, box: str = "INBOX") -> int:
        """Messages upstream with that word in their subject."""
        colleague = self.upstream.colleague()
        colleague.select(box, readonly=True)
        return len(colleague.search(None, "SUBJECT", f'"{subject}"')[1][0].split())

    def in_the_end_equal(self) -> None:
        """The fault ends: everything comes, nothing of the fault is left."""
        self.server.fault = Fault()
        self.satchel.sync()
        here, there = compare.read_all(self.satchel.client()), compare.read_all(self.upstream.colleague())
        found = compare.differences(here, there)
        assert found == [], found
        assert self.satchel.peak_memory() < MEMORY, self.satchel.peak_memory()
