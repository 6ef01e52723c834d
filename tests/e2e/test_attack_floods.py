"""Answers of upstream that are too much (M1 and M2 of THREATS.md): bounded memory, a state in words, and in the end everything is here."""

import re

import pytest

from support import faulty_upstream as faulty, waiting
from support.lied_to import MEMORY
from support.satchel import SLOW

LISTENS = 1 << 26  # bytes of one answer
FETCH = rb"^\* \d+ FETCH"


# M1

LITERALS = {"4 GB": b"4294967295", "2^64": b"18446744073709551616", "past any number": b"9" * 29, "negative": b"-5", "zeros": b"0" * 25 + b"4294967296",
            "no number": b"0x10"}


@pytest.mark.quick
@pytest.mark.parametrize("size", LITERALS.values(), ids=LITERALS.keys())
def test_m1_a_literal_that_cannot_be(lied, size):
    lied.meets(faulty.Replaces(FETCH, b"* 1 FETCH (UID 1 BODY[] {" + size + b"}\r\nabc", 5))
    waiting.until(lambda: lied.server.fault.met, "it is met", 30 * SLOW)
    lied.satchel.status()
    lied.in_the_end_equal()


@pytest.mark.quick
def test_m1_leading_zeros_of_a_literal(lied):
    """They change nothing about the number (RFC 3501 has no rule against them)."""
    lied.meets(faulty.Replaces(FETCH, lambda whole: re.sub(rb"\{(\d+)\}\r\n", rb"{00000\1}\r\n", whole, count=1)))
    lied.satchel.sync()
    assert lied.server.fault.met
    lied.in_the_end_equal()


class FallsSilent(faulty.Fault):
    """Announces a literal, gives the beginning of it, and says nothing more on that line."""

    def __init__(self):
        super().__init__()
        self._silent = False

    def response(self, parts):
        if not self._silent and re.match(FETCH, parts[0]):
            self.met += 1
            self._silent = True
            return b"* 1 FETCH (UID 1 BODY[] {1000000000}\r\n" + b"x" * 1000
        return b"" if self._silent else b"".join(parts)

    def command(self, line):
        return b"" if self._silent else None


@pytest.mark.quick
def test_m1_a_literal_and_then_silence(lied):
    """Nobody waits for it but the line itself (its deadline: tests/unit/upstream); nothing is kept free for what was announced."""
    lied.meets(FallsSilent())
    silence = lied.server.fault
    waiting.until(lambda: silence.met, "it is met", 30 * SLOW)
    assert lied.satchel.client().append("INBOX", None, None, b"Subject: meanwhile\r\n\r\n")[0] in ("OK", "NO")
    assert lied.satchel.peak_memory() < MEMORY
    lied.server.fault = faulty.Fault()
    lied.server.cut()
    lied.in_the_end_equal()


# M2

@pytest.mark.parametrize("when, start, piece", [
    (rb"^\* LIST", b"* LIST (", b"\\X" * 50_000), (FETCH, b"* 1 FETCH (FLAGS (", b"a " * 50_000),
    (rb"^\* CAPABILITY|CAPABILITY", b"* CAPABILITY ", b"X" * 100_000), (rb"^\* LIST", b"", b"* OK hello\r\n" * 5_000),
    (FETCH, b"* 1 FETCH (X (", b"{1}\r\na " * 20_000), (rb"^\* LIST", b"", b"* LIST () \"/\" \"" + b"x" * 60_000 + b"\"\r\n"),
], ids=["attributes", "flags", "capabilities", "untagged lines", "literals", "long names"])
def test_m2_an_endless_answer(lied, when, start, piece):
    lied.meets(faulty.Floods(when, start, piece, most=1 << 28))
    flood = lied.server.fault
    waiting.until(lambda: flood.met > 1 and lied.server.connections > 1, "it ends the line and meets the flood again", 60 * SLOW)
    told = waiting.until(lambda: lied.satchel.account() if lied.satchel.account()["state"] != "online" else None, "it says so", 60 * SLOW, 0.1)
    assert told["detail"]
    assert 0 < flood.longest < LISTENS, "it does not listen for ever"
    assert lied.satchel.peak_memory() < MEMORY
    lied.in_the_end_equal()


MUCH = 1_000_000
DEEP = {
    "brackets in LIST": (rb"^\* LIST", b"* LIST " + b"(" * MUCH + b"\r\n"), "brackets in FETCH": (FETCH, b"* 1 FETCH (BODYSTRUCTURE " + b"(" * MUCH + b"\r\n"),
    "brackets that close": (FETCH, b"* 1 FETCH (X " + b"(" * MUCH + b")" * MUCH + b")\r\n"), "literals": (FETCH, b"* 1 FETCH (X (" + b"{1}\r\na " * MUCH + b"))\r\n"),
    "ranges": (FETCH, b"* VANISHED (EARLIER) 1" + b",5:9" * MUCH + b"\r\n"), "garbage": (rb"^\* ", b"\xff\xfe\0 garbage\r\n"),
    "a code": (FETCH, b"* OK [X " + b"\"]\"" * MUCH + b"] x\r\n"),
}


@pytest.mark.quick
@pytest.mark.parametrize("when, instead", DEEP.values(), ids=DEEP.keys())
def test_m2_a_million_of_something_in_one_answer(lied, when, instead):
    """tests/unit/imap measures that the time grows with the bytes."""
    lied.meets(faulty.Replaces(when, instead, 5))
    waiting.until(lambda: lied.server.fault.met, "it is met", 30 * SLOW)
    lied.satchel.status()
    lied.in_the_end_equal()
