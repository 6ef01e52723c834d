"""The line goes dead, in every way and in both directions, during the first sync, while it idles, during a push.

However it breaks, status says so within a bounded time, nothing is lost or sent twice, and it goes on when the line is well.
All of them at once, each an account of its own.
"""

import time
from concurrent.futures import ThreadPoolExecutor

from support import compare, waiting
from support.dovecot import Dovecot
from support.fault_proxy import DOWN, UP, Fault, FaultProxy
from support.satchel import SLOW

ANSWER = 5  # seconds of silence that are waited out (by a setting), while there is a command to answer
SAID = (ANSWER + 2 * 20 + 10) * SLOW  # until status says it: the line that was silent, then one that cannot be opened
BACK = 30 * SLOW  # until both sides are in step again
FOR_EVER = 10**6


def letter(subject: str, size: int = 0) -> bytes:
    return (f"From: a@example.org\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\r\n" + "text of it\r\n" * (size // 12)).encode()


class Broken:
    """One account behind a line of its own, that breaks in one way."""

    def __init__(self, satchel, dovecot, number: int, work, how: str, way: str):
        self.satchel, self.dovecot, self.work, self.how, self.way = satchel, dovecot, work, how, way
        self.user, self.name = f"user{number}", f"account{number}"
        self.line = FaultProxy(dovecot.tls_port).start()
        self.word = f"{number}-{how}-{way}"  # in subjects

    def join(self) -> None:
        self.satchel.add_account(self.line.port, name=self.name, email=f"{self.user}@example.org", user=self.user, ca=self.dovecot.ca, check=False)
        self.shown = self.satchel.ask("account show", account=self.name)

    def gets_in_step(self) -> None:
        self.join()
        waiting.until(self._in_step, f"{self.word}: in step", 2 * BACK, 0.5)

    def client(self):
        return self.satchel.client(shown=self.shown)

    def status(self) -> dict:
        return next(one for one in self.satchel.ask("status")["accounts"] if one["name"] == self.name)

    def breaks(self, after: int) -> Fault:
        """At that byte, on the first connection that gets there."""
        fault = Fault(self.way, after, self.how)
        self.line.arm(fault)
        return fault

    def stays_broken(self) -> None:
        """From now on it breaks at the next byte of every connection."""
        self.line.arm(*(Fault(way, 0, self.how, times=FOR_EVER) for way in ((self.way,) if self.how == "hole" else (UP, DOWN))))

    def says_so(self, more: float = 0) -> float:
        start = time.monotonic()

        def said():
            account = self.status()
            assert account["state"] in ("online", "offline", "connecting"), account
            return account["state"] == "offline" and not account["in_sync"] and account["detail"]
        waiting.until(said, f"{self.word}: status says it", SAID + more, 0.5)
        return time.monotonic() - start

    def is_well(self, *subjects: str) -> float:
        """In step again; each of the subjects is on both sides once."""
        start = time.monotonic()
        self.line.arm()
        waiting.until(self._in_step, f"{self.word}: in step", BACK, 0.5)
        took = time.monotonic() - start
        here, there = compare.read_all(self.client()), compare.read_all(self.dovecot.client(self.user))
        assert compare.differences(here, there) == [], self.word
        starts = [message.start for box in there.values() for message in box.messages]
        assert {subject: sum(f"Subject: {subject}\r".encode() in start for start in starts) for subject in subjects} == {subject: 1 for subject in subjects}
        return took

    def _in_step(self) -> bool:
        try:
            self.satchel.ask("sync", account=self.name, seconds=BACK)
        except AssertionError:
            return False
        return self.status()["in_sync"]

def fill(one: Broken) -> list[str]:
    there = one.dovecot.client(one.user)
    subjects = [f"{one.word}-old{number}" for number in range(20)]
    for subject in subjects:
        assert there.append("INBOX", None, None, letter(subject, 6000))[0] == "OK"
    there.logout()
    return subjects


def during_the_first_sync(one: Broken) -> tuple[float, float]:
    subjects = fill(one)
    fault = one.breaks(40_000 if one.way == DOWN else 900)
    one.join()
    assert fault.happened.wait(60 * SLOW), one.word
    one.stays_broken()
    said = one.says_so()
    assert one.status()["messages"] <= len(subjects)
    return said, one.is_well(*subjects)


def while_it_idles(one: Broken) -> tuple[float, float]:
    """Mail that comes meanwhile is told to nobody; what a client does here is kept."""
    subjects = fill(one)
    one.gets_in_step()
    here, there = one.client(), one.dovecot.client(one.user)
    assert here.select("INBOX") == ("OK", [str(len(subjects)).encode()])
    one.stays_broken()
    assert there.append("INBOX", None, None, letter(f"{one.word}-theirs"))[0] == "OK"
    assert here.append("INBOX", None, None, letter(f"{one.word}-ours"))[0] == "OK"
    assert here.store("1", "+FLAGS", "(\\Flagged)")[0] == "OK"
    said = one.says_so()
    assert one.status()["operations_pending"] == 2
    assert any(fault.met for fault in one.line.faults)
    return said, one.is_well(*subjects, f"{one.word}-theirs", f"{one.word}-ours")


def during_a_push(one: Broken) -> tuple[float, float]:
    """In the middle of an APPEND that takes a while; upward it is cut short, downward its answer is lost."""
    subjects = fill(one)
    one.gets_in_step()
    here = one.client()
    fault = one.breaks(50_000 if one.way == UP else 120)
    assert here.append("INBOX", None, None, letter(f"{one.word}-big", 200_000))[0] == "OK"
    here.select("INBOX")
    assert here.copy("1:3", "INBOX")[0] == "OK"
    assert fault.happened.wait(60 * SLOW), one.word
    one.stays_broken()
    said = one.says_so()
    assert one.status()["operations_pending"] >= 1
    return said, one.is_well(*subjects[3:], f"{one.word}-big")


def while_nobody_asks(one: Broken) -> tuple[float, float]:
    """Nothing is to be done, and no mail comes: the look that the clock causes finds out."""
    subjects = fill(one)
    one.gets_in_step()
    one.stays_broken()
    return one.says_so(60 * SLOW), one.is_well(*subjects)


CASES = [(work, how, way) for work in (during_the_first_sync, while_it_idles, during_a_push)
         for how in ("cut", "reset", "half", "hole") for way in (UP, DOWN)] + [(while_nobody_asks, "hole", DOWN)]


def test_a_line_that_goes_dead(satchel, folder):
    with Dovecot(folder / "dovecot", users={f"user{number}": "secret" for number in range(len(CASES))}) as dovecot:
        satchel.environment |= {"SATCHEL_SYNC_ANSWER_SECONDS": str(ANSWER), "SATCHEL_SYNC_CONNECTIONS": "3"}
        satchel.start()
        lines = [Broken(satchel, dovecot, number, *case) for number, case in enumerate(CASES)]
        with ThreadPoolExecutor(len(lines)) as pool:
            results = [pool.submit(one.work, one) for one in lines]
            failed = [f"{one.work.__name__}, {one.word}: {result.exception()!r}" for one, result in zip(lines, results) if result.exception()]
        assert failed == [], "\n".join(failed)
        for one, result in zip(lines, results):
            said, back = result.result()
            print(f"{one.work.__name__}, {one.word}: said after {said:.1f} s, in step {back:.1f} s after the line was well")
        satchel.stop()
        for one in lines:
            one.line.stop()
