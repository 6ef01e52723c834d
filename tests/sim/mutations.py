#!/usr/bin/python3
"""Shows that the simulation can fail: faults written into a copy of the program, each of which it must find.

mutations.py [--seeds FROM:TO] [--machine N] [--seed S] [NAME ...]: those of mutation_list.py, and N that a machine chooses.
Works in build/mutations, on what is committed. All are built into one program, and SATCHEL_MUTANT says which is on.
build/mutations/table.md is the result. Exit code 1 when one was not found.
"""

import argparse
import io
import os
import re
import resource
import subprocess
import sys
import tarfile
from pathlib import Path

import mutation_chooser
from mutation_list import ALL_KINDS, BY_HAND

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "build" / "mutations"
MEMORY = 4 << 30  # bytes: a fault may ask for all there is
SPARE = 3  # so many candidates of the machine's for each that is wanted: some do not build, some make no difference
# Before each file with a fault in it; what is left out may leave something unused.
DECLARED = "".join(f'#pragma GCC diagnostic ignored "-W{one}"\n' for one in (
    "dangling-else", "unused-variable", "unused-but-set-variable", "unused-parameter", "unused-function")) + (
    "extern int satchel_mutant;\n")
DEFINED = """
#include <cstdlib>
extern int satchel_mutant;
int satchel_mutant = std::getenv("SATCHEL_MUTANT") ? std::atoi(std::getenv("SATCHEL_MUTANT")) : 0;
"""


def run(command: list, seconds: float, mutant: int = 0) -> subprocess.CompletedProcess:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    return subprocess.run(command, cwd=TREE, capture_output=True, text=True, timeout=seconds, preexec_fn=limited,
                          env=os.environ | {"SATCHEL_MUTANT": str(mutant)})


def put(path: Path, content: bytes, mode: int) -> None:
    """Only what differs, with a new time."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


def write(files: dict) -> None:
    for path, text in files.items():
        put(TREE / path, text.encode(), 0o644)


def committed() -> dict:
    """The code by its paths; the rest of the tree is put in place."""
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True, timeout=60).stdout
    code = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for one in tar.getmembers():
            content = tar.extractfile(one).read() if one.isfile() else b""
            if one.name.endswith(".cpp"):
                code[one.name] = content.decode()
            elif one.isfile():
                put(TREE / one.name, content, one.mode)
    return code


def by_hand(files: dict, mutant: int, one) -> None:
    if files[one.path].count(one.text) != 1:
        sys.exit(f"{one.name}: its text stands {files[one.path].count(one.text)} times in {one.path}")
    files[one.path] = files[one.path].replace(one.text, one.fault.replace("MUTANT", f"(satchel_mutant == {mutant})"))


def by_machine(files: dict, mutant: int, one) -> bool:
    lines = files[one.path].splitlines()
    if lines[one.number - 1] != one.line:
        return False  # another one stands there
    lines[one.number - 1] = one.fault.replace("MUTANT", f"(satchel_mutant == {mutant})")
    files[one.path] = "\n".join(lines) + "\n"
    return True


def mutated(source: dict, machine: list) -> tuple:
    """The files with all in them, and the mutations by their numbers."""
    files, mutants = dict(source), {}
    for number, one in enumerate(BY_HAND, 1):
        by_hand(files, number, one)
        mutants[number] = one
    for number, one in enumerate(machine, len(BY_HAND) + 1):
        if by_machine(files, number, one):
            mutants[number] = one
    for path in {one.path for one in mutants.values()}:
        files[path] = DECLARED + files[path]
    files["base/result.cpp"] += DEFINED
    return files, mutants


def wrong_lines(output: str) -> set:
    above = DECLARED.count("\n")
    return {(path, int(line) - above) for path, line in re.findall(r"\b((?:proxy|store)/[\w/]+\.cpp):(\d+):\d+: error", output)}


def build(source: dict, machine: list) -> dict:
    """Leaves out what does not build. The mutations by their numbers."""
    for _ in range(10):
        files, mutants = mutated(source, machine)
        write(files)
        done = run(["cmake", "--build", "--preset", "release", "--target", "sim", "-j2", "--", "-k", "0"], 7200)
        if done.returncode == 0:
            return mutants
        wrong = wrong_lines(done.stdout)
        rest = [one for one in machine if (one.path, one.number) not in wrong]
        if len(rest) == len(machine):
            sys.exit("\n".join(line for line in done.stdout.splitlines() if "error" in line)[:4000])
        machine = rest
    sys.exit("it does not build")


def played(number: int, kinds: tuple, seeds: str) -> str:
    """What the simulation says first; empty: nothing."""
    try:
        done = run(["build/release/tests/sim/sim", seeds, ",".join(kinds), "--first"], 1800, number)
    except subprocess.TimeoutExpired:
        return "it does not end"
    if done.returncode == 0:
        return ""
    return (done.stdout.strip().splitlines() or [f"ended with {done.returncode}"])[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1:2001")
    parser.add_argument("--machine", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    source = committed()
    write(source)
    chosen = mutation_chooser.chosen(TREE, arguments.seed)[: SPARE * arguments.machine]
    subprocess.run(["cmake", "--preset", "release"], cwd=TREE, capture_output=True, check=True, timeout=300)
    mutants = build(source, chosen)
    if wrong := played(0, ALL_KINDS, arguments.seeds):
        sys.exit(f"without any mutation: {wrong}")
    missed, left = 0, arguments.machine
    with (TREE / "table.md").open("w") as table:
        for number, one in mutants.items():
            machine = number > len(BY_HAND)
            if arguments.names and one.name not in arguments.names or machine and left == 0:
                continue
            if machine and one.reason:
                print(f"equal  {one.name}: {one.reason}", flush=True)
                continue
            left -= machine
            said = played(number, ALL_KINDS if machine else one.kinds, arguments.seeds)
            missed += not said
            print(f"{'found ' if said else 'MISSED'} {one.name}: {said[:160]}", flush=True)
            table.write(f"| {one.name} | {said[:90] or 'not found'} |\n")
            table.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
