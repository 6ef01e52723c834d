"""A message was filed elsewhere on one side or both: these rows of the design's table, each against every kind of upstream."""

import pytest

from support import waiting
from support.both_sides import Both, letter, places
from support.faulty_upstream import Replaces
from support.refusals import Refuses, RefusingUpstream
from support.satchel import SLOW
from support.upstream import Upstream


@pytest.mark.parametrize("verb", ["COPY", "MOVE"])
def test_expunged_there_and_filed_here_lives_where_it_was_filed(two, verb):
    here, there = two.both()
    here("m0", verb, "Archive")
    here("m1", verb, "Work")
    there("m0", "EXPUNGE")
    there("m1", "EXPUNGE")
    found = two.meet()
    assert places(found, "m0") == ["Archive"] and places(found, "m1") == ["Work"]
    assert found["Work"]["m1"] == {"\\flagged"}
    assert two.rescued() == []


@pytest.mark.parametrize("verb", ["COPY", "MOVE"])
def test_expunged_there_and_filed_here_without_its_content_is_parked_and_told(program, kind, folder, verb):
    """Its body never comes through the line."""
    big = letter("big", "held back " * 500)
    fault = Replaces(rb"BODY\[\] \{%d\}" % len(big), b"")
    with Upstream(folder / "upstream", kind, profile="", fault=fault) as upstream:
        two = Both(program, upstream)
        two.append_there("INBOX", big)
        waiting.until(lambda: fault.met and (program.account()["messages"], program.account()["contents_missing"]) == (7, 1),
                      "all but one content is here", 60)
        online = program.client()  # which waits for all but that
        assert online.select("Archive")[0] == online.select("INBOX")[0] == "OK"
        assert online.uid("FETCH", "1:*", "(FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])")[0] == "OK"
        two.cut()
        here, there = two.both()
        here("big", verb, "Archive")
        here("m0", verb, "Archive")
        there("big", "EXPUNGE")
        assert two.come_back() == 1
        parked = [operation for operation in two.journal() if operation["state"] == "parked"]
        assert [(operation["operation"], operation["to"]["mailbox"]) for operation in parked] == [("append", "Archive")]
        assert "content" in parked[0]["why"] and program.account()["operations_parked"] == 1
        assert program.client().select("Archive") == ("OK", [b"2"])
        assert two.there.select("Archive") == ("OK", [b"1"])  # the other one went up
        program.stop()


def test_moved_to_two_places_ends_where_the_user_here_put_it(two):
    here, there = two.both()
    here("m3", "MOVE", "Archive")
    there("m3", "MOVE", "Trips")
    found = two.meet()
    assert places(found, "m3") == ["Archive"] and found["Archive"]["m3"] == {"\\flagged"}


def test_moved_to_two_places_while_twins_of_it_were_there_before(started):
    """A twin is not new since the base: it is not what was moved."""
    two = started
    for box, subject in (("Trips", "m3"), ("Archive", "m4"), ("Work", "m3"), ("Work", "m4")):
        two.append_there(box, letter(subject), "(\\Answered)")
    here, there = two.leave().both()
    here("m3", "MOVE", "Archive")
    there("m3", "MOVE", "Trips")
    here("m4", "MOVE", "Archive")
    there("m4", "MOVE", "Trips")
    found = two.met()
    assert found["Trips"] == [("m3", {"\\answered"})]
    assert found["Work"] == [("m3", {"\\answered"}), ("m4", {"\\answered"})]
    assert found["Archive"] == [("m3", {"\\flagged"}), ("m4", set()), ("m4", {"\\answered"})]


def test_moved_to_the_same_place_is_there_once(two):
    here, there = two.both()
    here("m3", "MOVE", "Trips")
    there("m3", "MOVE", "Trips")
    assert places(two.meet(), "m3") == ["Trips"]


def test_the_outlook_way_of_moving_loses_nothing(two):
    r"""APPEND there, \\Deleted and EXPUNGE here, on two connections."""
    other = two.satchel.client()
    here, _there = two.both()
    here("m5", "EXPUNGE")
    assert other.append("Archive", "(\\Seen)", None, letter("m5"))[0] == "OK"
    assert places(two.meet(), "m5") == ["Archive"]
    other.logout()


def test_the_outlook_way_takes_nothing_away_before_it_is_elsewhere(program, folder):
    """While upstream does not take the APPEND, what is expunged for it stays there."""
    with RefusingUpstream(folder / "upstream") as upstream:
        there = upstream.colleague()
        there.create("Archive")
        there.append("INBOX", None, None, letter("m"))
        program.start()
        program.add_account(upstream.port, ca=upstream.ca)
        program.sync()
        fault = upstream.line.fault = Refuses(rb"^\S+ APPEND ", b"NO [UNAVAILABLE] later")
        here = program.client()
        assert here.append("Archive", None, None, letter("m"))[0] == "OK"
        assert here.select("INBOX") == ("OK", [b"1"])
        assert here.store("1", "+FLAGS.SILENT", "(\\Deleted)")[0] == here.expunge()[0] == "OK"
        waiting.until(lambda: fault.met >= 3, "it was tried again", 60 * SLOW, 0.2)
        assert there.select("INBOX") == ("OK", [b"1"]) and there.select("Archive") == ("OK", [b"0"])
        upstream.line.fault = Refuses(rb"^never$", b"")
        program.sync()
        assert there.select("INBOX") == ("OK", [b"0"]) and there.select("Archive") == ("OK", [b"1"])
        program.stop()
