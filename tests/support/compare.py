"""Two servers over IMAP: reads all that each holds and says where they differ."""

import hashlib
import imaplib
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from .imap_wire import tokens

imaplib._MAXLINE = 1 << 26  # a FETCH of everything may be one long SEARCH line


@dataclass(frozen=True)
class Seen:
    """One message as a client sees it; two are the same if all but the UID agrees."""
    digest: str
    size: int
    internal_date: float
    flags: frozenset[str]
    uid: int = field(compare=False)
    start: bytes = field(compare=False)  # the first bytes, for people

    def __str__(self) -> str:
        return f"UID {self.uid}, {self.size} bytes, {self.internal_date:.0f}, {sorted(self.flags)}, {self.start!r}"


@dataclass
class Mailbox:
    uid_validity: int
    messages: list[Seen]

    def uids(self) -> dict[int, str]:
        return {message.uid: message.digest for message in self.messages}


def quoted(name: bytes) -> str:
    text = name.decode("latin-1").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def names(client: imaplib.IMAP4, pattern: str = "*") -> list[bytes]:
    """Every mailbox that can be selected, its name as it stands on the wire."""
    kind, lines = client.list('""', pattern)
    assert kind == "OK", lines
    found = []
    for line in lines:
        if line is None:
            continue
        parts = [line + b"\r\n"] if isinstance(line, bytes) else [line[0] + b"\r\n", line[1], b"\r\n"]
        attributes, _delimiter, name = tokens(parts)[:3]
        if not {b"\\noselect", b"\\nonexistent"} & {attribute.lower() for attribute in attributes}:
            found.append(bytes(name))
    return found


def read_mailbox(client: imaplib.IMAP4, name: bytes) -> Mailbox:
    kind, data = client.select(quoted(name), readonly=True)
    assert kind == "OK", (name, data)
    validity = int(client.response("UIDVALIDITY")[1][0])
    messages = []
    if int(data[0]):
        kind, data = client.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE BODY.PEEK[])")
        assert kind == "OK", (name, data)
        for item, after in zip(data, data[1:] + [b""]):
            if isinstance(item, tuple):
                messages.append(_seen(item, after))
            elif item and b'BODY[] ""' in item:  # a message of no bytes, as a quoted string
                messages.append(_seen((item, b""), b""))
    return Mailbox(validity, messages)


def _seen(item: tuple[bytes, bytes], after) -> Seen:
    around = item[0] + b" " + (after if isinstance(after, bytes) else b"")
    flags = re.search(rb"FLAGS \(([^)]*)\)", around)[1].decode().split()
    date = re.search(rb'INTERNALDATE "([^"]+)"', around)[1].decode().strip()
    instant = datetime.strptime(date, "%d-%b-%Y %H:%M:%S %z").timestamp()
    body = item[1]
    kept = frozenset(flag.lower() for flag in flags if flag.lower() != "\\recent")
    return Seen(hashlib.sha256(body).hexdigest(), len(body), instant, kept, int(re.search(rb"UID (\d+)", around)[1]), body[:60])


def read_all(client: imaplib.IMAP4) -> dict[bytes, Mailbox]:
    return {name: read_mailbox(client, name) for name in names(client)}


def counts(client: imaplib.IMAP4) -> dict[bytes, int]:
    """How many messages each mailbox holds, as EXAMINE tells it."""
    return {name: int(client.select(quoted(name), readonly=True)[1][0]) for name in names(client)}


def differences(one: dict[bytes, Mailbox], other: dict[bytes, Mailbox], labels=("here", "upstream")) -> list[str]:
    """A sentence for each mailbox or message that only one of the two has; empty when they are equal."""
    found = []
    for name in sorted(one.keys() | other.keys()):
        if name not in one or name not in other:
            found.append(f"mailbox {name!r} only {labels[0] if name in one else labels[1]}")
            continue
        here, there = Counter(one[name].messages), Counter(other[name].messages)
        for label, extra in ((labels[0], here - there), (labels[1], there - here)):
            found += [f"{name!r}: only {label}: {message}" + (f" ({count} times)" if count > 1 else "")
                      for message, count in extra.items()]
    return found


def changed_uids(before: dict[bytes, Mailbox], after: dict[bytes, Mailbox]) -> list[str]:
    """UIDs that a client saw before and that name something else now, or messages that have others. Gone is not changed."""
    found = []
    for name in before.keys() & after.keys():
        if before[name].uid_validity != after[name].uid_validity:
            found.append(f"{name!r}: UIDVALIDITY changed")
        now = after[name].uids()
        found += [f"{name!r}: UID {uid} is another message" for uid, digest in before[name].uids().items()
                  if now.get(uid, digest) != digest]
        for digest in set(before[name].uids().values()):
            old = {uid for uid, one in before[name].uids().items() if one == digest}
            new = {uid for uid, one in now.items() if one == digest}
            if old - new and new - old:
                found.append(f"{name!r}: UIDs {sorted(old - new)} are {sorted(new - old)} now")
    return found


def subscriptions(client: imaplib.IMAP4) -> set[bytes]:
    kind, lines = client.lsub('""', "*")
    assert kind == "OK", lines
    return {bytes(tokens([line + b"\r\n"])[2]) for line in lines if isinstance(line, bytes)}
