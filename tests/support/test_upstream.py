"""The upstream without QRESYNC: CONDSTORE and all else work as Dovecot has them, what leans on QRESYNC does not. Cyrus."""

import imaplib
import ssl

import pytest

from support import compare
from support.maildir import modified_utf7
from support.plain_filter import response_without_qresync
from support.upstream import Upstream


@pytest.fixture
def client(folder):
    with Upstream(folder, "condstore", profile="") as upstream:
        client = imaplib.IMAP4_SSL("127.0.0.1", upstream.port, ssl_context=ssl.create_default_context(cafile=str(upstream.ca)))
        client.login("user", "secret")
        yield client
        client.logout()


def test_condstore_without_qresync(client):
    announced = client.capability()[1][0].split()
    assert b"QRESYNC" not in announced and {b"CONDSTORE", b"ENABLE", b"LITERAL+", b"IDLE", b"MOVE"} <= set(announced)
    for number in range(3):
        assert client.append("INBOX", None, None, b"Subject: %d QRESYNC VANISHED\r\n\r\n" % number)[0] == "OK"
    imaplib.Commands["ENABLE"] = ("AUTH", "SELECTED")
    with pytest.raises(imaplib.IMAP4.error, match="QRESYNC"):
        client._simple_command("ENABLE", "QRESYNC")
    assert client._simple_command("ENABLE", "CONDSTORE")[0] == "OK"
    with pytest.raises(imaplib.IMAP4.error, match="QRESYNC"):
        client._simple_command("SELECT", "INBOX", "(QRESYNC (1 1))")
    assert client._simple_command("SELECT", "INBOX", "(CONDSTORE)")[0] == "OK"
    client.state = "SELECTED"
    since = int(client.response("HIGHESTMODSEQ")[1][0])
    with pytest.raises(imaplib.IMAP4.error, match="QRESYNC"):
        client.uid("FETCH", "1:*", "(FLAGS)", "(CHANGEDSINCE 1 VANISHED)")
    assert client.uid("STORE", "2", "+FLAGS", "(\\Deleted)")[0] == "OK"
    client.response("FETCH")
    changed = client.uid("FETCH", "1:*", "(FLAGS)", f"(CHANGEDSINCE {since})")[1]
    assert len(changed) == 1 and b"UID 2 " in changed[0] and b"MODSEQ" in changed[0]
    assert client.uid("EXPUNGE", "2")[0] == "OK"
    assert client.response("EXPUNGE")[1] == [b"2"]
    assert client.uid("SEARCH", "SUBJECT", '"qresync vanished"')[1] == [b"1 3"]


@pytest.mark.parametrize("given, left", [
    (b"* CAPABILITY IMAP4rev1 CONDSTORE QRESYNC ESEARCH\r\n", [b"* CAPABILITY IMAP4rev1 CONDSTORE ESEARCH\r\n"]),
    (b"a OK [CAPABILITY IMAP4rev1 QRESYNC] Logged in\r\n", [b"a OK [CAPABILITY IMAP4rev1] Logged in\r\n"]),
    (b"* VANISHED (EARLIER) 1:3\r\n", []), (b"* 3 EXPUNGE\r\n", [b"* 3 EXPUNGE\r\n"]),
    (b"* OK [HIGHESTMODSEQ 4] Highest\r\n", [b"* OK [HIGHESTMODSEQ 4] Highest\r\n"]),
])
def test_responses(given, left):
    assert response_without_qresync([given]) == left


def test_cyrus_has_mail_and_keeps_it(folder):
    with Upstream(folder, "cyrus", count=60) as upstream:
        client = upstream.colleague()
        before = compare.read_all(client)
        assert len(before[b"INBOX"].messages) == 30 and modified_utf7("Projects/Ångström").encode() in before
        assert {"\\seen", "$label1"} & set().union(*(message.flags for message in before[b"INBOX"].messages)) == {"\\seen", "$label1"}
        assert {b"QRESYNC", b"OBJECTID", b"MOVE"} <= set(client.capability()[1][0].split())
        upstream.server.stop()
        upstream.server.start()
        after = compare.read_all(upstream.colleague())
        assert compare.differences(before, after) == [] and compare.changed_uids(before, after) == []
        upstream.server.renumber()
        renumbered = compare.read_all(upstream.colleague())
        assert [message.digest for message in renumbered[b"INBOX"].messages] == [message.digest for message in before[b"INBOX"].messages]
        assert compare.changed_uids(before, renumbered) == ["b'INBOX': UIDVALIDITY changed"]


def test_cyrus_behind_a_line_that_is_cut(folder):
    with Upstream(folder, "cyrus", profile="") as upstream:
        context = ssl.create_default_context(cafile=str(upstream.ca))
        client = imaplib.IMAP4_SSL("127.0.0.1", upstream.port, ssl_context=context, timeout=10)
        assert client.login("user", "secret")[0] == "OK"
        upstream.cut()
        with pytest.raises((imaplib.IMAP4.abort, OSError)):
            client.noop()
        upstream.mend()
        client = imaplib.IMAP4_SSL("127.0.0.1", upstream.port, ssl_context=context, timeout=10)
        assert client.login("user", "secret")[0] == "OK"
