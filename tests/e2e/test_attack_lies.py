"""What upstream says that is not so (M3, M4, M6 and M7 of THREATS.md): nothing is hidden, nothing lost.

The journal is unharmed too: what waits is upstream once when the lies end.
"""

import json
import re

import pytest

from support import compare, faulty_upstream as faulty, waiting
from support.satchel import SLOW

EVIL = b"* 1 FETCH (UID 1 FLAGS (\\Deleted Evil) INTERNALDATE \"01-Jan-2001 00:00:00 +0000\" RFC822.SIZE 4 BODY[] {4}\r\nevil)\r\n"
FETCH = rb"^\* \d+ FETCH"


# M3

def each_uid(make):
    """Alters the UIDs of FETCH responses: make(uid, how many were altered)."""
    count = 0

    def alter(whole: bytes) -> bytes:
        nonlocal count
        count += 1
        return re.sub(rb"UID (\d+)", lambda found: b"UID %d" % make(int(found[1]), count), whole, count=1)
    return lambda: faulty.Replaces(FETCH, alter, 60)


def said_before(data: bytes, times: int = 40):
    return lambda: faulty.Replaces(rb"^(?!\* )\S+ OK", lambda whole: data + whole, times)


LIES = {
    "UIDs that fall": each_uid(lambda uid, count: max(1, 1000 - count)), "UIDs that repeat": each_uid(lambda _uid, _count: 1),
    "UID 0": each_uid(lambda _uid, _count: 0), "UID 2^32-1": each_uid(lambda _uid, _count: 4294967295), "UIDs that are swapped": each_uid(lambda uid, _count: uid ^ 1),
    "UID 2^32": each_uid(lambda _uid, _count: 4294967296),
    "EXISTS that shrinks": said_before(b"* 0 EXISTS\r\n"), "EXISTS of 2^32-1": said_before(b"* 4294967295 EXISTS\r\n"),
    "MODSEQ that goes back": lambda: faulty.Replaces(rb"HIGHESTMODSEQ", lambda whole: re.sub(rb"HIGHESTMODSEQ \d+", b"HIGHESTMODSEQ 1", whole)),
    "MODSEQ of 2^63": lambda: faulty.Replaces(rb"MODSEQ", lambda whole: re.sub(rb"MODSEQ (\(?)\d+", rb"MODSEQ \g<1>9223372036854775808", whole)),
    "MODSEQ of 2^63-1": lambda: faulty.Replaces(rb"MODSEQ", lambda whole: re.sub(rb"MODSEQ (\(?)\d+", rb"MODSEQ \g<1>9223372036854775807", whole)),
    "a far MODSEQ by the way": said_before(b"* OK [HIGHESTMODSEQ 9223372036854775807] far\r\n"),
    "UIDVALIDITY by the way": said_before(b"* OK [UIDVALIDITY 1] new\r\n"), "UIDNEXT that goes back": said_before(b"* OK [UIDNEXT 1] back\r\n"),
    "UIDNEXT that comes early": lambda: faulty.Replaces(rb"UIDNEXT", lambda whole: re.sub(rb"UIDNEXT (\d+)", lambda found: b"UIDNEXT %d" % (int(found[1]) + 3), whole)),
    "EXPUNGE for another mailbox": said_before(b"* 2 EXPUNGE\r\n"),
    "a FETCH nobody asked for": said_before(EVIL), "a FETCH in between": lambda: faulty.Replaces(FETCH, lambda whole: EVIL + whole, 60),
}


# What status says of the server then: that it was stepped down, and why; or what of it is not believed.
TOLD = {
    "MODSEQ that goes back": "went back in its own count of changes", "UIDNEXT that goes back": "went back in its UIDNEXT",
    "VANISHED (EARLIER) of everything": "said that mail was gone that is there", "an empty SEARCH": "counts more messages than it lists",
    "an empty LIST": "left mailboxes that are there out of its list",
}


def is_told(lied, name: str) -> None:
    """In the notes of that account, and in the text that people read; of an honest server nothing is said."""
    notes = [note for note in lied.satchel.account()["notes"] if note.startswith("This server")]
    if name in TOLD:
        assert any(TOLD[name] in note for note in notes), (name, notes)
        assert TOLD[name] in " ".join(lied.satchel.verb("status").split())


# Whose the flags were that came under one UID, the audit alone finds out, in time.
LATER = {name: lie for name, lie in LIES.items() if name != "UIDs that repeat"}


@pytest.mark.quick
@pytest.mark.parametrize("lie", LATER)
def test_m3_numbers_that_cannot_be(lied, lie):
    lied.meets(faulty.Fault(), check=True)
    lied.under(LATER[lie](), flags=False)  # those that are told under another UID are as good as any
    is_told(lied, lie)


FROM_THE_START = {name: lie for name, lie in LIES.items() if "UID" in name or "FETCH" in name}
del FROM_THE_START["UIDs that are swapped"]  # nothing tells that from a server on which they are so


@pytest.mark.quick
@pytest.mark.parametrize("lie", FROM_THE_START.values(), ids=FROM_THE_START.keys())
def test_m3_numbers_that_cannot_be_from_the_start(lied, lie):
    lied.meets(lie(), check=True)
    lied.satchel.run_verb("sync", seconds=60)
    assert lied.server.fault.met
    lied.server.cut()
    lied.in_the_end_equal()


# M4

class FindsNothing(faulty.Fault):
    """No SEARCH finds anything, on a server that can tell of changes in no other way."""

    def response(self, parts):
        whole = b"".join(parts)
        if b"CAPABILITY" in parts[0]:
            return whole.replace(b" QRESYNC", b"").replace(b" CONDSTORE", b"")
        if not re.match(rb"\* E?SEARCH", whole):
            return whole
        self.met += 1
        return b"* SEARCH\r\n" if b"ESEARCH" not in whole else re.sub(rb" UID.*", b" UID\r\n", whole, flags=re.S)


GONE = {
    "EXPUNGE of everything": said_before(b"* 1 EXPUNGE\r\n" * 100), "VANISHED of everything": said_before(b"* VANISHED 1:4294967295\r\n"),
    "VANISHED (EARLIER) of everything": lambda: faulty.Replaces(rb"^(?!\* )\S+ OK", lambda whole: b"* VANISHED (EARLIER) 1:4294967295\r\n" + whole),
    "an empty SEARCH": FindsNothing,
    "an empty LIST": lambda: faulty.Replaces(rb"^\* LIST", b""), "no INBOX in LIST": lambda: faulty.Replaces(rb"^\* LIST.*INBOX", b""),
}


@pytest.mark.quick
@pytest.mark.parametrize("lie", GONE)
def test_m4_everything_is_said_to_be_gone(lied, lie):
    """A second question, asked otherwise, says that it is not."""
    lied.meets(faulty.Fault(), check=True)
    lied.under(GONE[lie]())
    is_told(lied, lie)


def test_nothing_is_said_of_an_honest_server(lied):
    lied.meets(faulty.Fault(), check=True)
    lied.satchel.sync()
    colleague = lied.upstream.colleague()
    colleague.append("INBOX", None, None, b"Subject: honest\r\n\r\n")
    colleague.select("INBOX")
    colleague.store("1", "+FLAGS", "(\\Deleted)")
    colleague.expunge()
    lied.server.cut()
    lied.in_the_end_equal()
    assert [note for note in lied.satchel.account()["notes"] if note.startswith("This server")] == []


class Flaps(faulty.Fault):
    """Of two UIDVALIDITYs now this one and now that; each mailbox is opened `lasts` times under one."""

    def __init__(self, lasts: int):
        super().__init__()
        self._lasts, self.opened = lasts, 0

    def response(self, parts):
        whole = b"".join(parts)
        if b"[UIDVALIDITY " not in whole and not whole.startswith(b"* STATUS"):
            return whole
        self.opened += b"[UIDVALIDITY " in whole
        self.met += 1
        more = self.opened // self._lasts % 2
        return re.sub(rb"UIDVALIDITY (\d+)", lambda found: b"UIDVALIDITY %d" % (int(found[1]) + more), whole)


@pytest.mark.parametrize("lasts", [1, 7, 40])
def test_m3_uidvalidity_that_flaps(lied, lasts):
    lied.meets(faulty.Fault(), check=True)
    lied.under(Flaps(lasts), flags=False)


def test_m3_a_uidvalidity_that_was_given_before_is_told(lied):
    """There and back again: nothing is loaded twice, no UID changes here, and status says so."""
    lied.meets(faulty.Fault(), check=True)
    lied.satchel.sync()
    before = compare.read_all(lied.satchel.client())

    def another(whole: bytes) -> bytes:
        return re.sub(rb"UIDVALIDITY (\d+)", lambda found: b"UIDVALIDITY %d" % (int(found[1]) + 1), whole)

    for _ in range(2):
        lied.server.fault = faulty.Replaces(rb"UIDVALIDITY", another)
        lied.server.cut()
        lied.satchel.sync()
        lied.server.fault = faulty.Fault()
        lied.server.cut()
        lied.satchel.sync()
    assert any("UIDVALIDITY that it had before" in note for note in lied.satchel.account()["notes"])
    assert compare.changed_uids(before, compare.read_all(lied.satchel.client())) == []
    lied.in_the_end_equal()


# The slow rolling audit

class Hides(faulty.Fault):
    """From hide() on nothing that happens in INBOX, the only mailbox, shows in its numbers or among what changed."""

    NUMBERS = (rb"\* (\d+) EXISTS", rb"HIGHESTMODSEQ (\d+)", rb"UIDNEXT (\d+)", rb"MESSAGES (\d+)")

    def __init__(self):
        super().__init__()
        self._known: dict[bytes, bytes] = {}
        self._hiding = False

    def hide(self) -> None:
        self._hiding = True

    def command(self, line):
        if not self._hiding or b"CHANGEDSINCE" not in line:
            return None
        self.met += 1
        return b"TAG OK nothing\r\n"

    def response(self, parts):
        whole = b"".join(parts)
        for number in self.NUMBERS:
            if found := re.search(number, whole):
                known = self._known.setdefault(number, found[1]) if self._hiding else found[1]
                self._known[number] = known
                whole = whole[:found.start(1)] + known + whole[found.end(1):]
        return whole


def test_the_audit_finds_what_a_server_hides(satchel, empty_upstream):
    colleague = empty_upstream.colleague()
    for number in range(5):
        colleague.append("INBOX", None, None, b"Subject: %d\r\n\r\ntext\r\n" % number)
    hides = Hides()
    with faulty.FaultyUpstream(empty_upstream.dovecot.port, hides, empty_upstream.dovecot.certificate) as server:
        satchel.start()
        satchel.add_account(server.port, ca=empty_upstream.ca)
        satchel.sync()
        hides.hide()
        colleague.select("INBOX")
        colleague.store("2", "+FLAGS", "(\\Flagged)")
        colleague.append("INBOX", None, None, b"Subject: hidden\r\n\r\ntext\r\n")
        satchel.stop()
        satchel.start()
        satchel.sync()
        seen = compare.read_mailbox(satchel.client(), b"INBOX").messages
        assert hides.met and len(seen) == 5 and "\\flagged" not in seen[1].flags, "the lie works"
        satchel.stop()
        satchel.start(SATCHEL_SYNC_AUDIT_SECONDS="2")
        client = satchel.client()

        def found():
            seen = compare.read_mailbox(client, b"INBOX").messages
            return len(seen) == 6 and "\\flagged" in seen[1].flags
        waiting.until(found, "the audit finds it", 30 * SLOW, 0.3)
        assert any("did not tell of a change" in note for note in satchel.account()["notes"])
        assert "did not tell of a change" in " ".join(satchel.verb("status").split())
        satchel.sync()
        assert compare.differences(compare.read_all(client), compare.read_all(empty_upstream.colleague())) == []
        satchel.stop()


def said_to_be_empty():
    """Consistent in every answer: EXISTS, SEARCH and STATUS agree. (UIDVALIDITY stays.)"""
    def alter(whole: bytes) -> bytes:
        if re.match(rb"\* \d+ EXISTS", whole):
            return b"* 0 EXISTS\r\n"
        if re.match(rb"\* ESEARCH", whole):
            return re.sub(rb" UID.*", b" UID\r\n", whole, flags=re.S)
        if re.match(rb"\* STATUS", whole):
            return re.sub(rb"MESSAGES \d+", b"MESSAGES 0", whole)
        return b"* SEARCH\r\n"
    return faulty.Replaces(rb"^\* (\d+ EXISTS|E?SEARCH|STATUS)", alter)


def test_m4_a_lie_that_is_consistent_loses_nothing(lied):
    """Few messages: they go, are kept as rescued, and come back with the truth, without a body on the line."""
    lied.meets(faulty.Fault(), check=True)
    lied.satchel.sync()
    client = lied.satchel.client()
    before = compare.read_all(client)
    lied.server.fault = said_to_be_empty()
    lied.server.cut()
    lied.satchel.run_verb("sync", seconds=60)
    assert lied.server.fault.met
    left = compare.read_all(client)
    kept = {one.digest for box in left.values() for one in box.messages}
    gone = {one.digest for box in before.values() for one in box.messages} - kept
    rescued = json.loads(lied.satchel.verb("rescued", "list", "--json"))
    assert len(rescued) >= len(gone) > 0, (len(rescued), len(gone))
    lied.in_the_end_equal()


# M6

@pytest.mark.quick
def test_m6_another_body_under_a_known_uid(lied):
    """What a UID named once it names for ever; a body that is asked for again shows no other."""
    lied.meets(faulty.Fault(), check=True)
    lied.satchel.sync()
    before = compare.read_all(lied.satchel.client())
    lied.server.fault = faulty.RewritesBodies(lambda body: body.replace(b"e", b"E"))
    lied.satchel.stop()
    lied.satchel.start()
    lied.satchel.run_verb("sync", seconds=60)
    assert compare.read_all(lied.satchel.client()) == before
    lied.in_the_end_equal()


@pytest.mark.quick
def test_m6_a_body_that_is_not_the_one_that_was_listed(lied):
    """Listed with its header, then given with another one: not believed, said in status, asked for again, and shown to nobody."""
    lied.meets(OtherBodies(), check=True)
    lied.satchel.run_verb("sync", seconds=90)
    assert lied.server.fault.met
    assert any("another text" in note for note in lied.satchel.account()["notes"])
    client = lied.satchel.client()
    assert client.select("INBOX")[0] == "OK"
    seen = client.fetch("1:*", "(BODY.PEEK[])")  # NO, with those that are here: the others never came as they were listed
    assert not any(b"evil" in part for one in seen[1] for part in (one if isinstance(one, tuple) else (one,)) if part)
    lied.server.cut()
    lied.in_the_end_equal()


class OtherBodies(faulty.Fault):
    """Whole bodies get another beginning, of the same length; headers alone are true."""

    def response(self, parts):
        if not re.match(FETCH, parts[0]) or b"BODY[] {" not in parts[0] or len(parts[1]) < 8:
            return b"".join(parts)
        self.met += 1
        return parts[0] + b"X-evil: " + parts[1][8:] + b"".join(parts[2:])


# M7

@pytest.mark.quick
@pytest.mark.parametrize("code", [rb"COPYUID \1 1:4294967295 1:4294967295", rb"COPYUID \1 4294967295:1 1:4294967295", rb"COPYUID \1 1 1:4294967295",
                                  rb"COPYUID \1 1:* *", rb"COPYUID \1 0 0", rb"COPYUID 0 1 1"], ids=["all", "falling", "one from all", "stars", "zeros", "no UIDVALIDITY"])
@pytest.mark.parametrize("verb", ["COPY", "MOVE"])
def test_m7_a_copyuid_of_everything(lied, verb, code):
    lied.meets(faulty.Fault(), check=True)
    lied.satchel.sync()
    client = lied.satchel.client()
    target = f"Target{len(compare.names(client))}"
    client.create(target)
    lied.satchel.sync()
    lied.server.fault = faulty.Replaces(rb"COPYUID", lambda whole: re.sub(rb"COPYUID (\d+) \S+ [^\]]+", code, whole))
    lied.server.cut()
    client.select("INBOX")
    assert client.uid(verb, "1:2", target)[0] == "OK"
    lied.satchel.sync()
    assert lied.server.fault.met
    lied.in_the_end_equal()
    assert len(compare.read_all(lied.upstream.colleague())[target.encode()].messages) == 2


@pytest.mark.quick
@pytest.mark.parametrize("code", [rb"APPENDUID \1 1:4294967295", rb"APPENDUID \1 4294967295", rb"APPENDUID \1 *", rb"APPENDUID 4294967295 1", rb"APPENDUID \1 1"],
                         ids=["all", "the last", "a star", "another UIDVALIDITY", "another message's"])
def test_m7_an_appenduid_that_is_not_its_own(lied, code):
    lied.meets(faulty.Fault(), check=True)
    lied.satchel.sync()
    lied.server.fault = faulty.Replaces(rb"APPENDUID", lambda whole: re.sub(rb"APPENDUID (\d+) [^\]]+", code, whole))
    before = lied.found("wasappended")
    assert lied.satchel.client().append("INBOX", None, None, b"Subject: wasappended\r\n\r\n%d\r\n" % before)[0] == "OK"
    lied.satchel.run_verb("sync", seconds=60)
    assert lied.server.fault.met
    lied.server.cut()
    lied.in_the_end_equal()
    assert lied.found("wasappended") == before + 1
