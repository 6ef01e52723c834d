"""An upstream that misbehaves by script: a real server behind, and a Fault that alters what it says.

A Fault may take the connection over from the first byte (connected), or alter each response (response). What it
alters is counted, so that a test can tell that the fault was met at all.
"""

import asyncio
import re
import time

from .imap_wire import LITERAL, read_response
from .relay import Relay


class Drop(EOFError):
    """Ends the connection here."""


class Fault:
    """Does nothing wrong; subclasses do."""

    def __init__(self):
        self.met = 0

    async def connected(self, _reader, _writer) -> bool:
        """True: the conversation was held here and is over."""
        return False

    def ended(self) -> None:
        """A connection that connected() did not hold is over."""

    greets = False  # connected() greets: the greeting of the server behind is not passed on

    def command(self, line: bytes) -> bytes | None:
        """What is answered to a command instead of passing it on, "TAG" being its tag. line is its first line."""
        return None

    def sent(self, connection: int, data: bytes) -> None:
        """Lines of commands and their literals in turn, as they came on each connection."""

    def response(self, parts: list[bytes]) -> bytes:
        """What is sent instead; raises Drop(bytes) to send the bytes and end the connection."""
        return b"".join(parts)

    def pause(self, parts: list[bytes]) -> float:
        """Seconds that the response takes on a slow line."""
        return 0


class SlowBodies(Fault):
    """Each response with a body takes its time."""

    def __init__(self, seconds: float):
        super().__init__()
        self._seconds = seconds

    def pause(self, parts):
        if not (b"FETCH" in parts[0] and b"BODY[] {" in parts[0]):
            return 0
        self.met += 1
        return self._seconds


class Says(Fault):
    """Sends bytes as soon as someone connects, then reads until the other side ends; keeps what came."""

    def __init__(self, greeting: bytes, answers: list[bytes] = ()):
        super().__init__()
        self.greeting, self.answers, self.received = greeting, list(answers), b""

    async def connected(self, reader, writer) -> bool:
        self.met += 1
        left = list(self.answers)
        writer.write(self.greeting)
        while line := await reader.readline():
            self.received += line
            if left:
                tag = line.split(b" ", 1)[0]
                writer.write(left.pop(0).replace(b"TAG", tag))
                await writer.drain()
        return True


class TakesFew(Fault):
    """Has no room for more connections than `most` at a time."""

    def __init__(self, most: int = 1):
        super().__init__()
        self._most, self._open = most, 0

    async def connected(self, _reader, writer) -> bool:
        if self._open >= self._most:
            self.met += 1
            writer.write(b"* BYE [LIMIT] too many connections\r\n")
            await writer.drain()
            return True
        self._open += 1
        return False

    def ended(self) -> None:
        self._open -= 1


class Floods(Fault):
    """Sends one piece for ever, from the first response that matches."""

    def __init__(self, when: bytes, start: bytes, piece: bytes, most: int = 1 << 31):
        super().__init__()
        self._when, self._start, self._piece, self._most = re.compile(when, re.I), start, piece, most
        self.flooding = False
        self.longest = 0  # bytes that were taken at once before the other side ended the line

    def response(self, parts):
        if self._when.search(parts[0]):
            self.met += 1
            self.flooding = True
            return self._start
        return b"".join(parts)

    async def flood(self, writer) -> None:
        self.flooding = False
        sent = 0
        while sent < self._most and not writer.transport.is_closing():
            writer.write(self._piece)
            await writer.drain()
            await asyncio.sleep(0)  # a line that was ended meanwhile shows
            sent += len(self._piece)
            self.longest = max(self.longest, sent)


class Replaces(Fault):
    """Puts other bytes in the place of each response that matches (at most `times` of them)."""

    def __init__(self, when: bytes, instead, times: int = 1 << 30):
        super().__init__()
        self._when, self._instead, self._times = re.compile(when, re.I | re.S), instead, times

    def response(self, parts):
        whole = b"".join(parts)
        if self.met >= self._times or not self._when.search(parts[0]):
            return whole
        self.met += 1
        return self._instead(whole) if callable(self._instead) else self._instead


class Drops(Fault):
    """Ends the connection in the place of each response that matches."""

    def __init__(self, when: bytes):
        super().__init__()
        self._when = re.compile(when, re.I)

    def response(self, parts):
        if not self._when.search(parts[0]):
            return b"".join(parts)
        self.met += 1
        raise Drop()


class CutsLiteral(Fault):
    """Ends the connection in the middle of a literal, the first `times` times."""

    def __init__(self, times: int = 3, least: int = 200):
        super().__init__()
        self._times, self._least = times, least

    def response(self, parts):
        if self.met >= self._times or len(parts) < 2 or len(parts[1]) < self._least:
            return b"".join(parts)
        self.met += 1
        raise Drop(parts[0] + parts[1][:len(parts[1]) // 2])


class RewritesBodies(Fault):
    """Alters the text of literals (and their stated length): bodies that the server behind would not keep so."""

    def __init__(self, change):
        super().__init__()
        self._change = change

    def response(self, parts):
        out = []
        for number, part in enumerate(parts):
            if number % 2 == 0 and number + 1 < len(parts):
                new = self._change(parts[number + 1])
                out += [LITERAL.sub(b"{%d}\r\n" % len(new), part), new]
                self.met += new != parts[number + 1]
            elif number % 2 == 0:
                out.append(part)
        return b"".join(out)


class Lies(Fault):
    """Announces what it does not have: commands of those extensions are answered BAD."""

    def __init__(self, capabilities: bytes, refused: bytes):
        super().__init__()
        self._capabilities, self._refused = capabilities, re.compile(refused, re.I)
        self.announced = 0

    def response(self, parts):
        said, count = re.subn(rb"CAPABILITY IMAP4rev1[^\]\r]*", b"CAPABILITY IMAP4rev1 " + self._capabilities, b"".join(parts))
        self.announced += count
        return said

    def command(self, line):
        if not self._refused.search(line):
            return None
        self.met += 1
        return b"TAG BAD no such command\r\n"


class Answers(Fault):
    """Answers each command that matches by itself (at most `times` of them); the server behind never hears of it."""

    def __init__(self, when: bytes, answer: bytes, times: int = 1 << 30):
        super().__init__()
        self._when, self._answer, self._times = re.compile(when, re.I), answer, times

    def command(self, line):
        if self.met >= self._times or not self._when.search(line):
            return None
        self.met += 1
        return self._answer


class Listens(Fault):
    """Keeps what came: of each connection lines of commands, each literal behind its line. Announces no LITERAL+."""

    def __init__(self):
        super().__init__()
        self.heard: dict[int, list[bytes]] = {}

    def sent(self, connection, data):
        self.heard.setdefault(connection, []).append(data)

    def response(self, parts):
        whole = b"".join(parts)
        return whole.replace(b" LITERAL+", b"") if b"CAPABILITY" in parts[0] else whole


class FaultyUpstream(Relay):
    """fault may be exchanged while it runs (it holds for responses from then on)."""

    def __init__(self, upstream_port: int, fault: Fault, certificate=None, port: int = 0):
        super().__init__(certificate, port)
        self._upstream_port = upstream_port
        self.fault = fault
        self.times: list[float] = []  # of each connection, monotonic seconds

    @property
    def connections(self) -> int:
        return len(self.times)

    async def serve(self, reader, writer) -> None:
        self.times.append(time.monotonic())
        number, fault = len(self.times), self.fault
        if await fault.connected(reader, writer):
            return
        try:
            server = await self.connect(self._upstream_port)
            if fault.greets:
                await read_response(server[0])
            await self._pass_on(number, (reader, writer), server)
        finally:
            fault.ended()

    async def _pass_on(self, number: int, client, server) -> None:
        upward = asyncio.create_task(self._upward(number, *client, server[1]))
        downward = asyncio.create_task(self._downward(server[0], client[1]))
        try:
            await asyncio.wait([upward, downward], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (upward, downward):
                task.cancel()
            await asyncio.gather(upward, downward, return_exceptions=True)
            server[1].close()

    async def _upward(self, number, reader, writer, server) -> None:
        while line := await reader.readline():
            self.fault.sent(number, line)
            found = LITERAL.search(line)
            answer = self.fault.command(line)
            if answer is not None:
                writer.write(answer.replace(b"TAG", line.split(b" ", 1)[0]))
                if found and found[2]:  # it comes anyway, and the end of the command behind it
                    await reader.readexactly(int(found[1]))
                    await reader.readline()
                continue
            server.write(line)
            if found:
                literal = await reader.readexactly(int(found[1]))
                self.fault.sent(number, literal)
                server.write(literal)
            await server.drain()

    async def _downward(self, server_reader, writer) -> None:
        while parts := await read_response(server_reader):
            if b"CAPABILITY" in parts[0]:  # compressed there would be no lines to read
                parts[0] = parts[0].replace(b" COMPRESS=DEFLATE", b"")
            if pause := self.fault.pause(parts):
                await asyncio.sleep(pause)
            try:
                writer.write(self.fault.response(parts))
                if isinstance(self.fault, Floods) and self.fault.flooding:
                    await self.fault.flood(writer)
            except Drop as drop:
                writer.write(drop.args[0] if drop.args else b"")
                await writer.drain()
                return
            await writer.drain()
