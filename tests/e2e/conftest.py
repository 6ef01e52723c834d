"""The program with a home of its own, and upstreams for it."""

import pytest

from support.both_sides import Both
from support.faulty_upstream import FaultyUpstream
from support.lied_to import LiedTo
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


@pytest.fixture(params=["full", "condstore", "plain", "cyrus"])
def kind(request):
    """The kinds of upstream with which the outcome of conflicts is the same."""
    return request.param


@pytest.fixture
def program(folder):
    """As satchel, with a key that opens fast."""
    with Satchel(folder / "satchel").init_key("file") as program:
        yield program


@pytest.fixture
def started(program, kind, folder):
    """Both sides, online."""
    with Upstream(folder / "upstream", kind, profile="") as upstream:
        yield Both(program, upstream)
        program.stop()


@pytest.fixture
def two(started):
    """Both sides, in step; here is offline."""
    return started.leave()


@pytest.fixture
def faulted(satchel, upstream):
    """Makes an upstream with a fault before the Dovecot of the test, and the program with an account there."""
    servers = []

    def make(fault, check=False, security="tls"):
        server = FaultyUpstream(upstream.dovecot.port, fault, upstream.dovecot.certificate if security == "tls" else None).start()
        servers.append(server)
        satchel.start()
        satchel.add_account(server.port, ca=upstream.ca, check=check, security=security)
        return server

    yield make
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def shared_lied(module_folder):
    """One program and one Dovecot for all the lies of a file."""
    with Upstream(module_folder / "upstream", count=60) as server, Satchel(module_folder / "satchel").init_key() as program:
        yield LiedTo(program, server)


@pytest.fixture
def lied(shared_lied):
    yield shared_lied
    shared_lied.ends()
