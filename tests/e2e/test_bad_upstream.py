"""An upstream that lies and drops: a state in words, bounded memory, and in the end everything as it is there.

What it may say to do harm is in test_attack_*.py.
"""

import socket
import threading

import pytest

from support import compare, faulty_upstream as faulty, waiting
from support.satchel import SLOW

MEMORY = 200_000_000 if SLOW == 1 else 2_000_000_000
def in_the_end_equal(satchel, server, upstream):
    """The fault ends: everything comes, nothing of the fault is left."""
    server.fault = faulty.Fault()
    satchel.sync()
    here, there = compare.read_all(satchel.client()), compare.read_all(upstream.colleague())
    assert compare.differences(here, there) == []
    assert satchel.peak_memory() < MEMORY


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
    answer = client.append("INBOX", None, None, b"Subject: said here\r\n\r\ntext\r\n")
    assert answer[0] == "OK", answer
    satchel.sync()
    assert server.fault.announced and server.fault.met, "it believed the lie, and was refused"
    assert compare.differences(compare.read_all(client), compare.read_all(upstream.colleague())) == [], "it does without"
    in_the_end_equal(satchel, server, upstream)


def test_a_server_that_ends_each_connection_is_not_hammered(faulted, satchel, upstream):
    server = faulted(faulty.Drops(rb"^\* LIST"))
    assert satchel.in_state("offline", 60)["detail"]
    waiting.until(lambda: server.fault.met > 4, "it tries again", 60)
    assert server.fault.met <= server.connections < 25
    gaps = [after - before for before, after in zip(server.times, server.times[1:])]
    pauses = [gap for gap in gaps if gap > 0.2]  # connections that come together belong to one try
    assert len(pauses) > 3 and sum(pauses[-2:]) > 2 * sum(pauses[:2]), f"they do not grow: {gaps}"
    in_the_end_equal(satchel, server, upstream)


def test_a_server_that_takes_one_connection_only(faulted, satchel, upstream):
    server = faulted(faulty.TakesFew())
    satchel.sync()
    assert server.fault.met
    assert compare.differences(compare.read_all(satchel.client()), compare.read_all(upstream.colleague())) == []


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
