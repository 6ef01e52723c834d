"""Both sides changed a message: these rows of the design's table, each against every kind of upstream."""

from support.both_sides import letter, places


def test_other_flags_of_one_message_are_both_kept(two):
    here, there = two.both()
    here("m0", "STORE", "+FLAGS", "(\\Answered Mine)")
    there("m0", "STORE", "+FLAGS", "(\\Seen Theirs)")
    assert two.meet()["INBOX"]["m0"] == {"\\answered", "mine", "\\seen", "theirs"}


def test_the_same_flag_is_as_the_user_here_left_it(two):
    here, there = two.both()
    here("m1", "STORE", "-FLAGS", "(\\Flagged)")
    there("m1", "STORE", "+FLAGS", "(\\Flagged \\Seen)")
    here("m0", "STORE", "+FLAGS", "(\\Seen)")
    there("m0", "STORE", "-FLAGS", "(\\Seen)")
    found = two.meet()["INBOX"]
    assert found["m1"] == {"\\seen"} and found["m0"] == {"\\seen"}


def test_the_last_act_here_counts_and_is_pushed_later(two):
    here, there = two.both()
    here("m1", "STORE", "-FLAGS", "(\\Flagged)")
    here("m1", "STORE", "+FLAGS", "(\\Flagged)")
    there("m1", "STORE", "-FLAGS", "(\\Flagged)")
    here("m0", "STORE", "+FLAGS", "(\\Answered)")
    here("m0", "STORE", "-FLAGS", "(\\Answered)")
    there("m0", "STORE", "+FLAGS", "(\\Answered)")
    found = two.meet()["INBOX"]
    assert found["m1"] == {"\\flagged"} and found["m0"] == set()


def test_expunged_there_and_flagged_here_is_gone_and_rescued(two):
    here, there = two.both()
    here("m2", "STORE", "+FLAGS", "(\\Answered)")
    there("m2", "EXPUNGE")
    assert places(two.meet(), "m2") == []
    assert two.rescued() == ["m2"]


def test_expunged_here_takes_just_that(two):
    r"""Others' \\Deleted stays, our own goes up like any flag, and new mail is seen."""
    here, there = two.both()
    here("m0", "EXPUNGE")
    here("m3", "STORE", "+FLAGS", "(\\Deleted)")
    there("m0", "STORE", "+FLAGS", "(\\Answered)")
    there("m1", "STORE", "+FLAGS", "(\\Deleted)")
    two.append_there("INBOX", letter("new"))
    two.append_there("INBOX", letter("new-and-deleted"), "(\\Deleted)")
    found = two.meet()["INBOX"]
    assert "m0" not in found and found["new"] == set()
    assert found["m1"] == found["m3"] == {"\\flagged", "\\deleted"} and found["new-and-deleted"] == {"\\deleted"}
    assert two.rescued() == []
