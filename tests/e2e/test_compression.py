"""COMPRESS=DEFLATE (RFC 4978) towards upstream: less on the line, the same mail; and a bomb (attack U10)."""

import asyncio
import re
import zlib

import pytest

from support import compare, generate_mail, waiting
from support.dovecot import Dovecot
from support.fault_proxy import DOWN, FaultProxy
from support.imap_wire import read_response
from support.relay import Relay
from support.satchel import SLOW

ZLIB = "protocol imap {\n  mail_plugins = $mail_plugins imap_zlib\n}\n"


def weight(dovecot) -> int:
    return sum(path.stat().st_size for path in (dovecot.root() / "cur").iterdir())


def test_the_same_mail_comes_in_fewer_bytes(satchel, folder):
    with Dovecot(folder / "dovecot", more=ZLIB) as dovecot, FaultProxy(dovecot.tls_port) as line:
        generate_mail.generate("bench", dovecot.root(), count=200)
        dovecot.give_mail()
        assert b"COMPRESS=DEFLATE" in dovecot.client().capability()[1][0]
        satchel.start()
        satchel.add_account(line.port, ca=dovecot.ca)
        satchel.sync()
        assert line.passed[DOWN] < 0.6 * weight(dovecot)
        # Upward as well: flags, and a message that is larger than the window of DEFLATE.
        client = satchel.client()
        client.select("INBOX")
        client.store("1:100", "+FLAGS", "(\\Flagged)")
        client.append("INBOX", None, None, b"Subject: big\r\n\r\n" + b"".join(b"line %d\r\n" % number for number in range(100_000)))
        satchel.sync()
        assert compare.differences(compare.read_all(satchel.client()), compare.read_all(dovecot.client())) == []


class Bomb(Relay):
    """Announces COMPRESS; who takes it is sent a thousand bytes for each one on the line, without end."""

    def __init__(self, upstream_port: int, certificate, inside: bytes):
        super().__init__(certificate)
        self._upstream_port, self._inside = upstream_port, inside
        self.exploded = self.sent = 0

    async def serve(self, reader, writer) -> None:
        server_reader, server = await self.connect(self._upstream_port)
        down = asyncio.create_task(self._down(server_reader, writer))
        try:
            while line := await reader.readline():
                if b"COMPRESS DEFLATE" not in line:
                    server.write(line)
                    continue
                await self._explode(reader, writer, line.split(b" ")[0], down)
                return
        finally:
            down.cancel()
            server.close()

    async def _down(self, reader, writer) -> None:
        while parts := await read_response(reader):
            parts[0] = re.sub(rb"(CAPABILITY IMAP4rev1)", rb"\1 COMPRESS=DEFLATE", parts[0])
            writer.write(b"".join(parts))
            await writer.drain()
        writer.close()

    async def _explode(self, _reader, writer, tag, down) -> None:
        self.exploded += 1
        down.cancel()
        writer.write(tag + b" OK go\r\n")
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        for _ in range(2000):
            if writer.transport.is_closing():
                return
            data = packer.compress(self._inside) + packer.flush(zlib.Z_SYNC_FLUSH)
            self.sent += len(data)
            writer.write(data)
            await writer.drain()
            await asyncio.sleep(0)  # it may have ended meanwhile


@pytest.mark.parametrize("inside", [b"* OK still here\r\n" * 65536, b"x" * (1 << 20)], ids=["responses", "a line without end"])
def test_a_bomb_is_left_and_the_mail_comes_without_compression(satchel, folder, inside):
    """U10."""
    with Dovecot(folder / "dovecot") as dovecot, Bomb(dovecot.port, dovecot.certificate, inside) as line:
        generate_mail.generate("bench_small", dovecot.root(), count=50)
        dovecot.give_mail()
        satchel.start()
        satchel.add_account(line.port, ca=dovecot.ca, check=False)
        satchel.sync()
        assert line.exploded >= 1
        assert line.sent < 10 * (1 << 20)
        assert satchel.peak_memory() < 150e6
        assert compare.differences(compare.read_all(satchel.client()), compare.read_all(dovecot.client())) == []


class Silent(Bomb):
    """Says nothing any more once it compresses; or does not even answer that."""

    def __init__(self, upstream_port: int, certificate, answer: bytes):
        super().__init__(upstream_port, certificate, b"")
        self._answer = answer

    async def _explode(self, reader, writer, tag, _down) -> None:
        self.exploded += 1
        await asyncio.sleep(0.5)  # what was asked before it is answered
        if self._answer:
            writer.write(tag + self._answer)
        while await reader.read(1 << 16):
            pass


@pytest.mark.parametrize("answer", [b" OK go\r\n", b""], ids=["after its answer", "instead of it"])
def test_a_line_that_is_silent_once_it_compresses_is_left(satchel, folder, answer):
    """Twice in a row it is compression, not the line: the mail comes without it, before a command would have been given up."""
    with Dovecot(folder / "dovecot") as dovecot, Silent(dovecot.port, dovecot.certificate, answer) as line:
        generate_mail.generate("bench_small", dovecot.root(), count=50)
        dovecot.give_mail()
        satchel.start()
        satchel.add_account(line.port, ca=dovecot.ca, check=False)
        waiting.until(lambda: satchel.account()["in_sync"], "the mail comes", 60 * SLOW, 0.5)
        assert line.exploded in (2, 3)  # the line for bodies is opened while the first one waits
        assert compare.differences(compare.read_all(satchel.client()), compare.read_all(dovecot.client())) == []
