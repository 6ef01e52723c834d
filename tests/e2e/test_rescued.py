"""What upstream expunged is kept: `satchel rescued list` and `restore`."""

import json

import pytest

from support import compare, waiting
from support.satchel import SLOW, one_sentence

ODD = ("From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nSubject: =?utf-8?b?R3LDvMOfZQ==?= two\r\n"
       "Message-ID: <odd@example.org>\r\n\r\nbytes \x01\x7f with no end of line").encode("latin-1")


def letter(subject: str) -> bytes:
    return f"From: a@example.org\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\r\ntext of {subject}\r\n".encode()


class Keeping:
    """INBOX holds odd, one, two, three; Work holds four and another copy of two."""

    def __init__(self, satchel, upstream):
        self.satchel, self.upstream, self.there = satchel, upstream, upstream.colleague()
        assert self.there.create("Work")[0] == "OK"
        for mailbox, mail in (("INBOX", ODD), *(("INBOX", letter(name)) for name in ("one", "two", "three")),
                              ("Work", letter("four")), ("Work", letter("two"))):
            assert self.there.append(mailbox, "(\\Flagged Mine)", '"01-Feb-2023 10:11:12 +0100"', mail)[0] == "OK"
        satchel.start()
        satchel.add_account(upstream.port, ca=upstream.ca)
        satchel.sync()

    def expunge(self, client, mailbox: str, which: str) -> None:
        assert client.select(mailbox)[0] == "OK"
        assert client.store(which, "+FLAGS.SILENT", "(\\Deleted)")[0] == "OK"
        assert client.expunge()[0] == "OK"

    def lost(self, mailbox: str, which: str) -> None:
        """The colleague expunges; it is known here."""
        self.expunge(self.there, mailbox, which)
        self.sync()

    def sync(self) -> None:
        """Until both sides have as many messages: Dovecot's LIST may tell for a second what was before."""
        def synced():
            self.satchel.sync()
            return compare.counts(self.satchel.client()) == compare.counts(self.upstream.colleague())
        waiting.until(synced, "both sides have as many messages", 30 * SLOW, 0.3)

    def kept(self) -> list[dict]:
        return json.loads(self.satchel.verb("rescued", "list", "--json"))

    def subjects(self) -> list[str]:
        return sorted(one["subject"] for one in self.kept())

    def restore(self, subject: str, *more: str):
        return self.satchel.run_verb("rescued", "restore", next(one["id"] for one in self.kept() if one["subject"] == subject), *more)

    def equal(self) -> dict:
        """Both sides, which are the same."""
        self.sync()
        here, there = compare.read_all(self.satchel.client()), compare.read_all(self.there)
        assert compare.differences(here, there) == []
        return there


@pytest.fixture
def keeping(satchel, empty_upstream):
    return Keeping(satchel, empty_upstream)


@pytest.mark.quick
def test_what_upstream_expunged_is_listed_and_comes_back_byte_for_byte(keeping):
    before = {message.start: message for message in compare.read_mailbox(keeping.there, b"INBOX").messages}
    keeping.lost("INBOX", "1")
    (kept,) = keeping.kept()
    assert kept["subject"] == "Grüße two" and kept["from"] == "Jürgen <j@example.org>" and kept["mailbox"] == "INBOX"
    assert kept["account"] == "one" and kept["date"] == "2023-02-01T09:11:12Z" and kept["rescued"].startswith("20")
    text = keeping.satchel.verb("rescued", "list")
    assert "Grüße two" in text and kept["id"] in text
    assert keeping.restore("Grüße two").returncode == 0
    after = {message.start: message for message in keeping.equal()[b"INBOX"].messages}
    assert after == before, "bytes, flags and INTERNALDATE"
    assert keeping.kept() == [] and "Nothing was rescued" in keeping.satchel.verb("rescued", "list")


def test_only_what_nobody_holds_is_rescued(keeping):
    client = keeping.satchel.client()
    keeping.expunge(client, "INBOX", "2")  # one: expunged here, so it is not missed
    keeping.sync()
    keeping.lost("INBOX", "2")  # two: Work holds it still
    assert keeping.subjects() == []
    keeping.lost("INBOX", "2")  # three
    assert keeping.subjects() == ["three"]
    keeping.lost("Work", "2")  # the last copy of two
    assert keeping.subjects() == ["three", "two"]
    keeping.there.select("Work")
    assert keeping.there.uid("MOVE", "1", "INBOX")[0] == "OK"  # moved is not dropped
    keeping.sync()
    assert keeping.subjects() == ["three", "two"]


def test_a_whole_mailbox_is_rescued_and_restored_elsewhere(keeping):
    assert keeping.there.delete("Work")[0] == "OK"
    keeping.sync()
    assert keeping.subjects() == ["four"], "two is in INBOX"
    assert "--to" in one_sentence(keeping.restore("four"))
    assert keeping.subjects() == ["four"]
    assert "Nowhere" in one_sentence(keeping.restore("four", "--to", "Nowhere"))
    assert keeping.restore("four", "--to", "INBOX").returncode == 0
    assert letter("four")[:60] in [message.start for message in keeping.equal()[b"INBOX"].messages]
    assert keeping.kept() == []


def test_it_works_offline_without_a_proxy_and_after_a_kill(keeping):
    keeping.lost("INBOX", "2:3")
    keeping.upstream.cut()
    keeping.satchel.in_state("offline")
    client = keeping.satchel.client()
    client.select("INBOX")
    assert keeping.restore("one").returncode == 0
    waiting.until(lambda: client.noop()[0] == "OK" and client.search(None, "SUBJECT", "one")[1][0], "it is shown", 10 * SLOW)
    keeping.satchel.kill()
    assert keeping.subjects() == []
    keeping.satchel.start()
    keeping.upstream.mend()
    found = [message.start for message in keeping.equal()[b"INBOX"].messages]
    assert found.count(letter("one")[:60]) == 1


def test_wrong_ids_are_told(keeping):
    keeping.lost("INBOX", "2")
    (kept,) = keeping.kept()
    assert "no rescued message" in one_sentence(keeping.satchel.run_verb("rescued", "restore", "1:99999"))
    assert "1:42" in one_sentence(keeping.satchel.run_verb("rescued", "restore", "one"))
    assert keeping.satchel.run_verb("rescued", "restore").returncode == 2
    assert keeping.restore("one").returncode == 0
    assert "no rescued message" in one_sentence(keeping.satchel.run_verb("rescued", "restore", kept["id"]))
    assert len(keeping.equal()[b"INBOX"].messages) == 4, "once"
    assert "no such account" in one_sentence(keeping.satchel.run_verb("rescued", "list", "nobody"))
    assert keeping.satchel.verb("rescued", "list", "one") == keeping.satchel.verb("rescued", "list")
