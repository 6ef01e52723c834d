"""Mailboxes upstream of any name, and a hundred thousand of them (M5 of THREATS.md): each can be read, none is a file name."""

import os
import re
from pathlib import Path

import pytest

from support import compare, waiting
from support.certificates import Authority
from support.imap_wire import tokens
from support.lied_to import MEMORY
from support.raw_client import RawClient
from support.satchel import SLOW
from support.small_server import SmallServer

MANY = 100_000


def mail(word: str) -> bytes:
    return f"Subject: {word}\r\nMessage-ID: <{word}@example.org>\r\n\r\ntext of {word}\r\n".encode()


@pytest.fixture
def serves(satchel, folder):
    """Makes a server of these mailboxes, and the program with an account there."""
    servers = []

    def make(mailboxes, **more) -> SmallServer:
        authority = Authority(folder / "tls")
        server = SmallServer(mailboxes, authority.server("localhost"), **more).start()
        servers.append(server)
        satchel.start()
        satchel.add_account(server.port, ca=authority.certificate)
        return server

    yield make
    for server in servers:
        server.stop()


class Reader:
    """A client that lists and opens names whatever they are."""

    def __init__(self, satchel):
        shown = satchel.show()
        self._raw = RawClient(shown["port"], 60 * SLOW).login(shown["user"], shown["password"])

    def names(self) -> list[bytes]:
        """But for those that only have others below them."""
        lines, found = self._raw.send(b'l LIST "" *'), []
        assert lines[-1].startswith(b"l OK"), lines[-1]
        at = 0
        while at < len(lines) - 1:
            parts = [lines[at]]
            at += 1
            if literal := re.search(rb"\{(\d+)\}\r\n$", parts[0]):
                text = b""
                while len(text) < int(literal[1]):
                    text += lines[at]
                    at += 1
                parts += [text[:int(literal[1])], text[int(literal[1]):]]
            _star, _list, attributes, _delimiter, name = tokens(parts)
            if b"\\Noselect" not in attributes:
                found.append(bytes(name))
        return found

    def subjects(self, name: bytes) -> list[str]:
        """Of the mailbox's messages; opened by a literal, since a name may be anything."""
        self._raw.write(b"s EXAMINE {%d+}\r\n%s\r\n" % (len(name), name))
        answer = self._raw.answer(b"s")
        if not answer[-1].startswith(b"s OK"):
            return [answer[-1].decode(errors="replace")]
        lines = self._raw.send(b"f UID FETCH 1:* (BODY.PEEK[])") if b"* 0 EXISTS\r\n" not in answer else []
        return re.findall(r"Subject: (\S+)", b"".join(lines).decode())


ODD = {
    "nothing odd": b"plain", "a way up": b"../../../etc/passwd", "two dots": b"..", "a dot": b".", "an absolute path": b"/etc/passwd", "a device": b"CON",
    "a device with an end": b"NUL.txt", "a drive": b"C:\\Windows", "a stream": b"a:b:$DATA", "NUL": b"nul\0byte", "a line's end": b"one\r\ntwo", "a bell": b"bell\x07",
    "an escape": b"\x1b[31mred", "64 KB": b"x" * 65_536, "64 KB of parts": b"a/" * 32_768 + b"z", "1,001 bytes": b"y" * 1001, "a delimiter at its end": b"ends/", "two delimiters": b"two//delimiters",
    "a delimiter alone": b"/", "nothing": b"", "a space": b" ", "broken modified UTF-7": b"&Jjo!", "an end that is not there": b"&Jjo", "overlong modified UTF-7": b"&AGEAYg-",
    "two shifts": b"&AOQ-&APY-", "a lone surrogate": b"&2AA-", "a zero in modified UTF-7": b"&AAA-", "an ampersand": b"a & b", "bytes above": b"caf\xe9", "broken UTF-8": b"\xff\xfe\xfd",
    "UTF-8": "Übung".encode(), "overlong UTF-8": b"\xc0\xae\xc0\xae/", "right to left": "\u202egpj.exe".encode(), "the same, encoded": b"&IC4-gpj.exe", "a wildcard": b"a%b*c", "a quote": b'a"b\\c',
    "a brace": b"a {5}", "a brace that does not wait": b"a {5+}", "brackets": b"(\\Noselect)", "NIL": b"NIL", "below INBOX": b"INBOX/below", "like it": b"INBOX ",
}
TWINS = [b"Twin", b"twin", b"TWIN", b"tWIN", b"&AOQ-", "ä".encode(), b"&AMQ-", b"a", b"A"]


@pytest.mark.quick
def test_m5_each_odd_name_can_be_read_and_none_is_a_file_name(serves, satchel):
    boxes = {b"INBOX": [mail("inbox")]}
    for number, (what, name) in enumerate(ODD.items()):
        boxes.setdefault(name, []).append(mail(f"odd{number}"))
    server = serves(boxes)
    satchel.run_verb("sync", seconds=90)
    reader = Reader(satchel)
    names = reader.names()
    assert len(names) == len(set(names))
    assert not any(byte < 32 or byte == 127 for name in names for byte in name), "what is shown holds no control characters"
    shown = {subject for name in names for subject in reader.subjects(name)}
    wanted = {re.search(rb"Subject: (\S+)", one)[1].decode() for name, messages in server.mailboxes.items() for one in messages}
    cannot_be_asked_for = {subject for name in (b"nul\0byte", ODD["nothing"]) for subject in re.findall(r"Subject: (\S+)", server.mailboxes[name][0].decode())}
    assert wanted - shown <= cannot_be_asked_for, sorted(wanted - shown)
    assert satchel.peak_memory() < MEMORY
    for path in satchel.files():
        assert re.fullmatch(r"[\w.-]{1,40}", path.name), path
        assert "passwd" not in path.name and "CON" not in path.name.upper().split(".")
    assert "passwd" not in satchel.log() and "\x1b" not in satchel.log()


@pytest.mark.quick
def test_m5_twins_are_told_apart(serves, satchel):
    """Names that differ in case or in their encoding alone: each is shown under a name of its own, and keeps it."""
    server = serves({b"INBOX": [], **{name: [mail(f"twin{number}")] for number, name in enumerate(TWINS)}})
    satchel.sync()
    reader = Reader(satchel)
    names = reader.names()
    folded = {name.decode().lower() for name in names}
    assert len(names) == len(TWINS) + 1 == len(folded), names
    shown = {name: reader.subjects(name) for name in names if name != b"INBOX"}
    assert sorted(sum(shown.values(), [])) == [f"twin{number}" for number in range(len(TWINS))]
    satchel.stop()
    satchel.start()
    satchel.sync()
    reader = Reader(satchel)
    assert {name: reader.subjects(name) for name in reader.names() if name != b"INBOX"} == shown
    client = satchel.client()
    for name in shown:
        assert client.append(compare.quoted(name), None, None, mail("goes-into-" + shown[name][0]))[0] == "OK"
    satchel.sync()
    for number, name in enumerate(TWINS):
        assert f"goes-into-twin{number}".encode() in server.mailboxes[name][-1], "what is put into one is in that one"


@pytest.mark.quick
@pytest.mark.parametrize("delimiter, name, shown", [(b".", b"a.b", b"a.b"), (b"\\", b"a\\b", b"a\\b"), (b"^", b"a/b^c", b"a/b^c"), (b'"', b'a"b', b'a"b')])
def test_m5_another_delimiter(serves, satchel, delimiter, name, shown):
    serves({b"INBOX": [], name: [mail("below")]}, delimiter=delimiter)
    satchel.sync()
    reader = Reader(satchel)
    assert reader.names() == [b"INBOX", shown] and reader.subjects(shown) == ["below"]
    client = satchel.client()
    assert client.list('""', '""')[1][0].split()[1] == b'"' + delimiter.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


@pytest.mark.quick
def test_m5_a_delimiter_of_its_own(serves, satchel):
    """A name from another namespace: its parts are parted as everywhere else, and nothing runs together."""
    serves({b"INBOX": [], b"#shared.a/b": [mail("shared")], b"c/d": [mail("own")], b"none/at/all": [mail("flat")]},
           delimiters={b"#shared.a/b": b".", b"none/at/all": b""})
    satchel.sync()
    reader = Reader(satchel)
    shown = {name: reader.subjects(name) for name in reader.names() if name != b"INBOX"}
    assert sorted(sum(shown.values(), [])) == ["flat", "own", "shared"], shown
    assert len(shown) == 3


@pytest.mark.quick
@pytest.mark.parametrize("root", [b"/", b""], ids=["told", "not told"])
def test_m5_the_last_name_does_not_decide_for_all(serves, satchel, root):
    """Without NAMESPACE (RFC 3501 section 7.2.2): what LIST "" "" tells, else what INBOX has."""
    serves({b"INBOX": [], b"zz.shared": [mail("shared")], b"zz/own": [mail("own")], b"zzz.last": [mail("last")]},
           delimiter=root, delimiters={b"INBOX": b"/", b"zz.shared": b".", b"zz/own": b"/", b"zzz.last": b"."})
    satchel.sync()
    client = satchel.client()
    assert client.list('""', '""')[1][0].split()[1] == b'"/"'
    reader = Reader(satchel)
    assert {name: reader.subjects(name) for name in reader.names() if name != b"INBOX"} == {b"zz/shared": ["shared"], b"zz/own": ["own"], b"zzz/last": ["last"]}


def used(satchel) -> float:
    """Seconds of a processor, whatever else the machine does."""
    fields = Path(f"/proc/{satchel.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_hundred_thousand_mailboxes(serves, satchel):
    """The first LIST and INBOX come at once; what is left to be read is read behind that. Memory is bounded."""
    boxes = {b"INBOX": [mail(f"inbox{number}") for number in range(20)]}
    for number in range(MANY):
        boxes[b"part%d/mailbox %d" % (number % 100, number)] = [mail(f"in{number}")] if number % 1000 == 0 else []
    serves(boxes)
    reader = Reader(satchel)
    names = reader.names()
    seconds = used(satchel)
    assert len(names) == MANY + 1 and seconds < 20 * SLOW, (len(names), seconds)
    assert reader.subjects(b"INBOX") == [f"inbox{number}" for number in range(20)]
    assert reader.subjects(b"part0/mailbox 99000") == ["in99000"], "what is opened comes before the rest"
    client = satchel.client()
    assert client.append('"part1/mailbox 1"', None, None, mail("goes-up"))[0] == "OK"
    waiting.until(lambda: satchel.account()["operations_pending"] == 0, "it goes up meanwhile", 60 * SLOW, 0.5)
    assert satchel.peak_memory() < MEMORY, satchel.peak_memory()
    print(f"{len(names)} names after {seconds:.1f} s, {satchel.peak_memory() / 1e6:.0f} MB; {used(satchel):.1f} s of a processor in all")


def test_more_names_than_can_be_kept(serves, satchel):
    """A clear sentence, and no more memory."""
    serves({b"INBOX": [mail("inbox")], **{b"%d" % number + b"x" * 60_000: [] for number in range(3_000)}})
    said = satchel.run_verb("sync", seconds=120)
    assert said.returncode == 1 and "mailbox" in said.stderr, said.stderr
    assert satchel.peak_memory() < MEMORY
