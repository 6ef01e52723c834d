"""At rest: nothing readable in any file, and no altered byte is ever served as mail."""

import imaplib
import json
import os
import random
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support import compare, waiting
from support.maildir import modified_utf7
from support.satchel import PASSPHRASE, SLOW, Failed, Satchel
from support.traced import Traces
from support.upstream import Upstream

FLIPS = 2000
SEED = 3


class Canaries:
    SUBJECT, BODY, ADDRESS = "zubrakeli", "worminaset", "fondolari"
    FOLDER, SEARCHED, KEYWORD, PASSWORD = "Plekturano", "quermolati", "Hisparomet", "tranukelbi-password"
    ALL = [SUBJECT, BODY, ADDRESS, FOLDER, SEARCHED, KEYWORD, PASSWORD, PASSPHRASE, "u@example.org"]


def message(number: int) -> bytes:
    filler = "\r\n".join(f"{Canaries.BODY} line {line} of {number}" for line in range(number * 7 % 60))
    return (f"From: {Canaries.ADDRESS} <{Canaries.ADDRESS}@example.net>\r\nTo: u@example.org\r\n"
            f"Subject: {Canaries.SUBJECT} {number}\r\nMessage-ID: <{number}@{Canaries.ADDRESS}.example.net>\r\n\r\n{filler}\r\n").encode()


def with_canaries(folder: Path, satchel: Satchel, count: int) -> Upstream:
    """The program in step with an upstream full of canaries, then offline with operations in its journal."""
    upstream = Upstream(folder / "upstream", profile="")
    upstream.dovecot.users = {"user": Canaries.PASSWORD}
    upstream.dovecot.configure()
    with upstream:
        colleague = upstream.colleague()
        colleague.create(Canaries.FOLDER)
        for number in range(count):
            colleague.append(Canaries.FOLDER if number % 4 == 0 else "INBOX", None, None, message(number))
        satchel.start()
        satchel.add_account(upstream.port, ca=upstream.ca, password=Canaries.PASSWORD)
        satchel.sync()
        upstream.cut()
        satchel.in_state("offline")
        client = satchel.client()
        client.select("INBOX")
        client.search(None, "TEXT", Canaries.SEARCHED)
        client.store("1:3", "+FLAGS", f"({Canaries.KEYWORD})")
        client.append(Canaries.FOLDER, None, None, message(count))
        client.create(Canaries.FOLDER + "/" + Canaries.FOLDER)
        client.create(compare.quoted(modified_utf7("Плектурано" + Canaries.FOLDER).encode()))
        client.copy("4", Canaries.FOLDER)
        client.logout()
    return upstream


def as_seen(satchel: Satchel) -> dict:
    """For each mailbox: its messages by UID, and what is told of all of them from what is kept beside."""
    client = satchel.client()
    try:
        seen = {}
        for name, mailbox in compare.read_all(client).items():
            client.select(compare.quoted(name), readonly=True)
            seen[name] = {message.uid: message for message in mailbox.messages}, told_beside(client)[1]
        return seen
    finally:
        client.logout()


def told_beside(client) -> tuple[str, list]:
    return client.uid("FETCH", "1:*", "(ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER])")


@pytest.fixture
def traced(folder):
    """A home with a key; of each of its processes it is known what they wrote to."""
    program = Satchel(folder / "satchel")
    program.traces = Traces(folder / "traces")
    program.before = program.traces.prefix
    program.environment["ASAN_OPTIONS"] += ":detect_leaks=0"  # the search for leaks cannot be traced
    with program.init_key():
        yield program


NO_MEMORY = re.compile(r"/dev/(null|tty)|/proc/self/task/\d+/comm")  # devices, and the names of its threads


def outside(satchel: Satchel) -> list[str]:
    """What its processes wrote to that is neither home nor state, nor the file that it was told to write."""
    own = satchel.home, satchel.state, satchel.recovery
    paths = [path for path in satchel.traces.written() if not any(path.is_relative_to(place) for place in own)]
    return sorted(str(path) for path in paths if not NO_MEMORY.fullmatch(str(path)))


@pytest.mark.quick
@pytest.mark.parametrize("end", ["SIGTERM", "SIGKILL"])
def test_no_canary_is_in_any_file(folder, traced, end):
    with_canaries(folder, traced, 60)
    canaries = [*Canaries.ALL, traced.show()["password"]]
    assert traced.find_canaries(canaries) == []
    traced.stop() if end == "SIGTERM" else traced.kill()
    assert traced.find_canaries(canaries) == []
    assert outside(traced) == []
    assert {traced.home / "store/database/CURRENT", traced.home / "running.json"} <= traced.traces.written(), "the trace sees what there is"
    assert [*traced.temporary.iterdir(), *traced.user_home.iterdir()] == []
    shutil.copy(__file__, traced.home / "planted")
    assert len(traced.find_canaries(Canaries.ALL)) >= len(Canaries.ALL) - 2, "the scan itself finds what is there"


def kind_of(path: Path) -> str:
    """Files of one kind look alike but for their number."""
    return "".join(letter for letter in path.name if not letter.isdigit()) or path.name


def choose(home: Path, count: int) -> list[tuple[Path, int]]:
    """Places to flip: every byte of one header of each kind of file, then anywhere, each kind alike."""
    rng = random.Random(SEED)
    kinds: dict[str, list[Path]] = {}
    for path in sorted(path for path in home.rglob("*") if path.is_file() and path.stat().st_size):
        kinds.setdefault(kind_of(path), []).append(path.relative_to(home))
    places = [(paths[0], offset) for paths in kinds.values() for offset in range(min(64, (home / paths[0]).stat().st_size))]
    while len(places) < FLIPS:
        for paths in kinds.values():
            path = rng.choice(paths)
            places.append((path, rng.randrange((home / path).stat().st_size)))
    rng.shuffle(places)
    return places[:count]


class Flipper:
    """Flips one byte in a copy of the home, starts the program on it and judges what it says."""

    def __init__(self, folder: Path, original: Path, seen: dict, journal, shown: dict):
        self._satchel = Satchel(folder)
        self._original, self._seen, self._journal, self._shown = original, seen, journal, shown
        shutil.copy(original.parent / "key-file", folder / "key-file")

    def flip(self, place: tuple[Path, int], cut: bool = False) -> str:
        """Empty if all is as it must be. cut: the file ends there instead."""
        path, offset = place
        satchel = self._satchel
        shutil.rmtree(satchel.home, ignore_errors=True)
        shutil.copytree(self._original, satchel.home)
        shutil.rmtree(satchel.state, ignore_errors=True)
        shutil.copytree(self._original.parent / "state", satchel.state)
        data = bytearray((satchel.home / path).read_bytes())
        if cut:
            del data[offset:]
        else:
            data[offset] ^= 1 << random.Random(f"{path}{offset}").randrange(8)
        (satchel.home / path).write_bytes(data)
        satchel._log.unlink(missing_ok=True)
        satchel.spawn()
        try:
            problem = self._judge(path, offset)
        except Exception as failure:  # whatever it is, it belongs to this place
            problem = f"{type(failure).__name__}: {failure}"
        finally:
            satchel.kill()
        return f"{path} byte {offset}: {problem}" if problem else ""

    def _judge(self, path: Path, offset: int) -> str:
        satchel = self._satchel
        answer = waiting.until(lambda: self._ended() or self._status(), "it answers or ends", 20 * SLOW, 0.005)
        if satchel.process.poll() is not None:
            log = satchel.log()
            clean = satchel.process.returncode == 1 and "Sanitizer" not in log and log.strip()
            return "" if clean else f"ended with {satchel.process.returncode}: {log[-1500:]}"
        journal = satchel.run_verb("journal", "list", "--json")
        if journal.returncode == 0 and json.loads(journal.stdout) != self._journal:
            return f"the journal is {journal.stdout}"
        client = imaplib.IMAP4("127.0.0.1", answer["imap"]["port"], timeout=20 * SLOW)
        try:
            client.login(self._shown["user"], self._shown["password"])
        except imaplib.IMAP4.error:
            return ""  # refused, as long as it does not serve
        missing = self._compare(client)
        client.shutdown()
        if path.suffix == ".seg" and offset >= 64 and missing > 1:
            return f"{missing} contents are gone for one damaged"
        return ""

    def _ended(self) -> bool:
        return self._satchel.process.poll() is not None

    def _status(self):
        try:
            return self._satchel.answers() and self._satchel.status()
        except Failed:
            return self._ended()  # just now

    def _compare(self, client) -> int:
        """How many different contents were not served. Raises where something else was."""
        lost = set()
        for name, (uids, beside) in self._seen.items():
            kind, data = client.select(compare.quoted(name), readonly=True)
            if kind != "OK":
                lost |= {message.digest for message in uids.values()}
                continue
            assert int(data[0]) in (len(uids), 0), f"{name!r} has {data[0]} messages, not {len(uids)}"
            if int(data[0]):
                kind, data = told_beside(client)
                assert kind == "NO" or data == beside, f"altered: {name!r}: {data}"
            for uid, message in uids.items():
                kind, data = client.uid("FETCH", str(uid), "(UID FLAGS INTERNALDATE BODY.PEEK[])")
                bodies = [compare._seen(item, after) for item, after in zip(data, data[1:] + [b""]) if isinstance(item, tuple)]
                if kind == "OK" and bodies:
                    assert bodies[0] == message, f"altered mail: {name!r} {uid}: {bodies[0]}"
                else:
                    assert kind == "NO", f"{name!r} {uid}: {kind} without the message"
                    lost.add(message.digest)
        return len(lost)


def journal_after_start(satchel: Satchel) -> list:
    """From the second start on it reads alike: what was never sent may have been, as far as a start can know."""
    satchel.stop()
    satchel.start()
    return json.loads(satchel.verb("journal", "list", "--json"))


def flip_all(folder: Path, count: int) -> None:
    with Satchel(folder / "original").init_key("file") as satchel:
        with_canaries(folder, satchel, 16)
        seen, shown, journal = as_seen(satchel), satchel.show(), journal_after_start(satchel)
        assert journal, "there are operations to lose"
        satchel.stop()
    places = choose(satchel.home, count)
    workers = [Flipper(folder / f"worker{number}", satchel.home, seen, journal, shown) for number in range(2)]
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
    with Satchel(folder / "original").init_key("file") as satchel:
        with_canaries(folder, satchel, 16)
        seen, shown, journal = as_seen(satchel), satchel.show(), journal_after_start(satchel)
        satchel.stop()
    flipper = Flipper(folder / "worker", satchel.home, seen, journal, shown)
    files = [path for path in satchel.home.rglob("*") if path.is_file() and path.stat().st_size]
    problems = [flipper.flip((path.relative_to(satchel.home), path.stat().st_size // 2), cut=True) for path in files]
    # Half of a segment is half of the mail in it.
    assert [problem for problem in problems if problem and not problem.endswith("contents are gone for one damaged")] == []


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


def test_subprocess_dumps_are_off(running):
    """A crash leaves no memory behind: no core file, and not readable by other processes of the user."""
    limits = Path(f"/proc/{running.process.pid}/limits").read_text()
    soft = next(line for line in limits.splitlines() if line.startswith("Max core file size")).split()[4]
    assert soft == "0"
