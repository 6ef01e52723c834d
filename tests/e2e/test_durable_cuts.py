"""Power cuts at random moments of work, on a disk that keeps what was synced and, of the rest, nothing or anything."""

import pytest

from support.kill_rounds import run_rounds


@pytest.mark.parametrize("kind, seed", [("condstore", 11), ("full", 12)])
def test_fourteen_cuts(folder, kind, seed):
    done = run_rounds(folder, seed, 14, kind, forgetful=True)
    assert done["acknowledged"] > 60 and done["pages lost"] > 0
