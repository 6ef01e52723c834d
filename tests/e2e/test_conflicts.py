"""Both sides changed: each row of the design's table, against a full server and a plain one."""

import time

import pytest

from support import compare, waiting
from support.upstream import Upstream

BOXES = ("Archive", "Trips", "Work")


def letter(subject: str) -> bytes:
    return f"From: u@example.org\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\r\n{subject}\r\n".encode()


class Both:
    """One message each of subjects m0 … m5 in INBOX; here is offline, there is the colleague's connection."""

    def __init__(self, satchel, upstream):
        self.satchel, self.upstream = satchel, upstream
        self.there = upstream.colleague()
        for box in BOXES:
            assert self.there.create(box)[0] == "OK"
        for number in range(6):
            assert self.there.append("INBOX", "(\\Flagged)" if number % 2 else None, None, letter(f"m{number}"))[0] == "OK"
        satchel.start()
        satchel.add_account(upstream.port, ca=upstream.ca)
        satchel.sync()
        upstream.cut()
        satchel.in_state("offline")
        self.here = satchel.client()

    def both(self, mailbox: str = "INBOX"):
        return (self.do(self.here, mailbox), self.do(self.there, mailbox))

    @staticmethod
    def do(client, mailbox: str):
        """Gives back a function that sends one UID command for the message of a subject."""
        assert client.select(mailbox)[0] == "OK"

        def command(subject: str, verb: str, *arguments: str):
            uid = client.uid("SEARCH", "HEADER", "Subject", subject)[1][0].decode().split()[0]
            if verb == "EXPUNGE":
                assert client.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)")[0] == "OK"
            answer = client.uid(verb, uid, *arguments)
            assert answer[0] == "OK", answer

        return command

    def meet(self) -> dict[str, dict[str, set]]:
        """Back online and in step: for each mailbox, the flags by subject. Both sides are equal."""
        self.upstream.mend()
        self.satchel.sync()
        client = self.satchel.client()
        here, there = compare.read_all(client), compare.read_all(self.there)
        client.logout()
        assert compare.differences(here, there) == []
        found = {}
        for name, mailbox in there.items():
            subjects = [message.start.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for message in mailbox.messages]
            assert len(subjects) == len(set(subjects)), f"twice in {name!r}: {subjects}"
            found[name.decode()] = {subject: set(message.flags) for subject, message in zip(subjects, mailbox.messages)}
        return found


@pytest.fixture(params=["full", "plain"])
def two(request, satchel, folder):
    with Upstream(folder / "upstream", request.param, profile="") as upstream:
        both = Both(satchel, upstream)
        yield both
        satchel.stop()


def places(found: dict, subject: str) -> list[str]:
    return sorted(name for name, messages in found.items() if subject in messages)


def test_other_flags_of_one_message_are_both_kept(two):
    here, there = two.both()
    here("m0", "STORE", "+FLAGS", "(\\Answered Mine)")
    there("m0", "STORE", "+FLAGS", "(\\Seen Theirs)")
    assert two.meet()["INBOX"]["m0"] >= {"\\answered", "mine", "\\seen", "theirs"}


def test_the_same_flag_is_as_the_user_here_left_it(two):
    here, there = two.both()
    here("m1", "STORE", "-FLAGS", "(\\Flagged)")
    there("m1", "STORE", "+FLAGS", "(\\Flagged \\Seen)")
    here("m0", "STORE", "+FLAGS", "(\\Seen)")
    there("m0", "STORE", "-FLAGS", "(\\Seen)")
    found = two.meet()["INBOX"]
    assert "\\flagged" not in found["m1"] and "\\seen" in found["m0"]


def test_expunged_there_and_flagged_here_is_gone_and_rescued(two):
    here, there = two.both()
    here("m2", "STORE", "+FLAGS", "(\\Answered)")
    there("m2", "EXPUNGE")
    assert places(two.meet(), "m2") == []
    assert "m2" in two.satchel.verb("rescued", "list", "--json")


def test_expunged_there_and_copied_here_lives_in_the_copy(two):
    here, there = two.both()
    here("m0", "COPY", "Archive")
    here("m2", "MOVE", "Work")
    there("m0", "EXPUNGE")
    there("m2", "EXPUNGE")
    found = two.meet()
    assert places(found, "m0") == ["Archive"] and places(found, "m2") == ["Work"]


def test_moved_to_two_places_ends_where_the_user_here_put_it(two):
    here, there = two.both()
    here("m3", "MOVE", "Archive")
    there("m3", "MOVE", "Trips")
    assert places(two.meet(), "m3") == ["Archive"]


def test_expunged_here_takes_just_that(two):
    here, there = two.both()
    here("m0", "EXPUNGE")
    there("m0", "STORE", "+FLAGS", "(\\Answered)")
    there("m1", "STORE", "+FLAGS", "(\\Deleted)")
    two.there.append("INBOX", None, None, letter("new"))
    found = two.meet()["INBOX"]
    assert "m0" not in found and "new" in found and "\\deleted" in found["m1"]


def test_mail_filed_in_a_mailbox_that_was_renamed_there_follows(two):
    here, _there = two.both()
    here("m4", "MOVE", "Trips")
    two.there.append("Trips", None, None, letter("old-content"))
    assert two.there.rename("Trips", "Journeys")[0] == "OK"
    found = two.meet()
    assert places(found, "m4") == ["Journeys"] and "Trips" not in found


def test_mail_filed_in_a_mailbox_that_was_deleted_there_has_a_place(two):
    here, _there = two.both()
    here("m4", "MOVE", "Trips")
    assert two.there.delete("Trips")[0] == "OK"
    assert places(two.meet(), "m4") == ["Trips"]


def test_a_mailbox_renamed_here_and_deleted_there_is_gone(two):
    assert two.here.rename("Work", "Labour")[0] == "OK"
    assert two.there.delete("Work")[0] == "OK"
    two.upstream.mend()
    two.satchel.run_verb("sync")
    assert b"Work" not in compare.names(two.there)
    assert "m0" in two.meet()["INBOX"]


def test_a_mailbox_deleted_here_that_got_new_mail_there_stays(two):
    assert two.here.delete("Trips")[0] == "OK"
    two.there.append("Trips", None, None, letter("just-arrived"))
    two.upstream.mend()
    two.satchel.run_verb("sync")
    assert b"Trips" in compare.names(two.there)
    assert [message.size for message in compare.read_mailbox(two.there, b"Trips").messages] == [len(letter("just-arrived"))]


def test_the_same_name_made_on_both_sides(two):
    assert two.here.create("Twin")[0] == "OK"
    assert two.here.append("Twin", None, None, letter("mine"))[0] == "OK"
    assert two.there.create("Twin")[0] == "OK"
    two.there.append("Twin", None, None, letter("theirs"))
    found = two.meet()
    assert len(places(found, "mine")) == len(places(found, "theirs")) == 1


def test_the_outlook_way_of_moving_loses_nothing(two):
    r"""APPEND there, \Deleted and EXPUNGE here, on two connections."""
    other = two.satchel.client()
    here, _there = two.both()
    here("m5", "EXPUNGE")
    assert other.append("Archive", "(\\Seen)", None, letter("m5"))[0] == "OK"
    found = two.meet()
    assert places(found, "m5") == ["Archive"]
    other.logout()


def test_a_new_uidvalidity_changes_no_uid_here(two):
    """Upstream forgot its UIDs: the same mail under new ones."""
    before = compare.read_all(two.satchel.client())
    validity = compare.read_mailbox(two.there, b"INBOX").uid_validity
    waiting.until(lambda: int(time.time()) > validity, "another second, as Dovecot takes the time for it")
    two.upstream.dovecot.stop()
    for name in two.upstream.dovecot.root().glob("dovecot*"):
        if name.name != "dovecot-keywords":
            name.unlink()
    two.upstream.dovecot.start()
    two.there = two.upstream.colleague()
    assert compare.read_mailbox(two.there, b"INBOX").uid_validity != validity
    two.meet()
    after = compare.read_all(two.satchel.client())
    assert compare.changed_uids(before, after) == []
    assert after[b"INBOX"].uid_validity == before[b"INBOX"].uid_validity
