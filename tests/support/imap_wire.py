"""Just enough of IMAP's grammar for the programs of this folder: lines with their literals, and the tokens in them."""

import asyncio
import re

LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n$")


class Literal(bytes):
    """A string that stood in a literal."""


class Quoted(bytes):
    """A string that stood in quotes."""


async def read_line(reader: asyncio.StreamReader) -> bytes:
    """One line with its CR LF; empty at the end of the stream, where half a line is none. LF alone is mended."""
    line = await reader.readline()
    if not line.endswith(b"\n"):
        return b""
    if not line.endswith(b"\r\n"):
        line = line[:-1] + b"\r\n"
    return line


async def read_response(reader: asyncio.StreamReader) -> list[bytes]:
    """A server's response: lines and literals in turn; empty at the end of the stream."""
    parts = []
    while True:
        line = await reader.readline()
        if not line:
            return []
        parts.append(line)
        found = LITERAL.search(line)
        if not found:
            return parts
        parts.append(await reader.readexactly(int(found[1])))


def tokens(parts: list[bytes]) -> list:
    """The arguments of a command or response, lists nested. An atom keeps its BODY[...]<...> whole.

    Raises ValueError where the text is no such thing.
    """
    return _Tokens(parts).all()


class _Tokens:
    ATOM = re.compile(rb"[^\s()\"{\[\]]+")
    QUOTED = re.compile(rb'"((?:[^"\\\r\n]|\\["\\])*)"')

    def __init__(self, parts: list[bytes]):
        self._texts = [part.rstrip(b"\r\n") if number % 2 == 0 else part for number, part in enumerate(parts)]
        self._part, self._at = 0, 0

    @property
    def _text(self) -> bytes:
        return self._texts[self._part]

    def all(self) -> list:
        stack = [[]]
        while self._at < len(self._text) or self._part + 1 < len(self._texts):
            here = self._text[self._at:self._at + 1]
            if here == b" ":
                self._at += 1
            elif here == b"(":
                self._at += 1
                stack.append([])
            elif here == b")":
                self._at += 1
                done = stack.pop()
                if not stack:
                    raise ValueError("a bracket too many")
                stack[-1].append(done)
            else:
                stack[-1].append(self._string(here))
        if len(stack) != 1:
            raise ValueError("a bracket is not closed")
        return stack[0]

    def _string(self, here: bytes):
        if here == b'"':
            found = self.QUOTED.match(self._text, self._at)
            if not found:
                raise ValueError("a quote is not closed")
            self._at = found.end()
            return Quoted(re.sub(rb"\\(.)", rb"\1", found[1]))
        if here == b"{":
            value = Literal(self._texts[self._part + 1])
            self._part, self._at = self._part + 2, 0
            return value
        return self._atom()

    def _atom(self) -> bytes:
        start = self._at
        while True:
            found = self.ATOM.match(self._text, self._at)
            if found:
                self._at = found.end()
            if self._text[self._at:self._at + 1] == b"[":
                end = self._text.find(b"]", self._at)
                if end < 0:
                    raise ValueError("a section is not closed")
                self._at = end + 1
            elif not found:
                break
        if self._at == start:
            raise ValueError("no atom")
        return self._text[start:self._at]
