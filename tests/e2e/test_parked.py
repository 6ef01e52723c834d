"""What upstream refuses for good: parked, told in plain words; retry, drop and export; what does not depend on it goes on."""

import json

import pytest

from support import compare, waiting
from support.faulty_upstream import Fault
from support.refusals import Refuses, RefusingUpstream
from support.satchel import SLOW, one_sentence

QUOTA = """
mail_plugins = quota
protocol imap {{
  mail_plugins = quota imap_quota
}}
plugin {{
  quota = maildir:User
  quota_rule = *:storage=100K
}}
"""
RIGHTS = """
mail_plugins = acl
protocol imap {{
  mail_plugins = acl imap_acl
}}
plugin {{
  acl = vfile:{file}:cache_secs=0
}}
"""


def letter(subject: str, size: int = 0) -> bytes:
    head = f"From: a@example.org\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\r\n"
    return (head + ("x" * 70 + "\r\n") * (size // 72 + 1)).encode()


class Parking:
    def __init__(self, satchel, upstream):
        self.satchel, self.upstream, self.there = satchel, upstream, upstream.colleague()

    def begin(self, **mailboxes: list[bytes]) -> "Parking":
        """In step with those mailboxes and mails; here is a client."""
        for mailbox, mails in mailboxes.items():
            if mailbox != "INBOX":
                assert self.there.create(mailbox)[0] == "OK"
            for mail in mails:
                assert self.there.append(mailbox, None, None, mail)[0] == "OK"
        self.satchel.start()
        self.satchel.add_account(self.upstream.port, ca=self.upstream.ca)
        self.satchel.sync()
        self.here = self.satchel.client()
        return self

    def refuse(self, *arguments, **more) -> Refuses:
        """From now on; all lines there were are dropped."""
        self.upstream.line.fault = Refuses(*arguments, **more)
        self.upstream.cut()
        self.upstream.mend()
        return self.upstream.line.fault

    def allow(self) -> None:
        self.upstream.line.fault = Fault()

    def give_rights(self, file, rights: str) -> None:
        """Dovecot reads the file at its start."""
        file.write_text(rights)
        self.upstream.dovecot.stop()
        self.upstream.dovecot.start()
        self.there = self.upstream.colleague()

    def ok(self, answer) -> None:
        assert answer[0] == "OK", answer

    def journal(self) -> list[dict]:
        return json.loads(self.satchel.verb("journal", "list", "--json"))

    def parked(self, operation: str) -> dict:
        """Waits until an operation of that kind is parked."""
        def look():
            return next((one for one in self.journal() if one["operation"] == operation and one["state"].startswith("parked")), None)
        return waiting.until(look, f"{operation} is parked", 30 * SLOW, 0.1)

    def told(self, *words: str) -> None:
        """Both places where people look say it, and a sync too."""
        for said in (self.satchel.verb("status"), self.satchel.verb("journal", "list")):
            for word in words:
                assert word in said, said
        assert "satchel journal list" in one_sentence(self.satchel.run_verb("sync"))

    def verb(self, name: str, *arguments: str):
        return self.satchel.run_verb("journal", name, *arguments)

    def starts(self, client, mailbox: str) -> list[bytes]:
        return [message.start for message in compare.read_mailbox(client, mailbox.encode()).messages]

    def equal(self) -> dict:
        self.satchel.sync()
        here, there = compare.read_all(self.satchel.client()), compare.read_all(self.there)
        assert compare.differences(here, there) == []
        return there


def subjects(messages: dict, mailbox: str) -> list[str]:
    return [message.start.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for message in messages[mailbox.encode()].messages]


@pytest.fixture
def refusing(satchel, folder):
    with RefusingUpstream(folder / "upstream") as server:
        yield Parking(satchel, server)
        satchel.stop()


def test_no_room_left_is_tried_again_when_something_was_removed(satchel, folder):
    with RefusingUpstream(folder / "upstream", more=QUOTA.format()) as server:
        parking = Parking(satchel, server).begin(INBOX=[letter("old", 40_000), letter("older", 30_000)], Work=[])
        parking.ok(parking.here.append("Work", None, None, letter("big", 60_000)))
        assert parking.parked("append")["to"]["mailbox"] == "Work"
        parking.told("no room left")
        assert satchel.account()["operations_parked"] == 1
        # It is readable, and what does not depend on it goes on.
        assert len(parking.starts(parking.here, "Work")) == 1
        parking.here.select("INBOX")
        parking.ok(parking.here.store("1", "+FLAGS", "(\\Flagged)"))
        waiting.until(lambda: len(parking.journal()) == 1, "the flag goes up", 20 * SLOW, 0.1)
        # It went up once when something was expunged, without being asked.
        parking.ok(parking.here.store("2", "+FLAGS", "(\\Deleted)"))
        parking.ok(parking.here.expunge())
        waiting.until(lambda: parking.journal() == [], "it is tried again", 30 * SLOW, 0.1)
        assert subjects(parking.equal(), "Work") == ["big"]
        satchel.stop()


def test_a_colleague_who_makes_room_sets_it_free_as_well(satchel, folder):
    with RefusingUpstream(folder / "upstream", more=QUOTA.format()) as server:
        parking = Parking(satchel, server).begin(INBOX=[letter("old", 40_000), letter("older", 30_000)])
        parking.here.select("INBOX")
        parking.ok(parking.here.copy("1", "INBOX"))
        parking.parked("copy")
        parking.told("no room left")
        parking.there.select("INBOX")
        parking.there.store("2", "+FLAGS", "(\\Deleted)")
        parking.there.expunge()
        waiting.until(lambda: parking.journal() == [], "it is tried again", 30 * SLOW, 0.1)
        assert subjects(parking.equal(), "INBOX") == ["old", "old"]
        satchel.stop()


def test_no_permission_then_retry_and_drop(satchel, folder):
    rights = folder / "rights"
    rights.write_text("")
    with RefusingUpstream(folder / "upstream", more=RIGHTS.format(file=rights)) as server:
        parking = Parking(satchel, server).begin(INBOX=[letter("one"), letter("two")], Shared=[letter("theirs")])
        parking.give_rights(rights, "Shared owner lr\n")
        parking.ok(parking.here.append("Shared", None, None, letter("mine")))
        first = parking.parked("append")
        parking.told("you may not do that there", "NOPERM")
        parking.here.select("INBOX")
        parking.ok(parking.here.uid("MOVE", "1", "Shared"))
        moved = parking.parked("move")
        # Flags that upstream refuses are kept here, and not sent again.
        parking.here.select("Shared")
        parking.ok(parking.here.store("1", "+FLAGS", "(\\Flagged)"))
        waiting.until(lambda: len(parking.journal()) == 2, "the flag is ours alone", 20 * SLOW, 0.1)
        assert b"\\Flagged" in parking.here.fetch("1", "(FLAGS)")[1][0]
        # In vain, then with another answer.
        assert parking.verb("retry", first["id"]).returncode == 0
        assert parking.parked("append")["id"] == first["id"]
        # Dropped: the message that moved is back under a new UID, the one that was filed is rescued.
        assert parking.verb("drop", moved["id"]).returncode == 0
        parking.here.select("INBOX")
        uids = parking.here.uid("SEARCH", "ALL")[1][0].split()
        assert uids == [b"2", b"3"] and b"one" in parking.here.uid("FETCH", "3", "(BODY.PEEK[])")[1][0][1]
        parking.give_rights(rights, "")
        assert "retried 1" in parking.verb("retry").stdout
        satchel.sync()
        there = compare.read_all(parking.there)
        assert subjects(there, "Shared") == ["theirs", "mine"] and subjects(there, "INBOX") == ["one", "two"]
        satchel.stop()


def test_an_append_that_never_got_there_is_rescued_when_it_is_dropped(refusing):
    refusing.begin(INBOX=[letter("one")], Work=[])
    refusing.refuse(rb"^\S+ APPEND .?Work", b"NO [TOOBIG] Too large for us.")
    refusing.ok(refusing.here.append("Work", "(\\Seen)", None, letter("mine")))
    entry = refusing.parked("append")
    refusing.told("it is larger than what the server accepts", "Too large for us.")
    refusing.ok(refusing.here.append("INBOX", None, None, letter("other")))
    # What stands on it waits with it, and goes with it.
    refusing.here.select("Work")
    refusing.ok(refusing.here.copy("1", "INBOX"))
    refusing.ok(refusing.here.store("1", "+FLAGS", "(\\Flagged)"))
    waiting.until(lambda: b"other" in b"".join(refusing.starts(refusing.there, "INBOX")), "the other one goes up", 20 * SLOW, 0.1)
    waits = {one["operation"]: one for one in refusing.journal()}
    assert set(waits) == {"append", "copy", "store flags"}
    assert "parked" in waits["copy"]["waits"] and "parked" in waits["store flags"]["waits"]
    assert refusing.verb("drop", entry["id"]).returncode == 0
    there = refusing.equal()
    assert subjects(there, "Work") == [] and subjects(there, "INBOX") == ["one", "other"]
    (kept,) = json.loads(refusing.satchel.verb("rescued", "list", "--json"))
    assert kept["subject"] == "mine" and kept["mailbox"] == "Work"
    refusing.allow()
    refusing.satchel.verb("rescued", "restore", kept["id"])
    assert subjects(refusing.equal(), "Work") == ["mine"]


def test_a_limit_that_upstream_announces_is_not_even_tried(refusing):
    refusing.begin(INBOX=[])
    fault = refusing.refuse(rb"^\S+ APPEND ", b"NO [TOOBIG] no", capabilities=b"APPENDLIMIT=1000")
    refusing.ok(refusing.here.append("INBOX", None, None, letter("big", 2000)))
    refusing.parked("append")
    refusing.told("larger than what the server accepts")
    assert fault.met == 0


def test_a_mailbox_that_upstream_cannot_make(refusing):
    refusing.begin(INBOX=[letter("one"), letter("two")])
    refusing.refuse(rb"^\S+ CREATE ", b"NO [CANNOT] Not such a name.")
    refusing.ok(refusing.here.create("Odd"))
    create = refusing.parked("create mailbox")
    refusing.told("the server cannot do that", "Not such a name.", "Odd")
    refusing.here.select("INBOX")
    refusing.ok(refusing.here.copy("1", "Odd"))
    refusing.ok(refusing.here.store("2", "+FLAGS", "(\\Answered)"))
    waiting.until(lambda: not any(one["operation"] == "store flags" for one in refusing.journal()), "flags go up", 20 * SLOW, 0.1)
    copy = next(one for one in refusing.journal() if one["operation"] == "copy")
    assert "parked" in copy["waits"]
    assert "drop those first" in one_sentence(refusing.verb("drop", create["id"]))
    assert refusing.verb("drop", copy["id"]).returncode == 0
    for one in refusing.journal():
        if one["operation"] == "subscribe":
            refusing.verb("drop", one["id"])
    assert refusing.verb("drop", create["id"]).returncode == 0
    there = refusing.equal()
    assert b"Odd" not in there and subjects(there, "INBOX") == ["one", "two"]


def test_a_mailbox_that_is_gone_and_may_not_be_made_again(refusing):
    refusing.begin(INBOX=[letter("one")], Work=[letter("work")])
    refusing.upstream.cut()
    refusing.satchel.in_state("offline")
    refusing.ok(refusing.here.append("Work", None, None, letter("mine")))
    refusing.there.delete("Work")
    fault = refusing.refuse(rb"^\S+ CREATE ", b"NO [NOPERM] Only the owner may.")
    refusing.parked("append")
    refusing.told("its mailbox is gone upstream", "Only the owner may.")
    assert fault.met == 1
    refusing.ok(refusing.here.append("INBOX", None, None, letter("other")))
    waiting.until(lambda: len(refusing.starts(refusing.there, "INBOX")) == 2, "the rest goes on", 20 * SLOW, 0.1)
    refusing.allow()
    refusing.satchel.verb("journal", "retry")
    there = refusing.equal()
    assert subjects(there, "Work") == ["mine"] and subjects(there, "INBOX") == ["one", "other"]


@pytest.mark.parametrize("answer", [b"NO not today", b"BAD what is that"])
def test_no_without_a_reason_is_tried_three_times_on_fresh_connections(refusing, answer):
    refusing.begin(INBOX=[letter("one")], Work=[])
    fault = refusing.refuse(rb"^\S+ APPEND .?Work", answer)
    refusing.ok(refusing.here.append("Work", None, None, letter("mine")))
    refusing.parked("append")
    assert sorted(fault.tried.values()) == [1, 1, 1], "three connections"
    refusing.told("refused it three times")
    refusing.satchel.run_verb("sync")
    assert fault.met == 3, "then it is the user's"
    refusing.allow()
    assert refusing.verb("retry").returncode == 0
    assert subjects(refusing.equal(), "Work") == ["mine"]


def test_what_is_in_use_is_tried_again_by_itself(refusing):
    refusing.begin(INBOX=[letter("one")], Work=[])
    fault = refusing.refuse(rb"^\S+ APPEND .?Work", b"NO [INUSE] in a moment", times=4)
    refusing.ok(refusing.here.append("Work", None, None, letter("mine")))
    waiting.until(lambda: fault.met >= 2, "it is tried again", 20 * SLOW)
    assert [one["state"] for one in refusing.journal()] == ["pending"] and "again at" in refusing.journal()[0]["waits"]
    waiting.until(lambda: fault.met >= 3, "and again", 30 * SLOW)
    refusing.allow()
    assert subjects(refusing.equal(), "Work") == ["mine"]


def test_an_expunge_that_is_refused_returns_under_a_new_uid_when_dropped(refusing):
    refusing.begin(INBOX=[letter("one"), letter("two")])
    refusing.refuse(rb"^\S+ UID EXPUNGE ", b"NO [NOPERM] Nothing is removed here.")
    refusing.here.select("INBOX")
    refusing.ok(refusing.here.store("1", "+FLAGS", "(\\Deleted)"))
    refusing.ok(refusing.here.expunge())
    entry = refusing.parked("expunge")
    refusing.told("you may not do that there")
    assert refusing.verb("drop", entry["id"]).returncode == 0
    refusing.here.select("INBOX")
    assert refusing.here.uid("SEARCH", "ALL")[1][0].split() == [b"2", b"3"]
    assert sorted(subjects(refusing.equal(), "INBOX")) == ["one", "two"]


def test_export_and_wrong_ids(refusing, folder):
    refusing.begin(INBOX=[letter("one")], Work=[])
    refusing.refuse(rb"^\S+ APPEND .?Work", b"NO [CANNOT] no")
    refusing.ok(refusing.here.append("Work", None, None, letter("mine")))
    entry = refusing.parked("append")
    target = folder / "operations.json"
    assert refusing.verb("export", target).returncode == 0
    assert json.loads(target.read_text()) == refusing.journal() and target.stat().st_mode & 0o077 == 0
    assert "new file" in one_sentence(refusing.verb("export", target))
    assert "no such operation" in one_sentence(refusing.verb("drop", "1:99999"))
    assert "no parked operation" in one_sentence(refusing.verb("retry", "1:99999"))
    assert "1:42" in one_sentence(refusing.verb("drop", "it"))
    assert refusing.verb("drop").returncode == 2
    refusing.satchel.stop()
    assert refusing.journal()[0]["id"] == entry["id"] and "Parked: append to Work" in refusing.satchel.verb("status")
    assert refusing.verb("drop", entry["id"]).returncode == 0, "no proxy is needed"
    assert refusing.satchel.verb("journal", "list").strip() == "Everything is upstream."
    refusing.satchel.start()
    assert subjects(refusing.equal(), "Work") == []
