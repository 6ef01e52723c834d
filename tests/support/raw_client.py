"""A client that sends any bytes: for what imaplib would not say."""

import socket


class Closed(EOFError):
    """The server ended the connection."""


class RawClient:
    def __init__(self, port: int, seconds: float = 30):
        self.socket = socket.create_connection(("127.0.0.1", port), seconds)
        self._file = self.socket.makefile("rb")
        self.greeting = self.line()

    def write(self, data: bytes) -> None:
        self.socket.sendall(data)

    def line(self) -> bytes:
        try:
            got = self._file.readline()
        except ConnectionResetError as reset:
            raise Closed from reset
        if not got:
            raise Closed
        return got

    def answer(self, tag: bytes) -> list[bytes]:
        """Lines up to the tagged one. Raises Closed with what came before."""
        lines = []
        while not lines or not lines[-1].startswith(tag + b" "):
            try:
                lines.append(self.line())
            except Closed:
                raise Closed(b"".join(lines)) from None
        return lines

    def send(self, command: bytes) -> list[bytes]:
        """One command with its tag; its answer's lines."""
        self.write(command + b"\r\n")
        return self.answer(command.split(b" ", 1)[0])

    def login(self, user: str, password: str) -> "RawClient":
        got = self.send(f'login LOGIN "{user}" "{password}"'.encode())
        assert got[-1].startswith(b"login OK"), got
        return self

    def close(self) -> None:
        self._file.close()
        self.socket.close()
