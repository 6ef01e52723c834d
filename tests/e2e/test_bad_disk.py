"""Disks that are full or read-only: a clear error, and nothing that was acknowledged is lost."""

import imaplib
import os
import random
import subprocess

import pytest

from support import compare, waiting
from support.satchel import Satchel, one_sentence


def as_root(*command) -> None:
    subprocess.run(([] if os.geteuid() == 0 else ["sudo", "-n"]) + list(map(str, command)), check=True, capture_output=True, timeout=30)


@pytest.fixture
def small_disk(folder):
    """A file system of 24 MB."""
    place = folder / "disk"
    place.mkdir()
    as_root("mount", "-t", "tmpfs", "-o", "size=24m,mode=0755", "tmpfs", place)
    yield place
    as_root("umount", "--lazy", place)


def test_a_full_disk(small_disk, empty_upstream):
    """The client is told; what was acknowledged stays; it goes on when there is room again."""
    with Satchel(small_disk / "satchel") as satchel:
        satchel.init_key()
        satchel.start()
        satchel.add_account(empty_upstream.port, ca=empty_upstream.ca)
        satchel.sync()
        empty_upstream.cut()
        satchel.in_state("offline")
        client = satchel.client()
        rng, kept, answer = random.Random(1), [], None
        for number in range(100):
            body = b"Subject: %d\r\n\r\n" % number + rng.randbytes(700_000).hex().encode() + b"\r\n"
            kind, answer = client.append("INBOX", None, None, body)
            if kind != "OK":
                break
            kept.append(body)
        assert kind == "NO" and any(code in answer[0] for code in (b"[UNAVAILABLE]", b"[LIMIT]", b"[OVERQUOTA]")), answer
        assert len(kept) >= 3
        assert_holds(client, kept)
        satchel.kill()
        as_root("mount", "-o", "remount,size=96m", small_disk)
        satchel.start()
        client = satchel.client()
        assert_holds(client, kept)
        assert client.append("INBOX", None, None, b"Subject: room\r\n\r\n")[0] == "OK"
        client.logout()
        satchel.stop()


def assert_holds(client: imaplib.IMAP4, bodies: list[bytes]) -> None:
    assert client.select("INBOX", readonly=True)[1][0] == b"%d" % len(bodies)
    kind, data = client.fetch("1:*", "(BODY.PEEK[])")
    assert kind == "OK" and [item[1] for item in data if isinstance(item, tuple)] == bodies


def test_a_full_disk_that_gets_room_while_running(small_disk, empty_upstream):
    with Satchel(small_disk / "satchel") as satchel:
        satchel.init_key()
        satchel.start()
        satchel.add_account(empty_upstream.port, ca=empty_upstream.ca)
        satchel.sync()
        client = satchel.client()
        ballast = small_disk / "ballast"
        try:
            ballast.write_bytes(bytes(30_000_000))
        except OSError:
            pass
        kind, answer = client.append("INBOX", None, None, b"Subject: no room\r\n\r\n" + random.Random(2).randbytes(400_000).hex().encode())
        assert kind == "NO", answer
        ballast.unlink()
        waiting.until(lambda: append_works(satchel), "it goes on", 60, 0.5)
        satchel.sync()
        assert compare.differences(compare.read_all(satchel.client()), compare.read_all(empty_upstream.colleague())) == []
        satchel.stop()


def append_works(satchel) -> bool:
    try:
        return satchel.client().append("INBOX", None, None, b"Subject: room\r\n\r\n")[0] == "OK"
    except (imaplib.IMAP4.error, OSError):
        return False


def test_a_read_only_disk(small_disk, empty_upstream):
    with Satchel(small_disk / "satchel") as satchel:
        satchel.init_key()
        satchel.start()
        satchel.add_account(empty_upstream.port, ca=empty_upstream.ca)
        satchel.client().append("INBOX", None, None, b"Subject: kept\r\n\r\n")
        satchel.sync()
        satchel.stop()
        as_root("mount", "-o", "remount,ro", small_disk)
        assert one_sentence(satchel.run_verb("run", seconds=20))
        as_root("mount", "-o", "remount,rw", small_disk)
        satchel.start()
        assert satchel.client().select("INBOX")[1][0] == b"1"
        satchel.stop()
