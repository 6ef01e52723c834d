"""Maildirs as Dovecot reads them (Maildir++), written fast: INTERNALDATE is the file's time, flags stand in its name."""

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path

LETTERS = {"\\Draft": "D", "\\Flagged": "F", "\\Answered": "R", "\\Seen": "S", "\\Deleted": "T"}


@dataclass
class Message:
    raw: bytes  # lines end in LF unless they mean otherwise
    internal_date: int = 1_600_000_000  # seconds since 1970
    flags: set[str] = field(default_factory=set)  # \Seen …
    keywords: set[str] = field(default_factory=set)  # at most 26 different ones in a mailbox


def modified_utf7(name: str) -> str:
    """RFC 3501, 5.1.3."""
    out, pending = [], ""

    def flush():
        nonlocal pending
        if pending:
            encoded = base64.b64encode(pending.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
            out.append(f"&{encoded}-")
            pending = ""

    for character in name:
        if 0x20 <= ord(character) <= 0x7E:
            flush()
            out.append("&-" if character == "&" else character)
        else:
            pending += character
    flush()
    return "".join(out)


def folder_of(root: Path, mailbox: str) -> Path:
    """Where Maildir++ keeps a mailbox; the parts of its name are parted by '/'."""
    if mailbox == "INBOX":
        return root
    return root / ("." + modified_utf7(mailbox.replace("/", ".")))


class MailboxWriter:
    """Writes messages into one mailbox, in order: the order of the names is the order of the UIDs."""

    def __init__(self, root: Path, mailbox: str):
        self.folder = folder_of(root, mailbox)
        self._keywords: dict[str, str] = {}
        self._count = 0
        for part in ("cur", "new", "tmp"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        if mailbox != "INBOX":
            (self.folder / "maildirfolder").touch()

    def add(self, message: Message) -> None:
        raw = message.raw
        self._count += 1
        wire = len(raw) + raw.count(b"\n") - raw.count(b"\r\n")
        letters = sorted(LETTERS[flag] for flag in message.flags)
        letters += sorted(self._letter(keyword) for keyword in message.keywords)
        name = f"{1_500_000_000 + self._count}.M{self._count:06}P1.satchel,S={len(raw)},W={wire}:2,{''.join(letters)}"
        path = self.folder / "cur" / name
        with open(path, "wb", buffering=0) as file:
            file.write(raw)
        os.utime(path, (message.internal_date, message.internal_date))

    def _letter(self, keyword: str) -> str:
        if keyword not in self._keywords:
            self._keywords[keyword] = chr(ord("a") + len(self._keywords))
        return self._keywords[keyword]

    def close(self) -> None:
        if self._keywords:
            lines = [f"{ord(letter) - ord('a')} {keyword}\n" for keyword, letter in self._keywords.items()]
            (self.folder / "dovecot-keywords").write_text("".join(lines))


def write(root: Path, mailbox: str, messages) -> int:
    """Writes all of them; gives back how many there were."""
    writer = MailboxWriter(root, mailbox)
    count = 0
    for message in messages:
        writer.add(message)
        count += 1
    writer.close()
    return count


def subscribe(root: Path, mailboxes) -> None:
    names = [modified_utf7(name.replace("/", ".")) for name in mailboxes]
    (root / "subscriptions").write_text("".join(f"{name}\n" for name in sorted(names)))
