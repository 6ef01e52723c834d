"""Messages and sets of UIDs that are huge: memory stays bounded, and the cost grows with what is there."""

import hashlib
import random
import re
import time

import pytest

from support import compare, faulty_upstream as faulty, maildir
from support.lied_to import MEMORY
from support.satchel import SLOW

LARGE = 150_000_000


def large_message(seed: int) -> bytes:
    """With lines that cannot be packed, and a word at its very end."""
    rng = random.Random(seed)
    head = f"Subject: large {seed}\r\nMessage-ID: <{seed}@example.org>\r\nContent-Type: text/plain\r\n\r\n".encode()
    line = rng.randbytes(38_000_000).hex().encode()
    lines = [line[at:at + 76] for at in range(0, len(line), 76)]
    body = b"\r\n".join(lines)
    return head + body * 2 + b"\r\nwordattheend\r\n"


def digest_of(client, number: str) -> tuple[str, int]:
    kind, data = client.fetch(number, "(BODY.PEEK[])")
    assert kind == "OK"
    return hashlib.sha256(data[0][1]).hexdigest(), len(data[0][1])


def test_a_message_of_150_mb_comes_and_is_served(satchel, empty_upstream):
    message = large_message(1)
    assert len(message) > LARGE
    maildir.write(empty_upstream.dovecot.root(), "INBOX", [maildir.Message(message)])
    empty_upstream.dovecot.give_mail()
    satchel.start()
    start = time.monotonic()
    satchel.add_account(empty_upstream.port, ca=empty_upstream.ca)
    satchel.sync(300)
    came = time.monotonic() - start
    client = satchel.client(timeout=300)
    assert client.select("INBOX")[1] == [b"1"]
    assert digest_of(client, "1") == (hashlib.sha256(message).hexdigest(), len(message))
    assert b"Subject: large 1" in client.fetch("1", "(BODY.PEEK[HEADER])")[1][0][1]
    assert client.fetch("1", f"(BODY.PEEK[]<{len(message) - 16}.100>)")[1][0][1] == message[-16:]
    assert client.search(None, "TEXT", "wordattheend")[1] == [b"1"]
    assert client.fetch("1", "(RFC822.SIZE BODYSTRUCTURE)")[0] == "OK"
    assert satchel.peak_memory() < MEMORY, satchel.peak_memory()
    print(f"{came:.1f} s to come; peak {satchel.peak_memory() / 1e6:.0f} MB")


def test_a_message_of_150_mb_goes_up(satchel, empty_upstream):
    """Appended while there is no network, and sent after it: once, byte for byte."""
    message = large_message(2)
    satchel.start()
    satchel.add_account(empty_upstream.port, ca=empty_upstream.ca)
    satchel.sync()
    empty_upstream.cut()
    satchel.in_state("offline")
    client = satchel.client(timeout=300)
    assert client.append("INBOX", "\\Seen", None, message)[0] == "OK"
    client.create("Copies")
    client.select("INBOX")
    assert client.copy("1", "Copies")[0] == "OK"
    empty_upstream.mend()
    satchel.sync(300)
    colleague = empty_upstream.colleague()
    wanted = (hashlib.sha256(message).hexdigest(), len(message))
    for box in ("INBOX", "Copies"):
        assert colleague.select(box)[1] == [b"1"] and digest_of(colleague, "1") == wanted
    assert satchel.peak_memory() < MEMORY, satchel.peak_memory()
    print(f"peak {satchel.peak_memory() / 1e6:.0f} MB")


# Sets of UIDs (M7 of THREATS.md has those of COPYUID and APPENDUID)

VANISHED = {"all": b"1:4294967295", "all, falling": b"4294967295:1", "many times": b"1:4294967295" + b",1:4294967295" * 100_000,
            "every other one": b",".join(b"%d" % uid for uid in range(1, 1_000_000, 2)), "far ones": b"2000000000:4294967295"}


@pytest.mark.quick
@pytest.mark.parametrize("vanished", VANISHED.values(), ids=VANISHED.keys())
@pytest.mark.parametrize("earlier", [b"(EARLIER) ", b""], ids=["asked for", "by the way"])
def test_m7_a_vanished_of_everything(lied, earlier, vanished):
    """What was there is there; it takes no longer than the bytes do."""
    lied.meets(faulty.Fault(), check=True)
    lied.satchel.sync()
    before = compare.read_all(lied.satchel.client())
    lied.server.fault = faulty.Replaces(rb"^(?!\* )\S+ OK", lambda whole: b"* VANISHED " + earlier + vanished + b"\r\n" + whole, 60)
    lied.server.cut()
    lied.upstream.colleague().append("INBOX", None, None, b"Subject: new\r\n\r\n")  # so that there is a change to ask for
    start = time.monotonic()
    lied.satchel.run_verb("sync", seconds=60)
    assert lied.server.fault.met and time.monotonic() - start < 30 * SLOW
    lied.server.cut()
    lied.in_the_end_equal()
    assert compare.changed_uids(before, compare.read_all(lied.satchel.client())) == []


@pytest.mark.quick
@pytest.mark.parametrize("said", [b" ALL 1:4294967295", b" ALL 4294967295:1", b" ALL 1:4294967295,5", b" ALL 1:200000000", b" COUNT 4294967295 ALL 1"],
                         ids=["all", "all, falling", "all and one", "many", "one of all"])
def test_m7_a_search_that_finds_everything(lied, said):
    lied.meets(faulty.Replaces(rb"^\* ESEARCH", lambda whole: re.sub(rb" ALL [\d:,]+", said, whole), 20), check=True)
    lied.satchel.run_verb("sync", seconds=60)
    assert lied.server.fault.met
    lied.server.cut()
    lied.in_the_end_equal()
