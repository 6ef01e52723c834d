"""A laptop put back: its home is replaced by yesterday's copy, with or without the generation mark that lies outside. Nothing
is sent twice, no UID that a client ever saw names another message, no nonce is used twice under one key."""

import random
import re
import shutil

import pytest

from support import compare
from support.nonces import NonceLog
from support.satchel import Satchel
from support.upstream import Upstream

BOXES = ["INBOX", "Archive", "Sent"]
TOLD = "was put back"  # in the log


class Laptop:
    """The program, what a client of it ever saw, and a copy of its home."""

    def __init__(self, folder, upstream: Upstream):
        self.satchel, self._upstream, self._copies = Satchel(folder / "satchel"), upstream, folder / "copies"
        self.nonces = NonceLog(folder / "nonces")
        self.satchel.environment |= self.nonces.environment()
        self._number = 0
        self._seen: dict[tuple[bytes, int, int], str] = {}  # (mailbox, UIDVALIDITY, UID): digest
        self._modseqs: dict[tuple[bytes, int], int] = {}
        self.rng = random.Random(1)

    def begin(self) -> None:
        self.satchel.init_key("file")
        self.satchel.start()
        self.satchel.add_account(self._upstream.port, ca=self._upstream.ca)
        self.satchel.sync()
        self.client = self.satchel.client()

    def start(self) -> None:
        """Until it is in step with upstream."""
        self.satchel.start()
        self.client = self.satchel.client()
        self.satchel.sync()

    def copy(self) -> None:
        """What is put back later: the home as it is, and the mark."""
        for place in (self.satchel.home, self.satchel.state):
            shutil.copytree(place, self._copies / place.name, dirs_exist_ok=True)

    def put_back(self, mark: bool) -> None:
        for place in [self.satchel.home] + [self.satchel.state] * mark:
            shutil.rmtree(place)
            shutil.copytree(self._copies / place.name, place)

    def append(self, box: str, count: int = 1) -> None:
        for _ in range(count):
            self._number += 1
            body = f"Subject: {self._number}\r\nMessage-ID: <{self._number}@put-back.example.org>\r\n\r\n".encode() + \
                b"text\r\n" * self.rng.randint(1, 500)
            self.done(self.client.append(box, None, None, body))

    def on(self, box: str, *command: str) -> None:
        self.done(self.client.select(box))
        self.done(self.client.uid(*command))

    @staticmethod
    def done(answer) -> None:
        assert answer[0] == "OK", answer

    def look(self) -> None:
        """What the client sees now, against all that it ever saw."""
        wrong = []
        for box, mailbox in compare.read_all(self.client).items():
            for uid, digest in mailbox.uids().items():
                key = (box, mailbox.uid_validity, uid)
                if self._seen.setdefault(key, digest) != digest:
                    wrong.append(key)
        assert wrong == [], f"UIDs that name another message now: {wrong}"

    def note_modseqs(self) -> dict[tuple[bytes, int], int]:
        """HIGHESTMODSEQ of each mailbox."""
        found = {}
        for box in compare.names(self.client):
            text = self.client.status(compare.quoted(box), "(UIDVALIDITY HIGHESTMODSEQ)")[1][0]
            found[box, int(re.search(rb"UIDVALIDITY (\d+)", text)[1])] = int(re.search(rb"HIGHESTMODSEQ (\d+)", text)[1])
        return found

    def told(self) -> int:
        return self.satchel.log().count(TOLD)


@pytest.fixture
def server(folder, kind):
    with Upstream(folder / "upstream", kind, profile="") as server:
        colleague = server.colleague()
        for box in BOXES[1:]:
            colleague.create(box)
        colleague.logout()
        yield server


@pytest.fixture
def laptop(folder, server):
    laptop = Laptop(folder, server)
    with laptop.satchel:
        laptop.begin()
        yield laptop
    assert len(laptop.nonces.lines()) > 100 and laptop.nonces.used_twice() == []


def yesterday(laptop, server, how) -> None:
    """Mail on both sides, and changes that are not upstream yet when the copy is made."""
    for box in BOXES:
        laptop.append(box, 4)
    laptop.satchel.sync()
    server.cut()
    laptop.satchel.in_state("offline")
    laptop.append("INBOX", 3)
    laptop.on("INBOX", "STORE", "1:2", "+FLAGS", "(\\Flagged Yesterday)")
    laptop.on("INBOX", "MOVE", "2", "Archive")
    laptop.on("Archive", "COPY", "1", "Sent")
    laptop.on("Sent", "STORE", "1", "+FLAGS", "(\\Deleted)")
    laptop.on("Sent", "EXPUNGE", "1")
    laptop.done(laptop.client.create("Made"))
    laptop.append("Made", 2)
    laptop.done(laptop.client.create("Old"))
    laptop.done(laptop.client.rename("Old", "New"))
    laptop.look()
    how()
    laptop.copy()


def today(laptop, server, how) -> None:
    """Yesterday's changes go up; more is done, some of it never gets upstream, and its UIDs were seen."""
    server.mend()
    laptop.start()
    laptop.append("INBOX", 2)
    laptop.on("INBOX", "COPY", "3:4", "New")
    laptop.on("Archive", "STORE", "3", "+FLAGS", "(\\Answered Today)")
    laptop.done(laptop.client.create("Later"))
    laptop.append("Later", 2)
    laptop.satchel.sync()
    laptop.look()
    server.cut()
    laptop.satchel.in_state("offline")
    for box in [*BOXES, "Made", "Later"]:
        laptop.append(box, 3)
    for number in range(20):  # their UIDVALIDITYs run ahead of the clock
        laptop.done(laptop.client.create(f"Box{number}"))
        laptop.append(f"Box{number}")
    laptop.look()
    laptop.modseqs = laptop.note_modseqs()
    how()


def everything(server) -> dict:
    return compare.read_all(server.colleague())


def after(laptop, server, before: dict) -> None:
    """In step again, and nothing of yesterday's is there once more; then more of the same."""
    laptop.look()
    assert compare.differences(before, everything(server), ("before", "after")) == []
    assert compare.differences(compare.read_all(laptop.client), everything(server)) == []
    server.cut()
    laptop.satchel.in_state("offline")
    for number in reversed(range(20)):  # the names of today, with other mail
        laptop.done(laptop.client.create(f"Box{number}"))
    for box in [*BOXES, "Made", *(f"Box{number}" for number in range(20))]:
        laptop.append(box, 2)
    server.mend()
    laptop.satchel.sync()
    assert compare.differences(compare.read_all(laptop.client), everything(server)) == []
    laptop.satchel.deep_doctor()


@pytest.mark.parametrize("kind, how", [("full", "stopped"), ("condstore", "killed"), ("plain", "killed")])
def test_a_home_put_back(laptop, server, how):
    """The mark outside tells."""
    end = laptop.satchel.stop if how == "stopped" else laptop.satchel.kill
    yesterday(laptop, server, end)
    today(laptop, server, end)
    before = everything(server)
    assert laptop.told() == 0
    laptop.put_back(mark=False)
    server.mend()
    laptop.start()
    assert laptop.told() == 1
    modseqs = laptop.note_modseqs()
    assert all(modseqs[key] > lost for key, lost in laptop.modseqs.items() if key in modseqs)
    after(laptop, server, before)
    laptop.look()
    end()
    again = everything(server)
    laptop.put_back(mark=False)  # the same copy once more
    laptop.start()
    assert laptop.told() == 2
    laptop.look()
    assert compare.differences(again, everything(server), ("before", "after")) == []


@pytest.mark.parametrize("kind", ["full", "condstore", "plain"])
def test_a_whole_machine_put_back(laptop, server):
    """The mark goes along, and nothing tells: still nothing is sent twice. (What clients saw since is put back with it.)"""
    yesterday(laptop, server, laptop.satchel.kill)
    today(laptop, server, laptop.satchel.kill)
    before = everything(server)
    laptop.put_back(mark=True)
    server.mend()
    laptop.start()
    assert laptop.told() == 0
    assert compare.differences(before, everything(server), ("before", "after")) == []
    assert compare.differences(compare.read_all(laptop.client), everything(server)) == []
    laptop.satchel.stop()


@pytest.mark.parametrize("kind", ["full"])
def test_a_mark_that_is_missing(laptop, server):
    """Means put back, too."""
    yesterday(laptop, server, laptop.satchel.stop)
    before = None
    for path in laptop.satchel.state.rglob("*.mark"):
        path.unlink()
        before = path
    assert before
    server.mend()
    laptop.start()
    assert laptop.told() == 1 and before.exists()
    laptop.look()
    laptop.append("INBOX")
    laptop.look()
    laptop.satchel.stop()
