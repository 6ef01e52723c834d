"""The upstream without QRESYNC: CONDSTORE and all else work as Dovecot has them, what leans on QRESYNC does not."""

import imaplib
import ssl

import pytest

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
