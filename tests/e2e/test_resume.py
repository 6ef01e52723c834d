"""The computer sleeps, changes its network, has a wrong date, or another password is set upstream: it goes on by itself."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from support import compare, faulty_upstream as faulty, waiting
from support.faulty_upstream import FaultyUpstream
from support.refusals import Refuses, RefusingUpstream
from support.satchel import SLOW
from support.wrong_clock import WrongClock

DATE = '"01-Feb-2023 10:11:12 +0100"'  # Dovecot keeps no date that is to come
SLEEP = 9  # seconds; longer than what counts as sleep


def letter(subject: str) -> bytes:
    return f"From: a@example.org\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\r\ntext\r\n".encode()


def count(client, subject: str, mailbox: str = "INBOX") -> int:
    assert client.select(mailbox, readonly=True)[0] == "OK"
    return len(client.search(None, "SUBJECT", subject)[1][0].split())


def sleep(satchel, meanwhile=lambda: None) -> None:
    """The process stands still for a while, and things happen meanwhile."""
    os.kill(satchel.process.pid, signal.SIGSTOP)
    until = time.monotonic() + SLEEP
    try:
        meanwhile()
        waiting.until(lambda: time.monotonic() > until, "it slept", SLEEP + 5, 0.2)
    finally:
        os.kill(satchel.process.pid, signal.SIGCONT)


def equal(satchel, upstream) -> None:
    satchel.sync()
    assert compare.differences(compare.read_all(satchel.client()), compare.read_all(upstream.colleague())) == []


class Idles(faulty.Fault):
    """Knows on which lines the program waits for news."""

    def __init__(self):
        super().__init__()
        self.lines = set()

    def sent(self, connection, data):
        if data.upper().endswith(b" IDLE\r\n"):
            self.lines.add(connection)
        else:
            self.lines.discard(connection)


class Deaf(faulty.Fault):
    """Nothing that the server says gets through any more, on the lines that heard of something."""

    def pause(self, parts):
        self.met += 1
        return 1e6


def test_lines_that_died_while_it_slept_are_not_waited_for(satchel, upstream):
    upstream.line.fault = waits = Idles()
    satchel.start()
    satchel.add_account(upstream.port, ca=upstream.ca)
    satchel.sync()
    here, colleague = satchel.client(), upstream.colleague()
    here.select("INBOX")
    waiting.until(lambda: waits.lines, "it waits for news", 10 * SLOW)
    before = upstream.line.connections

    def lose_the_lines():
        upstream.line.fault = Deaf()
        colleague.append("INBOX", None, None, letter("asleep"))
        waiting.until(lambda: upstream.line.fault.met, "a line is told, and does not pass it on", 20)
        upstream.line.fault = faulty.Fault()

    sleep(satchel, lose_the_lines)
    assert here.append("INBOX", None, None, letter("awake"))[0] == "OK"
    waiting.until(lambda: count(satchel.client(), "asleep") == 1 and count(colleague, "awake") == 1, "both sides hear of it", 15 * SLOW, 0.2)
    assert upstream.line.connections > before
    satchel.in_state("online", 5)
    # And it listens again.
    colleague.append("INBOX", None, None, letter("later"))
    waiting.until(lambda: count(satchel.client(), "later") == 1, "new mail comes in", 10 * SLOW, 0.2)
    equal(satchel, upstream)


def test_after_sleep_it_tries_at_once(satchel, upstream):
    """A login that was refused is tried again after five minutes; not so when the computer woke up."""
    satchel.start()
    satchel.add_account(upstream.port, ca=upstream.ca)
    satchel.sync()
    here = satchel.client()
    upstream.dovecot.change_password("another")
    upstream.cut()
    satchel.in_state("offline")
    upstream.mend()
    satchel.run_verb("sync")
    detail = satchel.in_state("login-refused")["detail"]
    assert "password" in detail and "another" not in detail
    assert here.append("INBOX", None, None, letter("kept"))[0] == "OK"
    assert satchel.account()["operations_pending"] == 1
    sleep(satchel, lambda: upstream.dovecot.change_password("secret"))
    satchel.in_state("online", 15)
    waiting.until(lambda: count(upstream.colleague(), "kept") == 1, "it goes up", 15 * SLOW, 0.2)
    equal(satchel, upstream)


def test_a_portal_in_the_way_after_sleep_keeps_the_queue(satchel, upstream):
    satchel.start()
    satchel.add_account(upstream.port, ca=upstream.ca)
    satchel.sync()
    here = satchel.client()
    portal = FaultyUpstream(upstream.dovecot.port, faulty.Says(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), port=upstream.port)

    def another_network():
        upstream.cut()
        portal.start()

    sleep(satchel, another_network)
    satchel.in_state("captive-portal", 20)
    assert here.append("INBOX", None, None, letter("queued"))[0] == "OK"
    assert satchel.account()["operations_pending"] == 1
    portal.stop()
    upstream.mend()
    equal(satchel, upstream)
    assert count(upstream.colleague(), "queued") == 1


def test_a_change_of_the_network(folder):
    """In a network of the test's own, so that no other program hears of the change."""
    inside = f"{__file__}::test_inside_another_network"
    command = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable, "-m", "pytest", "-q", "-x",
               "-c", "tests/pytest.ini", "--rootdir", "tests", "-p", "no:cacheprovider", inside]
    done = subprocess.run(command, env=os.environ | {"SATCHEL_OWN_NETWORK": "1"}, capture_output=True, text=True, timeout=120 * SLOW,
                          cwd=__file__.rsplit("/tests/", 1)[0])
    assert done.returncode == 0, done.stdout + done.stderr  # 5 where nothing ran


if os.environ.get("SATCHEL_OWN_NETWORK"):
    def test_inside_another_network(satchel, upstream):
        satchel.start()
        satchel.add_account(upstream.port, ca=upstream.ca)
        satchel.sync()
        upstream.dovecot.change_password("another")
        upstream.cut()
        satchel.in_state("offline")
        upstream.mend()
        satchel.run_verb("sync")
        satchel.in_state("login-refused")
        upstream.dovecot.change_password("secret")
        tried = upstream.line.connections
        subprocess.run(["ip", "address", "add", "127.0.0.9/8", "dev", "lo"], check=True, timeout=10)
        waiting.until(lambda: upstream.line.connections > tried, "it tries at once", 10 * SLOW)
        satchel.in_state("online", 15)
        # Online it goes on with fresh connections, and loses nothing.
        tried = upstream.line.connections
        subprocess.run(["ip", "address", "del", "127.0.0.9/8", "dev", "lo"], check=True, timeout=10)
        waiting.until(lambda: upstream.line.connections > tried, "a fresh connection", 10 * SLOW)
        assert satchel.in_state("online", 5)
        equal(satchel, upstream)


@pytest.fixture(params=["+10y", "-10y"])
def clocked(request, satchel, folder):
    """The program, with a clock that can be set, in step; the offset that is wrong."""
    with RefusingUpstream(folder / "upstream") as server:
        clock = WrongClock(folder)
        colleague = server.colleague()
        for number in range(3):
            colleague.append("INBOX", None, None, letter(f"m{number}"))
        satchel.start(**clock.environment)
        satchel.add_account(server.port, ca=server.ca)
        satchel.sync()
        yield satchel, server, clock, request.param
        satchel.stop()


def rescued(satchel) -> list[str]:
    return [one["subject"] for one in json.loads(satchel.verb("rescued", "list", "--json"))]


def test_ten_years_off(clocked):
    satchel, upstream, clock, wrong = clocked
    colleague = upstream.colleague()
    colleague.select("INBOX")
    colleague.store("1", "+FLAGS", "(\\Deleted)")
    colleague.expunge()
    waiting.until(lambda: rescued(satchel) == ["m0"], "it is rescued", 20 * SLOW, 0.2)
    satchel.sync()
    here = satchel.client()
    here.create("Before")
    before = compare.read_all(here)

    clock.set(wrong)
    upstream.line.fault = Refuses(rb"^\S+ APPEND ", b"NO [UNAVAILABLE] in a moment")
    # Here everything works on, with the date that the computer says.
    assert here.append("INBOX", None, DATE, letter("wrong"))[0] == "OK"
    assert here.create("Meanwhile")[0] == "OK" and here.delete("Before")[0] == "OK" and here.create("Before")[0] == "OK"
    validity = {name: compare.read_mailbox(here, name).uid_validity for name in (b"INBOX", b"Before", b"Meanwhile")}
    assert validity[b"INBOX"] == before[b"INBOX"].uid_validity
    assert before[b"Before"].uid_validity < validity[b"Before"] < 2**31 and validity[b"Meanwhile"] < 2**31
    waiting.until(lambda: upstream.line.fault.met, "it is refused", 20 * SLOW)
    upstream.cut()
    satchel.in_state("offline")
    upstream.mend()
    satchel.run_verb("sync")
    detail = satchel.in_state("certificate-problem")["detail"]
    assert "date of this computer" in detail, detail
    assert satchel.account()["operations_pending"] >= 1

    # A start under the wrong date: what is rescued stays, clients get in.
    satchel.stop()
    satchel.start(**clock.environment)
    satchel.in_state("certificate-problem")
    waiting.until(lambda: rescued(satchel) == ["m0"], "it is still there", 5)
    here = satchel.client()
    assert count(here, "wrong") == 1

    clock.set("+0")
    upstream.line.fault = faulty.Fault()
    equal(satchel, upstream)
    assert rescued(satchel) == ["m0"] and count(colleague, "wrong") == 1
    here = satchel.client()
    after = compare.read_all(here)
    del before[b"Before"]  # it was made anew
    assert {name: after[name].uid_validity for name in validity} == validity and compare.changed_uids(before, after) == []
    here.create("After")
    assert compare.read_mailbox(here, b"After").uid_validity > max(validity.values())
    here.select("INBOX")
    assert here.status("INBOX", "(HIGHESTMODSEQ)")[0] == "OK"
    # As after a day: what was looked at under the wrong date is not old now.
    satchel.stop()
    satchel.start(**clock.environment)
    equal(satchel, upstream)
    assert rescued(satchel) == ["m0"]


def test_a_pause_that_was_noted_under_another_date_is_not_waited_for(satchel, folder):
    with RefusingUpstream(folder / "upstream") as upstream:
        clock = WrongClock(folder)
        satchel.start(**clock.environment)
        satchel.add_account(upstream.port, ca=upstream.ca)
        satchel.sync()
        clock.set("+10y")
        fault = upstream.line.fault = Refuses(rb"^\S+ APPEND ", b"NO [UNAVAILABLE] in a moment", times=3)
        here = satchel.client()
        assert here.append("INBOX", None, DATE, letter("paused"))[0] == "OK"
        waiting.until(lambda: fault.met == 3, "it is refused", 30 * SLOW)
        clock.set("+0")
        colleague = upstream.colleague()
        # Nobody asks for a sync: it is looked at when anything happens.
        colleague.append("INBOX", None, None, letter("anything"))
        waiting.until(lambda: count(colleague, "paused") == 1, "it goes up", 15 * SLOW, 0.2)
        equal(satchel, upstream)
        satchel.stop()
