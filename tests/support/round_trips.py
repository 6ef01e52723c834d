"""Counts round trips to a server without a clock, and can hold a line after so many of them."""

import asyncio
import re

from .relay import Relay, both_ways

UP, DOWN = "up", "down"
TLS = 2  # round trips until the greeting is there: the handshake's (TLS 1.3), and the one that its last word takes


class Conversation:
    """One connection: what each side said, in turns. A flight is a turn of the client; each but the first came after an answer."""

    def __init__(self):
        self.turns: list[tuple[str, bytearray]] = []
        self.size = {UP: 0, DOWN: 0}

    def add(self, way: str, data: bytes) -> None:
        if not self.turns or self.turns[-1][0] != way:
            self.turns.append((way, bytearray()))
        self.turns[-1][1].extend(data)
        self.size[way] += len(data)

    @property
    def flights(self) -> list[bytes]:
        return [bytes(said) for way, said in self.turns if way == UP]

    def said(self, way: str) -> bytes:
        return b"".join(said for one, said in self.turns if one == way)


class RoundTrips(Relay):
    """A line whose conversations are kept. With a certificate TLS ends here, so that they can be read."""

    LIMIT = 1 << 16

    def __init__(self, upstream_port: int, certificate=None):
        super().__init__(certificate)
        self._upstream_port = upstream_port
        self.conversations: list[Conversation] = []
        self._most: int | None = None

    def forget(self) -> None:
        """What was said so far counts no more, whoever said it."""
        for conversation in self.conversations:
            conversation.turns.clear()
            conversation.size = {UP: 0, DOWN: 0}

    def hold(self, flights: int) -> None:
        """Each connection gets so many flights more through, from what was forgotten on; then it waits for release()."""
        self._most = flights

    def release(self) -> None:
        self._most = None

    @property
    def spoken(self) -> list[Conversation]:
        """Those in which the client said something."""
        return [one for one in self.conversations if one.flights]

    @property
    def size(self) -> int:
        return sum(one.size[UP] + one.size[DOWN] for one in self.conversations)

    def bodies(self) -> int:
        """How many bodies came down."""
        return sum(len(re.findall(rb"BODY\[\]", one.said(DOWN))) for one in self.conversations)

    async def serve(self, reader, writer) -> None:
        conversation = Conversation()
        self.conversations.append(conversation)
        server_reader, server = await self.connect(self._upstream_port)
        await both_ways(server, self._pass(conversation, UP, reader, server), self._pass(conversation, DOWN, server_reader, writer))

    async def _pass(self, conversation: Conversation, way: str, reader, writer) -> None:
        while data := await reader.read(1 << 16):
            while way == UP and self._held(conversation):
                await asyncio.sleep(0.01)
            conversation.add(way, data)
            writer.write(data)
            await writer.drain()

    def _held(self, conversation: Conversation) -> bool:
        begins = not conversation.turns or conversation.turns[-1][0] == DOWN
        return self._most is not None and len(conversation.flights) + begins > self._most
