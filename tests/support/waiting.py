"""Waiting for a condition with a deadline, and free ports."""

import random
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


# Below what the system gives to outgoing connections: a server that is away for a while finds its port free
# again, and nobody who tries to reach it meanwhile is connected to itself.
PORTS = range(20_000, 32_000)
_given: set[int] = set()  # nobody may listen there yet


def free_port() -> int:
    while True:
        port = random.choice(PORTS)
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False
