"""Disks that are full or read-only: a clear error, and nothing that was acknowledged is lost."""

import contextlib
import imaplib
import os
import random
import re
import subprocess
import time
from pathlib import Path

import pytest

from support import compare, maildir, waiting
from support.dovecot import Dovecot
from support.fault_proxy import DOWN, FaultProxy
from support.satchel import SLOW, Satchel, one_sentence


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


def test_a_disk_that_fills_while_mail_comes(small_disk, folder):
    """What is here stays and is served, status says what is wrong, the server is not asked for the same again and again, and
    the rest comes when there is room."""
    with Dovecot(folder / "dovecot") as dovecot, FaultProxy(dovecot.tls_port) as line, Satchel(small_disk / "satchel") as satchel:
        rng = random.Random(7)
        bodies = [b"Subject: %d\r\n\r\n" % number + rng.randbytes(300_000).hex().encode() + b"\r\n" for number in range(140)]
        maildir.write(dovecot.root(), "INBOX", [maildir.Message(body) for body in bodies])
        dovecot.give_mail()
        satchel.init_key()
        satchel.start()
        satchel.add_account(line.port, ca=dovecot.ca)

        def full():
            account = satchel.account()
            return account["contents_missing"] and "cannot be stored: the disk is full" in account["detail"] and account
        account = waiting.until(full, "status says that the disk is full", 60 * SLOW, 0.5)
        assert 0 < account["contents_missing"] < 140 == account["messages"]
        done = satchel.run_verb("sync", seconds=60)
        assert done.returncode == 1 and "the disk is full" in done.stderr
        client = satchel.client()
        client.select("INBOX")
        newest = client.fetch("140", "(BODY.PEEK[])")
        assert newest[0] == "OK" and newest[1][0][1] == bodies[139]
        before, start = line.passed[DOWN], time.monotonic()
        waiting.until(lambda: time.monotonic() - start > 20, "a while passes", 25)
        assert line.passed[DOWN] - before < 30_000_000, "a few tries, not a flood"
        as_root("mount", "-o", "remount,size=192m", small_disk)
        satchel.sync(180)
        assert satchel.account()["detail"] == "Connected."
        assert compare.differences(compare.read_all(satchel.client()), compare.read_all(dovecot.client())) == []
        satchel.stop()


def append_works(satchel) -> bool:
    try:
        return satchel.client().append("INBOX", None, None, b"Subject: room\r\n\r\n")[0] == "OK"
    except (imaplib.IMAP4.error, OSError):
        return False


@contextlib.contextmanager
def read_only(disk, satchel):
    """The disk of a program that runs takes nothing more, as after an error of the disk. The kernel makes no disk read-only
    on which a file is open for writing, so those that are open are refused by strace and all others by a mount above it."""
    as_root("mount", "--bind", disk, disk)
    as_root("mount", "-o", "remount,bind,ro", disk)
    paths = [argument for path in satchel.home.rglob("*") if path.is_file() for argument in ("-P", path)]
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={WRITES}:error=EROFS", *paths, "-p", satchel.process.pid]
    tracer = subprocess.Popen(([] if os.geteuid() == 0 else ["sudo", "-n"]) + list(map(str, command)))
    try:
        waiting.until(lambda: watched(satchel.process.pid), "every thread is watched", 30)
        yield
    finally:
        as_root("kill", "-INT", tracer.pid)
        tracer.wait(30)
        as_root("umount", "--lazy", disk)  # what was opened meanwhile stays read-only


WRITES = "write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,sync_file_range,ftruncate,fallocate"


def watched(process: int) -> bool:
    threads = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/status")]
    return all(re.search(r"^TracerPid:\s*[1-9]", text, re.M) for text in threads)


@pytest.mark.parametrize("afterwards", ["started again", "runs on"])
def test_a_disk_that_becomes_read_only(small_disk, empty_upstream, afterwards):
    """The client is told, and reads on; what was acknowledged stays and goes up when the disk is well again."""
    with Satchel(small_disk / "satchel") as satchel:
        satchel.init_key()
        satchel.start()
        satchel.add_account(empty_upstream.port, ca=empty_upstream.ca)
        satchel.sync()
        empty_upstream.cut()
        satchel.in_state("offline")
        client = satchel.client()
        kept = [b"Subject: %d\r\n\r\ntext\r\n" % number for number in range(20)]
        for body in kept:
            assert client.append("INBOX", None, None, body)[0] == "OK"
        client.select("INBOX")
        assert client.store("1:5", "+FLAGS", "(\\Seen)")[0] == client.store("20", "+FLAGS", "(\\Deleted)")[0] == "OK"
        with read_only(small_disk, satchel):
            for _ in range(3):
                for refused in (client.append("INBOX", None, None, b"Subject: no\r\n\r\n"), client.store("6:9", "+FLAGS", "(\\Flagged)"),
                                client.create("New"), client.copy("1", "INBOX"), client.expunge()):
                    assert is_refused(refused), refused
                assert_holds(client, kept)
                assert client.search(None, "SEEN")[1] == [b"1 2 3 4 5"] and client.search(None, "FLAGGED")[1] == [b""]
                client.select("INBOX")
            assert_holds(satchel.client(), kept)
        if afterwards == "started again":
            satchel.kill()
            satchel.start()
        client = satchel.client()
        assert_holds(client, kept)
        assert client.search(None, "SEEN")[1] == [b"1 2 3 4 5"] and client.search(None, "FLAGGED")[1] == [b""]
        waiting.until(lambda: append_works(satchel), "it goes on", 60)
        empty_upstream.mend()
        satchel.sync()
        assert compare.differences(compare.read_all(client), compare.read_all(empty_upstream.colleague())) == []
        satchel.stop()


def is_refused(answer) -> bool:
    """NO with a code that says that it is the disk, and with words."""
    kind, (text, *_) = answer
    return kind == "NO" and text.startswith((b"[UNAVAILABLE] ", b"[LIMIT] ")) and len(text.split()) > 3


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
