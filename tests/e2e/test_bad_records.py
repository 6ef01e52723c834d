"""Rows of the store that no program should have written: of an unknown version, or with references that cannot be.

Either the home stays closed, with a sentence, and nothing in it is changed: with the row put right, all is there. Or what the
row is about is told apart, everything else is served, and what waits goes up.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import satchel_format  # noqa: E402
import satchel_rows  # noqa: E402
import unseal_store  # noqa: E402
from satchel_rows import Value  # noqa: E402
from support import compare  # noqa: E402
from support.satchel import BUILD, Satchel, one_sentence  # noqa: E402
from support.upstream import Upstream  # noqa: E402

ACCOUNT = (1).to_bytes(4, "big")
NOWHERE = 99  # a mailbox that is not there
OPERATIONS = 10


def n(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def s(data: bytes) -> bytes:
    return n(len(data)) + data


class Kept:
    """A home whose journal has an operation of each kind, and the server that they wait for."""

    def __init__(self, folder, upstream):
        self.folder, self.upstream = folder / "satchel", upstream
        colleague = upstream.colleague()
        for name in ("Archive", "Sent", "Junk"):
            colleague.create(name)  # where it is not there already
        program = Satchel(self.folder).init_key("file")
        with program:
            program.start()
            program.add_account(upstream.port, ca=upstream.ca)
            program.sync()
            upstream.cut()
            program.in_state("offline")
            self._work(program.client())
            self.content = content(program)
            program.stop()
        slots = (program.home / "keyslots.json").read_bytes()
        self.key = satchel_format.open_slot_file(slots, key_file=satchel_format.parse_key_file((self.folder / "key-file").read_bytes()))
        unseal_store.unseal_database(program.home / "store", self.key, folder / "plain")
        self.rows = dict(satchel_rows.scan(folder / "plain"))
        assert len(self.of(b"J")) >= OPERATIONS

    def _work(self, client) -> None:
        client.select("INBOX")
        assert client.append("INBOX", None, None, b"Subject: appended\r\n\r\ntext\r\n")[0] == "OK"
        client._simple_command("UID", "STORE", "1", "+FLAGS", "(\\Flagged Work)")
        client._simple_command("UID", "COPY", "2", "Archive")
        client._simple_command("UID", "MOVE", "3", "Archive")
        client._simple_command("UID", "STORE", "4", "+FLAGS", "(\\Deleted)")
        client._simple_command("UID", "EXPUNGE", "4")
        for verb, *names in [("CREATE", "Made"), ("CREATE", "Here"), ("RENAME", "Sent", "Posted"), ("DELETE", "Junk"), ("SUBSCRIBE", "Later"), ("UNSUBSCRIBE", "INBOX")]:
            assert client._simple_command(verb, *names)[0] == "OK", verb
        client.logout()

    def of(self, kind: bytes, account: bool = True) -> dict[bytes, bytes]:
        start = kind + (ACCOUNT if account else b"")
        return {key: value for key, value in self.rows.items() if key.startswith(start)}

    def operation(self, kind: int) -> tuple[bytes, bytes]:
        names = satchel_rows.KINDS
        return next((key, value) for key, value in self.of(b"J").items() if satchel_rows.decode(key, value)[2]["kind"] == names[kind])

    def message(self, shown: bool = True) -> tuple[bytes, bytes]:
        """One of INBOX that upstream has and that is here."""
        return next((key, value) for key, value in self.of(b"M").items()
                    if (read := satchel_rows.decode(key, value)[2])["upstream"] and not read["hidden_by"] and read["content"])

    def copy(self, folder) -> Satchel:
        shutil.copytree(self.folder, folder / "satchel", symlinks=True)
        return Satchel(folder / "satchel")

    def alter(self, program: Satchel, changes: dict[bytes, bytes | None]) -> None:
        """None erases."""
        lines = [f"erase {key.hex()}" if value is None else f"put {key.hex()} {value.hex()}" for key, value in changes.items()]
        subprocess.run([BUILD / "tests" / "unit" / "alter_rows", program.home / "store", self.key.hex()], input="\n".join(lines) + "\n", text=True, check=True, timeout=60)

    def restore(self, program: Satchel, changes) -> None:
        self.alter(program, {key: self.rows.get(key) for key in changes})

    def rows_of(self, program: Satchel, folder) -> dict[bytes, bytes]:
        unseal_store.unseal_database(program.home / "store", self.key, folder)
        return dict(satchel_rows.scan(folder))


def content(program):
    client = program.client()
    seen = {name: [(one.uid, one) for one in box.messages] for name, box in compare.read_all(client).items()}
    waits = json.loads(program.verb("journal", "list", "--json"))  # after a start they are looked up before they are sent
    return seen, compare.subscriptions(client), [{name: said for name, said in one.items() if name != "state"} for one in waits]


@pytest.fixture(scope="module")
def kept(module_folder):
    with Upstream(module_folder / "upstream", count=40) as upstream:
        yield Kept(module_folder, upstream)


# What is done to the rows: each takes the rows that are there, and gives those that are changed

def number_at(data: bytes, skip: int, index: int) -> tuple[int, int]:
    """Where the index-th number behind so many bytes stands."""
    value = Value(data)
    value.take(skip)
    for _ in range(index):
        value.n()
    start = value.at
    value.n()
    return start, value.at


def with_number(data: bytes, skip: int, index: int, number: int) -> bytes:
    start, end = number_at(data, skip, index)
    return data[:start] + n(number) + data[end:]


def in_operation(kind: int, change):
    def alter(kept: Kept):
        key, value = kept.operation(kind)
        return {key: change(value)}
    return alter


def byte_of_operation(index: int, byte: int):
    """0 is its kind, 1 its state."""
    def change(value: bytes) -> bytes:
        at = number_at(value, 0, 1)[1] + index
        return value[:at] + bytes([byte]) + value[at + 1:]
    return change


def number_of_operation(index: int, number: int):
    """0 and 1 are the source, 2 and 3 the target, 4 is the mailbox."""
    def change(value: bytes) -> bytes:
        return with_number(value, number_at(value, 0, 1)[1] + 2, index, number)
    return change


def order_twice(kept: Kept):
    (first, value), (second, other) = list(kept.of(b"J").items())[:2]
    return {second: with_number(other, 0, 1, satchel_rows.decode(first, value)[2]["order"])}


def in_message(change):
    def alter(kept: Kept):
        key, value = kept.message()
        return {key: change(value)}
    return alter


def hidden(value: bytes) -> bytes:
    """By an operation that is not there."""
    reader = Value(value)
    satchel_rows.message(reader)
    at = len(value) - len(n(satchel_rows.whole(satchel_rows.message, value)["born"]))
    return bytes([value[0] | 64]) + value[1:at] + n(999) + value[at:]


def flags_not_there(value: bytes) -> bytes:
    read = satchel_rows.whole(satchel_rows.message, value)
    end = n(read["effective"]) + n(read["born"])
    assert value.endswith(end)
    return value[:-len(end)] + n(9999) + n(read["born"])


def moved_key(kind: bytes, account: bool, at: int, size: int, number: int):
    """The row stands under another number as well."""
    def alter(kept: Kept):
        key, value = next(iter(kept.of(kind, account).items()))
        return {key[:at] + number.to_bytes(size, "big") + key[at + size:]: value}
    return alter


def of_first(kind: bytes, change, account: bool = True):
    def alter(kept: Kept):
        key, value = next(iter(kept.of(kind, account).items()))
        return {key: change(value)}
    return alter


def of_state(index: int, number: int):
    return of_first(b"a", lambda value: with_number(value, 2, index, number))


def uid_beyond(kept: Kept):
    key, value = kept.message()
    return {key[:-4] + (1_000_000).to_bytes(4, "big"): value}


CLOSED = {
    "a newer schema": lambda kept: {b"!schema": n(4)}, "a schema of no number": lambda kept: {b"!schema": b"\x80"},
    "counters that are cut": lambda kept: {b"!counters": kept.rows[b"!counters"][:-1]}, "counters that went back": lambda kept: {b"!counters": n(1) + n(1) + n(1)},
    "an operation of kind 0": in_operation(1, byte_of_operation(0, 0)), "an operation of a kind to come": in_operation(1, byte_of_operation(0, 11)),
    "an operation in a state to come": in_operation(2, byte_of_operation(1, 4)), "an operation that is cut": in_operation(3, lambda value: value[:-1]),
    "an operation with more at its end": in_operation(3, lambda value: value + b"\0"), "an operation of nothing": in_operation(4, lambda value: b""),
    "an operation under another number": moved_key(b"J", True, 5, 8, 5000), "two operations in one place": order_twice,
    "an operation beyond the last one": of_state(3, 1), "flags in a mailbox that is not there": in_operation(1, number_of_operation(0, NOWHERE)),
    "an append into a mailbox that is not there": in_operation(2, number_of_operation(2, NOWHERE)),
    "a copy from a mailbox that is not there": in_operation(3, number_of_operation(0, NOWHERE)),
    "a move into a mailbox that is not there": in_operation(4, number_of_operation(2, NOWHERE)),
    "an expunge in a mailbox that is not there": in_operation(5, number_of_operation(0, NOWHERE)),
    "a create of a mailbox that is not there": in_operation(6, number_of_operation(4, NOWHERE)),
    "a rename of a mailbox that is not there": in_operation(7, number_of_operation(4, NOWHERE)),
    "a delete of a mailbox that is not there": in_operation(8, number_of_operation(4, NOWHERE)),
    "a message that is cut": in_message(lambda value: value[:-1]), "a message of a content that was never numbered": in_message(lambda value: with_number(value, 1, 2, 1 << 40)),
    "a message of the last content of all": in_message(lambda value: with_number(value, 1, 2, (1 << 64) - 1)),
    "a message of no content": in_message(lambda value: with_number(value, 1, 2, 0)),
    "a message with a MODSEQ to come": in_message(lambda value: with_number(value, 1, 1, 1 << 50)), "a message with a UID to come": uid_beyond,
    "a message that nothing hides": in_message(hidden), "a message with flags that are not there": in_message(flags_not_there),
    "a message in a mailbox that is not there": moved_key(b"M", True, 5, 4, NOWHERE),
    "a mailbox under another number": moved_key(b"B", True, 5, 4, NOWHERE), "a mailbox that is cut": of_first(b"B", lambda value: value[:-1]),
    "a mailbox beyond the last one": of_state(2, 1), "an account's state that is cut": of_first(b"a", lambda value: value[:-1]),
    "an account that is cut": of_first(b"A", lambda value: value[:-1], account=False),
    "vanished messages of no mailbox": lambda kept: {b"V" + ACCOUNT + NOWHERE.to_bytes(4, "big") + (5).to_bytes(8, "big"): n(1) + n(1) + n(0)},
    "a set of flags that is skipped": lambda kept: {b"F" + ACCOUNT + (5000).to_bytes(4, "big"): b"\1\0"},
    "a subscription that is cut": of_first(b"S", lambda value: b""),
}


@pytest.fixture(scope="module")
def closed(kept, module_folder):
    """A copy that each alteration is done to and taken back from; in the end all of it is there."""
    program = kept.copy(module_folder / "closed")
    yield program
    assert kept.rows_of(program, module_folder / "closed-rows") == kept.rows
    kept.upstream.cut()
    with program:
        program.start()
        now = content(program)
        assert now[:2] == kept.content[:2]
        assert now[2] == kept.content[2], [pair for pair in zip(now[2], kept.content[2]) if pair[0] != pair[1]]
        program.stop()


@pytest.mark.quick
@pytest.mark.parametrize("name", CLOSED)
def test_a_record_that_cannot_be_keeps_the_home_closed_and_as_it_is(kept, closed, folder, name):
    changes = CLOSED[name](kept)
    kept.alter(closed, changes)
    said = one_sentence(closed.run_verb("run", seconds=30))
    assert "newer Satchel" in said if "newer" in name else "store" in said, said
    if name in ("a newer schema", "an operation of a kind to come", "a message that nothing hides"):
        assert kept.rows_of(closed, folder / "rows") == kept.rows | changes
    kept.restore(closed, changes)


# What is about one thing alone

def of_content(kind: bytes, change):
    """A row of a content that a message of INBOX has."""
    def alter(kept: Kept):
        number = satchel_rows.decode(*kept.message())[2]["content"].to_bytes(8, "big")
        return {kind + number: change(kept.rows[kind + number])}
    return alter


def location(segment: int, offset: int, sealed: int, size: int):
    def change(value: bytes) -> bytes:
        read = satchel_rows.whole(satchel_rows.location, value)
        return s(read["hash"]) + n(read["size"]) + n(1) + n(segment) + n(offset) + n(sealed) + n(size)
    return change


def no_bytes_at_all(kept: Kept):
    number = satchel_rows.decode(*kept.message())[2]["content"].to_bytes(8, "big")
    return {b"C" + number: None}


def shares_with_nobody(kept: Kept):
    number = satchel_rows.decode(*kept.message())[2]["content"].to_bytes(8, "big")
    return {b"C" + number: None, b"D" + number: (1 << 40).to_bytes(8, "big")}


def shares_with_itself(kept: Kept):
    number = satchel_rows.decode(*kept.message())[2]["content"].to_bytes(8, "big")
    return {b"C" + number: None, b"D" + number: number}


def missing_of_nobody(kept: Kept):
    return {b"N" + ACCOUNT + (kept_counter(kept)).to_bytes(8, "big"): b""}


def kept_counter(kept: Kept) -> int:
    return Value(kept.rows[b"!counters"]).n()


APART = {
    "a location that is cut": of_content(b"C", lambda value: value[:-1]), "a location in a segment that is not there": of_content(b"C", location(4000, 64, 100, 84)),
    "a location beyond its segment": of_content(b"C", location(1, 1 << 40, 100, 84)), "a location of a huge size": of_content(b"C", location(1, 64, 1 << 40, 1 << 40)),
    "a location inside another content": of_content(b"C", location(1, 70, 100, 84)), "a content that is nowhere": no_bytes_at_all,
    "a content shared with nobody": shares_with_nobody, "a content shared with itself": shares_with_itself,
    "an envelope of a version to come": of_content(b"E", lambda value: b"\x09" + value[1:]), "an envelope of nothing": of_content(b"E", lambda value: b""),
    "a structure of a version to come": of_content(b"P", lambda value: b"\x09" + value[1:]), "a structure of nothing": of_content(b"P", lambda value: b""),
    "a header of nothing": of_content(b"H", lambda value: b""), "a hash of nobody": of_first(b"K", lambda value: (1 << 40).to_bytes(8, "big"), account=False),
    "a hash that is cut": of_first(b"K", lambda value: value[:3], account=False), "bytes that nobody waits for": missing_of_nobody,
    "a row of a kind to come": lambda kept: {b"Z" + ACCOUNT: b"anything", b"!other": b""},
    "flags on a message that is not there": in_operation(1, number_of_operation(1, 77)), "an append of a message that is not there": in_operation(2, number_of_operation(3, 777)),
    "a copy of a message that is not there": in_operation(3, number_of_operation(1, 77)), "a move of a message that is not there": in_operation(4, number_of_operation(1, 77)),
    "an expunge of a message that is not there": in_operation(5, number_of_operation(1, 77)),
    "a move to a message that is not there": in_operation(4, number_of_operation(3, 777)),
}
ITEMS = ["(FLAGS)", "(ENVELOPE)", "(BODYSTRUCTURE)", "(BODY.PEEK[HEADER])", "(BODY.PEEK[])"]


@pytest.mark.quick
@pytest.mark.parametrize("name", APART)
def test_a_record_about_one_thing_harms_nothing_else(kept, folder, name):
    changes = APART[name](kept)
    program = kept.copy(folder)
    kept.alter(program, changes)
    with program:
        program.start()
        client = program.client()
        client.select("INBOX")
        uids = client.uid("SEARCH", "ALL")[1][0].split()
        assert len(uids) >= len(kept.content[0][b"INBOX"]) - 1
        bad = {uid for uid in uids for item in ITEMS if client.uid("FETCH", uid, item)[0] != "OK"}
        assert len(bad) <= 1, bad
        known = {one.digest for _uid, one in kept.content[0][b"INBOX"]}
        good = [uid for uid in uids if uid not in bad]
        kind, data = client.uid("FETCH", b",".join(good).decode(), "(UID FLAGS INTERNALDATE BODY.PEEK[])")
        assert kind == "OK"
        seen = {compare._seen(item, after).digest for item, after in zip(data, data[1:] + [b""]) if isinstance(item, tuple)}
        assert seen <= known and len(seen) >= len(known) - 1
        client.search(None, "TEXT", "text")
        assert client.append("INBOX", None, None, b"Subject: and one more\r\n\r\n")[0] == "OK"
        client.logout()
        program.run_verb("journal", "list", "--json")
        program.stop()


def strangers(kept: Kept) -> dict[bytes, bytes]:
    """Behind the operations that are there one more of each kind that has a message, on messages that are not there."""
    changes = {}
    for kind in range(1, 6):
        value = kept.operation(kind)[1]
        for index in (1, 3):  # the source's UID, the target's
            start, end = number_at(value, number_at(value, 0, 1)[1] + 2, index)
            if value[start:end] != b"\0":
                value = value[:start] + n(70_000 + kind) + value[end:]
        number = 5000 + kind
        changes[b"J" + ACCOUNT + number.to_bytes(8, "big")] = n(number) + n(number << 16) + value[number_at(value, 0, 1)[1]:]
    key, value = next(iter(kept.of(b"a").items()))
    return changes | {key: with_number(value, 2, 3, 6000)}


@pytest.mark.quick
def test_operations_on_what_is_not_there_hold_up_no_others(kept, folder):
    program = kept.copy(folder)
    changes = strangers(kept)
    assert len(changes) == 6
    kept.alter(program, changes)
    kept.upstream.mend()
    with program:
        program.start()
        program.run_verb("sync", seconds=90)
        left = json.loads(program.verb("journal", "list", "--json"))
        assert all(int(one["id"].split(":")[1]) > 5000 for one in left), left
        there = compare.read_all(kept.upstream.colleague())
        assert b"Posted" in there and b"Made" in there and b"Junk" not in there
        here = compare.read_all(program.client())
        assert [one for one in compare.differences(here, there) if "only upstream" in one] == []
        program.stop()
