"""At rest: no altered byte is ever served as mail, and one that is damaged takes nothing else with it."""

import imaplib
import json
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support import compare, waiting
from support.canaries import message, with_canaries
from support.satchel import SLOW, Failed, Satchel

FLIPS = 2000
SEED = 3
HEADER = 64  # bytes of each sealed file, in clear


def as_seen(satchel: Satchel) -> dict:
    """For each mailbox: its messages by UID, and what is told of all of them from what is kept beside."""
    client = satchel.client()
    try:
        seen = {}
        for name, mailbox in compare.read_all(client).items():
            client.select(compare.quoted(name), readonly=True)
            seen[name] = {one.uid: one for one in mailbox.messages}, told_beside(client)[1]
        return seen
    finally:
        client.logout()


def told_beside(client) -> tuple[str, list]:
    return client.uid("FETCH", "1:*", "(ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER])")


def kind_of(path: Path) -> str:
    """Files of one kind look alike but for their number."""
    return "".join(letter for letter in path.name if not letter.isdigit()) or path.name


def choose(home: Path, count: int) -> list[tuple[Path, int]]:
    """Places to flip: every byte of one header of each kind of file, then anywhere, each kind alike."""
    rng = random.Random(SEED)
    kinds: dict[str, list[Path]] = {}
    for path in sorted(path for path in home.rglob("*") if path.is_file() and path.stat().st_size):
        kinds.setdefault(kind_of(path), []).append(path.relative_to(home))
    places = [(paths[0], offset) for paths in kinds.values() for offset in range(min(HEADER, (home / paths[0]).stat().st_size))]
    while len(places) < FLIPS:
        for paths in kinds.values():
            path = rng.choice(paths)
            places.append((path, rng.randrange((home / path).stat().st_size)))
    rng.shuffle(places)
    return places[:count]


@dataclass(frozen=True)
class Truth:
    """What is told of an undamaged home, and which contents lie in which of its segments."""
    home: Path
    seen: dict
    journal: list
    shown: dict
    contents: dict = field(default_factory=dict)

    def restored(self, satchel: Satchel) -> None:
        for source, place in ((self.home, satchel.home), (self.home.parent / "state", satchel.state)):
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(source, place)
        shutil.copy(self.home.parent / "key-file", satchel.folder)
        satchel._log.unlink(missing_ok=True)


def in_segments(place: Path) -> bool:
    return place.suffix == ".seg"


class Damaged:
    """Does something to a copy of the home, starts the program on it and judges what it says."""

    def __init__(self, folder: Path, truth: Truth):
        self._satchel = Satchel(folder)
        self._truth = truth

    def flip(self, place: tuple[Path, int]) -> str:
        """Empty if all is as it must be."""
        path, offset = place
        may_lose = len(self._all()) if not in_segments(path) else 1 if offset >= HEADER else len(self._truth.contents[path])
        return self._after(path, lambda data: data[:offset] + bytes([data[offset] ^ bit_of(place)]) + data[offset + 1:],
                           f"byte {offset}", may_lose)

    def cut(self, path: Path) -> str:
        return self._after(path, lambda data: data[:len(data) // 2], "cut", len(self._all()))

    def lost_without(self, path: Path) -> set[str]:
        """The contents that are gone with a segment."""
        self._truth.restored(self._satchel)
        (self._satchel.home / path).unlink()
        self._satchel.start()
        try:
            return self._lost(self._login(self._satchel.status()), True)
        finally:
            self._satchel.kill()

    def _all(self) -> set[str]:
        return {known.digest for uids, _beside in self._truth.seen.values() for known in uids.values()}

    def _after(self, path: Path, damage, what: str, may_lose: int) -> str:
        satchel = self._satchel
        self._truth.restored(satchel)
        (satchel.home / path).write_bytes(damage((satchel.home / path).read_bytes()))
        satchel.spawn()
        try:
            lost = self._judge(in_segments(path))
            problem = f"{len(lost)} contents are gone" if len(lost) > may_lose else ""
            if in_segments(path) and not lost <= self._truth.contents[path]:
                problem = "a content of another segment is gone"
        except Exception as failure:  # whatever it is, it belongs to this place
            problem = f"{type(failure).__name__}: {failure}"
        finally:
            satchel.kill()
        return f"{path} {what}: {problem}" if problem else ""

    def _judge(self, contents_only: bool) -> set[str]:
        """The contents that are not served: if it runs, journal and logins are whole. contents_only: nothing else may be refused."""
        satchel = self._satchel
        answer = waiting.until(lambda: self._ended() or self._status(), "it answers or ends", 20 * SLOW, 0.005)
        if satchel.process.poll() is not None:
            log = satchel.log()
            clean = satchel.process.returncode == 1 and "Sanitizer" not in log and log.strip() and not contents_only
            assert clean, f"ended with {satchel.process.returncode}: {log[-1500:]}"
            return set()
        journal = json.loads(satchel.verb("journal", "list", "--json"))
        assert journal == self._truth.journal, journal
        return self._lost(self._login(answer), contents_only)

    def _ended(self) -> bool:
        return self._satchel.process.poll() is not None

    def _status(self):
        try:
            return self._satchel.answers() and self._satchel.status()
        except Failed:
            return self._ended()  # just now

    def _login(self, status: dict) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", status["imap"]["port"], timeout=20 * SLOW)
        client.login(self._truth.shown["user"], self._truth.shown["password"])
        return client

    def _lost(self, client: imaplib.IMAP4, contents_only: bool) -> set[str]:
        """Which contents were not served. Raises where something else was."""
        lost = set()
        for name, (uids, beside) in self._truth.seen.items():
            kind, data = client.select(compare.quoted(name), readonly=True)
            if kind != "OK" and not contents_only:
                lost |= {known.digest for known in uids.values()}
                continue
            counts = {len(uids)} if contents_only else {len(uids), 0}
            assert kind == "OK" and int(data[0]) in counts, f"{name!r} has {data}, not {counts}"
            if int(data[0]):
                kind, data = told_beside(client)
                assert kind == "NO" and not contents_only or kind == "OK" and data == beside, f"altered: {name!r}: {kind} {data}"
            for uid, known in uids.items():
                kind, data = client.uid("FETCH", str(uid), "(UID FLAGS INTERNALDATE BODY.PEEK[])")
                bodies = [compare._seen(item, after) for item, after in zip(data, data[1:] + [b""]) if isinstance(item, tuple)]
                if kind == "OK" and bodies:
                    assert bodies[0] == known, f"altered mail: {name!r} {uid}: {bodies[0]}"
                else:
                    assert kind == "NO", f"{name!r} {uid}: {kind} without the message"
                    lost.add(known.digest)
        client.shutdown()
        return lost


def bit_of(place: tuple[Path, int]) -> int:
    return 1 << random.Random(f"{place[0]}{place[1]}").randrange(8)


def started_again(satchel: Satchel) -> imaplib.IMAP4:
    satchel.stop()
    satchel.start()
    return satchel.client()


def undamaged(folder: Path) -> Truth:
    """A stopped home full of canaries, in three segments: each start begins one."""
    with Satchel(folder / "original").init_key("file") as satchel:
        with_canaries(folder, satchel, 16)
        for number in (17, 18):
            assert started_again(satchel).append("INBOX", None, None, message(number))[0] == "OK"
        # From its second start on an operation reads alike: what was never sent may have been, as far as a start can know.
        started_again(satchel).logout()
        truth = Truth(satchel.home, as_seen(satchel), json.loads(satchel.verb("journal", "list", "--json")), satchel.show())
        assert truth.journal, "there are operations to lose"
        satchel.stop()
    without = Damaged(folder / "without", truth)
    for segment in sorted(truth.home.rglob("*.seg")):
        path = segment.relative_to(truth.home)
        truth.contents[path] = without.lost_without(path)
    held = [digest for digests in truth.contents.values() for digest in digests]
    assert len(truth.contents) > 1 and sorted(held) == sorted(without._all()), "each content lies in one segment"
    return truth


def flip_all(folder: Path, count: int) -> None:
    truth = undamaged(folder)
    places = choose(truth.home, count)
    workers = [Damaged(folder / f"worker{number}", truth) for number in range(2)]
    with ThreadPoolExecutor(len(workers)) as pool:
        shares = pool.map(lambda number: [workers[number].flip(place) for place in places[number::len(workers)]], range(len(workers)))
        problems = [problem for share in shares for problem in share if problem]
    assert problems == [], f"{len(problems)} of {len(places)}"


def test_two_thousand_flipped_bytes(folder):
    flip_all(folder, FLIPS)


@pytest.mark.quick
def test_some_flipped_bytes(folder):
    flip_all(folder, 60)


def test_a_cut_file_is_said(folder):
    """Each file cut to half: a clear error or right answers."""
    truth = undamaged(folder)
    damaged = Damaged(folder / "worker", truth)
    files = [path.relative_to(truth.home) for path in truth.home.rglob("*") if path.is_file() and path.stat().st_size]
    assert [problem for problem in map(damaged.cut, files) if problem] == []


def test_deep_doctor_finds_a_flipped_byte(folder, satchel):
    with_canaries(folder, satchel, 16)
    satchel.stop()
    assert satchel.run_verb("doctor", "--deep").returncode == 0
    segment = max(satchel.home.rglob("*.seg"), key=lambda path: path.stat().st_size)
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    done = satchel.run_verb("doctor", "--deep")
    assert done.returncode == 1 and segment.name in done.stdout + done.stderr, done.stdout + done.stderr
