"""SIGKILL at random moments of work, four clients and the synchronising at once: nothing acknowledged is lost, upstream
gets each change once, and nothing in the store is amiss. On a disk that forgets what was not synced, too."""

import pytest

from support.kill_rounds import run_rounds


@pytest.mark.parametrize("kind, seed", [("full", 1), ("plain", 2), ("cyrus", 4)])
def test_eleven_kills(folder, kind, seed):
    assert run_rounds(folder, seed, 11, kind)["acknowledged"] > 40


@pytest.mark.quick
def test_three_kills(folder):
    assert run_rounds(folder, 3, 3, "condstore")["acknowledged"] > 0
