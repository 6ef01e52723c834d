"""The line is as slow as it is told, and each fault is seen by both ends where it was asked for."""

import asyncio
import re
import socket
import ssl
import threading
import time

import pytest

from support import waiting
from support.certificates import Authority
from support.fault_proxy import DOWN, UP, Fault, FaultProxy
from support.relay import Relay

MEGABYTE = 1 << 20


class Echo(Relay):
    """Says back what it hears, and "end" when nothing follows. heard is what each connection said, how it ended."""

    def __init__(self, answers: bool = True):
        super().__init__()
        self.heard: list[bytearray] = []
        self.ended: list[str] = []
        self._answers = answers

    async def serve(self, reader, writer):
        number = len(self.heard)
        self.heard.append(bytearray())
        try:
            while data := await reader.read(1 << 16):
                self.heard[number] += data
                if self._answers:
                    writer.write(data)
                    await writer.drain()
            self.ended.append("end")
            writer.write(b"end")
            await writer.drain()
        except ConnectionResetError:
            self.ended.append("reset")


@pytest.fixture
def line():
    """A proxy before an echo."""
    with Echo() as echo, FaultProxy(echo.port) as proxy:
        proxy.echo = echo
        yield proxy


def connect(proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), 10)


def read(connection, size: int = 1 << 30) -> bytes:
    """Up to the end of the stream, or so many bytes."""
    got = bytearray()
    while len(got) < size and (data := connection.recv(min(size - len(got), 1 << 16))):
        got += data
    return bytes(got)


def say(connection, data: bytes) -> bytes:
    connection.sendall(data)
    return read(connection, len(data))


def eventually(condition) -> None:
    waiting.until(condition, "it is seen", 5, 0.005)


def test_bytes_pass_unchanged_in_both_directions(line):
    data = bytes(range(256)) * 9000
    with connect(line) as connection:
        sender = threading.Thread(target=connection.sendall, args=(data,))
        sender.start()
        assert read(connection, len(data)) == data
        sender.join(5)
        assert line.passed == {UP: len(data), DOWN: len(data)}
        connection.shutdown(socket.SHUT_WR)
        assert read(connection) == b"end" and line.echo.ended == ["end"]


def test_a_round_trip_takes_two_delays(line):
    line.delay = 0.05
    with connect(line) as connection:
        start = time.monotonic()
        assert say(connection, b"ping") == b"ping"
        assert 0.1 <= time.monotonic() - start < 0.3


def test_the_delay_limits_no_throughput(line):
    """40 MB in far less time than a wait for each chunk would take; at 100 ms a round trip."""
    line.delay = 0.05
    data = bytes(40 * MEGABYTE)
    with connect(line) as connection:
        start = time.monotonic()
        sender = threading.Thread(target=connection.sendall, args=(data,))
        sender.start()
        assert len(read(connection, len(data))) == len(data)
        sender.join(5)
        assert time.monotonic() - start < 4


@pytest.mark.parametrize("connections", [1, 4])
def test_the_rate_is_that_of_the_line(line, connections):
    """Over all connections together."""
    line.rate = 2 * MEGABYTE
    start = time.monotonic()
    threads = [threading.Thread(target=_send, args=(line, bytes(2 * MEGABYTE // connections))) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert line.passed[DOWN] >= 2 * MEGABYTE
    assert 0.95 <= time.monotonic() - start < 1.8


def _send(line, data) -> None:
    with connect(line) as connection:
        sender = threading.Thread(target=connection.sendall, args=(data,))
        sender.start()
        read(connection, len(data))
        sender.join(5)


def test_a_small_answer_does_not_wait_behind_another_connection(line):
    line.rate = MEGABYTE
    with connect(line) as bulk, connect(line) as small:
        bulk.settimeout(10)
        sender = threading.Thread(target=bulk.sendall, args=(bytes(MEGABYTE),))
        sender.start()
        eventually(lambda: line.passed[DOWN] > 100_000)
        start = time.monotonic()
        assert say(small, b"quick") == b"quick"
        assert time.monotonic() - start < 0.5
        read(bulk, MEGABYTE)
        sender.join(5)


@pytest.mark.parametrize("after", [0, 1, 7])
def test_cut_upward_the_server_hears_so_many_bytes(line, after):
    fault = Fault(UP, after)
    line.arm(fault)
    with connect(line) as connection:
        connection.sendall(b"12345678")
        got = read(connection)
        assert fault.happened.wait(5) and b"12345678".startswith(got) and len(got) <= after
    eventually(lambda: line.echo.heard == [b"12345678"[:after]] and line.echo.ended)


@pytest.mark.parametrize("after", [0, 1, 7])
def test_cut_downward_the_client_hears_so_many_bytes(line, after):
    line.arm(Fault(DOWN, after))
    with connect(line) as connection:
        connection.sendall(b"12345678")
        assert read(connection) == b"12345678"[:after]
    assert line.echo.heard == [b"12345678"]


def test_no_fault_before_its_byte_would_pass(line):
    line.arm(Fault(UP, 8), Fault(DOWN, 8))
    with connect(line) as connection:
        assert say(connection, b"12345678") == b"12345678"
        connection.sendall(b"9")
        assert read(connection) == b""
    assert [fault.met for fault in line.faults] == [1, 0]


def test_a_reset_is_one_at_both_ends(line):
    line.arm(Fault(DOWN, 3, "reset"))
    with connect(line) as connection:
        connection.sendall(b"12345678")
        with pytest.raises(ConnectionResetError):
            read(connection)
    eventually(lambda: line.echo.ended == ["reset"])


def test_half_an_end_upward_lets_the_answer_through(line):
    line.arm(Fault(UP, 3, "half"))
    with connect(line) as connection:
        connection.sendall(b"12345678")
        assert read(connection) == b"123end"
    assert line.echo.ended == ["end"]


def test_half_an_end_downward_lets_commands_through(line):
    line.arm(Fault(DOWN, 3, "half"))
    with connect(line) as connection:
        connection.sendall(b"12345678")
        assert read(connection) == b"123"
        connection.sendall(b"more")
        eventually(lambda: line.echo.heard == [b"12345678more"])


@pytest.mark.parametrize("way", [UP, DOWN])
def test_a_black_hole_says_nothing(line, way):
    fault = Fault(way, 3, "hole")
    line.arm(fault)
    with connect(line) as connection:
        connection.sendall(b"12345678")
        assert read(connection, 3) == b"123" and fault.happened.wait(5)
        connection.settimeout(0.2)
        connection.sendall(b"more")
        with pytest.raises(TimeoutError):
            connection.recv(1)
    assert line.echo.heard == [b"123" if way == UP else b"12345678more"]


def test_it_counts_from_the_marked_line_on_its_connection(line):
    for way in (UP, DOWN):
        line.arm(Fault(way, 4, mark=re.compile(rb"STORE")))
        with connect(line) as other, connect(line) as connection:
            assert say(connection, b"a1 NOOP\r\na2 SE") == b"a1 NOOP\r\na2 SE"
            assert say(connection, b"LECT\r\n") == b"LECT\r\n"
            assert say(other, b"much more than four") == b"much more than four"
            connection.sendall(b"a3 NOOP\r\na4 STORE 1\r\n")
            got = read(connection)
            assert got == b"a3 N" if way == DOWN else b"a3 NOOP\r\na4 S".startswith(got)
            assert say(other, b"goes on") == b"goes on"
        sent = {UP: b"a3 NOOP\r\na4 S", DOWN: b"a3 NOOP\r\na4 STORE 1\r\n"}[way]
        eventually(lambda: b"a1 NOOP\r\na2 SELECT\r\n" + sent in line.echo.heard)


def test_a_mark_that_comes_in_pieces(line):
    line.arm(Fault(UP, 10, mark=re.compile(rb"STORE")))
    with connect(line) as connection:
        assert say(connection, b"a4 ST") == b"a4 ST"
        connection.sendall(b"ORE 1\r\n")
        read(connection)
    eventually(lambda: line.echo.heard == [b"a4 STORE 1"])


def test_everything_breaks_with_it_until_the_line_is_mended(line):
    line.arm(Fault(UP, 0, mark=re.compile(rb"STORE"), everything=True))
    with connect(line) as other, connect(line) as connection:
        say(other, b"idles")
        connection.sendall(b"STORE")
        assert read(connection) == b"" == read(other)
    with connect(line) as early:
        assert read(early) == b""
    line.arm()
    with connect(line) as again:
        assert say(again, b"STORE") == b"STORE"


def test_so_many_times(line):
    line.arm(Fault(DOWN, 2, times=2))
    for whole in (b"12", b"12", b"1234"):
        with connect(line) as connection:
            connection.sendall(b"1234")
            assert read(connection, 4) == whole


def test_with_a_certificate_it_counts_inside_of_tls(folder):
    authority = Authority(folder)
    with Echo() as echo, FaultProxy(echo.port, authority.server("localhost")) as proxy:
        proxy.arm(Fault(DOWN, 5))
        context = ssl.create_default_context(cafile=str(authority.certificate))
        with context.wrap_socket(connect(proxy), server_hostname="127.0.0.1") as connection:
            connection.sendall(b"12345678")
            assert read(connection) == b"12345"
        assert proxy.passed[DOWN] == 5


class Talks(Relay):
    """Says twenty pieces, one after the other, and listens to nothing."""

    async def serve(self, _reader, writer):
        for number in range(20):
            writer.write(b"%02d" % number)
            await writer.drain()
            await asyncio.sleep(0.005)


def test_over_tls_each_piece_is_handed_on_though_nothing_comes_back(folder):
    authority = Authority(folder)
    with Talks() as server, FaultProxy(server.port, authority.server("localhost")) as proxy:
        context = ssl.create_default_context(cafile=str(authority.certificate))
        with context.wrap_socket(connect(proxy), server_hostname="127.0.0.1") as connection:
            assert read(connection) == b"".join(b"%02d" % number for number in range(20))
