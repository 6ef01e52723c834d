"""Bad input from people and clients: a clear error, and nothing lost."""

import random
import re
import socket

import pytest

from support.mail_parts import Writer
from support.odd_mail import KINDS, empty, many_parts
from support.raw_client import Closed, RawClient
from support.satchel import SLOW, Satchel, one_sentence
from support.upstream import Upstream

MEMORY = 200_000_000 if SLOW == 1 else 2_000_000_000


def raw(satchel) -> RawClient:
    shown = satchel.show()
    return RawClient(shown["port"], 60 * SLOW).login(shown["user"], shown["password"])


@pytest.fixture(scope="module")
def shared(module_folder):
    """One program in step with an upstream, for all the tests that leave nothing behind."""
    with Upstream(module_folder / "upstream", count=60) as server, Satchel(module_folder / "satchel").init_key() as program:
        program.start()
        program.add_account(server.port, ca=server.ca)
        program.sync()
        yield program


# Settings, instances, ports, keys

@pytest.mark.quick
@pytest.mark.parametrize("text, line, allowed", [
    ("[imap]\nport = \"many\"\n", 2, "0"), ("[imap]\nprot = 4143\n", 2, "port"), ("[sync]\n\nconnections = 99\n", 3, "15"),
    ("[log]\nlevel = \"loud\"\n", 2, "info"), ("[keep]\nguard_share = -5\n", 2, "0"), ("[nonsense]\na = 1\n", 1, "imap"),
    ("[imap\nport = 1\n", 1, ""), ("[imap]\nport = 70000\n", 2, "65535"), ("[door]\nunknown_peer = true\n", 2, "refuse"),
])
def test_settings_that_are_wrong(satchel, text, line, allowed):
    (satchel.home / "satchel.toml").write_text(text)
    said = one_sentence(satchel.run_verb("run", seconds=20))
    assert "satchel.toml" in said and str(line) in said and allowed in said, said


def test_an_environment_variable_that_is_wrong(satchel):
    assert "SATCHEL_WEB_PORT" in one_sentence(satchel.run_verb("run", seconds=20, SATCHEL_WEB_PORT="x"))


@pytest.mark.quick
def test_a_second_instance(satchel):
    satchel.start()
    assert "run" in one_sentence(satchel.run_verb("run", seconds=20))
    satchel.status()


@pytest.mark.parametrize("variable", ["SATCHEL_IMAP_PORT", "SATCHEL_IMAP_TLS_PORT", "SATCHEL_WEB_PORT"])
def test_a_port_that_is_taken(satchel, variable):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert port in one_sentence(satchel.run_verb("run", seconds=20, **{variable: port}))


def test_a_home_without_a_key(folder):
    assert "satchel key init" in one_sentence(Satchel(folder / "bare").run_verb("run", seconds=20))


def test_a_wrong_passphrase(satchel, folder):
    wrong = folder / "wrong"
    wrong.write_text("not-the-passphrase")
    said = one_sentence(satchel.run_verb("run", seconds=30, SATCHEL_PASSPHRASE_FILE=str(wrong)))
    assert "passphrase" in said.lower() and "not-the-passphrase" not in said
    satchel.start()


@pytest.mark.parametrize("arguments, code", [
    (["frobnicate"], 2), (["run", "--no-such"], 2), (["account", "show", "nobody"], 1), (["key", "init"], 2),
    (["journal", "drop", "999:1"], 1), (["client", "remove", "nobody"], 1),
])
def test_wrong_usage(shared, arguments, code):
    done = shared.run_verb(*arguments)
    assert done.returncode == code and done.stderr.strip(), (done.returncode, done.stdout, done.stderr)


def test_security_none_is_for_loopback_only(satchel):
    satchel.start()
    done = satchel.run_verb("account", "add", "--email", "u@example.org", "--host", "mail.example.org", "--port", 143, "--security",
                            "none", "--password-stdin", "--name", "x", "--no-check", text="p\n")
    assert done.returncode in (1, 2) and done.stderr.strip()
    assert satchel.status()["accounts"] == []


# Clients

def in_inbox(satchel) -> RawClient:
    client = raw(satchel)
    assert client.send(b"s SELECT INBOX")[-1].startswith(b"s OK")
    return client


def goes_on(satchel, client: RawClient | None = None) -> None:
    """The program lives, so does the client's connection, and none of it cost memory."""
    if client:
        assert client.send(b"z NOOP")[-1].startswith(b"z OK")
        client.close()
    satchel.client().logout()
    assert satchel.peak_memory() < MEMORY


def until_closed(client: RawClient) -> list[bytes]:
    lines = []
    try:
        while True:
            lines.append(client.line())
    except Closed:
        return lines


def has_text(line: bytes, kind: bytes) -> bool:
    """A status of that kind with words for a person, behind its code if it has one."""
    return line.startswith(kind + b" ") and len(re.sub(rb"^\[[^]]*\]", b"", line[len(kind):].strip()).split()) > 2


@pytest.mark.quick
@pytest.mark.parametrize("command, kind", [
    (b"a APPEND INBOX {2147483648}\r\n", b"a NO [LIMIT]"), (b"a APPEND INBOX {18446744073709551616}\r\n", b"a NO [LIMIT]"),
    (b"a APPEND INBOX {99999999999999999999999}\r\n", b"a NO [LIMIT]"), (b"a LOGIN {4294967296}\r\n", b"a NO [LIMIT]"),
    (b"a SEARCH TEXT {1000000000}\r\n", b"a NO [LIMIT]"), (b"a APPEND INBOX {-1}\r\n", b"a BAD"),
])
def test_a_literal_that_is_too_big(shared, command, kind):
    client = raw(shared)
    client.write(command)
    assert has_text(client.line(), kind)
    goes_on(shared, client)


@pytest.mark.quick
@pytest.mark.parametrize("mark", [b"2147483648+", b"99999999999999999999999+"])
def test_a_literal_that_is_too_big_and_does_not_wait(shared, mark):
    """Nobody reads all of it to find its end: the connection is ended with a reason."""
    client = raw(shared)
    client.write(b"a APPEND INBOX {" + mark + b"}\r\n")
    lines = until_closed(client)
    assert len(lines) == 1 and has_text(lines[0], b"* BYE"), lines
    goes_on(shared)


@pytest.mark.parametrize("start, tag", [(b"", b"*"), (b"a SEARCH TEXT ", b"a"), (b"a LIST \"\" \"", b"a"), (b"a FETCH 1:*", b"a")])
def test_an_endless_line(shared, start, tag):
    """It is refused when it is too long, and ended with a reason when it goes on and on."""
    client = raw(shared)
    client.write(start)
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        for _ in range(200):
            client.write(b"x" * 1_000_000)
    lines = until_closed(client)
    assert len(lines) == 2 and has_text(lines[0], tag + b" BAD") and has_text(lines[1], b"* BYE"), lines
    goes_on(shared)


@pytest.mark.quick
@pytest.mark.parametrize("command", [
    b"a SEARCH " + b"(" * 10_000 + b"ALL" + b")" * 10_000, b"a FETCH 1 " + b"(" * 10_000 + b"FLAGS" + b")" * 10_000,
    b"a SEARCH " + b"NOT " * 10_000 + b"ALL", b"a SEARCH " + b"OR ALL " * 9_000 + b"ALL", b"a STORE 1 FLAGS " + b"(" * 10_000,
    b"a FETCH 1 BODY[" + b"1." * 10_000 + b"1]", b"a LIST (" + b"(" * 10_000, b"a SEARCH " + b"(" * 10_000,
    b"a SEARCH " + b"OR ALL " * 10_000 + b"ALL",
], ids=["SEARCH", "FETCH", "NOT", "OR", "flags", "section", "LIST", "unclosed", "over-long"])
def test_ten_thousand_brackets(shared, command):
    client = in_inbox(shared)
    assert has_text(client.send(command)[-1], b"a BAD")
    goes_on(shared, client)


@pytest.mark.quick
@pytest.mark.parametrize("command, kind", [
    (b"a \xff\xfe\xfd", b"a BAD"), (b"\xff NOOP", b"* BAD"), (b"a", b"a BAD"), (b" a NOOP", b"* BAD"), (b"* NOOP", b"* BAD"),
    (b"+ NOOP", b"* BAD"), (b"a SELECT \"unclosed", b"a BAD"), (b"a CREATE \"a\0b\"", b"a BAD"),
    (b"a SELECT \xff\xfe", b"a NO"), (b"a SELECT \"\xc3\x28\"", b"a NO"), (b"a CREATE \"\xed\xa0\x80\"", b"a NO"),
    (b"a CREATE \"&Jjo!\"", b"a NO"), (b"a SEARCH CHARSET X-NONE TEXT a", b"a NO [BADCHARSET"),
])
def test_bytes_that_are_no_command(shared, command, kind):
    client = in_inbox(shared)
    client.write(command + b"\r\ny NOOP\r\n")
    lines = [line for line in client.answer(b"y") if not line.startswith(b"* OK [CLOSED]")]
    assert len(lines) == 2 and has_text(lines[0], kind), lines
    goes_on(shared, client)


@pytest.mark.quick
@pytest.mark.parametrize("command", [
    b"", b"a LIST \"\" \xff*", b"a SEARCH TEXT \"\xe2\x28\xa1\"", b"a SEARCH CHARSET UTF-8 SUBJECT {3+}\r\n\xff\xff\xff",
], ids=["nothing", "a pattern", "a text", "a literal"])
def test_bytes_that_match_nothing(shared, command):
    client = in_inbox(shared)
    client.write(command + b"\r\ny NOOP\r\n")
    lines = client.answer(b"y")
    assert all(line == b"* SEARCH\r\n" or line.startswith((b"a OK", b"y OK")) for line in lines), lines
    goes_on(shared, client)


@pytest.mark.quick
def test_commands_out_of_state(shared):
    client = RawClient(shared.show()["port"])
    for number, command in enumerate([b"SELECT INBOX", b"LIST \"\" *", b"FETCH 1 FLAGS"]):
        assert has_text(client.send(b"%d %s" % (number, command))[-1], b"%d BAD" % number)
    last = until_closed(client)
    assert len(last) == 1 and has_text(last[0], b"* BYE"), "who only guesses is told to go"
    client = raw(shared)
    for number, command in enumerate([b"FETCH 1 FLAGS", b"STORE 1 FLAGS ()", b"EXPUNGE", b"CLOSE", b"UID SEARCH ALL", b"LOGIN a b",
                                      b"AUTHENTICATE PLAIN", b"STARTTLS", b"UNSELECT", b"DONE", b"COPY 1 INBOX", b"MOVE 1 INBOX"]):
        assert has_text(client.send(b"%d %s" % (number, command))[-1], b"%d BAD" % number), command
    goes_on(shared, client)


def odd_bodies() -> list[tuple[str, bytes]]:
    writer = Writer(random.Random(7))
    bodies = [(kind.__name__, kind(writer)) for kind in KINDS for _ in range(4)]
    return bodies + [("many_parts", many_parts(writer)), ("one byte", b"x"), ("empty", empty(writer))]


def test_odd_messages_are_appended_and_served(running, upstream):
    """No headers, NUL bytes, bare LF, 5,000 parts, dates of year 1: every item of FETCH and SEARCH answers, byte for byte."""
    client = running.client()
    client.create("Odd")
    kept = []
    for name, body in odd_bodies():
        line = client._new_tag()  # APPEND as it is: imaplib would mend the ends of lines
        client.send(line + b" APPEND Odd {%d}\r\n" % len(body))
        assert client.readline().startswith(b"+"), name
        client.send(body + b"\r\n")
        while not (answer := client.readline()).startswith(line):
            pass
        if answer.split()[1] == b"OK":
            kept.append(body)
        else:
            assert name in ("empty", "nul_bytes"), (name, answer)
    assert len(kept) >= 40
    client.select("Odd")
    kind, data = client.fetch("1:*", "(UID BODY.PEEK[])")
    assert kind == "OK" and [item[1] for item in data if isinstance(item, tuple)] == kept
    for items in ("(ENVELOPE)", "(BODYSTRUCTURE)", "(BODY)", "FULL", "(RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER])",
                  "(BODY.PEEK[TEXT]<0.100>)", "(BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[4999])"):
        kind, data = client.fetch("1:*", items)
        assert kind == "OK", items
    for keys in ("BODY word", "TEXT word", "SUBJECT a", "FROM example", "SENTBEFORE 1-Jan-2000", "HEADER X-Nul \"\"", "LARGER 1000"):
        assert client.search(None, *keys.split(" "))[0] == "OK", keys
    assert running.peak_memory() < MEMORY
