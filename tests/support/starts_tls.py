"""The part of a conversation that is in clear before STARTTLS, by script: what somebody in the line may say there."""

import asyncio
import re

from .faulty_upstream import Fault
from .relay import server_context


class StartsTls(Fault):
    """Begins in clear. Unless it is told otherwise it is honest: greets, and goes over to TLS at STARTTLS.

    begin answers STARTTLS; after it comes the handshake, or, where certificate is none, the bytes instead. To whatever
    else is said in clear it says OK: who would send a password may. clear is what came in clear.
    """

    greets = True

    def __init__(self, certificate, greeting: bytes = b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hello\r\n",
                 begin: bytes = b"TAG OK begin\r\n", instead: bytes = b"", pieces: int = 0):
        super().__init__()
        self._certificate, self._greeting, self._begin, self._instead = certificate, greeting, begin, instead
        self._pieces = pieces  # 0: the answer to STARTTLS in one piece; else its first piece has so many bytes
        self.clear, self.secured = b"", 0
        self.tags: list[bytes] = []  # of the first command of each connection

    async def connected(self, reader, writer) -> bool:
        self.met += 1
        writer.write(self._greeting)
        first = True
        while line := await reader.readline():
            self.clear += line
            tag, _space, command = line.partition(b" ")
            if first:
                self.tags.append(tag)
            first = False
            if not command.upper().startswith(b"STARTTLS"):
                writer.write(tag + b" OK fine\r\n")
                continue
            if await self._begins(tag, reader, writer):
                return False
        return True

    async def _begins(self, tag: bytes, reader, writer) -> bool:
        answer = self._begin.replace(b"TAG", tag)
        begins = self._certificate and re.search(rb"^TAG OK", self._begin, re.M)
        if begins:
            writer.transport.pause_reading()  # what comes from here on is the handshake's
        cut = self._pieces or len(answer)
        for piece in (answer[:cut], answer[cut:]):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02 if self._pieces else 0)  # pieces that come apart
        if begins:
            await writer.start_tls(server_context(self._certificate))
            self.secured += 1
            return True
        writer.write(self._instead)
        return False
