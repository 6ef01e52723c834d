"""Both sides changed a mailbox: these rows of the design's table, each against every kind of upstream."""

from support.both_sides import letter, places


def test_mail_filed_in_a_mailbox_that_was_renamed_there_follows(started):
    two = started
    two.append_there("Trips", letter("old"))
    here, _there = two.leave().both()
    here("m4", "MOVE", "Trips")
    assert two.here.append("Trips", None, None, letter("written"))[0] == "OK"
    two.append_there("Trips", letter("theirs"))
    assert two.there.rename("Trips", "Journeys")[0] == "OK"
    found = two.meet()
    assert set(found["Journeys"]) == {"old", "theirs", "m4", "written"} and "Trips" not in found
    assert places(found, "m4") == places(found, "written") == ["Journeys"]
    assert two.rescued() == []


def test_mail_filed_in_an_empty_mailbox_that_was_renamed_there_follows(two):
    here, _there = two.both()
    here("m4", "MOVE", "Trips")
    assert two.there.rename("Trips", "Journeys")[0] == "OK"
    found = two.meet()
    assert places(found, "m4") == ["Journeys"] and "Trips" not in found


def test_a_mailbox_that_is_renamed_there_while_it_is_looked_at_here_loses_nothing(started):
    """Cyrus tells who has it selected that all its messages vanished."""
    two = started
    two.append_there("Trips", letter("old"))
    two.append_there("Trips", letter("older"))
    two.satchel.sync()
    looking = two.satchel.client()
    assert looking.select("Trips") == ("OK", [b"2"])
    before = two.read_here()[b"Trips"]
    two.append_there("Trips", letter("new"))
    assert two.there.rename("Trips", "Journeys")[0] == "OK"
    assert set(two.meet()["Journeys"]) == {"old", "older", "new"}
    after = two.read_here()[b"Journeys"]
    assert after.uid_validity == before.uid_validity and before.uids().items() <= after.uids().items()
    assert two.rescued() == []
    looking.logout()


def test_mail_filed_in_a_mailbox_whose_name_was_taken_again_is_there_once(started):
    """The one of old goes by another name now; what was filed is under either name."""
    two = started
    two.append_there("Trips", letter("old"))
    here, _there = two.leave().both()
    here("m4", "MOVE", "Trips")
    assert two.there.rename("Trips", "Journeys")[0] == "OK"
    assert two.there.create("Trips")[0] == "OK"
    two.append_there("Trips", letter("another"))
    found = two.meet()
    assert set(found["Journeys"]) - {"m4"} == {"old"} and set(found["Trips"]) - {"m4"} == {"another"}
    assert len(places(found, "m4")) == 1


def test_mail_filed_in_a_mailbox_that_was_deleted_there_brings_it_back_for_itself_alone(started):
    two = started
    two.append_there("Trips", letter("old"))
    here, _there = two.leave().both()
    here("m4", "MOVE", "Trips")
    here("m3", "COPY", "Trips")
    assert two.here.append("Trips", "(\\Seen)", None, letter("written"))[0] == "OK"
    assert two.there.delete("Trips")[0] == "OK"
    found = two.meet()
    assert found["Trips"] == {"m4": set(), "m3": {"\\flagged"}, "written": {"\\seen"}}
    assert places(found, "m4") == ["Trips"] and places(found, "m3") == ["INBOX", "Trips"]
    assert two.rescued() == ["old"]


def test_a_mailbox_renamed_here_and_deleted_there_is_gone_and_rescued(started):
    two = started
    two.append_there("Work", letter("old"))
    two.leave()
    assert two.here.rename("Work", "Labour")[0] == "OK"
    assert two.there.delete("Work")[0] == "OK"
    found = two.meet()
    assert "Work" not in found and "Labour" not in found and "m0" in found["INBOX"]
    assert two.rescued() == ["old"]


def test_a_mailbox_deleted_here_that_got_new_mail_there_stays(started):
    two = started
    two.append_there("Trips", letter("old"))
    two.leave()
    assert two.here.delete("Trips")[0] == "OK"
    two.append_there("Trips", letter("just-arrived"))
    assert set(two.meet()["Trips"]) == {"old", "just-arrived"}
    assert two.journal() == []
    told = "deleted here has new mail upstream: it was not deleted"
    assert any(told in note for note in two.satchel.account()["notes"]) and told in two.satchel.verb("status")


def test_a_mailbox_deleted_here_without_news_there_is_deleted(started):
    two = started
    two.append_there("Trips", letter("old"))
    two.leave()
    assert two.here.delete("Trips")[0] == "OK"
    assert "Trips" not in two.meet()
    assert two.satchel.account()["notes"] == []


def test_the_same_name_made_on_both_sides(two):
    assert two.here.create("Twin")[0] == "OK"
    assert two.here.append("Twin", None, None, letter("mine"))[0] == "OK"
    assert two.there.create("Twin")[0] == "OK"
    two.append_there("Twin", letter("theirs"))
    found = two.meet()
    assert len(places(found, "mine")) == len(places(found, "theirs")) == 1
