"""The filter before a real Dovecot: what RFC 3501 has works, what came later does not."""

import imaplib
import socket

import pytest

from support.dovecot import Dovecot
from support.plain_filter import PlainFilter, plain_response
from support.raw_client import RawClient


@pytest.fixture(scope="module")
def server(module_folder):
    with Dovecot(module_folder) as dovecot, PlainFilter(dovecot.port) as filtered:
        yield filtered


@pytest.fixture
def client(server):
    client = imaplib.IMAP4("127.0.0.1", server.port, timeout=20)
    client.login("user", "secret")
    yield client
    client.logout()


@pytest.fixture
def raw(server):
    raw = RawClient(server.port).login("user", "secret")
    raw.send(b"s SELECT INBOX")
    yield raw
    raw.close()


def test_only_imap4rev1_is_announced(server, raw):
    assert b"CAPABILITY IMAP4rev1]" in RawClient(server.port).greeting
    assert raw.send(b"a CAPABILITY")[0] == b"* CAPABILITY IMAP4rev1\r\n"
    assert b"CAPABILITY IMAP4rev1]" in RawClient(server.port).send(b"l LOGIN user secret")[-1]


def test_what_rfc_3501_has_works(client):
    message = b"Subject: hello\r\n\r\n" + b"text {5}\r\n" * 3
    assert client.create('"made here"')[0] == "OK"
    kind, data = client.append("INBOX", "(\\Seen word)", '"01-Jan-2024 10:00:00 +0100"', message)
    assert kind == "OK" and b"[" not in data[0]
    kind, data = client.select("INBOX")
    assert (kind, data) == ("OK", [b"1"]) and "HIGHESTMODSEQ" not in client.untagged_responses
    kind, data = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[] BODY.PEEK[HEADER.FIELDS (Subject To)]<0.10>)")
    assert data[0][1] == message and b"MODSEQ" not in data[0][0]
    assert client.uid("SEARCH", "CHARSET", "UTF-8", "SUBJECT", "modseq", "NOT", "(DELETED)")[0] == "OK"
    assert client.store("1", "+FLAGS", "(\\Deleted)")[0] == "OK"
    kind, data = client.copy("1", "INBOX")
    assert kind == "OK" and b"COPYUID" not in data[0]
    assert client.expunge()[0] == "OK"


@pytest.mark.parametrize("command", [
    b"IDLE", b"ENABLE CONDSTORE", b"NAMESPACE", b"ID NIL", b"UNSELECT", b"MOVE 1 INBOX", b"UID MOVE 1 INBOX", b"UID EXPUNGE 1:*",
    b"SELECT INBOX (CONDSTORE)", b"EXAMINE INBOX (QRESYNC (1 1))", b"LIST (SUBSCRIBED) \"\" *", b"LIST \"\" (INBOX)",
    b"LIST \"\" * RETURN (STATUS (MESSAGES))", b"STATUS INBOX (HIGHESTMODSEQ)", b"STATUS INBOX (SIZE)", b"FETCH 1 (MODSEQ)",
    b"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)", b"UID STORE 1 (UNCHANGEDSINCE 1) FLAGS (a)", b"SEARCH RETURN (ALL) ALL",
    b"UID SEARCH MODSEQ 1", b"SEARCH NOT (OLDER 5)", b"SORT (DATE) UTF-8 ALL", b"UID THREAD REFS UTF-8 ALL", b"FETCH 1 BINARY[1]",
    b"FETCH 1 (PREVIEW)", b"COMPRESS DEFLATE", b"NOTIFY NONE", b"AUTHENTICATE PLAIN AHVzZXIAc2VjcmV0", b"STARTTLS",
    b"FETCH $ FLAGS", b"CREATE x (USE (\\Drafts))", b"APPEND INBOX {1+}", b"GETQUOTAROOT INBOX", b"XLIST \"\" *",
])
def test_what_came_later_is_bad(raw, command):
    assert raw.send(b"x " + command)[-1].startswith(b"x BAD"), command


def test_a_second_literal_is_bad(raw):
    raw.write(b"x APPEND INBOX {1}\r\n")
    assert raw.line().startswith(b"+")
    raw.write(b"a {1}\r\n")
    assert raw.line().startswith(b"+")
    assert raw.send(b"x")[-1].startswith(b"x BAD")


def test_list_has_no_attributes_of_extensions(raw):
    lines = raw.send(b'x LIST "" *')
    assert len(lines) > 1 and not any(b"Children" in line or b"\\Sent" in line for line in lines)


@pytest.mark.parametrize("given, left", [
    (b"* OK [HIGHESTMODSEQ 4] Highest\r\n", [b"* OK Highest\r\n"]),
    (b"a OK [APPENDUID 1 2] Done.\r\n", [b"a OK Done.\r\n"]),
    (b"a OK [COPYUID 1 2 3]\r\n", [b"a OK done\r\n"]),
    (b"* OK [UIDNEXT 4] Next\r\n", [b"* OK [UIDNEXT 4] Next\r\n"]),
    (b"* OK [PERMANENTFLAGS (\\Seen \\*)] Flags\r\n", [b"* OK [PERMANENTFLAGS (\\Seen \\*)] Flags\r\n"]),
    (b"* VANISHED 1:3\r\n", []), (b"* ESEARCH (TAG \"a\") UID\r\n", []), (b"* ENABLED CONDSTORE\r\n", []),
    (b"* 3 EXPUNGE\r\n", [b"* 3 EXPUNGE\r\n"]),
    (b"* LIST (\\NonExistent \\HasChildren) \"/\" a\r\n", [b"* LIST (\\Noselect) \"/\" a\r\n"]),
])
def test_responses(given, left):
    assert plain_response([given]) == left


@pytest.mark.parametrize("half", [b"a UNSUBSC", b"a LOGIN user {6}\r\nsecret", b"a LOGIN user {6}\r\nsec"])
def test_half_a_command_is_not_answered(server, half):
    raw = RawClient(server.port)
    raw.write(half)
    raw.socket.shutdown(socket.SHUT_WR)
    assert not raw.socket.makefile("rb").read().startswith(b"a ")
    raw.close()
