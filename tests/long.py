#!/usr/bin/python3
"""What takes hours: an hour of each fuzz target and a thousand kills, in pieces. long.py [HOURS] goes on where it stopped.

The counts are added to tests/long-counts.json after each piece. Exit code 1 when anything was found.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parent
REPOSITORY = TESTS.parent
sys.path.insert(0, str(TESTS))

from support.kill_rounds import run_rounds  # noqa: E402

COUNTS = TESTS / "long-counts.json"
TARGETS = REPOSITORY / "build" / "fuzz" / "tests" / "fuzz"
PIECE, WHOLE = 300, 3600  # seconds of one target
KILLS_A_PIECE, KILLS = 20, 1000


def load() -> dict:
    empty = {"fuzz": {}, "kills": {"rounds": 0, "acknowledged": 0, "failures": 0}}
    return json.loads(COUNTS.read_text()) if COUNTS.exists() else empty


def save(counts: dict) -> None:
    COUNTS.write_text(json.dumps(counts, indent=2, sort_keys=True) + "\n")


def fuzz(target: Path) -> tuple[str, int, int, bool]:
    """One piece: name, seconds, inputs, whether it is well."""
    name = target.name.removeprefix("fuzz_")
    grown = REPOSITORY / "build" / "fuzz" / "grown" / name
    findings = REPOSITORY / "build" / "fuzz" / "findings"
    grown.mkdir(parents=True, exist_ok=True)
    findings.mkdir(parents=True, exist_ok=True)
    seeds = TESTS / "fuzz" / "corpus" / name
    start = time.monotonic()
    done = subprocess.run([target, f"-max_total_time={PIECE}", "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1",
                           f"-artifact_prefix={findings}/{name}-", grown, *([seeds] if seeds.is_dir() else [])],
                          capture_output=True, text=True, errors="replace", timeout=PIECE + 300)
    if done.returncode:
        print(f"{name}: {done.stderr[-3000:]}", flush=True)
    inputs = re.search(r"number_of_executed_units: *(\d+)", done.stderr)
    return name, int(time.monotonic() - start), int(inputs[1]) if inputs else 0, done.returncode == 0


def kill(counts: dict) -> None:
    kills = counts["kills"]
    seed = 1000 + kills["rounds"]
    kind = "plain" if kills["rounds"] // KILLS_A_PIECE % 2 else "full"
    with tempfile.TemporaryDirectory(prefix="satchel-long-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        try:
            kills["acknowledged"] += run_rounds(Path(folder), seed, KILLS_A_PIECE, kind)
        except Exception as problem:
            kills["failures"] += 1
            print(f"kills, seed {seed}, {kind}: {problem}", flush=True)
    kills["rounds"] += KILLS_A_PIECE


def main() -> int:
    deadline = time.monotonic() + 3600 * float(sys.argv[1]) if len(sys.argv) > 1 else None
    counts, well = load(), True
    targets = sorted(path for path in TARGETS.glob("fuzz_*") if os.access(path, os.X_OK) and path.is_file())

    def spent(path: Path) -> int:
        return counts["fuzz"].get(path.name.removeprefix("fuzz_"), {}).get("seconds", 0)

    while deadline is None or time.monotonic() < deadline:
        left = sorted((path for path in targets if spent(path) < WHOLE), key=spent)[:os.cpu_count()]
        if not left and counts["kills"]["rounds"] >= KILLS:
            break
        with ThreadPoolExecutor(max(1, len(left))) as pool:
            for name, seconds, inputs, good in pool.map(fuzz, left):
                entry = counts["fuzz"].setdefault(name, {"seconds": 0, "inputs": 0, "findings": 0})
                entry["seconds"] += seconds
                entry["inputs"] += inputs
                entry["findings"] += not good
                well = well and good
                print(f"fuzz {name}: {entry}", flush=True)
        before = counts["kills"]["failures"]
        if counts["kills"]["rounds"] < KILLS:
            kill(counts)
            print(f"kills: {counts['kills']}", flush=True)
        well = well and counts["kills"]["failures"] == before
        save(counts)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
