"""An operation goes up and the line is cut after a given byte; after reconnecting it took effect once. Many accounts at once.

Each account is a lane: its client, its line, its mail upstream. All lanes play the same ten operations in turn, which leave
the mail as it was; each has a cut of its own. Bytes count from the moment when nothing was left to do: the whole dialogue of
the operation, with what is looked at before and after it.
"""

import contextlib
import imaplib
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import zip_longest

from . import compare, waiting
from .dovecot import Dovecot
from .fault_proxy import DOWN, UP, Fault, FaultProxy
from .plain_filter import NO_QRESYNC, PLAIN, PlainFilter
from .promises import Broken, message_id, ok
from .satchel import SLOW, Failed, Satchel

OPERATIONS = ["create", "unsubscribe", "subscribe", "append", "store", "copy", "move", "expunge", "rename", "delete"]
SELECTS = {"store": "INBOX", "copy": "INBOX", "move": "INBOX", "expunge": "Archive"}
HOWS = ["cut", "cut", "reset", "half"]
DATE = '"17-Nov-2024 08:00:00 +0100"'
HOLD = 0.05  # seconds that the line is slow while a client says what belongs together
SESSIONS = "service imap {\n  service_count = 1000\n}\n"  # a process for many of them: there is one for each cut

Lengths = dict[str, tuple[int, int]]  # of each operation's dialogue, bytes up and down


@dataclass(frozen=True)
class Cut:
    """The line breaks where the byte after the after-th would pass; how is a Fault's.

    again: and the next connection where the byte after so many from upstream would pass, its login among them.
    """
    operation: str
    direction: str
    after: int
    how: str = "cut"
    again: int | None = None


def letter(number: int, text: str) -> bytes:
    return f"Message-ID: <{number:06}@cut.example.org>\r\nFrom: u@example.org\r\nSubject: {text}\r\n\r\n{text}\r\n".encode()


class Lane:
    """One account. world: of each mailbox, the flags by Message-ID, as the client here wants it."""

    def __init__(self, satchel: Satchel, dovecot: Dovecot, port: int, user: str):
        self.satchel, self._dovecot, self.user = satchel, dovecot, user
        self.line = FaultProxy(port).start()
        self.there = dovecot.client(user)
        ok(self.there.create("Archive"))
        # Another client is about to expunge this one: without UIDPLUS it stands in the way of our own EXPUNGE.
        ok(self.there.append("Archive", "(\\Deleted \\Seen)", DATE, letter(0, "stays")))
        self.world = {"INBOX": {}, "Archive": {"<000000@cut.example.org>": frozenset({"\\deleted", "\\seen"})}}
        self.subscribed: set[str] = set()
        satchel.add_account(self.line.port, name=user, user=user, email=f"{user}@example.org", security="none", check=False)
        self.sync()
        self.here = satchel.client(user)
        self._number, self._uid, self._fault = 0, "", None
        self.length = (0, 0)  # bytes up and down of what was played last
        self.outcome = ""  # what upstream had done when the cut was met: "acted", "not acted"; or "not met"
        self._state = self._read(self.there)
        self._seen = None

    def sync(self) -> None:
        try:
            self.satchel.ask("sync", account=self.user)
        except Failed as failed:
            raise Broken(f"{failed}; waiting: {self.satchel.ask('journal list', account=self.user)}") from None

    def prepare(self, operation: str) -> None:
        """The client is where it will act, and nothing is left to do."""
        if self.here.state == "SELECTED":
            self.here.unselect()
        if operation in SELECTS:
            ok(self.here.select(SELECTS[operation]))
            self._uid = ok(self.here.uid("SEARCH", "HEADER", "Message-ID", f"{self._number:06}@"))[0].decode()
        self.sync()

    def arm(self, cut: Cut | None) -> None:
        self._fault = cut and Fault(cut.direction, cut.after, cut.how, everything=True)
        self.line.arm(*([self._fault] if cut else []))
        self._passed = dict(self.line.passed)

    def play(self, operation: str) -> None:
        """The client does it, and it goes up or is cut."""
        getattr(self, f"_{operation}")()
        waiting.until(self._over, f"{operation} goes up or is cut", 60 * SLOW, 0.01)
        self.length = tuple(self.line.passed[way] - self._passed[way] for way in (UP, DOWN))
        met = self._fault is not None and self._fault.happened.is_set()
        self.outcome = "not met" if not met else "acted" if self._acted() else "not acted"

    def _create(self):
        ok(self.here.create("Box"))
        self.world["Box"] = {}
        self.subscribed.add("Box")

    def _unsubscribe(self):
        ok(self.here.unsubscribe("Box"))
        self.subscribed.discard("Box")

    def _subscribe(self):
        ok(self.here.subscribe("Box"))
        self.subscribed.add("Box")

    def _append(self):
        self._number += 1
        ok(self.here.append("INBOX", "(\\Seen)", DATE, letter(self._number, "goes up")))
        self.world["INBOX"][self._name] = frozenset({"\\seen"})

    def _store(self):
        ok(self.here.uid("STORE", self._uid, "+FLAGS", "(\\Flagged Later)"))
        self.world["INBOX"][self._name] |= {"\\flagged", "later"}

    def _copy(self):
        ok(self.here.uid("COPY", self._uid, "Box"))
        self.world["Box"][self._name] = self.world["INBOX"][self._name]

    def _move(self):
        ok(self.here.uid("MOVE", self._uid, "Archive"))
        self.world["Archive"][self._name] = self.world["INBOX"].pop(self._name)

    def _expunge(self):
        self.line.delay = HOLD
        ok(self.here.uid("STORE", self._uid, "+FLAGS.SILENT", "(\\Deleted)"))
        ok(self.here.uid("EXPUNGE", self._uid))
        self.line.delay = 0
        del self.world["Archive"][self._name]

    def _rename(self):
        ok(self.here.rename("Box", "Case"))
        self.world["Case"] = self.world.pop("Box")

    def _delete(self):
        ok(self.here.delete("Case"))
        del self.world["Case"]

    @property
    def _name(self) -> str:
        return f"<{self._number:06}@cut.example.org>"

    def _over(self) -> bool:
        """The cut was met, or nothing is left to do."""
        if self._fault and self._fault.happened.wait(0.1):
            return True
        status = next(one for one in self.satchel.ask("status")["accounts"] if one["email"].startswith(self.user))
        return status["in_sync"]

    def _acted(self) -> bool:
        """Whether upstream is another than before."""
        try:
            return self._read(self.there) != self._state
        except (AssertionError, imaplib.IMAP4.error):  # the mailbox goes just now: Dovecot ends who has it open
            self.there = self._dovecot.client(self.user)
            return True

    def mend(self, cut: Cut | None) -> None:
        if cut and cut.again is not None:
            self.line.arm(Fault(DOWN, cut.again))
            with contextlib.suppress(Broken):  # that there is no login is told at once
                self.sync()
        self.line.arm()
        self.sync()

    def check(self) -> None:
        """Both sides are as the client wanted it, nothing twice, no UID another's."""
        here, there = compare.read_all(self.here), compare.read_all(self.there)
        wrong = compare.differences(here, there) + (compare.changed_uids(self._seen, here) if self._seen else [])
        self._seen = here
        self._state = self._read(self.there, there)
        messages, subscribed = self._state
        wanted = {box: Counter(inside.items()) for box, inside in self.world.items()}
        if messages != wanted:
            wrong.append(f"upstream has {messages} for {wanted}")
        ours = {name.decode() for name in compare.subscriptions(self.here)}
        for side, names in (("upstream", subscribed), ("here", ours)):
            # A mailbox that is gone may stay subscribed.
            if names & self.world.keys() != self.subscribed & self.world.keys():
                wrong.append(f"{side} {names} are subscribed for {self.subscribed}")
        if wrong:
            raise Broken("; ".join(wrong))

    @staticmethod
    def _read(client: imaplib.IMAP4, seen=None) -> tuple[dict, set]:
        seen = compare.read_all(client) if seen is None else seen
        messages = {name.decode(): Counter((message_id(one), one.flags) for one in mailbox.messages) for name, mailbox in seen.items()}
        return messages, {name.decode() for name in compare.subscriptions(client)}

    def close(self) -> None:
        self.line.stop()


class CutRounds:
    """The lanes, and what was counted: cuts, those not met, and by operation how often upstream had acted and had not.

    failed says what each lane in which something was wrong was cut by, and what was wrong; that lane plays no more.
    """

    def __init__(self, folder, kind: str, lanes: int, connections: int = 1):
        self.done: Counter = Counter()
        self.failed: list[tuple[Cut | None, str]] = []
        self.queues: dict[str, list[Cut]] = {}  # by operation: the cuts that are left to play
        self.lanes: list[Lane] = []
        self._connections = connections
        self._users = [f"u{number:02}" for number in range(lanes)]
        self._dovecot = Dovecot(folder / "upstream", users=dict.fromkeys(self._users, "secret"), more=SESSIONS)
        self._filter = None if kind == "full" else PlainFilter(self._dovecot.port, cut=PLAIN if kind == "plain" else NO_QRESYNC)
        self._satchel = Satchel(folder / "satchel").init_key("file")
        self._pool = ThreadPoolExecutor(lanes)

    def __enter__(self) -> "CutRounds":
        try:
            self._start()
        except BaseException as problem:  # nothing that was started stays
            self.__exit__(type(problem))
            raise
        return self

    def _start(self) -> None:
        self._dovecot.start()
        if self._filter:
            self._filter.start()
        self._satchel.start(SATCHEL_SYNC_CONNECTIONS=str(self._connections))
        port = self._filter.port if self._filter else self._dovecot.port
        self.lanes = list(self._pool.map(lambda user: Lane(self._satchel, self._dovecot, port, user), self._users))

    def __exit__(self, kind, *_nothing) -> None:
        try:
            self._satchel.__exit__(kind)
        finally:
            self._pool.shutdown()
            for lane in self.lanes:
                lane.close()
            if self._filter:
                self._filter.stop()
            self._dovecot.end()

    def measure(self, of=max) -> Lengths:
        """One cycle without a cut; of the lanes' lengths the longest, or the shortest: now and then one looks once more."""
        lengths = {}
        for operation in OPERATIONS:
            self._step(operation, [])
            if self.failed:
                raise Broken(f"{operation} without a cut: {self.failed[0][1]}")
            found = [lane.length for lane in self.lanes]
            lengths[operation] = tuple(of(one[way] for one in found) for way in (0, 1))
        return lengths

    def cycle(self) -> None:
        """Each operation once in every lane; each lane takes a cut from the operation's queue, as far as there are."""
        for operation in OPERATIONS:
            queue = self.queues.get(operation, [])
            taken, self.queues[operation] = queue[:len(self.lanes)], queue[len(self.lanes):]
            self._step(operation, taken)

    def _step(self, operation: str, cuts: list[Cut]) -> None:
        pairs = list(zip_longest(self.lanes, cuts))
        pairs = self._each(pairs, lambda lane, _cut: lane.prepare(operation))
        for lane, cut in pairs:
            lane.arm(cut)
        pairs = self._each(pairs, lambda lane, _cut: lane.play(operation))
        for lane, cut in pairs:
            if cut:
                self._count(cut, lane.outcome)
        pairs = self._each(pairs, lambda lane, cut: lane.mend(cut))
        self.lanes = [lane for lane, _cut in self._each(pairs, lambda lane, _cut: lane.check())]

    def _count(self, cut: Cut, outcome: str) -> None:
        self.done[cut.operation, outcome] += 1
        self.done["cuts"] += outcome != "not met"

    def _each(self, pairs: list, work) -> list:
        """In all lanes at once; gives back those in which nothing was wrong."""
        def one(pair) -> bool:
            lane, cut = pair
            try:
                work(lane, cut)
                return True
            except (AssertionError, OSError, imaplib.IMAP4.error) as problem:
                self.failed.append((cut, f"{lane.user}: {problem}"))
                lane.close()
                return False
        return [pair for pair, well in zip(pairs, list(self._pool.map(one, pairs))) if well]


def every_cut(lengths: Lengths) -> dict[str, list[Cut]]:
    return {operation: [Cut(operation, way, after) for way, length in zip((UP, DOWN), both) for after in range(length)]
            for operation, both in lengths.items()}


def sample(lengths: Lengths, each: int, rng: random.Random) -> dict[str, list[Cut]]:
    """So many of each operation, in all the ways in which a line ends; a third of them break the next connection too."""
    def varied(cut: Cut) -> Cut:
        return replace(cut, how=rng.choice(HOWS), again=rng.choice([None, None, rng.randrange(3000)]))
    return {operation: [varied(cut) for cut in rng.sample(cuts, each)] for operation, cuts in every_cut(lengths).items()}


def run_cuts(folder, kind: str, lanes: int, choose, cycles: int = 1, connections: int = 1, of=max) -> CutRounds:
    """On a new home, in so many cycles at most; choose gives the queues of cuts by the lengths of the dialogues."""
    with CutRounds(folder, kind, lanes, connections) as rounds:
        rounds.queues = choose(rounds.measure(of))
        while cycles > 0 and rounds.lanes and any(rounds.queues.values()):
            rounds.cycle()
            cycles -= 1
    return rounds


def check_sample(folder, kind: str, seed: int, connections: int = 1) -> None:
    """As many cuts of each operation as there are lanes, chosen by the seed."""
    lanes = 16
    rounds = run_cuts(folder, kind, lanes, lambda lengths: sample(lengths, lanes, random.Random(seed)), 1, connections, min)
    assert rounds.failed == []
    assert rounds.done["cuts"] > 0.9 * lanes * len(OPERATIONS), rounds.done
    for outcome in ("acted", "not acted"):
        assert sum(rounds.done[operation, outcome] for operation in OPERATIONS) > 0.1 * rounds.done["cuts"], rounds.done
