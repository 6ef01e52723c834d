"""The faults are really met by whoever connects, and the comparison tells what differs."""

import imaplib
import ssl

import pytest

from support import compare, faulty_upstream as faulty, generate_mail, waiting
from support.dovecot import Dovecot


@pytest.fixture(scope="module")
def dovecot(module_folder):
    server = Dovecot(module_folder)
    generate_mail.generate("demo", server.root(), count=60)
    with server:
        yield server


def connect(upstream, user="user"):
    client = imaplib.IMAP4("127.0.0.1", upstream.port, timeout=10)
    client.login(user, "secret")
    return client


def test_without_a_fault_both_sides_are_equal(dovecot):
    with faulty.FaultyUpstream(dovecot.port, faulty.Fault()) as upstream:
        assert compare.differences(compare.read_all(connect(upstream)), compare.read_all(dovecot.client())) == []


def test_rewritten_bodies_differ(dovecot):
    fault = faulty.RewritesBodies(lambda body: body.replace(b"\r\n", b"\n"))
    with faulty.FaultyUpstream(dovecot.port, fault) as upstream:
        found = compare.differences(compare.read_all(connect(upstream)), compare.read_all(dovecot.client()))
    assert fault.met and any("only here" in line for line in found) and any("only upstream" in line for line in found)


def test_a_cut_literal_ends_the_connection(dovecot):
    with faulty.FaultyUpstream(dovecot.port, faulty.CutsLiteral()) as upstream:
        client = connect(upstream)
        client.select()
        with pytest.raises(imaplib.IMAP4.abort):
            client.fetch("1:*", "(BODY.PEEK[])")
        assert upstream.fault.met == 1


def test_lies_are_announced_and_refused(dovecot):
    with faulty.FaultyUpstream(dovecot.port, faulty.Lies(b"QRESYNC X-LIE", rb" ENABLE ")) as upstream:
        client = connect(upstream)
        assert "X-LIE" in client.capabilities
        with pytest.raises(imaplib.IMAP4.error):
            client.xatom("ENABLE", "QRESYNC")
        assert upstream.fault.met == 1


def test_one_connection_at_a_time(dovecot):
    with faulty.FaultyUpstream(dovecot.port, faulty.TakesFew()) as upstream:
        first = connect(upstream)
        with pytest.raises(imaplib.IMAP4.error):
            connect(upstream)
        first.logout()
        waiting.until(lambda: connects(upstream), "there is room again", 10)


def connects(upstream) -> bool:
    try:
        connect(upstream).logout()
    except imaplib.IMAP4.error:
        return False
    return True


def test_says_keeps_what_came(dovecot):
    with faulty.FaultyUpstream(dovecot.port, faulty.Says(b"* PREAUTH hello\r\n", [b"TAG BAD no\r\n"])) as upstream:
        with pytest.raises(imaplib.IMAP4.error):
            imaplib.IMAP4("127.0.0.1", upstream.port, timeout=10)
        assert b"CAPABILITY" in upstream.fault.received


def test_a_cut_line_is_cut_at_once(dovecot):
    with faulty.FaultyUpstream(dovecot.port, faulty.Fault(), dovecot.certificate) as upstream:
        context = ssl.create_default_context(cafile=str(dovecot.ca))
        client = imaplib.IMAP4_SSL("127.0.0.1", upstream.port, ssl_context=context, timeout=5)
        client.login("user", "secret")
        upstream.stop()
        with pytest.raises((imaplib.IMAP4.abort, OSError)) as ended:
            client.noop()
        assert not isinstance(ended.value, TimeoutError)
        upstream.start()
