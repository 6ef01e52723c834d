#!/usr/bin/python3
"""Shows that the simulation can fail: faults written into a copy of the program, each of which it must find.

mutations.py [--seeds FROM:TO] [NAME ...]: works in build/mutations, on what is committed. Exit code 1 when one was not found.
"""

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "build" / "mutations"


@dataclass(frozen=True)
class Mutation:
    name: str
    path: str
    text: str  # stands once in the file
    fault: str
    kinds: tuple = ("plain", "qresync")


MUTATIONS = [
    Mutation("the attempted mark is dropped", "proxy/sync/push_append.cpp", "    row.state = OperationState::attempted;\n", ""),
    Mutation("a start makes nothing perhaps done", "proxy/sync/restart.cpp",
             "for (store::OperationId id : perhaps)", "if (false) for (store::OperationId id : perhaps)"),
    Mutation("a pull numbers what an append made", "proxy/sync/take_in.cpp",
             "taken = settle(tx, sighting.id, sighting.candidates);", "taken;"),
    Mutation("what vanished is not noticed", "proxy/sync/take_in.cpp",
             "if (row && row->upstream == uid) gone.push_back(local);", "(void)row;"),
    Mutation("flags that changed upstream are not taken in", "proxy/sync/take_in.cpp",
             "if (!sighting.anew) apply_changes(work, sighting);", "if (sighting.anew) apply_changes(work, sighting);",
             ("condstore", "qresync")),
    Mutation("flags of all are not read", "proxy/sync/pull.cpp",
             "if (row && row->metadata && row->upstream == one.uid) set_base", "if (!row) set_base", ("plain",)),
    Mutation("the flag merge forgets what was added", "proxy/sync/push_flags.cpp", "    base.add(kept);\n", ""),
    Mutation("the flag merge forgets what was removed", "proxy/sync/push_flags.cpp", "    base.remove(group.remove);\n", ""),
    Mutation("a move ends with its copy", "proxy/sync/bind.cpp",
             "if (operation.kind != OperationKind::move) return finish(tx, id);", "return finish(tx, id);"),
    Mutation("an expunge is told as done before it is asked", "proxy/sync/push_removal.cpp",
             "if (row && row->upstream) {", "if (row && row->upstream && !row->own) {"),
    Mutation("a commit is not made durable", "store/committer.cpp", "database->write_durable(batch.rows())",
             "database->write(batch.rows())"),
    Mutation("contents are not made durable", "store/segment_appender.cpp",
             "const auto durable = segments.make_durable();", "const Result<> durable;"),
    Mutation("a copy bears the flags of when it was asked for", "proxy/sync/transfer_job.cpp",
             "if (known.metadata) set_base(tx, operation.target, flags);", "", ("qresync",)),
]


def run(command: list, seconds: float) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=TREE, capture_output=True, text=True, timeout=seconds)


def built() -> bool:
    done = run(["cmake", "--build", "--preset", "release", "--target", "sim"], 3600)
    if done.returncode:
        print(done.stdout[-3000:])
    return done.returncode == 0


def prepare() -> None:
    TREE.mkdir(parents=True, exist_ok=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True, timeout=60)
    subprocess.run(["tar", "-x"], cwd=TREE, input=archive.stdout, check=True, timeout=60)
    run(["cmake", "--preset", "release"], 300).check_returncode()
    if not built():
        sys.exit("the tree does not build without a mutation")


def found_by(mutation: Mutation, seeds: str) -> str:
    """What the simulation says of it; empty: nothing."""
    path = TREE / mutation.path
    before = path.read_text()
    if before.count(mutation.text) != 1:
        sys.exit(f"{mutation.name}: its text stands {before.count(mutation.text)} times in {mutation.path}")
    path.write_text(before.replace(mutation.text, mutation.fault))
    try:
        if not built():
            sys.exit(f"{mutation.name}: does not build")
        for kind in mutation.kinds:
            done = run(["build/release/tests/sim/sim", seeds, kind, "--first"], 600)
            if done.returncode:
                return (done.stdout.strip().splitlines() or [f"ended with {done.returncode}"])[0]
        return ""
    finally:
        path.write_text(before)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1:2001")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    prepare()
    missed = 0
    for mutation in MUTATIONS:
        if arguments.names and mutation.name not in arguments.names:
            continue
        said = found_by(mutation, arguments.seeds)
        missed += not said
        print(f"{'found ' if said else 'MISSED'} {mutation.name}: {said[:160]}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
