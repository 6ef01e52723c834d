#!/usr/bin/python3
"""What takes hours: an hour of each fuzz target, a thousand kills, every cut of a line, a million worlds; in pieces.

long.py [HOURS [PART...]] goes on where it stopped; parts are fuzz, kills, cuts, worlds. What was found before is tried again
first: the seeds of kills and worlds and the cuts in "open", the inputs in build/fuzz/findings. The counts in
tests/long-counts.json are saved after each piece, and the table of worlds in tests/sim/README.md is made from them. Exit code 1
when anything was found or fails still.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS))

from support import cut_rounds, worlds  # noqa: E402
from support.kill_rounds import run_rounds  # noqa: E402

COUNTS = TESTS / "long-counts.json"
WORLDS_TABLE = TESTS / "sim" / "README.md"
FUZZ = TESTS.parent / "build" / "fuzz"
PIECE, WHOLE = 300, 3600  # seconds of one target: of the clock, of the processor
KILLS_A_PIECE, KILLS = 20, 1000
KINDS = ["full", "plain", "condstore"]  # of cuts
KILLED = [*KINDS, "cyrus"]
LANES, CYCLES_A_PIECE = 64, 6  # accounts at once, cuts of each operation in each of them
WORLDS = 1_000_000
FIRST_SEED, SEEDS_A_PIECE = 2001, 100  # behind those of tests/run; of each kind of server
PARTS = {"fuzz", "kills", "cuts", "worlds"}


def load() -> dict:
    counts = {"fuzz": {}, "kills": {}, "cuts": {}, "worlds": {"ranges": []}, "open": []}
    if COUNTS.exists():
        counts |= json.loads(COUNTS.read_text())
    counts["kills"] = {"pieces": 0, "rounds": 0, "acknowledged": 0, "failures": 0} | counts["kills"]
    return counts


def save(counts: dict) -> None:
    COUNTS.write_text(json.dumps(counts, indent=2, sort_keys=True) + "\n")


@dataclass
class Ran:
    well: bool
    said: str
    processor: float  # seconds of it


def run_target(target: Path, *arguments) -> Ran:
    """What it finds lies in the folder findings, its name begins with the target's."""
    name = target.name.removeprefix("fuzz_")
    # A machine that has other work to do may take long over one input.
    command = [target, "-timeout=60", "-rss_limit_mb=1024", f"-artifact_prefix={FUZZ}/findings/{name}-", *arguments]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        alarm = threading.Timer(PIECE + 600, process.kill)
        alarm.start()
        _pid, status, used = os.wait4(process.pid, 0)
        alarm.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().decode(errors="replace")
    if process.returncode:
        print(f"{name}: {said[-3000:]}", flush=True)
    return Ran(process.returncode == 0, said, used.ru_utime + used.ru_stime)


def fuzz(target: Path) -> tuple[str, int, int, bool]:
    """One piece: name, seconds of processor, inputs, whether it is well."""
    name = target.name.removeprefix("fuzz_")
    grown, seeds = FUZZ / "grown" / name, TESTS / "fuzz" / "corpus" / name
    for folder in (grown, FUZZ / "findings"):
        folder.mkdir(parents=True, exist_ok=True)
    done = run_target(target, f"-max_total_time={PIECE}", "-print_final_stats=1", grown, *([seeds] if seeds.is_dir() else []))
    inputs = re.search(r"number_of_executed_units: *(\d+)", done.said)
    return name, int(done.processor), int(inputs[1]) if inputs else 0, done.well


@contextlib.contextmanager
def new_folder():
    with tempfile.TemporaryDirectory(prefix="satchel-long-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def kill(seed: int, kind: str) -> tuple[Counter, bool]:
    """One piece: rounds and acknowledged commands as far as it came, whether it is well."""
    done = Counter()
    with new_folder() as folder:
        try:
            run_rounds(folder, seed, KILLS_A_PIECE, kind, done, forgetful=seed % 2 == 1)
        except Exception as problem:
            print(f"kills, seed {seed}, {kind}: {problem!r}", flush=True)
            return done, False
    return done, True


def cut(kind: str, lanes: int, choose):
    """One piece of cuts, as cut_rounds.run_cuts has it; nothing where it did not run to its end."""
    with new_folder() as folder:
        try:
            rounds = cut_rounds.run_cuts(folder, kind, lanes, choose, CYCLES_A_PIECE)
        except Exception as problem:
            print(f"cuts, {kind}: {problem!r}", flush=True)
            return None
    for one, words in rounds.failed:
        print(f"cuts, {kind}, {one}: {words}", flush=True)
    return rounds


def passes(piece: dict) -> bool:
    """Whether what is open is well now."""
    if "world" in piece:
        return not worlds.play(piece["kind"], piece["world"], piece["world"] + 1).wrong
    if "seed" in piece:
        return kill(piece["seed"], piece["kind"])[1]
    one = cut_rounds.Cut(*piece["cut"])
    rounds = cut(piece["kind"], 1, lambda _lengths: {one.operation: [one]})
    return rounds is not None and not rounds.failed


def replay(counts: dict, targets: dict[str, Path]) -> bool:
    """What was found before: whether all of it is well now. A seed that passes is open no more."""
    well = True
    for path in sorted((FUZZ / "findings").glob("*-*")):
        target = targets.get(path.name.split("-")[0])
        good = target is not None and run_target(target, path).well
        print(f"finding {path.name}: {'passes' if good else 'fails' if target else 'its target is not built'}", flush=True)
        well = well and good
    for piece in list(counts["open"]):
        if passes(piece):
            counts["open"].remove(piece)
            save(counts)
    return well and not counts["open"]


def fuzz_pieces(counts: dict, targets: list[Path]) -> bool:
    """One piece of each."""
    well = True
    with ThreadPoolExecutor(max(1, len(targets))) as pool:
        for name, seconds, inputs, good in pool.map(fuzz, targets):
            entry = counts["fuzz"].setdefault(name, {"seconds": 0, "inputs": 0, "findings": 0})
            entry["seconds"] += seconds
            entry["inputs"] += inputs
            entry["findings"] += not good
            save(counts)
            print(f"fuzz {name}: {entry}", flush=True)
            well = well and good
    return well


def kill_piece(counts: dict) -> bool:
    kills = counts["kills"]
    seed, kind = 1000 + kills["pieces"], KILLED[kills["pieces"] % len(KILLED)]
    done, good = kill(seed, kind)
    kills["pieces"] += 1
    kills["rounds"] += done["rounds"]
    kills["acknowledged"] += done["acknowledged"]
    if not good:
        kills["failures"] += 1
        counts["open"].append({"seed": seed, "kind": kind})
    save(counts)
    print(f"kills: {kills}", flush=True)
    return good


def played(counts: dict, kind: str) -> int:
    """How many cuts, met or not."""
    return sum(counts["cuts"].get(kind, {"next": {}})["next"].values())


def cuts_left(counts: dict) -> list[str]:
    """The kinds of upstream with cuts to be played, those with fewest played first."""
    def left(kind: str) -> bool:
        entry = counts["cuts"].get(kind)
        return not entry or any(entry["next"].get(operation, 0) < sum(lengths) for operation, lengths in entry["lengths"].items())
    return sorted(filter(left, KINDS), key=lambda kind: played(counts, kind))


def cut_piece(counts: dict, kind: str) -> bool:
    entry = counts["cuts"].get(kind) or {"lengths": {}, "next": {}, "cuts": 0, "failures": 0, "outcomes": {}}

    def choose(lengths):
        entry["lengths"] = entry["lengths"] or lengths
        every = cut_rounds.every_cut(entry["lengths"])
        return {operation: cuts[entry["next"].get(operation, 0):] for operation, cuts in every.items()}

    rounds = cut(kind, LANES, choose)
    if rounds is None:
        return False
    for operation, lengths in entry["lengths"].items():
        entry["next"][operation] = sum(lengths) - len(rounds.queues[operation])
        outcomes = entry["outcomes"].setdefault(operation, {})
        for outcome in ("acted", "not acted", "not met"):
            outcomes[outcome] = outcomes.get(outcome, 0) + rounds.done[operation, outcome]
    entry["cuts"] += rounds.done["cuts"]
    entry["failures"] += len(rounds.failed)
    counts["open"] += [{"cut": list(astuple(one)), "kind": kind} for one, _words in rounds.failed if one]
    counts["cuts"][kind] = entry
    save(counts)
    print(f"cuts, {kind}: {entry['cuts']} of {sum(map(sum, entry['lengths'].values()))}, {entry['failures']} failures", flush=True)
    return not rounds.failed


def commit() -> str:
    """Of what is played: with a + where files differ from it."""
    def git(*arguments):
        return subprocess.run(["git", "-C", TESTS, *arguments], capture_output=True, text=True).stdout.strip()
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ":/base", ":/crypto", ":/store", ":/proxy", ":/tests/sim")
    return (git("rev-parse", "--short=10", "HEAD") or "unknown") + ("+" if changed else "")


def worlds_played(counts: dict) -> int:
    return sum(one["worlds"] for one in counts["worlds"]["ranges"])


def world_piece(counts: dict) -> bool:
    """The next seeds with each kind of server. A range of one commit grows."""
    ranges = counts["worlds"]["ranges"]
    first = ranges[-1]["to"] if ranges else FIRST_SEED
    played = worlds.play_all([(kind, first, first + SEEDS_A_PIECE) for kind in worlds.KINDS])
    if played.worlds == 0:
        return False
    if not ranges or ranges[-1]["commit"] != commit():
        ranges.append({"from": first, "to": first, "commit": commit(), "worlds": 0, "found": []})
    ranges[-1]["to"] = first + SEEDS_A_PIECE
    ranges[-1]["worlds"] += played.worlds
    for kind, seed, words in played.wrong:
        print(f"worlds: sim {seed} {kind}: {words}", flush=True)
        ranges[-1]["found"].append(f"{kind} {seed}: {words}")
        counts["open"].append({"world": seed, "kind": kind})
    save(counts)
    write_worlds(counts)
    print(f"worlds: {worlds_played(counts)} of {WORLDS}, {len(ranges[-1]['found'])} found by {ranges[-1]['commit']}", flush=True)
    return not played.wrong


def write_worlds(counts: dict) -> None:
    """The table between its marks."""
    rows = ["| seeds of each kind | commit | worlds | found |", "| --- | --- | --- | --- |"]
    for one in counts["worlds"]["ranges"]:
        found = "; ".join(one["found"]).replace("|", "&#124;") or "nothing"
        rows.append(f"| {one['from']} to {one['to'] - 1} | {one['commit']} | {one['worlds']} | {found} |")
    text = WORLDS_TABLE.read_text()
    before, _, rest = text.partition("<!-- worlds -->\n")
    _, _, after = rest.partition("<!-- end of worlds -->\n")
    if rest:
        WORLDS_TABLE.write_text(before + "<!-- worlds -->\n" + "\n".join(rows) + "\n<!-- end of worlds -->\n" + after)


def main(hours: float | None = None, parts=PARTS) -> int:
    deadline = time.monotonic() + 3600 * hours if hours is not None else None
    counts = load()
    targets = {path.name.removeprefix("fuzz_"): path for path in sorted((FUZZ / "tests" / "fuzz").glob("fuzz_*"))
               if os.access(path, os.X_OK) and path.is_file()}

    def spent(name: str) -> int:
        return counts["fuzz"].get(name, {}).get("seconds", 0)

    well = replay(counts, targets)
    while deadline is None or time.monotonic() < deadline:
        left = sorted((name for name in targets if "fuzz" in parts and spent(name) < WHOLE), key=spent)[:os.cpu_count()]
        more_kills = "kills" in parts and counts["kills"]["rounds"] < KILLS
        kinds = cuts_left(counts) if "cuts" in parts else []
        more_worlds = "worlds" in parts and worlds_played(counts) < WORLDS
        if not left and not more_kills and not kinds and not more_worlds:
            break
        well = fuzz_pieces(counts, [targets[name] for name in left]) and well
        if more_kills:
            before = counts["kills"]["rounds"]
            well = kill_piece(counts) and well
            if counts["kills"]["rounds"] == before:  # nothing runs here at all
                return 1
        if kinds:
            before = played(counts, kinds[0])
            well = cut_piece(counts, kinds[0]) and well
            if played(counts, kinds[0]) == before:
                return 1
        if more_worlds:
            before = worlds_played(counts)
            well = world_piece(counts) and well
            if worlds_played(counts) == before:
                return 1
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else None, set(sys.argv[2:]) or PARTS))
