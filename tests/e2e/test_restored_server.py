"""The provider puts last night's backup back, UIDs and all: they are given again to other mail. Nothing wrong is removed, nothing
of what was here is lost, nothing goes up twice. (Where more came since than was lost no number tells; that is beyond IMAP.)
"""

import json
import shutil
from collections import Counter

import pytest

from support import compare, waiting
from support.both_sides import letter, subject_of
from support.satchel import SLOW
from support.upstream import Upstream


class Restored:
    """INBOX holds night0 to night9 in the backup; day0 to day4 came after it, and are here."""

    def __init__(self, program, upstream):
        self.program, self.upstream = program, upstream
        there = upstream.colleague()
        there.create("Work")
        for number in range(10):
            there.append("INBOX", None, None, letter(f"night{number}"))
        there.logout()
        upstream.dovecot.stop()
        self._backup = upstream.dovecot.folder / "backup"
        shutil.copytree(upstream.dovecot.root(), self._backup)
        upstream.dovecot.start()
        there = upstream.colleague()
        for number in range(5):
            there.append("INBOX", None, None, letter(f"day{number}", "the size tells them apart" * number))
        program.start()
        program.add_account(upstream.port, ca=upstream.ca)
        program.sync()
        there.logout()

    def go_offline(self):
        self.upstream.cut()
        self.program.in_state("offline")
        self.here = self.program.client()
        self.here.select("INBOX")

    def do(self, subject: str, verb: str, *arguments: str) -> None:
        uid = self.here.uid("SEARCH", "HEADER", "Subject", subject)[1][0].decode()
        if verb == "EXPUNGE":
            assert self.here.uid("STORE", uid, "+FLAGS", "(\\Deleted)")[0] == "OK"
        assert self.here.uid(verb, uid, *arguments)[0] == "OK"

    def restore(self, *subjects: str) -> None:
        """The backup is put back; then other mail comes, under UIDs that were given before."""
        server = self.upstream.dovecot
        server.stop()
        shutil.rmtree(server.root())
        shutil.copytree(self._backup, server.root())
        server.give_mail()
        server.start()
        there = self.upstream.colleague()
        for subject in subjects:
            there.append("INBOX", None, None, letter(subject))
        there.select("INBOX")
        uids = there.uid("SEARCH", "ALL")[1][0].split()
        assert [int(uid) for uid in uids] == list(range(1, 11 + len(subjects))), "they are given twice"
        there.logout()

    def meet(self) -> dict[str, Counter]:
        self.upstream.mend()

        def alike():
            self.program.sync()
            there = compare.read_all(self.upstream.colleague())
            return there if compare.differences(compare.read_all(self.program.client()), there) == [] else None
        there = waiting.until(alike, "both sides are alike", 60 * SLOW, 0.5)
        return {name.decode(): Counter(subject_of(message) for message in box.messages) for name, box in there.items() if box.messages}

    def rescued(self) -> set[str]:
        return {one["subject"] for one in json.loads(self.program.verb("rescued", "list", "--json"))}


@pytest.fixture(params=["full", "condstore", "plain"])
def restored(request, program, folder):
    with Upstream(folder / "upstream", request.param, profile="") as upstream:
        yield Restored(program, upstream)
        program.stop()


NIGHT = Counter(f"night{number}" for number in range(10))
DAY = {f"day{number}" for number in range(5)}


def test_what_is_lost_with_it_is_rescued(restored):
    before = compare.read_mailbox(restored.program.client(), b"INBOX").uids()
    restored.go_offline()
    restored.restore("other0", "other1", "other2")
    found = restored.meet()
    assert found == {"INBOX": NIGHT + Counter(["other0", "other1", "other2"])}
    assert restored.rescued() == DAY
    after = compare.read_mailbox(restored.program.client(), b"INBOX").uids()
    assert all(before.get(uid, digest) == digest for uid, digest in after.items()), "no UID names another message"


def test_what_was_done_here_meets_no_other_message(restored):
    """Expunged, flagged, moved and copied were messages whose UIDs are others' now."""
    restored.go_offline()
    restored.do("day0", "EXPUNGE")
    restored.do("day1", "STORE", "+FLAGS", "(\\Flagged)")
    restored.do("day2", "MOVE", "Work")
    restored.do("day3", "COPY", "Work")
    restored.do("night3", "EXPUNGE")
    restored.do("night4", "MOVE", "Work")
    assert restored.here.append("INBOX", None, None, letter("mine"))[0] == "OK"
    restored.restore("other0", "other1", "other2")
    found = restored.meet()
    others = Counter(["other0", "other1", "other2"])
    assert found["INBOX"] == NIGHT - Counter(["night3", "night4"]) + others + Counter(["mine"])
    assert found["Work"] == Counter(["day2", "day3", "night4"])
    assert restored.rescued() == {"day1", "day4"}
    there = compare.read_mailbox(restored.upstream.colleague(), b"INBOX").messages
    assert all("\\flagged" not in message.flags for message in there), "the flag was for another one"


def test_where_no_number_tells_nothing_is_sent_for_ever(restored):
    """As many came since as were lost: what is moved and copied then is another message. Without COPYUID that shows: parked."""
    restored.go_offline()
    restored.do("day2", "MOVE", "Work")
    restored.do("day3", "COPY", "Work")
    restored.restore(*(f"other{number}" for number in range(5)))
    restored.upstream.mend()
    done = restored.program.run_verb("sync", seconds=100)
    there = compare.read_all(restored.upstream.colleague())
    assert len(there[b"Work"].messages) <= 6
    every = Counter(subject_of(message) for box in there.values() for message in box.messages)
    assert set(every) >= {*NIGHT, *(f"other{number}" for number in range(5))}, "nothing is lost"
    here = compare.read_all(restored.program.client())
    assert {"day2", "day3"} <= {subject_of(message) for message in here[b"Work"].messages}
    parked = [one for one in json.loads(restored.program.verb("journal", "list", "--json")) if one["state"] == "parked"]
    assert (done.returncode, len(parked)) in ((0, 0), (1, 2)), done.stderr
    assert all("nothing like it is there" in one["why"] for one in parked)


def test_while_it_runs(restored):
    """The lines are lost for a moment, and nobody says why."""
    client = restored.program.client()
    client.select("INBOX")
    restored.restore("other0", "other1")
    found = restored.meet()
    assert found == {"INBOX": NIGHT + Counter(["other0", "other1"])} and restored.rescued() == DAY
