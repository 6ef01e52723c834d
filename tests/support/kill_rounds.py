"""Work through the program, SIGKILL at random moments: what was acknowledged is there, and upstream gets each change once."""

import imaplib
import random
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from . import compare
from .forgetful_disk import ForgetfulDisk
from .promises import Broken, message_id, ok
from .satchel import SLOW, Satchel
from .upstream import Upstream

CLIENTS = 4
BOXES = ["INBOX", "Archive", "Sent"]  # these stay, and all clients use them
POOL = ["Bach", "Berg", "Wald"]  # of each client; these are made, renamed and deleted: names come back
FLAGS = ["\\Flagged", "\\Answered", "Kept", "Later"]
MESSAGE_KINDS = ["append"] * 4 + ["flag"] * 4 + ["copy", "move", "move", "expunge"]
MAILBOX_KINDS = ["create", "create", "rename", "delete", "subscribe"]


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


class Worker:
    """One client and what it knows: messages that bear its number, and mailboxes that nobody else changes."""

    def __init__(self, number: int, seed: int, done: Counter):
        self._own, self._seed = number, seed
        self._rng = random.Random(f"{seed} {number}")
        self._count = 0
        self._history: list[str] = []  # what was acknowledged, in words
        self._done_so_far = done
        self._unanswered = None
        self._words = ""
        self._pool = [f"{name}{number}" for name in POOL]

    def owns_message(self, name: str) -> bool:
        return name.split(".")[1] == str(self._own)

    def owns_box(self, name: str) -> bool:
        return name in self._pool or (name in BOXES and BOXES.index(name) == self._own)

    def begin(self, seen: "World") -> None:
        self._world = self._part(seen)

    def work(self, client) -> None:
        """Until the program is gone."""
        self._unanswered = None
        try:
            while True:
                self._world = self._one(client)
                self._unanswered = None
                self._done_so_far["acknowledged"] += 1
                self._history.append(self._words)
        except (imaplib.IMAP4.abort, OSError, EOFError):
            self._history.append("kill")

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
        ok(client.select(box))
        if kind == "flag":
            return self._flag(client, box, uid)
        if kind == "expunge":
            return self._expunge(client, box, uid)
        return self._transfer(client, kind, box, uid, rng.choice([name for name in self._targets() if name != box]))

    def _targets(self) -> list[str]:
        return BOXES + [name for name in self._pool if name in self._world.boxes]

    def _mailbox(self, client, kind: str) -> World:
        rng, world = self._rng, self._world
        made = [name for name in self._pool if name in world.boxes]
        free = [name for name in self._pool if name not in world.boxes]
        mine = [name for name in self._targets() if self.owns_box(name)]
        if kind == "subscribe" and mine:
            return self._subscribe(client, rng.choice(mine))
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
        ok(command(*names))
        return after

    def _append(self, client, box: str) -> World:
        self._count += 1
        name = f"<{self._count}.{self._own}.{self._seed}@kill.example.org>"
        body = f"Subject: {self._count}\r\nMessage-ID: {name}\r\n\r\n".encode() + b"text\r\n" * self._rng.randint(1, 3000)
        self._unanswered = Unanswered([], [(box, name, frozenset())], self._world)
        data = ok(client.append(box, None, None, body))
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
        ok(client.uid("STORE", str(uid), f"{sign}FLAGS", f"({flag})"))
        return self._with({(box, uid): (name, changed)})

    def _expunge(self, client, box, uid) -> World:
        name, flags = self._world.messages[box, uid]
        self._unanswered = Unanswered([(box, uid)], [(box, name, flags | {"\\deleted"})], self._world)
        ok(client.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)"))
        self._world = self._with({(box, uid): (name, flags | {"\\deleted"})})
        self._unanswered = Unanswered([(box, uid)], [], self._world)
        ok(client.uid("EXPUNGE", str(uid)))
        return self._with({}, [(box, uid)])

    def _transfer(self, client, kind, box, uid, target) -> World:
        name, flags = self._world.messages[box, uid]
        gone = [(box, uid)] if kind == "move" else []
        self._unanswered = Unanswered(gone, [(target, name, flags)], self._world)
        self._words += f" to {target}"
        answer = client.uid(kind.upper(), str(uid), target)
        data = ok(answer) + (client.response("COPYUID")[1] or [])
        found = next(filter(None, (re.search(rb"(?:COPYUID )?\d+ \d+ (\d+)\]?", item) for item in data if item)), None)
        if not found:
            raise Broken(f"seed {self._seed}: no COPYUID in {data}")
        return self._with({(target, int(found[1])): (name, flags)}, gone)

    def _part(self, seen: World) -> World:
        return World({key: message for key, message in seen.messages.items() if self.owns_message(message[0])},
                     frozenset(name for name in seen.boxes if name in self._pool or name in BOXES),
                     {name: on for name, on in seen.subscribed.items() if self.owns_box(name)})

    def check(self, everything: World) -> None:
        """Every acknowledged change is there; the unanswered one is done or not done, nothing in between."""
        seen, known = self._part(everything), self._world
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

    def messages(self) -> Counter:
        return Counter(name for name, _flags in self._world.messages.values())

    def check_subscriptions(self, here: dict[str, bool], there: dict[str, bool]) -> None:
        both = [World({}, frozenset(names), names) for names in (here, there)]
        mine = [self._part(one) for one in both]
        if not self._world.agrees(mine[1]) or mine[0].subscribed != mine[1].subscribed:
            raise Broken(f"seed {self._seed}: subscribed here and upstream {mine[0].subscribed}, {mine[1].subscribed}, wanted "
                         f"{self._world.subscribed}; last {self._history[-30:]}")


class KillRounds:
    """Four clients at work, the program synchronising; of each client one command may be unanswered when it is killed."""

    def __init__(self, satchel: Satchel, upstream: Upstream, seed: int, done: Counter, disk: ForgetfulDisk | None):
        self._satchel, self._upstream, self._seed, self._disk = satchel, upstream, seed, disk
        self._rng = random.Random(seed)
        self._done_so_far = done
        self._workers = [Worker(number, seed, done) for number in range(CLIENTS)]

    def prepare(self) -> None:
        self._satchel.start()
        self._satchel.add_account(self._upstream.port, ca=self._upstream.ca)
        self._satchel.sync()
        seen = self._read()
        for worker in self._workers:
            worker.begin(seen)

    def round(self) -> None:
        shown = self._satchel.show()
        clients = [self._satchel.client(shown=shown) for _ in self._workers]
        process = self._satchel.process
        timer = threading.Timer(self._rng.uniform(0.02, 0.8) * SLOW, process.kill)
        with ThreadPoolExecutor(CLIENTS) as pool:
            timer.start()
            try:
                for done in [pool.submit(worker.work, client) for worker, client in zip(self._workers, clients)]:
                    done.result()
            finally:
                timer.cancel()
                process.kill()
        self._satchel.kill()
        if self._disk:
            self._cut()
        start_first = self._rng.choice([True, False])  # who opens the store as the kill left it
        if start_first:
            self._satchel.start()
        self._satchel.deep_doctor()
        if not start_first:
            self._satchel.start()
        seen = self._read()
        for worker in self._workers:
            worker.check(seen)
        if "was put back" in self._satchel.log():
            raise Broken(f"seed {self._seed}: a home that was only killed is taken for one that was put back")
        self._done_so_far["rounds"] += 1

    def _cut(self) -> None:
        """Every other time all that was not synced is lost, else some of it."""
        pages, names = self._disk.cut(self._rng.choice([0, self._rng.randint(1, 1 << 60)]))
        self._done_so_far["pages lost"] += pages
        self._done_so_far["names lost"] += names

    def _read(self) -> World:
        client = self._satchel.client()
        everything, subscribed = compare.read_all(client), compare.subscriptions(client)
        client.logout()
        messages = {(box.decode(), seen.uid): (message_id(seen), seen.flags) for box, mailbox in everything.items()
                    for seen in mailbox.messages}
        return World(messages, frozenset(box.decode() for box in everything), {box.decode(): box in subscribed for box in everything})

    def finish(self) -> None:
        """Everything goes up: both sides are equal, and no message is there more often than here."""
        self._satchel.sync(300)
        mine, theirs = self._satchel.client(), self._upstream.colleague()
        here, there = compare.read_all(mine), compare.read_all(theirs)
        different = compare.differences(here, there)
        if different:
            raise Broken(f"seed {self._seed}: {different[:10]}")
        wanted = sum((worker.messages() for worker in self._workers), Counter())
        found = Counter(message_id(seen) for mailbox in there.values() for seen in mailbox.messages)
        if wanted != found:
            raise Broken(f"seed {self._seed}: twice or lost upstream: {(found - wanted) or (wanted - found)}")
        subscribed = [{box.decode(): box in names for box in there} for names in map(compare.subscriptions, (mine, theirs))]
        for worker in self._workers:
            worker.check_subscriptions(*subscribed)
        self._satchel.deep_doctor()


def _not_known(world: World, box: str) -> dict[str, bool]:
    """Subscriptions when the mailbox is no more under that name; what was not subscribed stays so."""
    return {name: on for name, on in world.subscribed.items() if name != box or not on}


def _sorted(messages) -> list:
    return sorted((box, name, sorted(flags)) for box, name, flags in messages)


def run_rounds(folder, seed: int, rounds: int, kind: str, done: Counter | None = None, forgetful: bool = False) -> Counter:
    """Kills on a new home, of a disk that forgets what was not synced or of one that does not; done counts rounds and
    acknowledged commands, also when it raises Broken."""
    done = Counter() if done is None else done
    with ExitStack() as stack:
        upstream = stack.enter_context(Upstream(folder / "upstream", kind, profile=""))
        disk = stack.enter_context(ForgetfulDisk(folder / "disk")) if forgetful else None
        satchel = Satchel(folder / "satchel", home=disk.place / "home" if disk else None)
        stack.enter_context(satchel.init_key("file"))
        colleague = upstream.colleague()
        for box in BOXES[1:]:
            colleague.create(box)
        colleague.logout()
        kills = KillRounds(satchel, upstream, seed, done, disk)
        kills.prepare()
        for _ in range(rounds):
            kills.round()
        kills.finish()
    return done
