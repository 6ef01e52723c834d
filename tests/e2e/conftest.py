"""The program with a home of its own, and upstreams for it."""

import pytest

from support.satchel import Satchel
from support.upstream import Upstream


@pytest.fixture
def satchel(folder):
    """A home with a key, not running yet; stopped cleanly at the end, or the test fails."""
    with Satchel(folder / "satchel").init_key() as program:
        yield program


@pytest.fixture
def upstream(folder):
    """A full Dovecot with some sixty messages."""
    with Upstream(folder / "upstream", count=60) as server:
        yield server


@pytest.fixture
def empty_upstream(folder):
    with Upstream(folder / "upstream", profile="") as server:
        yield server


@pytest.fixture
def running(satchel, upstream):
    """The program in step with the upstream."""
    satchel.start()
    satchel.add_account(upstream.port, ca=upstream.ca)
    satchel.sync()
    return satchel
