"""The simulation's worlds, in several processes: ranges of seeds for each kind of server, what went wrong, and how often each
row of the table of conflicts was met (tests/sim/README.md).

worlds.py [WORLDS] plays so many (20,000) over all kinds of server and a hundred seeds out of the ranges that were played
before (tests/long-counts.json). Exit code 1 when one went wrong that is not in tests/sim/known_red.txt, or when a row was met
too seldom. --results FILE: a line for each kind, "sim.KIND 0" or 1.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
SIM = TESTS.parent / os.environ.get("SATCHEL_BUILD", "build/release") / "tests" / "sim" / "sim"
COUNTS = TESTS / "long-counts.json"
KINDS = ["qresync", "condstore", "plain", "gmail_like", "exchange_like", "throttling", "vanishes_what_exists", "modseq_goes_back",
         "empty_list", "uid_validity_flaps", "uid_next_early", "expunge_for_another"]
WORLDS, AT_LEAST, DRAWN = 20_000, 1_000, 100
A_PIECE = 200  # worlds of one process
SECONDS = 1200  # ... at most


@dataclass
class Played:
    worlds: int = 0
    wrong: list = field(default_factory=list)  # (kind, seed, words)
    met: dict = field(default_factory=lambda: defaultdict(Counter))  # row: kinds of server
    figures: Counter = field(default_factory=Counter)

    def add(self, other):
        self.worlds += other.worlds
        self.wrong += other.wrong
        self.figures += other.figures
        for row, kinds in other.met.items():
            self.met[row] += kinds


def known_red() -> dict:
    """Seeds that are red and not mended yet, by kind: {(kind, seed): what}."""
    red = {}
    for line in (TESTS / "sim" / "known_red.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            kind, seed, words = line.split(maxsplit=2)
            red[kind, int(seed)] = words
    return red


def play(kind: str, first: int, behind: int) -> Played:
    """The seeds from `first` on, without `behind`, in one process. One that it does not survive counts as wrong."""
    played = Played()
    while first < behind:
        done = subprocess.run([SIM, f"{first}:{behind}", kind], capture_output=True, text=True, errors="replace", timeout=SECONDS)
        for seed, words in re.findall(rf"^seed (\d+) {kind}: (.*)$", done.stdout, re.MULTILINE):
            played.wrong.append((kind, int(seed), words))
        whole = re.search(r"^(\d+) worlds, .*? a second; (.*)$", done.stdout, re.MULTILINE)
        if whole:
            played.worlds += int(whole[1])
            for part in re.split(", | and ", whole[2]):
                number = re.search(r"\d+", part)
                if number:
                    played.figures[re.sub(r" *\d+ *", "", part)] += int(number[0])
            for row, count in re.findall(r"^([^\d\n]*/[^\d\n]*?) +(\d+)$", done.stdout, re.MULTILINE):
                played.met[row][kind] += int(count)
            return played
        # It gave one up, or died in one: which, is said by the last line, or found by playing one after the other.
        ended = re.search(rf"seed (\d+) {kind}: it does not end", done.stdout)
        if ended:
            at = int(ended[1])
        elif behind - first == 1:
            at = first
            played.wrong.append((kind, at, f"ends with {done.returncode}"))
        else:
            half = (first + behind) // 2
            played.add(play(kind, first, half))
            first = half
            continue
        played.worlds += at - first + 1
        first = at + 1
    return played


def play_all(pieces: list, tell=None) -> Played:
    """(kind, first, behind) each, as many at once as there are processors; `tell` hears of each as it ends."""
    played = Played()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for piece, one in zip(pieces, pool.map(lambda piece: play(*piece), pieces)):
            played.add(one)
            if tell:
                tell(piece, one)
    return played


def pieces_of(kind: str, first: int, behind: int) -> list:
    return [(kind, at, min(at + A_PIECE, behind)) for at in range(first, behind, A_PIECE)]


def recorded() -> list:
    """The ranges that were played before: (first, behind), for every kind."""
    ranges = json.loads(COUNTS.read_text()).get("worlds", {}).get("ranges", []) if COUNTS.exists() else []
    return [(one["from"], one["to"]) for one in ranges]


def drawn() -> list:
    """A hundred of the recorded seeds, others each time."""
    ranges = recorded()
    if not ranges:
        return []
    draw = random.SystemRandom()
    chosen = draw.choices(ranges, [behind - first for first, behind in ranges], k=DRAWN)
    return [(draw.choice(KINDS), seed, seed + 1) for seed in (draw.randrange(*one) for one in chosen)]


def table(met: dict) -> str:
    lines = [f"{'met':26}" + "".join(f"{kind:>{len(kind) + 2}}" for kind in KINDS)]
    for row, kinds in met.items():
        lines.append(f"{row:26}" + "".join(f"{kinds[kind]:>{len(kind) + 2}}" for kind in KINDS))
    return "\n".join(lines)


def too_seldom(met: dict, least: float) -> list:
    return [f"{row}, {kind}: {kinds[kind]} times" for row, kinds in met.items() for kind in KINDS if kinds[kind] < least]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("worlds", type=int, nargs="?", default=WORLDS)
    parser.add_argument("--results", type=Path)
    wanted = parser.parse_args()
    red = known_red()
    start = time.monotonic()
    each = max(1, wanted.worlds // len(KINDS) + 1)
    some = drawn()
    for kind, seed, _behind in some:
        print(f"drawn of what was played before: {seed} {kind}")
    pieces = [piece for kind in KINDS for piece in pieces_of(kind, 1, each + 1)] + some
    random.SystemRandom().shuffle(pieces)  # so that no kind is the last one of all
    played = play_all(pieces)
    took = time.monotonic() - start
    new = [one for one in played.wrong if one[:2] not in red]
    for kind, seed, words in sorted(set(new)):
        print(f"{kind}: {words}\n    build/release/tests/sim/sim {seed} {kind} --shrink")
    for kind, seed, words in sorted(set(played.wrong) - set(new)):
        print(f"known and red still: {seed} {kind}: {words}")
    print(f"{played.worlds} worlds, {len(set(new))} wrong, {len(set(played.wrong) - set(new))} known and red, "
          f"{played.worlds / took:.0f} a second; " + ", ".join(f"{count} {words}" for words, count in played.figures.items()))
    print(table(played.met))
    seldom = too_seldom(played.met, AT_LEAST * min(1, wanted.worlds / WORLDS))
    for words in seldom:
        print(f"met too seldom: {words}")
    if wanted.results:
        failing = {kind for kind, _seed, _words in new}
        with wanted.results.open("a") as out:
            out.writelines(f"sim.{kind} {int(kind in failing)}\n" for kind in KINDS)
            out.write(f"sim.conflicts {int(bool(seldom))}\n")
    return 1 if new or seldom else 0


if __name__ == "__main__":
    sys.exit(main())
