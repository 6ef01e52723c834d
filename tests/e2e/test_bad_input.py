"""Bad input from people and clients: a clear error, and nothing lost."""

import random
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

@pytest.mark.quick
@pytest.mark.parametrize("command", [
    b"a APPEND INBOX {2147483648}\r\n", b"a APPEND INBOX {18446744073709551616}\r\n", b"a APPEND INBOX {99999999999999999999999}\r\n",
    b"a LOGIN {4294967296}\r\n", b"a APPEND INBOX {2147483648+}\r\n", b"a SEARCH TEXT {1000000000}\r\n", b"a APPEND INBOX {-1}\r\n",
])
def test_a_literal_that_is_too_big(shared, command):
    client = raw(shared)
    client.write(command)
    got = []
    try:
        while not got or not got[-1].startswith(b"a "):
            got.append(client.line())
    except Closed:
        assert got, "ended without a word"
    assert not got[-1].startswith((b"+", b"a OK")), got
    shared.client().logout()
    assert shared.peak_memory() < MEMORY


@pytest.mark.parametrize("start", [b"", b"a SEARCH TEXT ", b"a LIST \"\" \"", b"a FETCH 1:*"])
def test_an_endless_line(shared, start):
    client = raw(shared)
    try:
        client.write(start)
        for _ in range(200):
            client.write(b"x" * 1_000_000)
        client.write(b"\r\n")
        lines = client.answer(b"a")
        assert lines[-1].startswith(b"a BAD")
    except (Closed, OSError):
        pass  # ended by the server
    shared.client().logout()
    assert shared.peak_memory() < MEMORY


@pytest.mark.quick
@pytest.mark.parametrize("command", [
    b"a SEARCH " + b"(" * 10_000 + b"ALL" + b")" * 10_000, b"a FETCH 1 " + b"(" * 10_000 + b"FLAGS" + b")" * 10_000,
    b"a SEARCH " + b"NOT " * 10_000 + b"ALL", b"a SEARCH " + b"OR ALL " * 10_000 + b"ALL", b"a STORE 1 FLAGS " + b"(" * 10_000,
    b"a FETCH 1 BODY[" + b"1." * 10_000 + b"1]", b"a LIST (" + b"(" * 10_000, b"a SEARCH " + b"(" * 10_000,
], ids=["SEARCH", "FETCH", "NOT", "OR", "flags", "section", "LIST", "unclosed"])
def test_ten_thousand_brackets(shared, command):
    client = raw(shared)
    client.send(b"s SELECT INBOX")
    try:
        assert client.send(command)[-1].startswith((b"a BAD", b"a NO"))
    except Closed:
        pass
    shared.client().logout()
    assert shared.peak_memory() < MEMORY


@pytest.mark.quick
@pytest.mark.parametrize("command", [
    b"a \xff\xfe\xfd", b"a SELECT \xff\xfe", b"a SELECT \"\xc3\x28\"", b"a CREATE \"\xed\xa0\x80\"", b"a SEARCH TEXT \"\xe2\x28\xa1\"",
    b"a LIST \"\" \xff*", b"a SEARCH CHARSET UTF-8 SUBJECT {3+}\r\n\xff\xff\xff", b"\xff NOOP", b"a CREATE \"&Jjo!\"",
    b"a CREATE \"a\0b\"", b"a SEARCH CHARSET X-NONE TEXT a", b"a SELECT \"unclosed", b"a", b"", b" a NOOP", b"* NOOP", b"+ NOOP",
])
def test_bytes_that_are_no_command(shared, command):
    client = raw(shared)
    client.write(command + b"\r\nz NOOP\r\n")
    try:
        lines = client.answer(b"z")
        assert lines[-1].startswith(b"z OK") and not any(line.startswith(b"a OK [") for line in lines), lines
    except Closed as closed:
        assert closed.args[0], "ended without a word"
    shared.client().logout()


@pytest.mark.quick
def test_commands_out_of_state(shared):
    shown = shared.show()
    client = RawClient(shown["port"])
    for number, command in enumerate([b"SELECT INBOX", b"LIST \"\" *", b"FETCH 1 FLAGS"]):
        try:
            assert client.send(b"%d %s" % (number, command))[-1].split()[1] in (b"BAD", b"NO")
        except Closed:
            client = RawClient(shown["port"])
    client = RawClient(shown["port"]).login(shown["user"], shown["password"])
    for number, command in enumerate([b"FETCH 1 FLAGS", b"STORE 1 FLAGS ()", b"EXPUNGE", b"CLOSE", b"UID SEARCH ALL", b"LOGIN a b",
                                      b"AUTHENTICATE PLAIN", b"STARTTLS", b"UNSELECT", b"DONE", b"COPY 1 INBOX", b"MOVE 1 INBOX"]):
        assert client.send(b"%d %s" % (number, command))[-1].split()[1] in (b"BAD", b"NO"), command
    assert client.send(b"z NOOP")[-1].startswith(b"z OK")


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
