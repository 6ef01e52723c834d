"""Work through the program, SIGKILL at random moments: what was acknowledged is there, and upstream gets each change once."""

import imaplib
import random
import re
import threading
from collections import Counter
from dataclasses import dataclass, field, replace

from . import compare
from .satchel import SLOW, Satchel
from .upstream import Upstream

BOXES = ["INBOX", "Archive", "Sent"]  # these stay
POOL = ["Bach", "Berg", "Wald", "Wiese"]  # these are made, renamed and deleted: names come back
FLAGS = ["\\Flagged", "\\Answered", "Kept", "Later"]
MESSAGE_KINDS = ["append"] * 4 + ["flag"] * 4 + ["copy", "move", "move", "expunge"]
MAILBOX_KINDS = ["create", "create", "rename", "delete", "subscribe"]


class Broken(AssertionError):
    """A promise was not kept; the message says the seed."""


@dataclass(frozen=True)
class World:
    """What clients see. A mailbox that was subscribed and is gone may be so or not: its name is left out of subscribed."""
    messages: dict[tuple[str, int], tuple[str, frozenset]] = field(default_factory=dict)  # (mailbox, UID): (message id, flags)
    boxes: frozenset[str] = frozenset()
    subscribed: dict[str, bool] = field(default_factory=dict)

    def agrees(self, seen: "World") -> bool:
        """But for the messages."""
        return seen.boxes == self.boxes and all(seen.subscribed[name] == wanted for name, wanted in self.subscribed.items()
                                                if name in self.boxes)


@dataclass(frozen=True)
class Unanswered:
    """What a command does that may be done or not: messages that go and, under UIDs not known yet, come; the rest of the world."""
    gone: list
    come: list
    after: World


class KillRounds:
    """One command may be unanswered when the program is killed."""

    def __init__(self, satchel: Satchel, upstream: Upstream, seed: int, done: Counter):
        self._satchel, self._upstream, self._seed = satchel, upstream, seed
        self._rng = random.Random(seed)
        self._number = 0
        self._history: list[str] = []  # what was acknowledged, in words
        self._done_so_far = done

    def prepare(self) -> None:
        self._satchel.start()
        self._satchel.add_account(self._upstream.port, ca=self._upstream.ca)
        self._satchel.sync()
        self._world = self._read()

    def round(self) -> None:
        client = self._satchel.client()
        self._unanswered = None
        timer = threading.Timer(self._rng.uniform(0.05, 1.5) * SLOW, self._satchel.process.kill)
        timer.start()
        try:
            while True:
                self._world = self._one(client)
                self._unanswered = None
                self._done_so_far["acknowledged"] += 1
                self._history.append(self._words)
        except (imaplib.IMAP4.abort, OSError, EOFError):
            pass
        finally:
            timer.cancel()
        self._satchel.kill()
        self._history.append("kill")
        self._satchel.start()
        self._check()
        self._done_so_far["rounds"] += 1

    def _one(self, client) -> World:
        """One command; the world that it leads to. self._unanswered is what it may have done when the answer is lost."""
        rng = self._rng
        kind = rng.choice(MESSAGE_KINDS + MAILBOX_KINDS)
        if kind in MAILBOX_KINDS:
            return self._mailbox(client, kind)
        if kind == "append" or not self._world.messages:
            return self._append(client, rng.choice(self._targets()))
        box, uid = rng.choice(sorted(self._world.messages))
        self._unanswered = None
        self._words = f"{kind} {box}:{uid} {self._world.messages[box, uid][0]}"
        _ok(client.select(box))
        if kind == "flag":
            return self._flag(client, box, uid)
        if kind == "expunge":
            return self._expunge(client, box, uid)
        return self._transfer(client, kind, box, uid, rng.choice([name for name in self._targets() if name != box]))

    def _targets(self) -> list[str]:
        return BOXES + [name for name in POOL if name in self._world.boxes]

    def _mailbox(self, client, kind: str) -> World:
        rng, world = self._rng, self._world
        made = [name for name in POOL if name in world.boxes]
        free = [name for name in POOL if name not in world.boxes]
        if kind == "subscribe":
            return self._subscribe(client, rng.choice(self._targets()))
        if not made or (kind == "create" and free):
            name = rng.choice(free)
            return self._mailbox_done(client.create, [name], replace(
                world, boxes=world.boxes | {name}, subscribed={**world.subscribed, name: True}))
        if kind == "rename" and free:
            old, new = rng.choice(made), rng.choice(free)
            moved = {(new if box == old else box, uid): message for (box, uid), message in world.messages.items()}
            return self._mailbox_done(client.rename, [old, new], replace(
                world, messages=moved, boxes=world.boxes - {old} | {new}, subscribed=_not_known(world, old)))
        name = rng.choice(made)
        left = {key: message for key, message in world.messages.items() if key[0] != name}
        return self._mailbox_done(client.delete, [name], replace(
            world, messages=left, boxes=world.boxes - {name}, subscribed=_not_known(world, name)))

    def _subscribe(self, client, name: str) -> World:
        wanted = not self._world.subscribed.get(name, False)
        return self._mailbox_done(client.subscribe if wanted else client.unsubscribe, [name], replace(
            self._world, subscribed={**self._world.subscribed, name: wanted}))

    def _mailbox_done(self, command, names: list[str], after: World) -> World:
        before = self._world.messages
        self._words = f"{command.__name__} {' '.join(names)}"
        self._unanswered = Unanswered([key for key in before if key not in after.messages],
                                      [(box, *message) for (box, uid), message in after.messages.items() if (box, uid) not in before], after)
        _ok(command(*names))
        return after

    def _append(self, client, box: str) -> World:
        self._number += 1
        name = f"<{self._number}.{self._seed}@kill.example.org>"
        body = f"Subject: {self._number}\r\nMessage-ID: {name}\r\n\r\n".encode() + b"text\r\n" * self._rng.randint(1, 3000)
        self._unanswered = Unanswered([], [(box, name, frozenset())], self._world)
        data = _ok(client.append(box, None, None, body))
        uid = int(re.search(rb"APPENDUID \d+ (\d+)", data[0])[1])
        self._words = f"append {box}:{uid} {name}"
        return self._with({(box, uid): (name, frozenset())})

    def _with(self, come: dict, gone=()) -> World:
        kept = {key: message for key, message in self._world.messages.items() if key not in gone}
        return replace(self._world, messages={**kept, **come})

    def _flag(self, client, box, uid) -> World:
        name, flags = self._world.messages[box, uid]
        flag = self._rng.choice(FLAGS)
        sign = "-" if flag.lower() in flags else "+"
        changed = flags - {flag.lower()} if sign == "-" else flags | {flag.lower()}
        self._unanswered = Unanswered([(box, uid)], [(box, name, changed)], self._world)
        _ok(client.uid("STORE", str(uid), f"{sign}FLAGS", f"({flag})"))
        return self._with({(box, uid): (name, changed)})

    def _expunge(self, client, box, uid) -> World:
        name, flags = self._world.messages[box, uid]
        self._unanswered = Unanswered([(box, uid)], [(box, name, flags | {"\\deleted"})], self._world)
        _ok(client.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)"))
        self._world = self._with({(box, uid): (name, flags | {"\\deleted"})})
        self._unanswered = Unanswered([(box, uid)], [], self._world)
        _ok(client.uid("EXPUNGE", str(uid)))
        return self._with({}, [(box, uid)])

    def _transfer(self, client, kind, box, uid, target) -> World:
        name, flags = self._world.messages[box, uid]
        gone = [(box, uid)] if kind == "move" else []
        self._unanswered = Unanswered(gone, [(target, name, flags)], self._world)
        self._words += f" to {target}"
        answer = client.uid(kind.upper(), str(uid), target)
        data = _ok(answer) + (client.response("COPYUID")[1] or [])
        found = next(filter(None, (re.search(rb"(?:COPYUID )?\d+ \d+ (\d+)\]?", item) for item in data if item)), None)
        if not found:
            raise Broken(f"seed {self._seed}: no COPYUID in {data}")
        return self._with({(target, int(found[1])): (name, flags)}, gone)

    def _read(self) -> World:
        client = self._satchel.client()
        everything, subscribed = compare.read_all(client), compare.subscriptions(client)
        client.logout()
        messages = {(box.decode(), seen.uid): (_message_id(seen), seen.flags) for box, mailbox in everything.items()
                    for seen in mailbox.messages}
        return World(messages, frozenset(box.decode() for box in everything), {box.decode(): box in subscribed for box in everything})

    def _check(self) -> None:
        """Every acknowledged change is there; the unanswered one is done or not done, nothing in between."""
        seen, known = self._read(), self._world
        if seen.messages != known.messages or not known.agrees(seen):
            known = self._done(seen)
        self._world = replace(known, messages=seen.messages)

    def _done(self, seen: World) -> World:
        """The world after the unanswered command, when it is the one that is seen."""
        change = self._unanswered or Unanswered([], [], self._world)
        rest = {key: value for key, value in seen.messages.items() if key not in self._world.messages or key in change.gone}
        kept = {key: value for key, value in self._world.messages.items() if key not in change.gone}
        untouched = {key: value for key, value in seen.messages.items() if key in kept}
        came = _sorted((box, name, flags) for (box, _uid), (name, flags) in rest.items())
        if untouched == kept and came == _sorted(change.come) and change.after.agrees(seen):
            return change.after
        lost = {key: (value, "is", seen.messages.get(key)) for key, value in kept.items() if seen.messages.get(key) != value}
        names = {name for name, _flags in rest.values()}
        same = {key: value for key, value in self._world.messages.items() if value[0] in names}
        raise Broken(f"seed {self._seed}: after the kill {lost} is not as acknowledged; unanswered {self._words} "
                     f"{self._unanswered and (change.gone, change.come)}, new {rest}, of which acknowledged elsewhere {same}; "
                     f"mailboxes {sorted(seen.boxes)} for {sorted(self._world.boxes)}, subscribed {seen.subscribed} for "
                     f"{self._world.subscribed}; last {self._history[-30:]}")

    def finish(self) -> None:
        """Everything goes up: both sides are equal, and no message is there more often than here."""
        self._satchel.sync(300)
        mine, theirs = self._satchel.client(), self._upstream.colleague()
        here, there = compare.read_all(mine), compare.read_all(theirs)
        different = compare.differences(here, there)
        if different:
            raise Broken(f"seed {self._seed}: {different[:10]}; last {self._history[-30:]}")
        wanted = Counter(name for name, _flags in self._world.messages.values())
        found = Counter(_message_id(seen) for mailbox in there.values() for seen in mailbox.messages)
        if wanted != found:
            raise Broken(f"seed {self._seed}: twice or lost upstream: {(found - wanted) or (wanted - found)}")
        subscribed = [{box.decode(): box in names for box in there} for names in map(compare.subscriptions, (mine, theirs))]
        if not self._world.agrees(World({}, frozenset(subscribed[1]), subscribed[1])) or subscribed[0] != subscribed[1]:
            raise Broken(f"seed {self._seed}: subscribed here and upstream {subscribed}, wanted {self._world.subscribed}; "
                         f"last {self._history[-30:]}")


def _not_known(world: World, box: str) -> dict[str, bool]:
    """Subscriptions when the mailbox is no more under that name; what was not subscribed stays so."""
    return {name: on for name, on in world.subscribed.items() if name != box or not on}


def _sorted(messages) -> list:
    return sorted((box, name, sorted(flags)) for box, name, flags in messages)


def _message_id(seen: compare.Seen) -> str:
    return re.search(rb"Message-ID: (\S+)", seen.start)[1].decode()


def _ok(answer):
    if answer[0] != "OK":
        raise Broken(f"refused: {answer}")
    return answer[1]


def run_rounds(folder, seed: int, rounds: int, kind: str, done: Counter | None = None) -> Counter:
    """Kills on a new home; done counts rounds and acknowledged commands, also when it raises Broken."""
    done = Counter() if done is None else done
    with Upstream(folder / "upstream", kind, profile="") as upstream, Satchel(folder / "satchel").init_key("file") as satchel:
        colleague = upstream.colleague()
        for box in BOXES[1:]:
            colleague.create(box)
        colleague.logout()
        kills = KillRounds(satchel, upstream, seed, done)
        kills.prepare()
        for _ in range(rounds):
            kills.round()
        kills.finish()
    return done
