"""Mutations that a machine chooses, by a seed: a condition negated or a line left out, in the code of synchronising, of the
journal and of the replica."""

import random
import re
from dataclasses import dataclass
from pathlib import Path

# What the simulation is about; the rest of the program has tests of its own. Not undo.cpp: nobody in a world drops, retries
# or decides anything by hand.
FILES = ["proxy/sync/*.cpp", "store/journal.cpp", "store/client_actions.cpp", "store/mailbox_actions.cpp",
         "store/transaction_on_state.cpp", "store/batch.cpp", "store/load.cpp", "store/committer.cpp"]

CONDITION = re.compile(r"^(\s*(?:\} else )?if \()(?!!?co_await |auto |const )")
DECLARATION = re.compile(r"^\s*(?:const |constexpr |auto |enum |class |struct |static |using |return\b|co_return\b|[\w:<>,&* ]+[ &*]\w+(?: = |[({;]))")
STATEMENT = re.compile(r"^\s+[\w(*+-].*[)\w\]}];$")

# What makes no difference to anybody, by file and line, with the reason.
EQUIVALENT = {
    ("left out", "proxy/sync/pull.cpp", "known.reserve(mailbox.messages.size());"): "it only asks for room",
    ("left out", "proxy/sync/pull.cpp", "sighting.changes_known = true;"): "all flags are read, which are the same",
    ("left out", "proxy/sync/contents_job.cpp", "wanted.erase(found);"): "a second pair of the same message does the same",
}


def balanced(text: str) -> bool:
    depth = 0
    for c in text:
        depth += c in "({[" and 1 or c in ")}]" and -1 or 0
        if depth < 0:
            return False
    return depth == 0


def negated(line: str) -> str:
    """The line with its condition negated; empty where it has none that stands on this line alone."""
    start = CONDITION.match(line)
    if not start:
        return ""
    head, rest = start.group(1), line[len(start.group(1)):]
    depth = 1
    for at, c in enumerate(rest):
        depth += c == "(" and 1 or c == ")" and -1 or 0
        if depth == 0:
            return "" if ";" in rest[:at] else f"{head}static_cast<bool>({rest[:at]}) != MUTANT{rest[at:]}"
    return ""


def may_be_left_out(line: str) -> bool:
    tells_only = line.lstrip().startswith("work.tell(")  # the user: tests/e2e/test_attack_lies.py
    return bool(STATEMENT.match(line)) and not DECLARATION.match(line) and balanced(line) and not tells_only


def starts_anew(before: str) -> bool:
    """Whether a statement may begin on the line that follows this one."""
    return before.rstrip().endswith((";", "{", "}", ":")) or before.strip().startswith("//") or not before.strip()


@dataclass(frozen=True)
class Candidate:
    kind: str
    path: str
    number: int  # of the line, from 1
    line: str
    fault: str

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.path}:{self.number}: {self.line.strip()}"

    @property
    def reason(self) -> str:
        return EQUIVALENT.get((self.kind, self.path, self.line.strip()), "")


def candidates(root: Path) -> list:
    """All of them."""
    found = []
    for pattern in FILES:
        for path in sorted(root.glob(pattern)):
            if path.name == "undo.cpp":
                continue
            lines = path.read_text().splitlines(keepends=True)
            for number, line in enumerate(lines):
                bare = line.rstrip("\n")
                where = str(path.relative_to(root)), number + 1, bare
                if fault := negated(bare):
                    found.append(Candidate("negated", *where, fault))
                elif number and starts_anew(lines[number - 1]) and may_be_left_out(bare):
                    indent = bare[: len(bare) - len(bare.lstrip())]
                    found.append(Candidate("left out", *where, f"{indent}if (!MUTANT) {bare.lstrip()}"))
    return found


def chosen(root: Path, seed: int) -> list:
    """All candidates in the order of the seed."""
    found = candidates(root)
    random.Random(seed).shuffle(found)
    return found
