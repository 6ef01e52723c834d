"""SIGKILL while what the user decided is carried out: put-back, accept, restore, retry, drop. Each has its effect once.

And a chain of moves that dies at each step, and a large message whose client goes away.
"""

import json
import random
import socket
import time
from collections import Counter

import pytest

from support import compare, waiting
from support.both_sides import letter, places, subject_of
from support.fault_proxy import DOWN, UP, Fault, FaultProxy
from support.dovecot import Dovecot
from support.refusals import Refuses, RefusingUpstream
from support.satchel import SLOW
from support.upstream import Upstream

MANY = 20  # letters, of which all but a few vanish; more than the guard lets go by these settings
GUARD = {"SATCHEL_KEEP_GUARD_MESSAGES": "5", "SATCHEL_KEEP_GUARD_SHARE": "20"}


def subjects(client, mailbox: str) -> Counter:
    return Counter(subject_of(message) for message in compare.read_mailbox(client, mailbox.encode()).messages)


def dies_after(program, seconds: float) -> None:
    """Killed so long after what was acknowledged just now, and started again."""
    until = time.monotonic() + seconds
    waiting.until(lambda: time.monotonic() >= until, "the moment has come", seconds + 5, 0.001)
    program.kill()
    program.start()


class Guarded:
    def __init__(self, program, upstream):
        self.program, self.upstream, self.there = program, upstream, upstream.colleague()
        self.there.create("Other")
        for number in range(MANY):
            self.there.append("INBOX", "(\\Seen)", None, letter(f"g{number}", "text " * 400))
        program.environment |= GUARD
        program.start()
        program.add_account(upstream.port, ca=upstream.ca)
        program.sync()

    def loses(self, first: int, last: int) -> str:
        """The colleague expunges those; gives back the id of what is held."""
        assert self.there.select("INBOX")[0] == "OK"
        assert self.there.store(f"{first}:{last}", "+FLAGS.SILENT", "(\\Deleted)")[0] == "OK" and self.there.expunge()[0] == "OK"

        def held():
            self.program.run_verb("sync")
            return json.loads(self.program.verb("guard", "list", "--json"))
        (entry,) = waiting.until(held, "it is held", 30 * SLOW, 0.3)
        return entry["id"]

    def alike(self) -> dict:
        def same():
            self.program.sync()
            here, there = compare.read_all(self.program.client()), compare.read_all(self.upstream.colleague())
            return there if compare.differences(here, there) == [] else None
        return waiting.until(same, "both sides are alike", 60 * SLOW, 0.5)


@pytest.fixture(params=["full", "plain"])
def guarded(request, program, folder):
    with Upstream(folder / "upstream", request.param, profile="") as upstream:
        yield Guarded(program, upstream)
        program.stop()


def test_put_back(guarded):
    """Each is upstream once, under the UID that it had here."""
    uids = compare.read_mailbox(guarded.program.client(), b"INBOX").uids()
    for seconds in (0, 0.02, 0.06, 0.12, 0.25):
        guarded.program.verb("guard", "put-back", guarded.loses(1, MANY - 3))
        dies_after(guarded.program, seconds)
        guarded.alike()
        assert subjects(guarded.there, "INBOX") == Counter(f"g{number}" for number in range(MANY)), seconds
        assert compare.read_mailbox(guarded.program.client(), b"INBOX").uids() == uids
        assert json.loads(guarded.program.verb("rescued", "list", "--json")) == []


def test_accept_and_restore(guarded):
    """What was let go is rescued whole, and what is restored is there once."""
    entry = guarded.loses(1, MANY - 3)
    guarded.program.verb("guard", "accept", entry)
    dies_after(guarded.program, 0)
    guarded.alike()
    assert subjects(guarded.program.client(), "INBOX") == Counter(f"g{number}" for number in range(MANY - 3, MANY))
    rescued = {one["subject"]: one["id"] for one in json.loads(guarded.program.verb("rescued", "list", "--json"))}
    assert set(rescued) == {f"g{number}" for number in range(MANY - 3)}
    for number, seconds in enumerate((0, 0.01, 0.03, 0.06, 0.1)):
        guarded.program.verb("rescued", "restore", rescued[f"g{number}"], *(("--to", "Other") if number % 2 else ()))
        dies_after(guarded.program, seconds)
    guarded.alike()
    everything = subjects(guarded.there, "INBOX") + subjects(guarded.there, "Other")
    assert everything == Counter([*(f"g{number}" for number in range(5)), *(f"g{number}" for number in range(MANY - 3, MANY))])
    left = {one["subject"] for one in json.loads(guarded.program.verb("rescued", "list", "--json"))}
    assert left == {f"g{number}" for number in range(5, MANY - 3)}


def test_retry_and_drop(program, folder):
    """Parked additions: half are dropped, half are tried again; the process dies right after each word."""
    with RefusingUpstream(folder / "upstream") as upstream:
        there = upstream.colleague()
        there.create("Work")
        for number in range(4):
            there.append("INBOX", None, None, letter(f"i{number}"))
        program.start()
        program.add_account(upstream.port, ca=upstream.ca)
        program.sync()
        upstream.line.fault = Refuses(rb"^\S+ (APPEND|UID COPY|UID MOVE) ", b"NO [NOPERM] not you")
        upstream.cut()
        upstream.mend()
        client = program.client()
        for number in range(4):
            assert client.append("Work", None, None, letter(f"a{number}"))[0] == "OK"
        client.select("INBOX")
        assert client.uid("MOVE", "1", "Work")[0] == client.uid("MOVE", "2", "Work")[0] == client.uid("COPY", "3", "Work")[0] == "OK"

        def parked():
            found = [one for one in json.loads(program.verb("journal", "list", "--json")) if one["state"] == "parked"]
            return found if len(found) == 7 else None
        entries = waiting.until(parked, "all are parked", 60 * SLOW, 0.3)
        exported = folder / "operations.json"
        program.verb("journal", "export", exported)
        assert json.loads(exported.read_text()) == json.loads(program.verb("journal", "list", "--json"))
        upstream.line.fault = type(upstream.line.fault)(rb"^never$", b"")
        verbs = {"append": ["drop", "retry", "drop", "retry"], "move": ["drop", "retry"], "copy": ["retry"]}
        for entry in entries:
            verb = verbs[entry["operation"]].pop(0)
            done = program.run_verb("journal", verb, entry["id"])
            assert done.returncode == 0 or "no such operation" in done.stderr or "no parked" in done.stderr, done.stderr
            dies_after(program, random.Random(entry["id"]).choice((0, 0.02, 0.05)))
        program.sync()
        assert compare.differences(compare.read_all(program.client()), compare.read_all(upstream.colleague())) == []
        assert subjects(there, "Work") == Counter(["a1", "a3", "i1", "i2"])
        assert subjects(there, "INBOX") == Counter(["i0", "i2", "i3"])
        assert sorted(one["subject"] for one in json.loads(program.verb("rescued", "list", "--json"))) == ["a0", "a2"]
        program.stop()


def test_a_chain_of_moves(two):
    """INBOX to Archive to Trips to Work, offline, killed after each; then the line goes up."""
    flagged = {number: {"\\flagged"} if number % 2 else set() for number in range(6)}
    chain = ["INBOX", "Archive", "Trips", "Work"]
    for start, end in zip(chain, chain[1:]):
        here = two.do(two.here, start)
        for number in range(4 if end != "Work" else 2):
            here(f"m{number}", "MOVE", end)
        if end == "Trips":
            two.do(two.here, end)("m0", "STORE", "+FLAGS", "(Chained)")
        dies_after(two.satchel, 0)
        two.here = two.satchel.client()
    found = two.meet()
    assert {name: set(messages) for name, messages in found.items() if messages} == {"INBOX": {"m4", "m5"}, "Trips": {"m2", "m3"}, "Work": {"m0", "m1"}}
    assert found["Work"]["m0"] == flagged[0] | {"chained"} and found["Trips"]["m3"] == flagged[3]
    assert two.rescued() == []


@pytest.mark.parametrize("way", [UP, DOWN])
def test_a_chain_of_moves_on_a_line_that_breaks_again_and_again(program, folder, way):
    """Cut ever later, with kills between."""
    with Dovecot(folder / "dovecot") as dovecot, FaultProxy(dovecot.tls_port) as line:
        there = dovecot.client()
        for name in ("A", "B", "C"):
            there.create(name)
        for number in range(8):
            there.append("INBOX", None, None, letter(f"m{number}"))
        program.start()
        program.add_account(line.port, ca=dovecot.ca)
        program.sync()
        line.stop()
        program.in_state("offline")
        client = program.client()
        for start, end in zip(("INBOX", "A", "B"), ("A", "B", "C")):
            client.select(start)
            assert client.uid("MOVE", "1:*", end)[0] == "OK"
            assert client.append(end, None, None, letter(f"into-{end}"))[0] == "OK"
        for round_number in range(8):
            fault = Fault(way, 2_000 + 450 * round_number, times=10**6)
            line.arm(fault)
            line.start()
            program.run_verb("sync", seconds=60)  # six lines, each some pause after the one before
            if round_number % 2:
                program.kill()
                program.start()
            line.stop()
        line.arm()
        line.start()
        program.sync()
        assert compare.differences(compare.read_all(program.client()), compare.read_all(dovecot.client())) == []
        assert {name: subjects(there, name) for name in ("INBOX", "A", "B", "C")} == {
            "INBOX": Counter(), "A": Counter(), "B": Counter(),
            "C": Counter([*(f"m{number}" for number in range(8)), "into-A", "into-B", "into-C"])}
        program.stop()


BIG = 40_000_000


@pytest.mark.parametrize("dies", ["the client", "the program"])
def test_an_append_of_40_mb_that_is_cut_in_the_middle(program, empty_upstream, dies):
    """It never was; what came of it takes no more room than it needs, and the next one goes through, once."""
    program.start()
    program.add_account(empty_upstream.port, ca=empty_upstream.ca)
    program.sync()
    empty_upstream.cut()
    for _ in range(3):
        shown = program.show()
        raw = socket.create_connection(("127.0.0.1", shown["port"]), 30)
        raw.sendall(f"a LOGIN {shown['user']} {shown['password']}\r\nb APPEND INBOX {{{BIG}+}}\r\n".encode())
        raw.sendall(b"Subject: cut\r\n\r\n" + bytes(random.Random(1).randbytes(1_000_000).hex().encode()) * 10)
        if dies == "the program":
            program.kill()
            raw.close()
            program.start()
        else:
            raw.close()
    client = program.client()
    assert client.select("INBOX") == ("OK", [b"0"])
    whole = letter("whole", "x" * 70 + "\r\n" + "y" * BIG)
    assert client.append("INBOX", None, None, whole)[0] == "OK"
    assert program.peak_memory() < 200e6
    empty_upstream.mend()
    program.sync()
    there = empty_upstream.colleague()
    assert there.select("INBOX") == ("OK", [b"1"]) and there.fetch("1", "(BODY.PEEK[])")[1][0][1] == whole
    program.deep_doctor()
    assert program.account()["operations_pending"] == 0
    program.stop()
    # Until it is swept: what came, three times a quarter, once each.
    assert sum(path.stat().st_size for path in program.files()) < 3 * BIG // 4 + 2_000_000


@pytest.mark.parametrize("how", ["cut", "reset", "half"])
def test_40_mb_that_are_cut_on_their_way_up(program, folder, how):
    """And the program dies while it sends them again: they are there once, byte for byte."""
    with Dovecot(folder / "dovecot") as dovecot, FaultProxy(dovecot.tls_port) as line:
        program.start()
        program.add_account(line.port, ca=dovecot.ca)
        program.sync()
        fault = Fault(UP, BIG // 4, how)
        line.arm(fault)
        whole = letter("whole", "z" * 70 + "\r\n" + random.Random(2).randbytes(BIG // 4).hex() + "\r\n" + "y" * (BIG // 2))
        assert program.client().append("INBOX", None, None, whole)[0] == "OK"
        assert fault.happened.wait(60 * SLOW)
        before = line.passed[UP]
        waiting.until(lambda: line.passed[UP] > before + BIG // 8, "it is sent again", 120 * SLOW, 0.005)
        program.kill()
        program.start()
        program.sync()
        there = dovecot.client()
        assert there.select("INBOX") == ("OK", [b"1"]) and there.fetch("1", "(BODY.PEEK[])")[1][0][1] == whole
        assert program.client().select("INBOX") == ("OK", [b"1"])
        program.stop()
