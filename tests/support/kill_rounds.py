"""Work through the program, SIGKILL at random moments: what was acknowledged is there, and upstream gets each change once."""

import imaplib
import random
import re
import threading
from collections import Counter

from . import compare
from .satchel import SLOW, Satchel
from .upstream import Upstream

BOXES = ["INBOX", "Archive", "Sent"]
FLAGS = ["\\Flagged", "\\Answered", "Kept", "Later"]


class Broken(AssertionError):
    """A promise was not kept; the message says the seed."""


class KillRounds:
    """State is {(mailbox, uid): (message id, flags)}; one command may be unanswered when the program is killed."""

    def __init__(self, satchel: Satchel, upstream: Upstream, seed: int):
        self._satchel, self._upstream, self._seed = satchel, upstream, seed
        self._rng = random.Random(seed)
        self._state: dict[tuple[str, int], tuple[str, frozenset]] = {}
        self._number = 0
        self._history: list[str] = []  # what was acknowledged, in words
        self.acknowledged = 0

    def prepare(self) -> None:
        self._satchel.start()
        self._satchel.add_account(self._upstream.port, ca=self._upstream.ca)
        self._satchel.sync()

    def round(self) -> None:
        client = self._satchel.client()
        timer = threading.Timer(self._rng.uniform(0.05, 1.5) * SLOW, self._satchel.process.kill)
        timer.start()
        after = self._state
        try:
            while True:
                after = self._one(client)
                self._state = after
                self.acknowledged += 1
                self._history.append(self._words)
        except (imaplib.IMAP4.abort, OSError, EOFError):
            pass
        finally:
            timer.cancel()
        self._satchel.kill()
        self._history.append("kill")
        self._satchel.start()
        self._check()

    def _one(self, client) -> dict:
        """One command; the state that it leads to. self._unanswered is what it may have done when the answer is lost."""
        rng = self._rng
        kind = rng.choice(["append"] * 4 + ["flag"] * 4 + ["copy", "move", "move", "expunge"])
        self._words = kind
        if kind == "append" or not self._state:
            return self._append(client, rng.choice(BOXES))
        box, uid = rng.choice(sorted(self._state))
        self._unanswered = None
        self._words = f"{kind} {box}:{uid} {self._state[box, uid][0]}"
        _ok(client.select(box))
        if kind == "flag":
            return self._flag(client, box, uid)
        if kind == "expunge":
            return self._expunge(client, box, uid)
        return self._transfer(client, kind, box, uid, rng.choice([name for name in BOXES if name != box]))

    def _append(self, client, box: str) -> dict:
        self._number += 1
        name = f"<{self._number}.{self._seed}@kill.example.org>"
        body = f"Subject: {self._number}\r\nMessage-ID: {name}\r\n\r\n".encode() + b"text\r\n" * self._rng.randint(1, 3000)
        self._unanswered = ([], [(box, name, frozenset())])
        data = _ok(client.append(box, None, None, body))
        uid = int(re.search(rb"APPENDUID \d+ (\d+)", data[0])[1])
        self._words = f"append {box}:{uid} {name}"
        return {**self._state, (box, uid): (name, frozenset())}

    def _flag(self, client, box, uid) -> dict:
        name, flags = self._state[box, uid]
        flag = self._rng.choice(FLAGS)
        sign = "-" if flag.lower() in flags else "+"
        changed = flags - {flag.lower()} if sign == "-" else flags | {flag.lower()}
        self._unanswered = ([(box, uid)], [(box, name, changed)])
        _ok(client.uid("STORE", str(uid), f"{sign}FLAGS", f"({flag})"))
        return {**self._state, (box, uid): (name, changed)}

    def _expunge(self, client, box, uid) -> dict:
        name, flags = self._state[box, uid]
        self._unanswered = ([(box, uid)], [(box, name, flags | {"\\deleted"})])
        _ok(client.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)"))
        self._state = {**self._state, (box, uid): (name, flags | {"\\deleted"})}
        self._unanswered = ([(box, uid)], [])
        _ok(client.uid("EXPUNGE", str(uid)))
        return {key: value for key, value in self._state.items() if key != (box, uid)}

    def _transfer(self, client, kind, box, uid, target) -> dict:
        name, flags = self._state[box, uid]
        self._unanswered = ([(box, uid)] if kind == "move" else [], [(target, name, flags)])
        self._words += f" to {target}"
        answer = client.uid(kind.upper(), str(uid), target)
        data = _ok(answer) + (client.response("COPYUID")[1] or [])
        found = next(filter(None, (re.search(rb"(?:COPYUID )?\d+ \d+ (\d+)\]?", item) for item in data if item)), None)
        if not found:
            raise Broken(f"seed {self._seed}: no COPYUID in {data}")
        state = {key: value for key, value in self._state.items() if kind == "copy" or key != (box, uid)}
        return {**state, (target, int(found[1])): (name, flags)}

    def _read(self) -> dict:
        client = self._satchel.client()
        everything = compare.read_all(client)
        client.logout()
        return {(box, seen.uid): (re.search(rb"Message-ID: (\S+)", seen.start)[1].decode(), seen.flags)
                for box in BOXES for seen in everything[box.encode()].messages}

    def _check(self) -> None:
        """Every acknowledged change is there; the unanswered one is done or not done, nothing in between."""
        actual = self._read()
        if actual != self._state:
            gone, come = self._unanswered or ([], [])
            rest = {key: value for key, value in actual.items() if key not in self._state or key in gone}
            kept = {key: value for key, value in self._state.items() if key not in gone}
            untouched = {key: value for key, value in actual.items() if key in kept}
            done = sorted((box, name, sorted(flags)) for (box, _uid), (name, flags) in rest.items())
            if untouched != kept or done != sorted((box, name, sorted(flags)) for box, name, flags in come):
                lost = {key: (value, "is", actual.get(key)) for key, value in kept.items() if actual.get(key) != value}
                names = {name for name, _flags in rest.values()}
                same = {key: value for key, value in self._state.items() if value[0] in names}
                raise Broken(f"seed {self._seed}: after the kill {lost} is not as acknowledged; unanswered {self._unanswered}, "
                             f"new {rest}, of which acknowledged elsewhere {same}, last {self._history[-30:]}")
        self._state = actual

    def finish(self) -> None:
        """Everything goes up: both sides are equal, and no message is there more often than here."""
        self._satchel.sync(300)
        mine, theirs = self._satchel.client(), self._upstream.colleague()
        here, there = compare.read_all(mine), compare.read_all(theirs)
        different = compare.differences(here, there)
        if different:
            raise Broken(f"seed {self._seed}: {different[:10]}")
        wanted = Counter(name for name, _flags in self._state.values())
        found = Counter(re.search(rb"Message-ID: (\S+)", seen.start)[1].decode() for box in BOXES for seen in there[box.encode()].messages)
        if wanted != found:
            raise Broken(f"seed {self._seed}: twice or lost upstream: {(found - wanted) or (wanted - found)}")


def _ok(answer):
    if answer[0] != "OK":
        raise Broken(f"refused: {answer}")
    return answer[1]


def run_rounds(folder, seed: int, rounds: int, kind: str) -> int:
    """rounds kills on a new home; gives back how many commands were acknowledged. Raises Broken."""
    with Upstream(folder / "upstream", kind, profile="") as upstream, Satchel(folder / "satchel").init_key("file") as satchel:
        colleague = upstream.colleague()
        for box in BOXES[1:]:
            colleague.create(box)
        colleague.logout()
        kills = KillRounds(satchel, upstream, seed)
        kills.prepare()
        for _ in range(rounds):
            kills.round()
        kills.finish()
        return kills.acknowledged
