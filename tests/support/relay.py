"""A server of the test's own thread: listens on loopback and hands each connection to serve()."""

import asyncio
import ssl
import threading

from . import waiting

class Relay:
    """port answers; with a certificate (file, key), or a context, over TLS at once. serve() is for the subclasses."""

    LIMIT = 1 << 24  # the longest line that is passed on, bytes

    def __init__(self, certificate=None, port: int = 0):
        self.port = port or waiting.free_port()
        self._context = server_context(certificate) if certificate else None
        self._loop, self._thread, self._server = None, None, None
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError

    def start(self):
        if self._loop is not None:
            return self
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(30)
        return self

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._context, limit=self.LIMIT)

    async def connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to a server behind, cut when this one stops."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=self.LIMIT)
        self._writers.add(writer)
        return reader, writer

    async def _serve(self, reader, writer) -> None:
        self._writers.add(writer)
        try:
            await self.serve(reader, writer)
        except (OSError, EOFError, ValueError):
            pass  # either side went away, or sent what cannot be passed on
        finally:
            self._writers.discard(writer)
            writer.close()

    def cut(self) -> None:
        """Ends every connection; who comes again is served."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _end(self) -> None:
        self._server.close()
        writers, self._writers = self._writers, set()
        for writer in writers:
            writer.transport.abort()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for _ in range(5):  # rounds of the loop in which the sockets are really closed
            await asyncio.sleep(0)

    def stop(self) -> None:
        """Cuts every connection; start() serves again on the same port."""
        if self._loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._loop = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_nothing) -> None:
        self.stop()


class Line(Relay):
    """Passes bytes to the server on upstream_port, and back."""

    def __init__(self, upstream_port: int, certificate=None, port: int = 0):
        super().__init__(certificate, port)
        self._upstream_port = upstream_port

    async def serve(self, reader, writer) -> None:
        server_reader, server = await self.connect(self._upstream_port)
        await both_ways(server, _pass_on(reader, server), _pass_on(server_reader, writer))


async def both_ways(server: asyncio.StreamWriter, up, down) -> None:
    """Runs both until one of them ends; then the other ends, and the connection to the server behind."""
    both = [asyncio.create_task(up), asyncio.create_task(down)]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        server.close()


async def _pass_on(reader, writer) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()


def server_context(certificate) -> ssl.SSLContext:
    if isinstance(certificate, ssl.SSLContext):
        return certificate
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*map(str, certificate))
    return context
