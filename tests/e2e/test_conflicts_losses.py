"""Upstream lost its UIDs, or much of its mail: the last rows of the design's table, each against every kind of upstream."""

import json
from collections import Counter

import pytest

from support import compare
from support.both_sides import Both, letter, places, subject_of
from support.faulty_upstream import Replaces
from support.upstream import Upstream

TWINS = 4


class Bodies(Replaces):
    """Counts the bodies that come through the line."""

    def __init__(self):
        super().__init__(rb"BODY\[\] [{\"]", lambda whole: whole)


@pytest.fixture
def bodies():
    return Bodies()


@pytest.fixture
def counted(program, kind, folder, bodies):
    """Both sides, online; twins in INBOX, which nothing tells apart. bodies.met counts."""
    with Upstream(folder / "upstream", kind, profile="", fault=bodies) as upstream:
        two = Both(program, upstream)
        for _ in range(TWINS):
            two.append_there("INBOX", letter("twin"))
        yield two
        program.stop()


def renumber(two) -> None:
    two.upstream.server.renumber()
    two.there = two.upstream.colleague()


def test_a_new_uidvalidity_changes_no_uid_here_and_loads_no_body(counted, bodies):
    two = counted.leave()
    before, loaded = two.read_here(), bodies.met
    renumber(two)
    two.met()
    after = two.read_here()
    assert compare.changed_uids(before, after) == [] and after[b"INBOX"].uids() == before[b"INBOX"].uids()
    assert after[b"INBOX"].uid_validity == before[b"INBOX"].uid_validity
    assert loaded >= 6 and bodies.met == loaded


def test_a_new_uidvalidity_while_much_was_done_here(counted, bodies, kind):
    r"""Flags, moves and expunges go to the same messages under their new UIDs; of the twins one goes."""
    two = counted.leave()
    here = two.do(two.here)
    here("m0", "STORE", "+FLAGS", "(\\Answered Mine)")
    here("m1", "STORE", "-FLAGS", "(\\Flagged)")
    here("m2", "EXPUNGE")
    here("m3", "MOVE", "Archive")
    here("m4", "COPY", "Work")
    here("twin", "EXPUNGE")
    before, loaded = two.read_here(), bodies.met
    renumber(two)
    two.append_there("INBOX", letter("theirs"))
    found = two.met()
    subjects = Counter(subject for subject, _flags in found["INBOX"])
    assert subjects == Counter({"m0": 1, "m1": 1, "m4": 1, "m5": 1, "theirs": 1, "twin": TWINS - 1})
    flags = dict(found["INBOX"])
    assert flags["m0"] == {"\\answered", "mine"} and flags["m1"] == set()
    assert [subject for subject, _flags in found["Archive"] + found["Work"]] == ["m3", "m4"]
    after = two.read_here()
    assert compare.changed_uids(before, after) == [] and after[b"INBOX"].uid_validity == before[b"INBOX"].uid_validity
    looked_at = 2 if kind == "plain" else 0  # without COPYUID the copy and the move are known by their bytes alone
    assert bodies.met == loaded + 1 + looked_at


LOST = 60  # more than 50, and more than a fifth


@pytest.fixture
def lost(started):
    """A colleague expunged all but a few of a large mailbox; meanwhile some of it was flagged, moved and expunged here."""
    two = started
    for number in range(LOST + 3):
        two.append_there("Work", letter(f"w{number}"))
    here = two.leave().do(two.here, "Work")
    here("w1", "STORE", "+FLAGS", "(\\Flagged)")
    here("w2", "MOVE", "Archive")
    here("w3", "EXPUNGE")
    here("w60", "STORE", "+FLAGS", "(\\Seen)")
    assert two.there.select("Work")[0] == "OK"
    assert two.there.store(f"1:{LOST}", "+FLAGS.SILENT", "(\\Deleted)")[0] == "OK"
    assert two.there.expunge()[0] == "OK"
    two.append_there("Work", letter("theirs"))
    assert two.come_back() == 1
    return two


def held(two) -> list[dict]:
    return json.loads(two.satchel.verb("guard", "list", "--json"))


def subjects_here(two, mailbox: str) -> list[str]:
    return [subject_of(message) for message in two.read_here()[mailbox.encode()].messages]


def test_many_lost_at_once_are_held_until_the_user_accepts(lost):
    two = lost
    [entry] = held(two)
    assert entry["mailbox"] == "Work" and LOST - 3 <= entry["messages"] <= LOST
    here = [subject for subject in subjects_here(two, "Work") if subject in ("w0", "w1", "w60", "theirs")]
    assert here == ["w0", "w1", "w60", "theirs"]  # kept; and what else came is here
    two.satchel.verb("guard", "accept", entry["id"])
    found = two.meet()
    assert found["Work"] == {"w60": {"\\seen"}, "w61": set(), "w62": set(), "theirs": set()}
    assert places(found, "w2") == ["Archive"]
    assert {"w0", "w1"} <= set(two.rescued()) and not {"w2", "w60"} & set(two.rescued())


def test_many_lost_at_once_are_put_back_when_the_user_says_so(lost):
    two = lost
    [entry] = held(two)
    two.satchel.verb("guard", "put-back", entry["id"])
    found = two.meet()
    assert set(found["Work"]) == {f"w{number}" for number in range(LOST + 3)} - {"w2", "w3"} | {"theirs"}
    assert found["Work"]["w1"] == {"\\flagged"} and places(found, "w2") == ["Archive"] and places(found, "w3") == []
    assert two.rescued() == []

