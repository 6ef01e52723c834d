"""A line as bad as wanted, before any TCP server: it takes its time, carries so much a second, and breaks after a given byte.

Bytes pass as they are (TLS stays between the two ends), but with a certificate TLS ends here: faults then count what is inside.
"""

import asyncio
import re
import socket
import struct
import threading
from dataclasses import dataclass, field

from .relay import Relay

UP, DOWN = "up", "down"  # to the server, from the server
CHUNK = 1 << 14  # bytes that are passed on at once: small, so that connections share the line fairly
QUEUE = 1 << 10  # chunks under way in one direction of a connection: more than any delay here holds up
AHEAD = 0.05  # seconds for which the line may be taken ahead of its rate


@dataclass
class Fault:
    """What happens to a connection where the byte after the after-th of one direction would pass.

    how: "cut" ends both its sides, "reset" both with RST, "half" tells the receiver of this direction that nothing follows
    and lets the other direction go on, "hole" lets nothing more through in this direction and says nothing.
    mark: bytes count from the start of the first line upward in which it is found, on the connection that said it; without
    it from the connection's start, or from now. everything: all other connections break with it, and none gets through
    until arm() is called again.
    """
    direction: str
    after: int
    how: str = "cut"
    mark: re.Pattern[bytes] | None = None
    everything: bool = False
    times: int = 1  # met so often, by one connection each, then over
    met: int = 0
    happened: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        return self.met >= self.times


class _Count:
    """How far one connection is on its way to one fault; passed is None before the mark."""

    def __init__(self, fault: Fault):
        self.fault, self.passed, self._line = fault, None if fault.mark else 0, b""

    def saw(self, direction: str, data: bytes) -> bytes | None:
        """What of data still passes when the fault is met by it."""
        skip = 0
        if self.passed is None:
            if direction != UP or (skip := self._find_mark(data)) is None:
                return None
            self.passed, skip = max(0, -skip), max(0, skip)
        if direction != self.fault.direction:
            return None
        self.passed += len(data) - skip
        over = self.passed - self.fault.after
        return data[:max(0, len(data) - over)] if over > 0 else None

    def _find_mark(self, data: bytes) -> int | None:
        """Where in data the marked line starts; negative when it started before."""
        known = len(self._line)
        text = self._line + data
        if found := self.fault.mark.search(text):
            return text.rfind(b"\n", 0, found.start()) + 1 - known
        self._line = text[text.rfind(b"\n") + 1:]
        return None


class _Connection:
    """Its two ways. writers are by direction: the one of UP leads to the server."""

    def __init__(self, proxy: "FaultProxy", client, server):
        self._proxy = proxy
        self._readers = {UP: client[0], DOWN: server[0]}
        self.writers = {UP: server[1], DOWN: client[1]}
        self._queues = {way: asyncio.Queue(QUEUE) for way in (UP, DOWN)}
        self._counts: list[_Count] = []
        self._stopped: set[str] = set()  # directions in which a fault stands
        self._over = asyncio.Event()

    async def run(self) -> None:
        for writer in self.writers.values():
            # What drain() waited for is out. Over TLS asyncio takes 0 for a limit that nothing is below: drain() may wait for ever.
            writer.transport.set_write_buffer_limits(1 if writer.get_extra_info("sslcontext") else 0)
        tasks = [asyncio.create_task(work(way)) for way in (UP, DOWN) for work in (self._take, self._give)]
        over = asyncio.create_task(self._over.wait())
        try:
            both = asyncio.gather(tasks[1], tasks[3])
            await asyncio.wait([both, over], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, over):
                task.cancel()
            await asyncio.gather(*tasks, over, both, return_exceptions=True)
            for writer in self.writers.values():
                writer.close()

    async def _take(self, way: str) -> None:
        """Reads, counts, and gives each chunk the time at which it arrives."""
        while way not in self._stopped:
            await self._proxy.room(way)
            try:
                data = await self._readers[way].read(CHUNK)
            except OSError:
                return self.end("reset")
            fault, left = self._counted(way, data)
            if left or not (fault or data):
                await self._queues[way].put((self._proxy.arrival(way, len(left)), left))
            if fault:
                self._stopped.add(way)
                await self._queues[way].put((self._proxy.arrival(way, 0), fault))
            if not data:
                return

    def _counted(self, way: str, data: bytes) -> tuple[Fault | None, bytes]:
        if not self._proxy.faults:
            return None, data
        known = {id(count.fault): count for count in self._counts}
        self._counts = [known.get(id(fault)) or _Count(fault) for fault in self._proxy.faults if not fault.over]
        for count in self._counts:
            left = count.saw(way, data)
            if left is not None:
                count.fault.met += 1
                return count.fault, left
        return None, data

    async def _give(self, way: str) -> None:
        """Hands on what has arrived; an empty chunk is the end of the stream."""
        writer = self.writers[way]
        while True:
            due, item = await self._queues[way].get()
            await self._proxy.until(due)
            if isinstance(item, Fault):
                return await self._break(way, item)
            if not item:
                return _end_of_stream(writer)
            self._proxy.passed[way] += len(item)
            try:
                writer.write(item)
                await writer.drain()
            except OSError:
                return self.end("reset")

    async def _break(self, way: str, fault: Fault) -> None:
        if fault.how in ("cut", "reset"):
            self._proxy.broke(self, fault)
        elif fault.how == "half":
            _end_of_stream(self.writers[way])
        fault.happened.set()
        if fault.how == "hole":
            await asyncio.Event().wait()

    def end(self, how: str) -> None:
        """Ends both sides; what was handed on before is out."""
        for writer in self.writers.values():
            if how == "reset":
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            else:
                writer.close()
        self._over.set()


def _end_of_stream(writer: asyncio.StreamWriter) -> None:
    if writer.can_write_eof():
        writer.write_eof()
    else:  # TLS has no half of an end
        writer.close()


class FaultProxy(Relay):
    """port leads to the server on upstream_port. delay and rate may be set while it runs.

    delay: seconds that each byte is under way, one way (a round trip takes two); any number of bytes are under way at once.
    rate: bytes a second in each direction, over all connections together; None: as many as come.
    passed: bytes that were handed on so far, by direction.
    """

    LIMIT = 1 << 16

    def __init__(self, upstream_port: int, certificate=None, port: int = 0, *, delay: float = 0, rate: float | None = None):
        super().__init__(certificate, port)
        self._upstream_port = upstream_port
        self.delay, self.rate = delay, rate
        self.faults: list[Fault] = []
        self.passed = {UP: 0, DOWN: 0}
        self.connections = 0  # so far
        self._free = {UP: 0.0, DOWN: 0.0}  # when the line will have sent what it took
        self._down = False
        self._open: set[_Connection] = set()

    def arm(self, *faults: Fault) -> None:
        """These instead of those before; they hold for the connections that there are as well. None: the line is well."""
        self.faults = list(faults)
        self._down = False

    async def serve(self, reader, writer) -> None:
        self.connections += 1
        if self._down:
            return
        connection = _Connection(self, (reader, writer), await self.connect(self._upstream_port))
        self._open.add(connection)
        try:
            await connection.run()
        finally:
            self._open.discard(connection)
            self._writers.discard(connection.writers[UP])

    def broke(self, connection: _Connection, fault: Fault) -> None:
        self._down = fault.everything
        for one in list(self._open) if fault.everything else [connection]:
            one.end(fault.how)

    def arrival(self, way: str, size: int) -> float:
        """When so many bytes, sent now, are at the other end: the loop's time."""
        now = self._loop.time()
        if self.rate is None:
            return now + self.delay
        self._free[way] = max(now, self._free[way]) + size / self.rate
        return self._free[way] + self.delay

    async def room(self, way: str) -> None:
        """Waits until the line takes more: the sender feels its rate."""
        if self.rate is not None:
            await self.until(self._free[way] - AHEAD)

    async def until(self, time: float) -> None:
        left = time - self._loop.time()
        if left > 0:
            await asyncio.sleep(left)
