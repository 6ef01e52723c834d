"""Answers of a server, in a form in which two servers can be compared.

Free text goes, and the order of flags and of LIST lines; UIDVALIDITYs become their place in the order in which they were
first seen. Of MODSEQs it counts that they are told, not which they are, for Dovecot makes two or three changes of what is one act
(a copy with keywords); which messages CHANGEDSINCE and UNCHANGEDSINCE mean shows whether they are right.
"""

import re
from datetime import datetime

DROPPED_CODES = {"NONEXISTENT", "CANNOT", "NOPERM", "SERVERBUG", "CLOSED", "CLIENTBUG", "MAILBOXID"}


def tokens(line: bytes) -> list:
    """Nested lists of atoms, strings (as bytes) and parentheses."""
    stack, at = [[]], 0
    while at < len(line):
        c = line[at:at + 1]
        if c == b" ":
            at += 1
        elif c == b"(":
            stack.append([])
            at += 1
        elif c == b")":
            done = stack.pop()
            stack[-1].append(done)
            at += 1
        elif c == b'"':
            end = at + 1
            while line[end:end + 1] != b'"':
                end += 2 if line[end:end + 1] == b"\\" else 1
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", line[at + 1:end]))
            at = end + 1
        elif literal := re.match(rb"\{(\d+)\}\r\n", line[at:]):
            begin = at + literal.end()
            stack[-1].append(line[begin:begin + int(literal[1])])
            at = begin + int(literal[1])
        else:
            atom = re.match(rb"(?:[^\[\]() ]|\[[^\]]*\])+", line[at:])
            if not atom:
                raise ValueError(f"cannot read {line!r} at {at}")
            stack[-1].append(atom[0].decode())
            at += atom.end()
    return stack[0]


def numbers(text: str) -> list[int]:
    out = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        out += range(int(first), int(last or first) + 1)
    return out


def system_flags(flags: list[str]) -> list[str]:
    """Dovecot lists keywords, too, that no message ever had: those that a STORE of nothing or a SEARCH named."""
    return sorted(flag for flag in flags if flag.startswith("\\"))


def merged(answers: list) -> list:
    """One FETCH of a message instead of several, as long as numbers mean the same; by their numbers."""
    out, run = [], {}
    for answer in [*answers, None]:
        if answer is not None and answer[0] == "FETCH":
            run.setdefault(answer[1], {}).update(answer[2])
            continue
        if answer is None or answer[0] in ("EXPUNGE", "VANISHED", "tagged"):
            out += [("FETCH", number, sorted(run[number].items(), key=repr)) for number in sorted(run)]
            run = {}
        if answer is not None:
            out.append(answer)
    return out


class Canonical:
    """Of one server and one conversation."""

    def __init__(self, mode: str):
        self.mode = mode
        self.validities: dict[str, int] = {}
        self.known: dict[str, str] = {}  # what %...% stands for
        self.selecting = ""
        self.verb = ""

    def validity(self, value: str) -> int:
        return self.validities.setdefault(value, len(self.validities) + 1)

    def fill(self, connection: int, text: str) -> str:
        return re.sub(r"%(\w+:[^%]+)%", lambda match: self.known.get(f"{connection}:{match[1]}", "1"), text)

    def answers(self, connection: int, command: str, lines: list[bytes]) -> list:
        verb = self.verb = command.removeprefix("UID ").split()[0].upper()
        self.selecting = command.split(" (")[0].partition(" ")[2] if verb in ("SELECT", "EXAMINE") else ""
        out = []
        for line in sorted(lines, key=lambda one: 0 if b"[UIDVALIDITY" in one else 1) if self.selecting else lines:
            one = self.answer(connection, line)
            if one is not None:
                out.append(one)
        if verb in ("LIST", "LSUB") or self.selecting:
            out[:-1] = sorted(out[:-1], key=repr)
        return merged(out)

    def answer(self, connection: int, line: bytes):
        if line.startswith(b"+"):
            return ("+",)
        tag, kind, rest = (line.split(b" ", 2) + [b""])[:3]
        tag, kind = tag.decode(), kind.decode().upper()
        if kind in ("OK", "NO", "BAD", "BYE", "PREAUTH"):
            return self.status_response(connection, tag == "*", kind, rest)
        if kind.isdigit():
            return self.numbered(connection, int(kind), rest)
        parts = tokens(rest)
        if kind in ("LIST", "LSUB"):
            name = parts[2].decode() if isinstance(parts[2], bytes) else parts[2]
            return (kind, sorted(flag.lower() for flag in parts[0]), parts[1], name)
        if kind == "STATUS":
            return ("STATUS", self.status(parts))
        if kind == "FLAGS":
            return ("FLAGS", system_flags(parts[0])) if self.selecting else None
        if kind == "VANISHED":
            return ("VANISHED", parts[0] == ["EARLIER"], numbers(parts[-1]))
        if kind == "ESEARCH":
            options = [part for part in parts if not isinstance(part, list)]
            return ("ESEARCH", self.searched(connection, options))
        if kind == "SEARCH":
            return ("SEARCH", [int(part) for part in parts if isinstance(part, str)])
        return (kind, sorted(parts, key=repr))

    def searched(self, connection: int, options: list[str]) -> dict:
        found = {"UID": True} if options[:1] == ["UID"] else {}
        pairs = options[1:] if found else options
        for name, value in zip(pairs[::2], pairs[1::2]):
            found[name] = numbers(value) if name == "ALL" else int(value)
        return found

    def status(self, parts: list) -> dict:
        name = parts[0].decode() if isinstance(parts[0], bytes) else parts[0]
        figures = dict(zip(parts[1][::2], parts[1][1::2]))
        if "UIDVALIDITY" in figures:
            figures["UIDVALIDITY"] = self.validity(figures["UIDVALIDITY"])
            if "HIGHESTMODSEQ" in figures:
                figures["HIGHESTMODSEQ"] = "told"
        return {"name": name, **figures}

    def numbered(self, connection: int, number: int, rest: bytes):
        what, _, data = rest.partition(b" ")
        if what != b"FETCH":
            return None if what == b"RECENT" else (what.decode(), number)
        parts = tokens(data)[0]
        items = {name.upper(): value for name, value in zip(parts[::2], parts[1::2])}
        if "INTERNALDATE" in items:  # Dovecot forgets the zone
            items["INTERNALDATE"] = datetime.strptime(items["INTERNALDATE"].decode().strip(), "%d-%b-%Y %H:%M:%S %z").timestamp()
        if "FLAGS" in items:
            items["FLAGS"] = sorted(flag for flag in items["FLAGS"] if flag != "\\Recent")
        if "MODSEQ" in items:
            items["MODSEQ"] = "told"
        return ("FETCH", number, items)

    def status_response(self, connection: int, untagged: bool, kind: str, rest: bytes):
        code = re.match(rb"\[([^\]]*)\]", rest)
        words = code[1].decode().split() if code else []
        name = words[0] if words else ""
        if name in ("UIDVALIDITY", "APPENDUID", "COPYUID"):
            place = self.validity(words[1])
            if name == "UIDVALIDITY":
                self.known[f"{connection}:VALIDITY:{self.selecting}"] = words[1]
            words = [name, place, *(numbers(word) for word in words[2:])]
        elif name == "HIGHESTMODSEQ":
            if untagged and (not self.selecting or self.mode == "plain"):
                return None
            if self.selecting:
                self.known[f"{connection}:MODSEQ:{self.selecting}"] = words[1]
            words = [name] if untagged or self.verb in ("EXPUNGE", "CLOSE") else []
        elif name == "PERMANENTFLAGS":
            if not self.selecting:
                return None
            words = [name, system_flags(re.findall(r"[^() ]+", " ".join(words[1:])))]
        elif name == "MODIFIED":
            words = [name, sorted(numbers(words[1]))]
        elif name in DROPPED_CODES or name == "CAPABILITY":
            words = []
        if untagged and kind == "OK" and not words:
            return None
        return ("untagged" if untagged else "tagged", kind, words)
