"""Mailboxes renamed on both sides, and in rings: nothing is lost, nothing is there twice, both sides end alike.

Which of two names wins is not looked at here but where the design says it.
"""

from collections import Counter

import pytest

from support.both_sides import Both, letter
from support.upstream import Upstream


@pytest.fixture(params=["full", "plain", "cyrus"])
def both(request, program, folder):
    with Upstream(folder / "upstream", request.param, profile="") as upstream:
        yield Both(program, upstream)
        program.stop()


def ends_with(two, *subjects: str, rescued: tuple[str, ...] = ()) -> dict[str, set[str]]:
    """Each subject once, in all mailboxes; gives back the subjects of each but INBOX."""
    found = two.met()
    every = Counter(subject for messages in found.values() for subject, _flags in messages)
    assert every == Counter([*(f"m{number}" for number in range(6)), *subjects]), every
    assert tuple(two.rescued()) == rescued
    assert two.journal() == []
    two.satchel.stop()
    two.satchel.start()
    two.satchel.sync()
    two.equal()
    return {name: {subject for subject, _flags in messages} for name, messages in found.items() if name != "INBOX" and messages}


def ok(answer) -> None:
    assert answer[0] == "OK", answer


def filled(two, **boxes: str):
    """A letter of that subject in each, then offline."""
    for box, subject in boxes.items():
        two.append_there(box, letter(subject))
    return two.leave()


def test_renamed_to_two_names(both):
    filled(both, Work="old")
    ok(both.here.rename("Work", "Labour"))
    ok(both.there.rename("Work", "Job"))
    ok(both.here.append("Labour", None, None, letter("mine")))
    both.append_there("Job", letter("theirs"))
    found = ends_with(both, "old", "mine", "theirs")
    assert list(found.values()) == [{"old", "mine", "theirs"}], found


def test_renamed_to_the_same_name(both):
    filled(both, Work="old")
    ok(both.here.rename("Work", "Labour"))
    ok(both.there.rename("Work", "Labour"))
    ok(both.here.append("Labour", None, None, letter("mine")))
    assert ends_with(both, "old", "mine") == {"Labour": {"old", "mine"}}


def test_two_change_places_here(both):
    filled(both, Work="work", Trips="trips")
    for old, new in (("Work", "Between"), ("Trips", "Work"), ("Between", "Trips")):
        ok(both.here.rename(old, new))
    both.append_there("Work", letter("new-work"))
    assert ends_with(both, "work", "trips", "new-work") == {"Work": {"trips"}, "Trips": {"work", "new-work"}}


def test_two_change_places_there(both):
    filled(both, Work="work", Trips="trips")
    for old, new in (("Work", "Between"), ("Trips", "Work"), ("Between", "Trips")):
        ok(both.there.rename(old, new))
    ok(both.here.append("Work", None, None, letter("mine")))
    found = ends_with(both, "work", "trips", "mine")
    assert {"work", "trips"} <= set().union(*found.values()) and found["Work"] - {"mine"} == {"trips"} and found["Trips"] - {"mine"} == {"work"}


def test_two_change_places_on_both_sides(both):
    filled(both, Work="work", Trips="trips")
    for client in (both.here, both.there):
        for old, new in (("Work", "Between"), ("Trips", "Work"), ("Between", "Trips")):
            ok(client.rename(old, new))
    ends_with(both, "work", "trips")


def test_a_ring_of_three_with_mail_filed_on_the_way(both):
    filled(both, Work="work", Trips="trips", Archive="archive")
    here = both.do(both.here)
    here("m0", "MOVE", "Work")
    for old, new in (("Work", "Between"), ("Trips", "Work"), ("Archive", "Trips"), ("Between", "Archive")):
        ok(both.here.rename(old, new))
    here = both.do(both.here)
    here("m1", "COPY", "Work")
    here("m1", "EXPUNGE")
    assert ends_with(both, "work", "trips", "archive") == {"Archive": {"work", "m0"}, "Work": {"trips", "m1"}, "Trips": {"archive"}}


@pytest.mark.parametrize("there, here", [(("Work", "Job"), ("Work/Sub", "Work/Below")), (("Work/Sub", "Elsewhere"), ("Work", "Job"))],
                         ids=["the parent there and the child here", "the child there and the parent here"])
def test_a_parent_and_its_child(both, there, here):
    ok(both.there.create("Work/Sub"))
    filled(both, **{"Work/Sub": "sub", "Work": "work"})
    ok(both.there.rename(*there))
    ok(both.here.rename(*here))
    ok(both.here.append("Work/Below" if here[0] == "Work/Sub" else "Job/Sub", None, None, letter("mine")))
    found = ends_with(both, "sub", "work", "mine")
    assert {"work"} in found.values() and {"sub", "mine"} in found.values(), found


def test_the_wanted_name_was_taken_there(both):
    filled(both, Work="old")
    ok(both.here.rename("Work", "Labour"))
    ok(both.there.create("Labour"))
    both.append_there("Labour", letter("theirs"))
    ok(both.here.append("Labour", None, None, letter("mine")))
    found = ends_with(both, "old", "theirs", "mine")
    assert found == {"Labour": {"theirs"}, "Labour~": {"old", "mine"}}


def test_renamed_here_and_replaced_there(both):
    """The colleague deletes it and makes another of that name."""
    filled(both, Work="old")
    ok(both.here.rename("Work", "Labour"))
    ok(both.there.delete("Work"))
    ok(both.there.create("Work"))
    both.append_there("Work", letter("another"))
    found = ends_with(both, "another", rescued=("old",))
    assert list(found.values()) == [{"another"}]


def test_inbox_renamed_here_while_mail_comes(both):
    both.leave()
    ok(both.here.rename("INBOX", "Before"))
    both.append_there("INBOX", letter("new"))
    found = both.met()
    every = Counter(subject for messages in found.values() for subject, _flags in messages)
    assert every == Counter([*(f"m{number}" for number in range(6)), "new"])
    assert [subject for subject, _flags in found["INBOX"]] == ["new"] and len(found["Before"]) == 6
