"""Attacks on the way to TLS (U1 to U5, U7 and U8 of THREATS.md): the program gives up, tells nothing, believes nothing.

One home for all of them, whose changes wait to go up all the while; at the end they go up, once.
"""

import ssl

import pytest

from support.attacked import EVIL, Attacked
from support.bad_certificates import BadCertificates, lax_context
from support.satchel import Satchel
from support.starts_tls import StartsTls

HELLO = b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n"
UNTAGGED = {
    "LIST": b"* LIST () \"/\" EVIL\r\n", "LSUB": b"* LSUB () \"/\" EVIL\r\n", "STATUS": b"* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 9)\r\n",
    "SEARCH": b"* SEARCH 1 2 3\r\n", "ESEARCH": b"* ESEARCH (TAG \"a1\") UID ALL 1:3\r\n", "FLAGS": b"* FLAGS (EVIL)\r\n",
    "EXISTS": b"* 0 EXISTS\r\n", "RECENT": b"* 5 RECENT\r\n", "EXPUNGE": b"* 1 EXPUNGE\r\n" * 20, "VANISHED": b"* VANISHED 1:4294967295\r\n",
    "FETCH": b"* 1 FETCH (UID 1 FLAGS (\\Deleted EVIL) INTERNALDATE \"01-Jan-2001 00:00:00 +0000\" RFC822.SIZE 4 BODY[] {4}\r\nevil)\r\n",
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 EVIL AUTH=PLAIN\r\n", "ENABLED": b"* ENABLED QRESYNC\r\n", "ID": b"* ID (\"name\" \"EVIL\")\r\n",
    "NAMESPACE": b"* NAMESPACE ((\"EVIL/\" \"/\")) NIL NIL\r\n", "OK": b"* OK [UIDVALIDITY 9] EVIL\r\n", "BYE": b"* BYE EVIL\r\n",
}
ALL_UNTAGGED = b"".join(data for name, data in UNTAGGED.items() if name != "BYE")


def evil(data: bytes) -> bytes:
    return data.replace(b"EVIL", EVIL.encode())


@pytest.fixture(scope="module")
def attacked(module_folder):
    certificates = BadCertificates(module_folder)
    with Satchel(module_folder / "satchel").init_key() as program, Attacked(program, module_folder / "upstream", certificates) as line:
        yield line


def in_clear(greeting: bytes = HELLO, begin: bytes = b"TAG BAD no\r\n", **more) -> StartsTls:
    """Never comes to a handshake."""
    return StartsTls(None, evil(greeting), evil(begin), **more)


# U1

@pytest.mark.quick
@pytest.mark.parametrize("greeting", [b"* OK [CAPABILITY IMAP4rev1] hello\r\n", b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n"],
                         ids=["not there", "a login instead"])
def test_u1_starttls_that_is_stripped(attacked, greeting):
    assert attacked.under(in_clear(greeting))["state"] == "certificate-problem"


@pytest.mark.quick
@pytest.mark.parametrize("begin", [b"TAG NO not now\r\n", b"TAG BAD what is that\r\n", b"* BYE not with me\r\n", b"* OK go on in clear\r\nTAG NO no\r\n"],
                         ids=["NO", "BAD", "BYE", "go on"])
def test_u1_starttls_that_is_refused(attacked, begin):
    attacked.under(in_clear(begin=begin))


@pytest.mark.quick
@pytest.mark.parametrize("begin", [
    b"\xff\xfe\0\1 garbage\r\n", b"HTTP/1.1 302 Found\r\n\r\n", b"TAG\r\n", b"TAG YES\r\n", b"TAGx OK begin\r\n", b"OK begin\r\n", b"+ go on\r\nTAG NO\r\n",
    b"* 1 FETCH (BODY[] {9999999999}\r\n", b"TAG NO begin {10}\r\n",
], ids=["bytes", "HTTP", "a tag", "no word of IMAP", "another tag", "no tag", "a continuation", "a literal", "a literal that is text"])
def test_u1_starttls_that_is_answered_with_garbage(attacked, begin):
    attacked.under(in_clear(begin=begin))


@pytest.mark.quick
@pytest.mark.parametrize("instead", [b"this is no TLS at all, not at all\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"\x16\x03\x03\x00\x05\xff\xff\xff\xff\xff",
                                     b"\x15\x03\x03\x00\x02\x02\x28", b"* OK I did not mean it\r\n"],
                         ids=["text", "HTTP", "a bad record", "an alert", "IMAP"])
def test_u1_a_handshake_that_is_answered_with_garbage(attacked, instead):
    attacked.under(in_clear(begin=b"TAG OK begin\r\n", instead=instead))


def test_u1_a_handshake_that_is_answered_with_silence(attacked):
    assert attacked.under(in_clear(begin=b"TAG OK begin\r\n"))["state"] == "offline"


# U2

@pytest.mark.quick
@pytest.mark.parametrize("greeting", [b"* PREAUTH welcome\r\n", b"* PREAUTH [CAPABILITY IMAP4rev1] EVIL\r\n", b"* preauth welcome\r\n"],
                         ids=["plain", "capabilities", "small letters"])
def test_u2_a_greeting_that_skips_the_login(attacked, greeting):
    attack = in_clear(greeting)
    attacked.under(attack)
    assert attack.clear == b"", "nothing is said to it at all"


# U3

BEHIND = {"a response": b"* LIST () \"/\" EVIL\r\n", "an answer": b"a1 OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] EVIL\r\n", "an end of a line": b"\r\n",
          "a byte": b"*", "a NUL": b"\0", "an alert": b"* OK [ALERT] EVIL\r\n", "all": ALL_UNTAGGED}


@pytest.mark.quick
@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND.keys())
def test_u3_bytes_behind_the_ok_that_begins_tls(attacked, behind):
    """They come in one segment with it, and the handshake would be a good one."""
    attacked.under(StartsTls(attacked.certificates.good(), HELLO, evil(b"TAG OK begin\r\n" + behind)))


@pytest.mark.parametrize("pieces", [1, 8, 12, 17, 18, 19, 20, 21, 24, 30])
def test_u3_bytes_behind_the_ok_in_another_segment(attacked, pieces):
    """Cut about the end of the OK: tests/unit/upstream has every split."""
    attacked.under(StartsTls(attacked.certificates.good(), HELLO, evil(b"TAG OK begin\r\n* LIST () \"/\" EVIL\r\n"), pieces=pieces))


# U4

@pytest.mark.quick
@pytest.mark.parametrize("tag", [b"a1", b"A1", b"1", b"a001", b"A001", b"aaa1", b"TAG", b"*"])
def test_u4_an_ok_that_comes_with_the_greeting(attacked, tag):
    attack = in_clear(HELLO + tag + b" OK done\r\n" * 3)
    attacked.under(attack)


@pytest.mark.quick
def test_u4_tags_cannot_be_guessed(attacked):
    attack = in_clear()
    for _ in range(5):
        attacked.under(attack)
    assert len(set(attack.tags)) > 1, attack.tags


# U5

@pytest.mark.quick
@pytest.mark.parametrize("name", UNTAGGED)
@pytest.mark.parametrize("where", ["greeting", "answer"])
def test_u5_untagged_data_before_tls(attacked, where, name):
    data = UNTAGGED[name]
    attacked.under(in_clear(HELLO + data) if where == "greeting" else in_clear(begin=data + b"TAG NO not now\r\n"))


# U7

@pytest.mark.quick
@pytest.mark.parametrize("greeting, begin", [
    (b"* OK [ALERT] EVIL: call this number\r\n", b"TAG NO [ALERT] EVIL\r\n"), (b"* BYE [ALERT] EVIL\r\n", b""), (HELLO, b"* OK [ALERT] EVIL\r\nTAG BAD EVIL\r\n"),
    (HELLO, b"TAG NO [REFERRAL imap://EVIL.example.org/] EVIL\r\n"),
], ids=["greeting", "BYE", "untagged", "tagged"])
def test_u7_the_text_of_an_alert_before_tls_is_told_nobody(attacked, greeting, begin):
    attacked.under(in_clear(greeting, begin))


# U8

CERTIFICATES = ["expired", "not_valid_yet", "wrong_name", "name_in_another_place", "unknown_authority", "self_signed", "sha1", "short_key", "not_for_servers",
                "issued_by_a_server"]


@pytest.mark.quick
@pytest.mark.parametrize("kind", CERTIFICATES)
def test_u8_a_certificate_that_is_not_to_be_trusted(attacked, kind):
    attack = StartsTls(lax_context(getattr(attacked.certificates, kind)()))
    assert attacked.under(attack)["state"] == "certificate-problem"


@pytest.mark.quick
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["1.0", "1.1"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_u8_an_old_version_of_tls(attacked, version):
    # Python ends such a handshake without an alert, which looks like a line that was lost.
    told = attacked.under(StartsTls(lax_context(attacked.certificates.good(), version, version)))
    assert told["state"] in ("certificate-problem", "offline")
