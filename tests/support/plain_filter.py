"""Stands before a server and cuts it down: to IMAP4rev1 as RFC 3501 has it, or to all that it has but QRESYNC.
Capabilities, response codes, untagged data and commands of extensions are taken away, and what was taken away is
answered BAD. Nothing unannounced works.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from .imap_wire import LITERAL, Literal, Quoted, read_line, read_response, tokens
from .plain_rules import allowed, without_qresync
from .relay import Relay

CODES = {b"ALERT", b"BADCHARSET", b"CAPABILITY", b"PARSE", b"PERMANENTFLAGS", b"READ-ONLY", b"READ-WRITE", b"TRYCREATE",
         b"UIDNEXT", b"UIDVALIDITY", b"UNSEEN"}
UNTAGGED = {b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH", b"CAPABILITY", b"LIST", b"LSUB", b"STATUS", b"SEARCH", b"FLAGS"}
NUMBERED = {b"EXISTS", b"RECENT", b"EXPUNGE", b"FETCH"}
LIST_ATTRIBUTES = {b"\\NOINFERIORS", b"\\NOSELECT", b"\\MARKED", b"\\UNMARKED"}
STATE = re.compile(rb"^(\S+ (?:OK|NO|BAD|BYE|PREAUTH)) \[([A-Z0-9-]+)([^\]]*)\] ?(.*)$", re.I | re.S)


def plain_response(parts: list[bytes]) -> list[bytes]:
    """What is left of a server's response; nothing where all of it is an extension's."""
    words = parts[0].rstrip(b"\r\n").split(b" ", 3)
    state = STATE.match(parts[0])
    if state:
        start, code, arguments, text = state.groups()
        if code.upper() == b"CAPABILITY":
            return [start + b" [CAPABILITY IMAP4rev1] " + text]
        return parts if code.upper() in CODES else [start + b" " + (text.strip() or b"done") + b"\r\n"]
    if words[0] != b"*":
        return parts
    kind = words[1].upper()
    if kind.isdigit():
        return parts if len(words) > 2 and words[2].upper() in NUMBERED else []
    if kind == b"CAPABILITY":
        return [b"* CAPABILITY IMAP4rev1\r\n"]
    if kind in (b"LIST", b"LSUB"):
        return [plain_list(parts[0])] + parts[1:]
    return parts if kind in UNTAGGED else []


def plain_list(line: bytes) -> bytes:
    found = re.match(rb"(\* (?:LIST|LSUB) )\(([^)]*)\)(.*)$", line, re.S | re.I)
    names = [b"\\Noselect" if name.upper() == b"\\NONEXISTENT" else name for name in found[2].split()]
    kept = [name for name in dict.fromkeys(names) if name.upper() in LIST_ATTRIBUTES]
    return found[1] + b"(" + b" ".join(kept) + b")" + found[3]


def response_without_qresync(parts: list[bytes]) -> list[bytes]:
    """CONDSTORE's HIGHESTMODSEQ and MODSEQ stay; who expunges is told by EXPUNGE."""
    if re.match(rb"\* VANISHED\b", parts[0], re.I):
        return []
    if re.match(rb"\* CAPABILITY\b|\S+ OK \[CAPABILITY\b", parts[0], re.I):
        return [parts[0].replace(b" QRESYNC", b"")]
    return parts


def response_in_clear(parts: list[bytes]) -> list[bytes]:
    """Nothing is compressed, so that it can be read on the way."""
    if re.match(rb"\* CAPABILITY\b|\S+ OK \[CAPABILITY\b", parts[0], re.I):
        return [parts[0].replace(b" COMPRESS=DEFLATE", b"")]
    return parts


@dataclass(frozen=True)
class Cut:
    """What is left of a server. allowed gives the reason for a refusal; it is asked early with the verb alone, whole=False."""
    response: Callable[[list[bytes]], list[bytes]]
    allowed: Callable[..., bytes]
    literal_plus: bool


PLAIN = Cut(plain_response, allowed, literal_plus=False)
IN_CLEAR = Cut(response_in_clear, lambda _command, whole=True: b"", literal_plus=True)
NO_QRESYNC = Cut(response_without_qresync, without_qresync, literal_plus=True)


class _Session:
    def __init__(self, cut: Cut, client, server, saw):
        self._cut, self._saw = cut, saw
        self.client_reader, self.client = client
        self.server_reader, self.server = server

    async def run(self) -> None:
        both = [asyncio.create_task(self._commands()), asyncio.create_task(self._responses())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(both[1:], timeout=0.5)  # the answer to LOGOUT
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            self.client.close()
            self.server.close()

    async def _responses(self) -> None:
        while parts := await read_response(self.server_reader):
            self.client.write(b"".join(self._cut.response(parts)))
            await self.client.drain()

    async def _commands(self) -> None:
        while line := await read_line(self.client_reader):
            await self._command(line)

    async def _command(self, line: bytes) -> None:
        tag = line.split(b" ", 1)[0].strip() or b"*"
        parts = [line]
        while found := LITERAL.search(parts[-1]):
            if found[2] and not self._cut.literal_plus:
                return await self._refuse(tag, b"LITERAL+ is not announced")
            if not found[2]:
                if reason := self._early_refusal(parts):
                    return await self._refuse(tag, reason)
                self.client.write(b"+ go on\r\n")
            parts.append(await self.client_reader.readexactly(int(found[1])))
            parts.append(await read_line(self.client_reader))
            if not parts[-1]:
                return  # half a command is none
        try:
            words = tokens(parts)[1:]
            reason = self._cut.allowed(words)
            self._saw(words)
        except ValueError as problem:
            reason = str(problem).encode()
        if reason:
            return await self._refuse(tag, reason)
        # The server behind takes literals that do not wait.
        lines = [LITERAL.sub(rb"{\1+}\r\n", part) if number % 2 == 0 else part for number, part in enumerate(parts)]
        self.server.write(b"".join(lines))
        await self.server.drain()

    def _early_refusal(self, parts: list[bytes]) -> bytes:
        """A command that cannot become right is refused before its literal is asked for."""
        words = parts[0].split(b" ")
        verb = words[1].upper().strip() if len(words) > 1 else b""
        return self._cut.allowed([verb], whole=False)

    async def _refuse(self, tag: bytes, reason: bytes) -> None:
        self.client.write(tag + b" BAD " + reason + b"\r\n")
        await self.client.drain()


class PlainFilter(Relay):
    """port speaks IMAP4rev1 and nothing more, for the server on upstream_port; with a certificate over TLS at once.

    Another cut leaves other things. words is what the commands said, but for their strings.
    """

    def __init__(self, upstream_port: int, certificate=None, port: int = 0, cut: Cut = PLAIN):
        super().__init__(certificate, port)
        self._upstream_port, self._cut = upstream_port, cut
        self.words: set[bytes] = set()

    def _saw(self, command: list) -> None:
        for word in command:
            if isinstance(word, list):
                self._saw(word)
            elif not isinstance(word, (Literal, Quoted)):
                self.words.add(word.upper())

    async def serve(self, reader, writer) -> None:
        server = await self.connect(self._upstream_port)
        await _Session(self._cut, (reader, writer), server, self._saw).run()
