"""Attacks between the handshake and the first commands (U4 to U6 and U8 of THREATS.md), and what we send ourselves (U9)."""

import re
import socket
import ssl

import pytest

from support import compare, faulty_upstream as faulty, waiting
from support.attacked import EVIL
from support.bad_certificates import BadCertificates, careless_client, lax_context
from support.faulty_upstream import FaultyUpstream
from support.imap_wire import LITERAL, Literal, Quoted, tokens
from support.satchel import SLOW
from support.starts_tls import StartsTls

INTRUDED = (
    "* LIST () \"/\" EVIL\r\n* LSUB () \"/\" EVIL\r\n* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 9)\r\n* SEARCH 1 2 3\r\n"
    "* FLAGS (EVIL)\r\n* 0 EXISTS\r\n* 5 RECENT\r\n* 1 EXPUNGE\r\n* VANISHED 1:4294967295\r\n* ENABLED EVIL\r\n"
    "* NAMESPACE ((\"EVIL/\" \"/\")) NIL NIL\r\n* OK [ALERT] EVIL\r\n* OK [UIDVALIDITY 9] EVIL\r\n"
    "* 1 FETCH (UID 1 FLAGS (\\Deleted EVIL) INTERNALDATE \"01-Jan-2001 00:00:00 +0000\" RFC822.SIZE 4 BODY[] {4}\r\nevil)\r\n"
).replace("EVIL", EVIL).encode()


def equal(satchel, upstream) -> list[str]:
    return compare.differences(compare.read_all(satchel.client()), compare.read_all(upstream.colleague()))


# U5

class Intrudes(StartsTls):
    """Says what nobody asked for, in clear and then over TLS before each answer up to that of the login."""

    def __init__(self, certificate):
        hello = b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n"
        super().__init__(certificate, hello + INTRUDED, INTRUDED + b"TAG OK begin\r\n")
        self.intruded = 0

    def response(self, parts):
        whole = b"".join(parts)
        if b"CAPABILITY" not in parts[0]:  # what Dovecot says up to the login, and no more after it
            return whole
        self.intruded += 1
        return INTRUDED + whole


@pytest.mark.quick
def test_u5_untagged_data_before_tls_and_before_the_login(faulted, satchel, upstream):
    server = faulted(Intrudes(upstream.dovecot.certificate), security="starttls")
    satchel.sync()
    assert server.fault.secured and server.fault.intruded > 2
    assert equal(satchel, upstream) == []
    assert EVIL not in (satchel.verb("status", "--json") + satchel.log()).lower()
    client = satchel.client()
    assert not any(EVIL in repr(answer).lower() for answer in (client.list(), client.lsub(), client.namespace(), client.select("INBOX")))


class Announces(StartsTls):
    """Other capabilities before TLS, before the login and after it; commands after the login are kept."""

    def __init__(self, certificate, before_tls: bytes, before_login: bytes, after_login: bytes):
        super().__init__(certificate, b"* OK [CAPABILITY IMAP4rev1 STARTTLS " + before_tls + b"] hello\r\n")
        self._before, self._after, self._in = before_login, after_login, False
        self.commands: list[bytes] = []

    def sent(self, _connection, data):
        self.commands.append(data)

    def response(self, parts):
        whole = b"".join(parts)
        self._in = self._in or b"Logged in" in whole
        said = self._after if self._in else self._before
        return re.sub(rb"CAPABILITY IMAP4rev1[^\]\r]*", b"CAPABILITY IMAP4rev1 " + said, whole)


EVERYTHING = b"LITERAL+ SASL-IR AUTH=PLAIN ENABLE CONDSTORE QRESYNC ESEARCH UIDPLUS MOVE IDLE LIST-EXTENDED LIST-STATUS SPECIAL-USE NAMESPACE UNSELECT ID"
LEANS = re.compile(rb"\{\d+\+\}| (ENABLE|IDLE|NAMESPACE|UNSELECT|UID MOVE|UID EXPUNGE) ?|RETURN \(|CONDSTORE|CHANGEDSINCE| \(VANISHED", re.I)


@pytest.mark.quick
@pytest.mark.parametrize("before_tls, before_login", [(EVERYTHING, b""), (EVERYTHING, b"LITERAL+ ENABLE IDLE MOVE")], ids=["by TLS", "by the login"])
def test_u5_capabilities_are_forgotten(faulted, satchel, upstream, before_tls, before_login):
    """What was announced earlier is not leaned on later."""
    server = faulted(Announces(upstream.dovecot.certificate, before_tls, before_login, b""), security="starttls")
    satchel.sync()
    client = satchel.client()
    assert client.append("INBOX", None, None, b"Subject: said here\r\n\r\n" + b"text\r\n" * 10)[0] == "OK"
    satchel.sync()
    said = server.fault.commands
    assert any(b"LOGIN" in line for line in said) and not any(b"AUTHENTICATE" in line for line in said)
    assert [line for line in said if LEANS.search(line)] == []
    assert equal(satchel, upstream) == []


# U4

@pytest.mark.quick
def test_u4_an_ok_before_the_message_was_sent(faulted, satchel, upstream):
    """OK to APPEND instead of "+": not a byte of the message is there, so it is not done."""
    server = faulted(faulty.Listens(), check=True)
    satchel.sync()
    colleague = upstream.colleague()
    colleague.select("INBOX", readonly=True)
    before = len(colleague.search(None, "ALL")[1][0].split())
    server.fault = early = OkTooEarly()
    server.cut()
    client = satchel.client()
    assert client.append("INBOX", "\\Seen", None, b"Subject: not sent yet\r\n\r\ntext\r\n")[0] == "OK"
    waiting.until(lambda: early.met >= 2, "it is said twice", 60 * SLOW)
    assert satchel.account()["operations_pending"] == 1
    server.fault = faulty.Fault()
    satchel.sync()
    assert equal(satchel, upstream) == []
    colleague.noop()
    assert len(colleague.search(None, "ALL")[1][0].split()) == before + 1
    assert len(colleague.search(None, "SUBJECT", '"not sent yet"')[1][0].split()) == 1


class OkTooEarly(faulty.Listens):
    def command(self, line):
        if not re.search(rb" APPEND .*\{\d+\}\r\n$", line):
            return None
        self.met += 1
        return b"TAG OK [APPENDUID 1 7] done\r\n"


# U6

@pytest.fixture
def elsewhere():
    """A host that a referral names: its port, and how many came there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)

        def came() -> int:
            count = 0
            while True:
                try:
                    listener.accept()[0].close()
                    count += 1
                except BlockingIOError:
                    return count
        yield listener.getsockname()[1], came


REFERRALS = {
    "login NO": (rb" (LOGIN|AUTHENTICATE) ", b"TAG NO [REFERRAL IMAP://user;AUTH=*@127.0.0.1:PORT/] elsewhere\r\n"),
    "login BYE": (rb" (LOGIN|AUTHENTICATE) ", b"* BYE [REFERRAL IMAP://user;AUTH=*@127.0.0.1:PORT/] elsewhere\r\n"),
    "LIST": (rb" LIST ", b"* BYE [REFERRAL IMAP://127.0.0.1:PORT/] elsewhere\r\n"),
    "SELECT": (rb" (SELECT|EXAMINE) ", b"TAG NO [REFERRAL IMAP://user;AUTH=*@127.0.0.1:PORT/INBOX] elsewhere\r\n"),
    "APPEND": (rb" APPEND ", b"TAG NO [REFERRAL IMAP://127.0.0.1:PORT/INBOX] elsewhere\r\n"),
    "CREATE": (rb" CREATE ", b"TAG NO [REFERRAL IMAP://127.0.0.1:PORT/Referred] elsewhere\r\n"),
}


@pytest.mark.quick
@pytest.mark.parametrize("name", REFERRALS)
def test_u6_a_referral_is_not_followed(faulted, satchel, upstream, elsewhere, name):
    port, came = elsewhere
    server = faulted(faulty.Fault())
    satchel.sync()
    when, answer = REFERRALS[name]
    server.fault = referral = faulty.Answers(when, answer.replace(b"PORT", str(port).encode()), times=2)
    server.cut()
    client = satchel.client()
    assert client.create("Referred")[0] == "OK"
    assert client.append("INBOX", None, None, b"Subject: referred\r\n\r\n")[0] == "OK"
    waiting.until(lambda: referral.met, "it is referred", 90 * SLOW)
    server.fault = faulty.Fault()
    server.cut()
    satchel.sync()
    assert came() == 0
    assert equal(satchel, upstream) == []


def test_u6_a_referral_in_the_greeting(faulted, satchel, elsewhere):
    port, came = elsewhere
    server = faulted(faulty.Says(b"* BYE [REFERRAL IMAP://127.0.0.1:%d/] elsewhere\r\n" % port))
    waiting.until(lambda: server.fault.met > 1, "it comes twice", 30 * SLOW)
    assert satchel.in_state("offline")["detail"] and came() == 0
    assert server.fault.received == b""


# U8: over TLS at once (STARTTLS is in test_attack_starttls.py)

@pytest.fixture(scope="module")
def certificates(module_folder):
    return BadCertificates(module_folder)


BAD = ["expired", "not_valid_yet", "wrong_name", "name_in_another_place", "unknown_authority", "self_signed", "sha1", "short_key", "not_for_servers",
       "issued_by_a_server"]


class Greets(faulty.Says):
    """Would take the password in whatever form it came."""

    def __init__(self):
        super().__init__(b"* OK [CAPABILITY IMAP4rev1] hello\r\n", [b"* CAPABILITY IMAP4rev1\r\nTAG OK fine\r\n"] * 20)


def refused_over_tls(satchel, certificates, context, host: str, states=("certificate-problem",)) -> None:
    with FaultyUpstream(0, Greets(), context) as server:
        with socket.create_connection(("127.0.0.1", server.port), 10) as plain, careless_client().wrap_socket(plain) as tls:
            assert tls.recv(100).startswith(b"* OK"), "it does speak TLS with who does not look"
        met = server.fault.met
        satchel.start()
        satchel.add_account(server.port, host=host, ca=certificates.authority.certificate, check=False)
        told = waiting.until(lambda: account if (account := satchel.account())["state"] in states else None, "it gives up", 30 * SLOW, 0.1)
        assert told["detail"]
        assert server.fault.met == met and server.fault.received == b"", "no conversation began"


@pytest.mark.parametrize("kind", BAD)
def test_u8_a_certificate_that_is_not_to_be_trusted(satchel, certificates, kind):
    refused_over_tls(satchel, certificates, lax_context(getattr(certificates, kind)()), "localhost" if kind != "wrong_name" else "127.0.0.1")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["1.0", "1.1"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_u8_an_old_version_of_tls(satchel, certificates, version):
    # Python ends such a handshake without an alert, which looks like a line that was lost.
    refused_over_tls(satchel, certificates, lax_context(certificates.good(), version, version), "localhost", ("certificate-problem", "offline"))


@pytest.mark.parametrize("host, name", [("localhost", "localhost"), ("127.0.0.1", None)])
def test_u8_the_name_and_the_protocol_are_told_to_the_server(satchel, upstream, certificates, host, name):
    """SNI (RFC 6066 has none for an address) and ALPN (RFC 7301: imap); with the right certificate all is well."""
    names, context = [], lax_context(certificates.good())
    context.sni_callback = lambda _tls, told, _context: names.append(told)
    context.set_alpn_protocols(["imap"])
    chosen = []

    class Asks(faulty.Fault):
        async def connected(self, _reader, writer):
            chosen.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
            return False

    with FaultyUpstream(upstream.dovecot.port, Asks(), context) as server:
        satchel.start()
        satchel.add_account(server.port, host=host, ca=certificates.authority.certificate)
        satchel.sync()
        assert set(names) == {name} and set(chosen) == {"imap"}


def test_u8_a_certificate_may_be_pinned(satchel, upstream, certificates):
    """--ca with the very certificate of a server that signed its own: the only exception."""
    certificate = certificates.self_signed()
    with FaultyUpstream(upstream.dovecot.port, faulty.Fault(), certificate) as server:
        satchel.start()
        satchel.add_account(server.port, host="localhost", ca=certificate[0])
        satchel.sync()


# U9

NAMES = ["a {5}", "b {5+}", "quote\" here", "back\\slash", "star*", "per%cent", "(brackets)", "[square]", "NIL", "LITERAL+", "ü {3}", "&", "a~tilde", "a  b"]
FLAGS = ["$a", "a+b", "UID", "Literal+"]
REFUSED = [b"a\r\nb", b"a\nLOGOUT", b"a\0b", b"a\rb"]
VERB = re.compile(rb"LOGIN|AUTHENTICATE|CAPABILITY|ENABLE|NAMESPACE|LIST|LSUB|STATUS|SELECT|EXAMINE|UNSELECT|UID|CREATE|DELETE|RENAME|SUBSCRIBE|"
                  rb"UNSUBSCRIBE|APPEND|IDLE|NOOP|LOGOUT|ID|EXPUNGE|FETCH|STORE", re.I)


def commands(lines: list[bytes]) -> list[list[bytes]]:
    """The commands of one connection, as lines and literals in turn; DONE left out."""
    found, parts = [], []
    for data in lines:
        parts.append(data)
        if len(parts) % 2 and not LITERAL.search(data):
            found.append(parts)
            parts = []
    return [parts for parts in found if parts != [b"DONE\r\n"]]


@pytest.mark.quick
def test_u9_what_we_send_is_one_command_each_whatever_clients_call_things(faulted, satchel, upstream):
    server = faulted(faulty.Listens())
    satchel.sync()
    client = satchel.client()
    for name in NAMES:
        wire = compare.quoted(name.replace("&", "&-").replace("ü", "&APw-").encode())
        assert client.create(wire)[0] == "OK", name
        assert client.append(wire, None, None, b"Subject: in it\r\n\r\na9 LOGOUT\r\n{5+}\r\n")[0] == "OK"
    client.select("INBOX")
    for flag in FLAGS:
        assert client.store("1:3", "+FLAGS", flag)[0] == "OK", flag
    raw = satchel.client()
    for name in REFUSED:
        tag = raw._new_tag()
        raw.send(tag + b" CREATE {%d+}\r\n%s\r\n" % (len(name), name))
        while not (line := raw.readline()).startswith(tag):
            assert line
        assert line.split()[1] in (b"NO", b"BAD"), (name, line)
    satchel.sync()
    found = equal(satchel, upstream)
    assert found == [], found
    made = 0
    for lines in server.fault.heard.values():
        numbers = []
        for parts in commands(lines):
            assert not any(line.endswith(b"+}\r\n") for line in parts[::2]), "LITERAL+ is not announced"
            words = tokens(parts)
            tag = re.fullmatch(rb"([a-z]+)(\d+)", words[0])
            assert tag and VERB.fullmatch(words[1]) and not isinstance(words[1], (Literal, Quoted)), parts
            numbers.append((tag[1], int(tag[2])))
            made += words[1].upper() == b"CREATE"
        assert numbers == [(numbers[0][0], number + 1) for number in range(len(numbers))], "no tag but the next one"
    assert made == len(NAMES)
