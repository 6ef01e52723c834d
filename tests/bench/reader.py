"""An IMAP client that does nothing but read: it looks for the tagged line and keeps no message, so that it is no bottleneck."""

import socket
import time


class Reader:
    def __init__(self, port: int, user: str, password: str, seconds: float = 600):
        self.socket = socket.create_connection(("127.0.0.1", port), seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = memoryview(bytearray(1 << 20))
        self._count = 0
        while not self._receive().endswith(b"\r\n"):
            pass
        self.do(f'LOGIN "{user}" "{password}"'.encode())

    def _receive(self) -> bytes:
        """The last bytes of what came."""
        got = self.socket.recv_into(self._buffer)
        if got == 0:
            raise EOFError("the server ended the connection")
        self.bytes += got
        return bytes(self._buffer[max(0, got - 1000):got])

    bytes = 0

    def do(self, command: bytes) -> float:
        """Sends the command, reads its whole answer; gives back the seconds. bytes grows by what came."""
        self._count += 1
        tag = b"b%d" % self._count
        start = time.perf_counter()
        self.socket.sendall(tag + b" " + command + b"\r\n")
        tail = b""
        while True:
            tail = (tail + self._receive())[-1000:]
            if tail.endswith(b"\r\n"):
                last = tail[:-2].rpartition(b"\r\n")[2]
                if last.startswith(tag + b" "):
                    if not last.startswith(tag + b" OK"):
                        raise AssertionError(f"{command!r}: {last!r}")
                    return time.perf_counter() - start

    def append(self, mailbox: str, bodies) -> None:
        """Many at once, with literals that do not wait."""
        for body in bodies:
            self.do(b"APPEND %s {%d+}\r\n%s" % (mailbox.encode(), len(body), body))

    def close(self) -> None:
        self.socket.close()
