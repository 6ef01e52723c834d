"""An upstream that floods, lies and drops: a state in words, bounded memory, and in the end everything as it is there."""

import socket
import threading

import pytest

from support import compare, faulty_upstream as faulty, waiting
from support.faulty_upstream import FaultyUpstream
from support.satchel import SLOW

LISTENS = 1 << 26  # bytes of one answer
MEMORY = 200_000_000 if SLOW == 1 else 2_000_000_000
EVIL = b"* 1 FETCH (UID 1 FLAGS (\\Deleted Evil) INTERNALDATE \"01-Jan-2001 00:00:00 +0000\" RFC822.SIZE 4 BODY[] {4}\r\nevil)\r\n"


@pytest.fixture
def faulted(satchel, upstream):
    """Makes an upstream with a fault before the Dovecot of the test, and the program with an account there."""
    servers = []

    def make(fault, check=False, security="tls"):
        server = FaultyUpstream(upstream.dovecot.port, fault, upstream.dovecot.certificate if security == "tls" else None).start()
        servers.append(server)
        satchel.start()
        satchel.add_account(server.port, ca=upstream.ca, check=check, security=security)
        return server

    yield make
    for server in servers:
        server.stop()


def in_the_end_equal(satchel, server, upstream):
    """The fault ends: everything comes, nothing of the fault is left."""
    server.fault = faulty.Fault()
    satchel.sync()
    here, there = compare.read_all(satchel.client()), compare.read_all(upstream.colleague())
    assert compare.differences(here, there) == []
    assert satchel.peak_memory() < MEMORY


@pytest.mark.quick
@pytest.mark.parametrize("name, fault", [
    ("2^64 literal", lambda: faulty.Replaces(rb"^\* \d+ FETCH", b"* 1 FETCH (UID 1 BODY[] {18446744073709551616}\r\n", 5)),
    ("4 GB literal", lambda: faulty.Replaces(rb"^\* \d+ FETCH", b"* 1 FETCH (UID 1 BODY[] {4294967295}\r\nabc", 5)),
    ("negative literal", lambda: faulty.Replaces(rb"^\* \d+ FETCH", b"* 1 FETCH (UID 1 BODY[] {-5}\r\n", 5)),
    ("nested brackets", lambda: faulty.Replaces(rb"^\* LIST", b"* LIST " + b"(" * 1_000_000 + b"\r\n", 5)),
    ("nested in FETCH", lambda: faulty.Replaces(rb"^\* \d+ FETCH", b"* 1 FETCH (BODYSTRUCTURE " + b"(" * 1_000_000 + b"\r\n", 5)),
    ("garbage", lambda: faulty.Replaces(rb"^\* ", b"\xff\xfe\0 garbage\r\n", 30)),
    ("UID 0", lambda: faulty.Replaces(rb"^\* \d+ FETCH", b"* 1 FETCH (UID 0 FLAGS ())\r\n", 5)),
    ("huge range", lambda: faulty.Replaces(rb"^\* \d+ FETCH", lambda whole: b"* VANISHED (EARLIER) 1:4294967295\r\n" + whole, 5)),
])
def test_answers_that_no_server_sends(faulted, satchel, upstream, name, fault):
    server = faulted(fault())
    waiting.until(lambda: server.fault.met, f"{name} is met", 30 * SLOW)
    satchel.status()
    in_the_end_equal(satchel, server, upstream)


@pytest.mark.parametrize("when, start, piece", [
    (rb"^\* LIST", b"* LIST (", b"\\X" * 50_000), (rb"^\* \d+ FETCH", b"* 1 FETCH (FLAGS (", b"a " * 50_000),
    (rb"^\* CAPABILITY|CAPABILITY", b"* CAPABILITY ", b"X" * 100_000), (rb"^\* LIST", b"", b"* OK hello\r\n" * 5_000),
], ids=["attributes", "flags", "capabilities", "untagged lines"])
def test_an_endless_answer(faulted, satchel, upstream, when, start, piece):
    server = faulted(faulty.Floods(when, start, piece, most=1 << 28))
    flood = server.fault
    waiting.until(lambda: flood.met > 1 and server.connections > 1, "it ends the line and meets the flood again", 60 * SLOW)
    told = waiting.until(lambda: satchel.account() if satchel.account()["state"] != "online" else None, "it says so", 60 * SLOW, 0.1)
    assert told["detail"]
    assert 0 < flood.longest < LISTENS, "it does not listen for ever"
    in_the_end_equal(satchel, server, upstream)


@pytest.mark.quick
def test_the_line_drops_inside_literals(faulted, satchel, upstream):
    server = faulted(faulty.CutsLiteral(times=4))
    satchel.sync(180)
    assert server.fault.met == 4
    in_the_end_equal(satchel, server, upstream)


@pytest.mark.parametrize("capabilities, refused", [
    (b"QRESYNC CONDSTORE ENABLE", rb"ENABLE|QRESYNC|CONDSTORE|CHANGEDSINCE|MODSEQ"), (b"ESEARCH UIDPLUS MOVE", rb"RETURN|UID EXPUNGE|MOVE"),
    (b"LIST-EXTENDED LIST-STATUS SPECIAL-USE NAMESPACE ID IDLE", rb"LIST.*RETURN|NAMESPACE| ID |IDLE"),
    (b"LITERAL+ SASL-IR COMPRESS=DEFLATE NOTIFY OBJECTID STATUS=SIZE APPENDLIMIT", rb"\+\}|COMPRESS|NOTIFY|EMAILID|STATUS .*[ (]SIZE\)|MAILBOXID"),
])
def test_capabilities_that_are_lies(faulted, satchel, upstream, capabilities, refused):
    server = faulted(faulty.Lies(capabilities, refused), check=True)
    client = satchel.client()
    assert client.append("INBOX", None, None, b"Subject: said here\r\n\r\ntext\r\n")[0] == "OK"
    satchel.sync()
    assert server.fault.announced and server.fault.met, "it believed the lie, and was refused"
    assert compare.differences(compare.read_all(client), compare.read_all(upstream.colleague())) == [], "it does without"
    in_the_end_equal(satchel, server, upstream)


@pytest.mark.quick
def test_a_fetch_that_nobody_asked_for(faulted, satchel, upstream):
    server = faulted(faulty.Replaces(rb"^(?!\* )\S+ OK|^\* \d+ FETCH", lambda whole: EVIL + whole), check=True)
    satchel.run_verb("sync", seconds=60)
    assert server.fault.met
    assert not any(b"evil" in message.start for box in compare.read_all(satchel.client()).values() for message in box.messages)
    in_the_end_equal(satchel, server, upstream)


def test_a_server_that_ends_each_connection_is_not_hammered(faulted, satchel, upstream):
    server = faulted(faulty.Drops(rb"^\* LIST"))
    assert satchel.in_state("offline", 60)["detail"]
    assert 4 < server.fault.met <= server.connections < 25
    gaps = [after - before for before, after in zip(server.times, server.times[1:])]
    pauses = [gap for gap in gaps if gap > 0.2]  # connections that come together belong to one try
    assert len(pauses) > 3 and sum(pauses[-2:]) > 2 * sum(pauses[:2]), f"they do not grow: {gaps}"
    in_the_end_equal(satchel, server, upstream)


def test_a_server_that_takes_one_connection_only(faulted, satchel, upstream):
    server = faulted(faulty.TakesFew())
    satchel.sync()
    assert server.fault.met
    assert compare.differences(compare.read_all(satchel.client()), compare.read_all(upstream.colleague())) == []


@pytest.mark.parametrize("line", [b"* 0 EXISTS\r\n", b"* 4294967295 EXISTS\r\n", b"* 1 EXPUNGE\r\n" * 30, b"* VANISHED 1:4294967295\r\n",
                                  b"* OK [UIDVALIDITY 1] new\r\n", b"* OK [HIGHESTMODSEQ 9223372036854775807] far\r\n"])
def test_untagged_lies_hide_nothing(satchel, upstream, faulted, line):
    server = faulted(faulty.Fault(), check=True)
    satchel.sync()
    before = compare.read_all(satchel.client())
    server.fault = faulty.Replaces(rb"^(?!\* )\S+ OK", lambda whole: line + whole, 40)
    satchel.run_verb("sync", seconds=60)
    assert server.fault.met
    server.fault = faulty.Fault()
    satchel.sync()
    assert compare.differences(compare.read_all(satchel.client()), before) == []


# Before TLS

@pytest.mark.quick
@pytest.mark.parametrize("greeting, answers", [
    (b"* PREAUTH welcome\r\n", []),
    (b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n", [b"TAG BAD no\r\n"] * 5),
    (b"* OK [CAPABILITY IMAP4rev1] no STARTTLS here\r\n", [b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"] * 5),
    (b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n",
     [b"TAG OK begin\r\n* LIST () \"/\" evil-mailbox\r\n* 5 EXISTS\r\n* OK [ALERT] evil-alert\r\n"] * 5),
    (b"* OK hi\r\n* LIST () \"/\" evil-mailbox\r\n* 1 EXISTS\r\n" + EVIL, [b"TAG OK fine\r\n"] * 9),
    (b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n", [b"TAG OK begin\r\nthis is not TLS at all, not at all\r\n"] * 5),
])
def test_before_tls_nothing_is_believed_and_no_password_sent(faulted, satchel, greeting, answers):
    server = faulted(faulty.Says(greeting, answers), security="starttls")
    waiting.until(lambda: server.fault.met, "it connects", 30 * SLOW)
    waiting.until(lambda: satchel.account()["state"] not in ("connecting", "online"), "it gives up", 60 * SLOW, 0.2)
    received = server.fault.received
    assert b"LOGIN" not in received.upper() and b"AUTHENTICATE" not in received.upper() and b"secret" not in received
    told = satchel.verb("status", "--json") + satchel.log()
    assert "evil-mailbox" not in told and "evil-alert" not in told
    assert satchel.account()["mailboxes"] == 0


@pytest.mark.quick
def test_starttls_works_where_it_is_offered(satchel, upstream):
    satchel.start()
    satchel.add_account(upstream.dovecot.port, ca=upstream.ca, security="starttls")
    satchel.sync()
    assert compare.differences(compare.read_all(satchel.client()), compare.read_all(upstream.colleague())) == []


def test_a_silent_upstream_is_given_up(satchel, upstream):
    """It takes the connection and says nothing: offline in words, not for ever connecting."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        kept = []
        threading.Thread(target=lambda: _accept(listener, kept), daemon=True).start()
        satchel.start()
        satchel.add_account(listener.getsockname()[1], ca=upstream.ca, check=False)
        satchel.in_state("offline", 90)
        for line in kept:
            line.close()


def _accept(listener, kept) -> None:
    try:
        while True:
            kept.append(listener.accept()[0])
    except OSError:
        pass


def test_a_mailbox_that_is_listed_and_does_not_open_holds_up_no_other(satchel, upstream):
    """Dovecot lists what begins with a tilde and refuses to open it."""
    (upstream.dovecot.root() / ".~odd" / "cur").mkdir(parents=True)
    for part in ("new", "tmp"):
        (upstream.dovecot.root() / ".~odd" / part).mkdir()
    upstream.dovecot.give_mail()
    satchel.start()
    satchel.add_account(upstream.port, ca=upstream.ca)
    done = satchel.run_verb("sync")
    assert done.returncode == 1 and "to be read" in done.stderr, done.stderr
    assert satchel.account()["contents_missing"] == 0
    client = satchel.client()
    assert client.append("INBOX", None, None, b"Subject: goes up\r\n\r\n")[0] == "OK"
    satchel.run_verb("sync")
    colleague = upstream.colleague()
    colleague.select("INBOX")
    assert colleague.search(None, "SUBJECT", "goes")[1][0]
