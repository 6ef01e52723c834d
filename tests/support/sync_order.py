"""From a trace: whether what a client was told had been synced before."""

import bisect
import itertools
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

CALLS = "openat,write,pwrite64,writev,fsync,fdatasync,recvmsg,sendmsg,sendto,recvfrom"
BEGUN = re.compile(r"^(\d+) +(\w+)\((.*)$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$")
UNFINISHED = " <unfinished ...>"
FILE = re.compile(r"^\d+<(/[^>]*)>")
MADE = re.compile(r"O_CREAT.*= \d+<(/[^>]*)>")
COMMAND = re.compile(r'"([A-P]{4}\d+) ((?:UID )?[A-Z]+)', re.I)
ANSWER = re.compile(r'(?:"|\\n)([A-P]{4}\d+) OK\b')
CHANGES = {"APPEND", "STORE", "UID STORE", "COPY", "UID COPY", "MOVE", "UID MOVE", "EXPUNGE", "UID EXPUNGE", "CREATE", "RENAME",
           "DELETE", "SUBSCRIBE", "UNSUBSCRIBE"}


@dataclass(frozen=True)
class Call:
    """begin and end are lines of the trace: what ended before another began happened before it."""
    name: str
    begin: int
    end: int
    text: str  # arguments and result

    def failed(self) -> bool:
        return re.search(r"= -1 E\w+", self.text) is not None


def calls_in(trace: str) -> list[Call]:
    calls, open_ones = [], {}
    for line, text in enumerate(trace.splitlines()):
        if begun := BEGUN.match(text):
            process, name, rest = begun.groups()
            if rest.endswith(UNFINISHED):
                open_ones[process] = (name, line, rest.removesuffix(UNFINISHED))
            else:
                calls.append(Call(name, line, line, rest))
        elif (resumed := RESUMED.match(text)) and resumed[1] in open_ones:
            name, begin, start = open_ones.pop(resumed[1])
            calls.append(Call(name, begin, line, start + resumed[3]))
    return sorted(calls, key=lambda call: call.begin)


@dataclass(frozen=True)
class On:
    """A call on a file."""
    path: Path
    begin: int
    end: int


class Order:
    """Of one trace with CALLS."""

    def __init__(self, trace: str, store: Path):
        self.writes, self.syncs, self.made = [], [], []
        self.asked: dict[str, tuple[int, str]] = {}  # tag: (line, command)
        self.told: list[tuple[int, str]] = []  # (line, what was sent)
        for call in calls_in(trace):
            if call.failed():
                continue
            if call.name in ("recvmsg", "recvfrom"):
                for tag, command in COMMAND.findall(call.text.replace("\\r\\n", '"')):
                    self.asked.setdefault(tag, (call.end, command.upper()))
            elif call.name in ("sendmsg", "sendto"):
                self.told.append((call.begin, call.text))
            elif call.name == "openat":
                if (made := MADE.search(call.text)) and store in Path(made[1]).parents:
                    self.made.append(On(Path(made[1]), call.begin, call.end))
            elif (named := FILE.match(call.text)) and store in (path := Path(named[1])).parents:
                (self.syncs if "sync" in call.name else self.writes).append(On(path, call.begin, call.end))
        self._syncs_of: dict[Path, list[On]] = defaultdict(list)
        for sync in self.syncs:  # in the order of their begin
            self._syncs_of[sync.path].append(sync)
        # What a change is in: logs and segments. (All else is made durable by RocksDB before it uses it.)
        self.writes = [write for write in self.writes if write.path.suffix in (".log", ".seg")]

    def synced(self, path: Path, after: int, before: int) -> bool:
        syncs = self._syncs_of[path]
        first = bisect.bisect_right(syncs, after, key=lambda sync: sync.begin)
        return any(sync.end < before for sync in itertools.takewhile(lambda sync: sync.begin < before, syncs[first:]))

    def answers(self) -> list[tuple[int, str, int]]:
        """(line of the command, command, line of its OK) of each change."""
        found = []
        for line, text in self.told:
            for tag in ANSWER.findall(text):
                asked, command = self.asked.get(tag, (0, ""))
                if command in CHANGES:
                    found.append((asked, command, line))
        return found

    def without_its_record(self) -> list[str]:
        """Changes of which no record was written and synced between the command and its OK; for APPEND, the content first."""
        wrong = []
        for asked, command, told in self.answers():
            logs = [write for write in self.writes if write.path.suffix == ".log" and asked < write.begin and
                    self.synced(write.path, write.end, told)]
            segments = [write for write in self.writes if write.path.suffix == ".seg" and asked < write.begin]
            content_first = any(self.synced(segment.path, segment.end, log.begin) for segment in segments for log in logs)
            if not logs or (command == "APPEND" and not content_first):
                wrong.append(f"line {told}: OK to {command} of line {asked}")
        return wrong

    def unsynced(self, wanted: str) -> list[str]:
        """What was sent that holds `wanted` (a pattern) while some write to a log or a segment was not synced, or the name of one."""
        wrong = []
        for line, text in self.told:
            if not re.search(wanted, text):
                continue
            wrong += [f"line {line}: {write.path.name}, written in line {write.end}" for write in self.writes
                      if write.end < line and not self.synced(write.path, write.end, line)]
            wrong += [f"line {line}: the name of {made.path.name}, made in line {made.end}" for made in self.made
                      if made.path in {write.path for write in self.writes if write.end < line} and
                      not self.synced(made.path.parent, made.end, line)]
        return wrong
