"""Waiting for a condition with a deadline, and free ports."""

import socket
import time


class Late(AssertionError):
    """A condition did not come true in time."""


def until(condition, what: str, seconds: float = 30, every: float = 0.02):
    """Gives back the first true value of condition(); what says what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Late(f"{what}: not within {seconds} s")
        time.sleep(every)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False
