"""The guard against mass deletions (design section 7): what is held, what is not, and what the user decides."""

import json

import pytest

from support import compare, waiting
from support.satchel import SLOW, one_sentence


def letter(mailbox: str, number: int) -> bytes:
    name = f"{mailbox}-{number}"
    return f"From: u@example.org\r\nSubject: {name}\r\nMessage-ID: <{name}@example.org>\r\n\r\ntext of {name}\r\n".encode()


def start(mailbox: str, number: int) -> bytes:
    """What tells a letter from another, as Seen.start gives it."""
    return letter(mailbox, number)[:60]


def numbers(first: int, last: int) -> str:
    return f"{first}:{last}"


class Guarded:
    """A program in step with an upstream whose mailboxes hold so many letters."""

    def __init__(self, satchel, upstream):
        self.satchel, self.upstream, self.there = satchel, upstream, upstream.colleague()

    def fill(self, **sizes: int) -> "Guarded":
        for mailbox, size in sizes.items():
            if mailbox != "INBOX":
                assert self.there.create(mailbox)[0] == "OK"
            for number in range(1, size + 1):
                assert self.there.append(mailbox, None, None, letter(mailbox, number))[0] == "OK"
        self.satchel.start()
        self.satchel.add_account(self.upstream.port, ca=self.upstream.ca)
        self.satchel.sync()
        return self

    def expunge(self, mailbox: str, which: str) -> None:
        """By the colleague."""
        assert self.there.select(mailbox)[0] == "OK"
        assert self.there.store(which, "+FLAGS.SILENT", "(\\Deleted)")[0] == "OK"
        assert self.there.expunge()[0] == "OK"

    def look(self) -> str:
        """A sync; what it says where it does not get in step.

        Dovecot's LIST may tell for a second what was before: it is looked at until each mailbox has as many as upstream.
        """
        def looked():
            done = self.satchel.run_verb("sync")
            held, there, client = self.held(), compare.counts(self.upstream.colleague()), self.satchel.client()
            here = compare.counts(client)
            left = {name: here.get(name, 0) - held.get(name.decode(), 0) for name in here.keys() | there.keys()}
            return done if {name: count for name, count in left.items() if count} == {k: n for k, n in there.items() if n} else None
        done = waiting.until(looked, "both sides have as many messages", 30 * SLOW, 0.3)
        return "" if done.returncode == 0 else one_sentence(done)

    def held(self) -> dict[str, int]:
        return {one["mailbox"]: one["messages"] for one in self.listed("guard")}

    def listed(self, what: str) -> list[dict]:
        return json.loads(self.satchel.verb(what, "list", "--json"))

    def decide(self, how: str, mailbox: str) -> None:
        entry = next(one["id"] for one in self.listed("guard") if one["mailbox"] == mailbox)
        self.satchel.verb("guard", how, entry)

    def here(self, mailbox: str) -> list[bytes]:
        return bodies(self.satchel.client(), mailbox)

    def upstream_has(self, mailbox: str) -> list[bytes]:
        return bodies(self.there, mailbox)


def bodies(client, mailbox: str) -> list[bytes]:
    return [message.start for message in compare.read_mailbox(client, mailbox.encode()).messages]


@pytest.fixture
def guarded(satchel, empty_upstream):
    return Guarded(satchel, empty_upstream)


def test_more_than_a_fifth_and_more_than_fifty_are_held(guarded):
    sizes = {"Few": 60, "Share": 260, "Both": 255, "All": 51, "Small": 50}
    guarded.fill(**sizes)
    guarded.expunge("Few", numbers(1, 50))     # not more than fifty
    guarded.expunge("Share", numbers(1, 52))   # 20 % to the letter
    guarded.expunge("Both", numbers(1, 52))    # 20.4 %
    guarded.expunge("All", numbers(1, 51))
    guarded.expunge("Small", numbers(1, 50))
    said = guarded.look()
    assert "103 messages" in said and "satchel guard list" in said
    assert guarded.held() == {"Both": 52, "All": 51}
    client = guarded.satchel.client()
    counts = {mailbox: int(client.select(mailbox)[1][0]) for mailbox in sizes}
    assert counts == {"Few": 10, "Share": 208, "Both": 255, "All": 51, "Small": 0}
    account = guarded.satchel.account()
    assert account["held"] == 103 and not account["in_sync"]
    told = guarded.satchel.verb("status")
    assert "52 messages of Both vanished upstream" in told and "51 messages of All vanished upstream" in told
    assert len(guarded.listed("rescued")) == 152, "what was let go is kept"


def test_a_day_is_counted_as_a_whole_across_restarts(guarded):
    guarded.fill(Drip=150, Moved=120)
    guarded.expunge("Drip", numbers(1, 40))
    assert guarded.look() == ""
    guarded.satchel.kill()
    guarded.satchel.start()
    guarded.expunge("Drip", numbers(1, 15))
    assert "15 messages" in guarded.look()
    assert guarded.held() == {"Drip": 15}
    guarded.satchel.stop()
    guarded.satchel.start()
    guarded.look()
    assert guarded.held() == {"Drip": 15}, "it is the user who decides, not a start"
    assert len(guarded.here("Drip")) == 110


def test_what_was_moved_elsewhere_is_no_loss(guarded):
    guarded.fill(INBOX=100, Other=1)
    guarded.there.select("INBOX")
    assert guarded.there.uid("MOVE", numbers(1, 45), "Other")[0] == "OK"
    assert guarded.look() == ""
    guarded.there.select("INBOX")
    assert guarded.there.uid("MOVE", numbers(46, 85), "Other")[0] == "OK"
    guarded.expunge("INBOX", numbers(1, 10))
    assert guarded.look() == "" and guarded.held() == {}
    assert len(guarded.here("INBOX")) == 5 and len(guarded.here("Other")) == 86
    assert len(guarded.listed("rescued")) == 10


def test_a_mailbox_that_is_gone_counts_with_all_it_held(guarded):
    guarded.fill(Gone=60, Little=20)
    before = compare.read_mailbox(guarded.satchel.client(), b"Gone")
    assert guarded.there.delete("Gone")[0] == "OK" and guarded.there.delete("Little")[0] == "OK"
    assert "60 messages" in guarded.look()
    assert guarded.held() == {"Gone": 60}
    names = compare.names(guarded.satchel.client())
    assert b"Gone" in names and b"Little" not in names
    guarded.decide("put-back", "Gone")
    assert guarded.look() == ""
    assert sorted(guarded.upstream_has("Gone")) == sorted(start("Gone", number) for number in range(1, 61))
    after = compare.read_mailbox(guarded.satchel.client(), b"Gone")
    assert after.uids() == before.uids() and after.uid_validity == before.uid_validity
    assert len(guarded.listed("rescued")) == 20


def test_another_mailbox_under_the_name_counts_with_what_it_lacks(guarded):
    guarded.fill(Twin=60)
    assert guarded.there.delete("Twin")[0] == "OK" and guarded.there.create("Twin")[0] == "OK"
    for number in range(1, 6):
        guarded.there.append("Twin", None, None, letter("Twin", number))
    guarded.there.append("Twin", None, None, letter("New", 1))
    guarded.look()
    held = sum(guarded.held().values())
    shown = [one for mailbox in compare.names(guarded.satchel.client()) if mailbox.startswith(b"Twin")
             for one in guarded.here(mailbox.decode())]
    assert held in (55, 60) and set(shown) == {start("Twin", number) for number in range(1, 61)} | {start("New", 1)}
    for mailbox in list(guarded.held()):
        guarded.decide("accept", mailbox)
    assert guarded.look() == ""
    assert sorted(guarded.here("Twin")) == sorted(guarded.upstream_has("Twin"))
    assert len(guarded.listed("rescued")) == 55


def uid_of(client, subject: str) -> str:
    return client.uid("SEARCH", "HEADER", "Subject", f'"{subject}"')[1][0].decode().split()[0]


def test_meanwhile_everything_else_goes_on(guarded):
    guarded.fill(INBOX=60, Other=2)
    guarded.expunge("INBOX", numbers(1, 55))
    guarded.look()
    client = guarded.satchel.client()
    client.select("INBOX")
    kept, gone = uid_of(client, "INBOX-58"), uid_of(client, "INBOX-7")
    # Held messages are read; operations on them wait, those on others go up.
    assert letter("INBOX", 7) in client.uid("FETCH", gone, "(BODY.PEEK[])")[1][0][1]
    assert client.uid("STORE", gone, "+FLAGS", "(\\Flagged)")[0] == "OK"
    assert client.uid("STORE", kept, "+FLAGS", "(\\Answered)")[0] == "OK"
    assert client.append("INBOX", None, None, letter("Mine", 1))[0] == "OK"
    # Additions and flags still come in.
    guarded.there.append("INBOX", None, None, letter("Theirs", 1))
    guarded.there.select("INBOX")
    guarded.there.store("5", "+FLAGS", "(\\Seen)")
    assert "held" in guarded.look()
    assert guarded.satchel.account()["operations_pending"] == 1
    waits = guarded.listed("journal")
    assert [one["operation"] for one in waits] == ["store flags"] and "held" in waits[0]["waits"]
    flags = {message.start: set(message.flags) for message in compare.read_mailbox(guarded.there, b"INBOX").messages}
    assert flags[start("INBOX", 58)] == {"\\answered"} and start("Mine", 1) in flags
    here = {message.start: set(message.flags) for message in compare.read_mailbox(guarded.satchel.client(), b"INBOX").messages}
    assert here[start("INBOX", 60)] == {"\\seen"} and here[start("INBOX", 7)] == {"\\flagged"}
    assert start("Theirs", 1) in here and len(here) == 62


def test_accept_lets_them_go_and_keeps_them_rescued(guarded):
    guarded.fill(INBOX=60, Other=2)
    guarded.expunge("INBOX", numbers(1, 55))
    guarded.look()
    client = guarded.satchel.client()
    client.select("INBOX")
    assert client.uid("STORE", uid_of(client, "INBOX-7"), "+FLAGS", "(\\Flagged)")[0] == "OK"
    assert client.uid("COPY", uid_of(client, "INBOX-8"), "Other")[0] == "OK"
    guarded.decide("accept", "INBOX")
    assert guarded.look() == "" and guarded.held() == {}
    assert len(guarded.here("INBOX")) == 5 and sorted(guarded.here("Other")) == sorted(guarded.upstream_has("Other"))
    assert start("INBOX", 8) in guarded.upstream_has("Other"), "the copy was made here: it lives"
    assert {one["subject"] for one in guarded.listed("rescued")} == {f"INBOX-{n}" for n in range(1, 56)} - {"INBOX-8"}
    guarded.expunge("INBOX", "1")
    assert guarded.look() == "", "what was accepted counts no more"


def test_put_back_goes_before_what_waits_for_it(guarded):
    guarded.fill(INBOX=60, Other=2)
    uids = compare.read_mailbox(guarded.satchel.client(), b"INBOX").uids()
    guarded.expunge("INBOX", numbers(1, 55))
    guarded.look()
    client = guarded.satchel.client()
    client.select("INBOX")
    assert client.uid("STORE", uid_of(client, "INBOX-7"), "+FLAGS", "(\\Flagged Mine)")[0] == "OK"
    assert client.uid("MOVE", uid_of(client, "INBOX-8"), "Other")[0] == "OK"
    client.uid("STORE", uid_of(client, "INBOX-9"), "+FLAGS", "(\\Deleted)")
    client.expunge()
    guarded.decide("put-back", "INBOX")
    assert guarded.look() == "" and guarded.held() == {}
    left = [start("INBOX", number) for number in range(1, 61) if number not in (8, 9)]
    assert sorted(guarded.upstream_has("INBOX")) == sorted(left), "each once"
    assert guarded.upstream_has("Other").count(start("INBOX", 8)) == 1
    flags = {message.start: set(message.flags) for message in compare.read_mailbox(guarded.there, b"INBOX").messages}
    assert flags[start("INBOX", 7)] == {"\\flagged", "mine"}
    after = compare.read_mailbox(guarded.satchel.client(), b"INBOX").uids()
    assert after.items() <= uids.items() and len(after) == 58
    assert compare.differences(compare.read_all(guarded.satchel.client()), compare.read_all(guarded.there)) == []


@pytest.mark.quick
def test_the_limits_are_settings_and_wrong_ids_are_told(satchel, empty_upstream):
    satchel.environment |= {"SATCHEL_KEEP_GUARD_SHARE": "50", "SATCHEL_KEEP_GUARD_MESSAGES": "3"}
    guarded = Guarded(satchel, empty_upstream).fill(A=9, B=8)
    guarded.expunge("A", numbers(1, 4))
    guarded.expunge("B", numbers(1, 5))
    guarded.look()
    assert guarded.held() == {"B": 5}
    assert "Nothing is held" in one_sentence(satchel.run_verb("guard", "accept", "1:999"))
    assert "1:42" in one_sentence(satchel.run_verb("guard", "put-back", "nonsense"))
    assert "There is no" in one_sentence(satchel.run_verb("guard", "accept", "77:1"))
    assert satchel.run_verb("guard", "accept").returncode == 2
    assert "B" in satchel.verb("guard", "list") and "5" in satchel.verb("guard", "list")
    satchel.stop()
    assert guarded.held() == {"B": 5}, "the list needs no proxy"
    guarded.decide("accept", "B")
    assert guarded.listed("guard") == [] and "Nothing is held" in satchel.verb("guard", "list")
