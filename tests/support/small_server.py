"""An IMAP4rev1 server in memory whose mailboxes have names that no other server would take; what it holds is given.

It reads, and takes APPEND; it has no other way to change. Names are bytes, sent as a literal wherever a quoted string cannot
hold them.
"""

import asyncio
import re

from .imap_wire import LITERAL, read_line, tokens
from .relay import Relay

DATE = b'"01-Jan-2024 10:00:00 +0000"'


def string(name: bytes) -> bytes:
    if re.fullmatch(rb"[ -~]{0,1000}", name):
        return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return b"{%d}\r\n%s" % (len(name), name)


class SmallServer(Relay):
    """mailboxes: name to messages, UIDs from 1 on. delimiters: of single names; else delimiter."""

    def __init__(self, mailboxes: dict[bytes, list[bytes]], certificate=None, delimiter: bytes = b"/", delimiters: dict[bytes, bytes] | None = None,
                 capabilities: bytes = b"IMAP4rev1 LITERAL+ UNSELECT"):
        super().__init__(certificate)
        self.mailboxes = mailboxes
        self.opened: list[bytes] = []  # names, as they were asked for
        self._capabilities, self._delimiter, self._delimiters = capabilities, delimiter, delimiters or {}

    async def serve(self, reader, writer) -> None:
        writer.write(b"* OK [CAPABILITY %s] hello\r\n" % self._capabilities)
        session = _Session(self, writer)
        while parts := await self._command(reader, writer):
            words = tokens(parts)
            try:
                done = session.answer([words[1].upper(), *words[2:]])
            except (KeyError, IndexError):
                done = b"NO there is no such thing"
            writer.write(words[0] + b" " + done + b"\r\n")
            await writer.drain()

    async def _command(self, reader, writer) -> list[bytes]:
        line = await read_line(reader)
        parts = [line] if line else []
        while parts and (found := LITERAL.search(parts[-1])):
            if not found[2]:
                writer.write(b"+ go on\r\n")
            parts += [await reader.readexactly(int(found[1])), await read_line(reader)]
        return parts

    def listed(self, word: bytes) -> bytes:
        line = [b"* %s () %s %s\r\n" % (word, string(self._delimiters.get(name, self._delimiter)), string(name)) for name in self.mailboxes]
        return b"".join(line)


class _Session:
    def __init__(self, server: SmallServer, writer: asyncio.StreamWriter):
        self._server, self._writer = server, writer
        self._selected: list[bytes] | None = None

    def answer(self, words: list) -> bytes:
        """Writes the untagged part; gives back the rest behind the tag."""
        verb = words[0].decode()
        if verb == "UID":
            verb, words = f"UID_{words[1].upper().decode()}", words[1:]
        handler = getattr(self, f"_{verb.lower()}", None)
        return handler(*words[1:]) if handler else b"BAD no such command"

    def _capability(self) -> bytes:
        self._writer.write(b"* CAPABILITY %s\r\n" % self._server._capabilities)
        return b"OK done"

    def _login(self, _user, _password) -> bytes:
        return b"OK in"

    def _noop(self) -> bytes:
        return b"OK done"

    def _unselect(self) -> bytes:
        self._selected = None
        return b"OK done"

    def _list(self, _reference, pattern) -> bytes:
        self._writer.write(self._server.listed(b"LIST") if pattern else b'* LIST (\\Noselect) %s ""\r\n' % string(self._server._delimiter))
        return b"OK done"

    def _lsub(self, _reference, _pattern) -> bytes:
        return b"OK done"

    def _status(self, name, _items) -> bytes:
        count = len(self._server.mailboxes[bytes(name)])
        self._writer.write(b"* STATUS %s (MESSAGES %d UIDNEXT %d UIDVALIDITY 7)\r\n" % (string(name), count, count + 1))
        return b"OK done"

    def _select(self, name) -> bytes:
        self._server.opened.append(bytes(name))
        self._selected = None
        self._selected = self._server.mailboxes[bytes(name)]
        count = len(self._selected)
        self._writer.write(b"* %d EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT %d] n\r\n" % (count, count + 1))
        return b"OK done"

    _examine = _select

    def _uid_search(self, *_keys) -> bytes:
        self._writer.write(b"* SEARCH%s\r\n" % b"".join(b" %d" % (number + 1) for number in range(len(self._selected))))
        return b"OK done"

    def _uid_fetch(self, numbers, items) -> bytes:
        for uid in self._uids(numbers):
            self._writer.write(b"* %d FETCH (UID %d %s)\r\n" % (uid, uid, b" ".join(self._item(uid, item) for item in items)))
        return b"OK done"

    def _uids(self, numbers: bytes) -> list[int]:
        most, found = len(self._selected), set()
        for part in numbers.decode().split(","):
            first, _colon, last = part.partition(":")
            ends = sorted(most if end == "*" else int(end) for end in (first, last or first))
            found |= set(range(ends[0], min(ends[1], most) + 1))
        return sorted(found)

    def _item(self, uid: int, item: bytes) -> bytes:
        message, name = self._selected[uid - 1], item.upper().replace(b".PEEK", b"")
        if name == b"FLAGS":
            return b"FLAGS ()"
        if name == b"INTERNALDATE":
            return b"INTERNALDATE " + DATE
        if name == b"RFC822.SIZE":
            return b"RFC822.SIZE %d" % len(message)
        body = message[:message.index(b"\r\n\r\n") + 4] if name == b"BODY[HEADER]" else message
        return name + b" {%d}\r\n" % len(body) + body

    def _append(self, name, *arguments) -> bytes:
        self._server.mailboxes[bytes(name)].append(bytes(arguments[-1]))
        return b"OK done"
