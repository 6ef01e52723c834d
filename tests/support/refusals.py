"""An upstream that refuses some commands, by rule: for answers that no configuration of a real server gives."""

import re

from .faulty_upstream import Fault, FaultyUpstream
from .imap_wire import LITERAL
from .upstream import Upstream


class Refuses(Fault):
    """Answers the commands that match, instead of the server, the first `times` times.

    answer is what follows the tag: b"NO [CANNOT] never". tried counts by connection: how often each one brought it.
    """

    def __init__(self, command: bytes, answer: bytes, times: int = 1 << 30, capabilities: bytes = b""):
        super().__init__()
        self._command, self.answer, self._times = re.compile(command, re.I), answer, times
        self._capabilities = capabilities
        self.tried: dict[int, int] = {}

    def refuses(self, line: bytes, connection: int) -> bool:
        if self.met >= self._times or not self._command.search(line):
            return False
        self.met += 1
        self.tried[connection] = self.tried.get(connection, 0) + 1
        return True

    def response(self, parts):
        """Announces what is to be announced besides."""
        if not self._capabilities:
            return b"".join(parts)
        return re.sub(rb"CAPABILITY IMAP4rev1", b"CAPABILITY IMAP4rev1 " + self._capabilities, b"".join(parts))


class RefusingLine(FaultyUpstream):
    """Passes on all that its fault, a Refuses, does not refuse."""

    async def _upward(self, number, reader, writer, server) -> None:
        while line := await reader.readline():
            found = LITERAL.search(line)
            if isinstance(self.fault, Refuses) and self.fault.refuses(line, number):
                if found and found[2]:  # it comes unasked: all of it, and the end of the command
                    await reader.readexactly(int(found[1]))
                    await reader.readline()
                writer.write(line.split(b" ", 1)[0] + b" " + self.fault.answer + b"\r\n")
                await writer.drain()
                continue
            server.write(line)
            if found and found[2]:  # one that waits is passed on by lines, if the server wants it at all
                server.write(await reader.readexactly(int(found[1])))
            await server.drain()


class RefusingUpstream(Upstream):
    """A Dovecot whose line refuses what `line.fault` says; empty unless a profile is named."""

    def __init__(self, folder, profile: str = "", **more):
        super().__init__(folder, profile=profile, **more)
        self.line = RefusingLine(self.dovecot.port, Fault(), self.dovecot.certificate)
        self.port = self.line.port
