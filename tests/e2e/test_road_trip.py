"""The road trip: in step at home, everything offline, a crash on the way, a colleague meanwhile, and equal again."""

import re
from collections import Counter

import pytest

from support import compare, waiting
from support.clients import Mbsync, curl, neomutt
from support.maildir import modified_utf7
from support.raw_client import Closed, RawClient
from support.upstream import Upstream

# Which messages of INBOX, by their place, each side touches.
FLAG, UNSEE, KEYWORD, COPY, MOVE, EXPUNGE, FILE = (slice(0, 5), slice(5, 10), slice(10, 15), slice(15, 18), slice(20, 25),
                                                   slice(30, 35), slice(40, 43))
THEIRS_ANSWERED, THEIRS_EXPUNGED, THEIRS_MOVED = slice(50, 55), slice(60, 64), slice(70, 73)
BOTH_EXPUNGED_AND_FLAGGED, BOTH_FLAGS = 0, 10

KINDS = ["full", "condstore", "plain"]


def box(name: str) -> str:
    return compare.quoted(modified_utf7(name).encode())


def key(name: str) -> bytes:
    return modified_utf7(name).encode()


def ok(answer):
    assert answer[0] == "OK", answer
    return answer[1]


def numbers(uids) -> str:
    return ",".join(map(str, uids))


def letter(subject: str, text: str = "text") -> bytes:
    return f"From: me <u@example.org>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\r\n{text}\r\n".encode()


def with_subject(mailbox: compare.Mailbox, subject: str) -> list[compare.Seen]:
    return [message for message in mailbox.messages if f"Subject: {subject}".encode() in message.start]


class InFlight:
    """Commands sent in one go, each on a message or a mailbox of its own: what each of them did is seen afterwards."""

    BOX, COPIES, EACH, FIRST = "In flight", "In flight copies", 30, 20
    # How often the command's message is in the two mailboxes: when it is not done, when it is.
    COUNTS = {"append": ((0, 0), (1, 0)), "store": ((1, 0), (1, 0)), "copy": ((1, 0), (1, 1)), "move": ((1, 0), (0, 1)),
              "create": ((0, 0), (0, 0))}

    def __init__(self, client):
        for name in (self.BOX, self.COPIES):
            ok(client.create(box(name)))
        self._commands = [(kind, number) for number in range(self.EACH) for kind in self.COUNTS]
        self._uids = {}
        for kind, number in self._commands:
            if kind in ("store", "copy", "move"):
                answer = ok(client.append(box(self.BOX), None, None, letter(f"{kind}-{number}")))
                self._uids[kind, number] = int(re.search(rb"APPENDUID \d+ (\d+)", answer[0])[1])
        self._answered = {}

    def _line(self, kind, number) -> bytes:
        mail, uid = letter(f"append-{number}"), self._uids.get((kind, number))
        return {"append": f"APPEND {box(self.BOX)} {{{len(mail)}+}}\r\n{mail.decode()}", "store": f"UID STORE {uid} +FLAGS (Hasty)",
                "copy": f"UID COPY {uid} {box(self.COPIES)}", "move": f"UID MOVE {uid} {box(self.COPIES)}",
                "create": f"CREATE {box(f'{self.BOX} {number}')}"}[kind].encode()

    def send_and_kill(self, shown, process):
        """SIGKILL when some are answered and not all."""
        raw = RawClient(shown["port"]).login(shown["user"], shown["password"])
        assert raw.send(f"s SELECT {box(self.BOX)}".encode())[-1].startswith(b"s OK")
        raw.write(b"".join(b"c%d %b\r\n" % (place, self._line(*command)) for place, command in enumerate(self._commands)))
        try:
            for place, command in enumerate(self._commands):
                answer = b"".join(raw.answer(b"c%d" % place))
                if not answer.endswith(b"\r\n"):
                    break
                assert answer.splitlines()[-1].startswith(b"c%d OK" % place), answer
                self._answered[command] = answer
                if len(self._answered) == self.FIRST:
                    process.kill()
        except Closed:
            pass
        raw.close()
        assert self.FIRST <= len(self._answered) < len(self._commands), "not killed while some were in flight"

    def done(self, everything) -> set:
        """Which took effect, wholly and once; the others did not at all. What was answered did, under the UID that was said."""
        boxes = [everything[key(name)] for name in (self.BOX, self.COPIES)]
        done = set()
        for kind, number in self._commands:
            subject = f"{kind}-{number}"
            found = [[message.uid for message in mailbox.messages if f"Subject: {subject}\r\n".encode() in message.start]
                     for mailbox in boxes]
            counts = tuple(map(len, found))
            assert counts in self.COUNTS[kind], (subject, counts)
            took_effect = counts == self.COUNTS[kind][1]
            if kind == "store":
                took_effect = "hasty" in with_subject(boxes[0], subject + "\r\n")[0].flags
            elif kind == "create":
                took_effect = key(f"{self.BOX} {number}") in everything
            if took_effect:
                done.add((kind, number))
            said = re.search(rb"(?:APPENDUID \d+|COPYUID \d+ \d+) (\d+)\]", self._answered.get((kind, number), b""))
            assert not said or [int(said[1])] == found[kind != "append"], (subject, said)
        assert self._answered.keys() <= done, self._answered.keys() - done
        return done


class Trip:
    """One road trip; each step is a method, in the order of the test."""

    def __init__(self, satchel, upstream, folder):
        self.satchel, self.upstream, self.folder = satchel, upstream, folder

    def read_here(self):
        client = self.satchel.client()
        try:
            return compare.read_all(client)
        finally:
            client.logout()

    def read_upstream(self):
        client = self.upstream.colleague()
        try:
            return compare.read_all(client)
        finally:
            client.logout()

    def first_sync(self):
        self.satchel.start()
        self.satchel.add_account(self.upstream.port, ca=self.upstream.ca)
        self.satchel.sync()
        account = self.satchel.account()
        assert account["in_sync"] and account["contents_missing"] == 0, account
        self.home = self.read_here()
        assert compare.differences(self.home, self.read_upstream()) == []
        self.inbox = sorted(message.uid for message in self.home[b"INBOX"].messages)
        self.digests = self.home[b"INBOX"].uids()

    def leave(self):
        self.upstream.cut()
        self.satchel.in_state("offline")

    def read_and_search(self, client):
        assert compare.differences(self.read_here(), self.home) == []
        ok(client.select("INBOX", readonly=True))
        flagged = {message.uid for message in self.home[b"INBOX"].messages if "\\flagged" in message.flags}
        assert {int(uid) for uid in ok(client.uid("SEARCH", "FLAGGED"))[0].split()} == flagged
        assert ok(client.uid("SEARCH", "HEADER", "Message-ID", "example.org", "NOT", "TEXT", "no-such-word"))[0]
        some = ok(client.uid("FETCH", str(self.inbox[3]), "(ENVELOPE BODYSTRUCTURE RFC822.SIZE BODY.PEEK[HEADER])"))
        assert some[0] is not None

    def flag(self, client):
        ok(client.select("INBOX"))
        ok(client.uid("STORE", numbers(self.inbox[FLAG]), "+FLAGS", "(\\Flagged)"))
        ok(client.uid("STORE", numbers(self.inbox[UNSEE]), "-FLAGS", "(\\Seen)"))
        ok(client.uid("STORE", numbers(self.inbox[KEYWORD]), "+FLAGS.SILENT", "(Trip $Label3)"))

    def draft(self, client):
        """A draft is appended, then replaced by the next version of it."""
        ok(client.append("Drafts", "(\\Draft \\Seen)", None, letter("draft-one")))
        ok(client.append("Drafts", "(\\Draft \\Seen)", '"17-Nov-2024 08:00:00 +0100"', letter("draft-two")))
        ok(client.select("Drafts"))
        first = ok(client.uid("SEARCH", "HEADER", "Subject", "draft-one"))[0].decode()
        ok(client.uid("STORE", first, "+FLAGS", "(\\Deleted)"))
        ok(client.uid("EXPUNGE", first))

    def copy_and_move(self, client):
        ok(client.select("INBOX"))
        ok(client.uid("COPY", numbers(self.inbox[COPY]), "Archive"))
        ok(client.uid("MOVE", numbers(self.inbox[MOVE]), box("Projects/Ångström")))

    def crash(self, client):
        """SIGKILL while commands are in flight: what was acknowledged is there again, under the same UIDs."""
        self.in_flight = InFlight(client)
        before = self.read_here()
        self.in_flight.send_and_kill(self.satchel.show(), self.satchel.process)
        self.satchel.kill()
        self.satchel.start()
        after = self.read_here()
        self.done_at_the_crash = self.in_flight.done(after)
        for name in [name for name in after if name.startswith(key(InFlight.BOX))]:
            del after[name]
            before.pop(name, None)
        assert compare.differences(after, before) == []
        assert {name: mailbox.uids() for name, mailbox in after.items()} == {name: mailbox.uids() for name, mailbox in before.items()}

    def colleague(self):
        """Somebody changes the same mail behind our back."""
        client = self.upstream.colleague()
        ok(client.select("INBOX"))
        uids = ok(client.uid("SEARCH", "ALL"))[0].decode().split()
        ok(client.uid("STORE", numbers(uids[THEIRS_ANSWERED]), "+FLAGS", "(\\Answered Theirs)"))
        ok(client.uid("STORE", uids[BOTH_FLAGS], "+FLAGS", "(\\Flagged)"))
        ok(client.uid("MOVE", numbers(uids[THEIRS_MOVED]), "Archive"))
        gone = [*uids[THEIRS_EXPUNGED], uids[BOTH_EXPUNGED_AND_FLAGGED]]
        ok(client.uid("STORE", numbers(gone), "+FLAGS", "(\\Deleted)"))
        ok(client.uid("EXPUNGE", numbers(gone)))
        ok(client.append("INBOX", None, None, letter("from-a-colleague")))
        ok(client.create(box("Kollegin")))
        ok(client.append(box("Kollegin"), "(\\Flagged)", None, letter("in-their-mailbox")))
        ok(client.rename(box("日本語"), box("日本語 neu")))
        client.logout()

    def expunge_and_mailboxes(self, client):
        ok(client.select("INBOX"))
        ok(client.uid("STORE", numbers(self.inbox[EXPUNGE]), "+FLAGS", "(\\Deleted)"))
        ok(client.uid("EXPUNGE", numbers(self.inbox[EXPUNGE])))
        ok(client.create(box("Unterwegs/Zug 🚂")))
        ok(client.create(box("Short-lived")))
        ok(client.uid("COPY", str(self.inbox[FILE][0]), box("Short-lived")))
        ok(client.uid("MOVE", numbers(self.inbox[FILE]), box("Unterwegs/Zug 🚂")))
        ok(client.delete(box("Short-lived")))
        ok(client.rename(box("Письма"), box("Письма 2026")))
        ok(client.delete(box("🎒 Trips")))
        ok(client.unsubscribe("Sent"))
        ok(client.subscribe(box("Unterwegs/Zug 🚂")))

    def other_clients(self):
        shown = self.satchel.show()
        assert self.home[b"INBOX"].uids().get(self.inbox[4])
        assert curl(shown, f"INBOX;UID={self.inbox[4]}")
        upload = self.folder / "upload.eml"
        upload.write_bytes(letter("by-curl"))
        curl(shown, "Drafts", "--upload-file", upload)
        assert curl(shown, "Drafts", "--request", "SEARCH SUBJECT by-curl").split()[2:]

        client = self.satchel.client()
        ok(client.append("INBOX", None, None, letter("for-neomutt")))
        client.logout()
        neomutt(self.folder / "neomutt", shown,
                "<limit>~s for-neomutt<enter><flag-message><save-message>=Archive<enter><sync-mailbox><quit>")

        two_ways = Mbsync(self.folder / "mbsync", port=shown["port"], user=shown["user"], password=shown["password"])
        two_ways.run()
        sent = two_ways.maildir / "Sent"
        (sent / "new" / "1700000000.1_1.test").write_bytes(letter("by-mbsync").replace(b"\r\n", b"\n"))
        two_ways.run()

    def come_home(self):
        self.train = self.read_here()
        account = self.satchel.account()
        assert account["state"] == "offline" and account["operations_pending"] > 0 and not account["in_sync"], account
        self.upstream.mend()
        self.satchel.sync()
        # What was just sent comes back as news by IDLE: that is looked at once more.
        account = waiting.until(self.in_step, "in step", 20)
        assert account["operations_pending"] == account["operations_parked"] == 0, account

    def in_step(self):
        account = self.satchel.account()
        return account if account["in_sync"] else None

    def equal(self):
        here, there = self.read_here(), self.read_upstream()
        assert compare.differences(here, there) == []
        assert compare.changed_uids(self.home, here) == []
        assert compare.changed_uids(self.train, here) == []
        assert self.in_flight.done(here) == self.done_at_the_crash
        mine, theirs = self.satchel.client(), self.upstream.colleague()
        assert compare.subscriptions(mine) == compare.subscriptions(theirs) != set()
        mine.logout()
        theirs.logout()
        return there

    def leans_on(self, kind):
        """What the sync asked for: with CONDSTORE for changes, and never for what was not announced."""
        if kind in ("condstore", "plain"):
            words = self.upstream.line.words
            assert not words & {b"QRESYNC", b"VANISHED"} and (kind == "condstore") == (b"CHANGEDSINCE" in words)

    def as_left(self, there):
        """Upstream is as both people left it; nothing is there twice."""
        inbox, archive = there[b"INBOX"], there[b"Archive"]
        for name in ("Письма", "🎒 Trips", "Short-lived", "日本語"):
            assert key(name) not in there
        for name in ("Письма 2026", "日本語 neu", "Kollegin", "Unterwegs/Zug 🚂"):
            assert key(name) in there
        assert len(there[key("Unterwegs/Zug 🚂")].messages) == 3
        for mailbox, subject in (("Drafts", "draft-two"), ("Drafts", "by-curl"), ("Sent", "by-mbsync"), ("Archive", "for-neomutt"),
                                 ("INBOX", "from-a-colleague"), ("Kollegin", "in-their-mailbox")):
            everywhere = [(name, message) for name in there for message in with_subject(there[name], subject)]
            assert [name for name, _message in everywhere] == [key(mailbox)], subject
        assert not with_subject(there[b"Drafts"], "draft-one")
        assert "\\flagged" in with_subject(archive, "for-neomutt")[0].flags
        gone = {uid for place in (MOVE, EXPUNGE, FILE, THEIRS_EXPUNGED, THEIRS_MOVED) for uid in self.inbox[place]}
        gone.add(self.inbox[BOTH_EXPUNGED_AND_FLAGGED])
        # neomutt and mbsync expunge what was marked as deleted before: it was gone here while we were offline.
        marked = {message.uid for message in self.home[b"INBOX"].messages if "\\deleted" in message.flags}
        assert marked and not marked & set(self.train[b"INBOX"].uids())
        gone |= marked
        expected = Counter(digest for uid, digest in self.digests.items() if uid not in gone)
        expected[with_subject(inbox, "from-a-colleague")[0].digest] += 1
        assert Counter(message.digest for message in inbox.messages) == +expected
        added = Counter(message.digest for message in archive.messages)
        added.subtract(message.digest for message in self.home[b"Archive"].messages)
        wanted = Counter(self.digests[uid] for place in (COPY, THEIRS_MOVED) for uid in self.inbox[place])
        wanted[with_subject(archive, "for-neomutt")[0].digest] += 1
        assert +added == wanted
        flags = {}
        for message in self.read_here()[b"INBOX"].messages:
            flags[message.uid] = message.flags
        assert all("\\flagged" in flags[uid] for uid in self.inbox[FLAG][1:])
        assert all("\\seen" not in flags[uid] for uid in self.inbox[UNSEE])
        assert all({"trip", "$label3"} <= flags[uid] for uid in self.inbox[KEYWORD])
        assert all({"\\answered", "theirs"} <= flags[uid] for uid in self.inbox[THEIRS_ANSWERED])
        assert {"\\flagged", "trip"} <= flags[self.inbox[BOTH_FLAGS]]


@pytest.mark.parametrize("kind", [*KINDS, "cyrus"])
def test_road_trip(satchel, folder, kind):
    with Upstream(folder / "upstream", kind) as upstream:
        trip = Trip(satchel, upstream, folder)
        trip.first_sync()
        trip.leave()
        client = satchel.client()
        trip.read_and_search(client)
        trip.flag(client)
        trip.draft(client)
        trip.copy_and_move(client)
        trip.crash(client)
        trip.colleague()
        client = satchel.client()
        trip.expunge_and_mailboxes(client)
        trip.other_clients()
        trip.come_home()
        trip.as_left(trip.equal())
        trip.leans_on(kind)
        satchel.stop()


@pytest.mark.quick
@pytest.mark.parametrize("kind", KINDS)
def test_a_short_trip(satchel, folder, kind):
    with Upstream(folder / "upstream", kind, count=200) as upstream:
        trip = Trip(satchel, upstream, folder)
        trip.first_sync()
        trip.leave()
        client = satchel.client()
        trip.flag(client)
        trip.draft(client)
        trip.copy_and_move(client)
        trip.crash(client)
        trip.colleague()
        trip.come_home()
        trip.equal()
        trip.leans_on(kind)
        satchel.stop()


def test_dovecot_itself_stops_and_comes_back(satchel, folder):
    """No line in between: the server's own port goes away and comes back."""
    with Upstream(folder / "upstream", count=60) as upstream:
        dovecot = upstream.dovecot
        satchel.start()
        satchel.add_account(dovecot.tls_port, ca=dovecot.ca)
        satchel.sync()
        dovecot.stop()
        satchel.in_state("offline")
        client = satchel.client()
        ok(client.append("Sent", "(\\Seen)", None, letter("sent-offline")))
        dovecot.start()
        satchel.sync()
        client.logout()
        there = compare.read_all(dovecot.client())
        assert len(with_subject(there[b"Sent"], "sent-offline")) == 1
        satchel.stop()
