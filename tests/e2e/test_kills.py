"""SIGKILL at random moments of work: nothing acknowledged is lost, upstream gets each change once."""

import pytest

from support.kill_rounds import run_rounds


@pytest.mark.parametrize("kind, seed", [("full", 1), ("plain", 2), ("cyrus", 4)])
def test_twelve_kills(folder, kind, seed):
    assert run_rounds(folder, seed, 12, kind)["acknowledged"] > 12


@pytest.mark.quick
def test_three_kills(folder):
    assert run_rounds(folder, 3, 3, "condstore")["acknowledged"] > 0
