"""Power cuts at random moments of work, on a disk that keeps what was synced and, of the rest, nothing or anything."""

from collections import Counter

import pytest

from support.kill_rounds import run_rounds


@pytest.mark.parametrize("kind, seed", [("condstore", 11), ("full", 12)])
def test_fourteen_cuts(folder, kind, seed):
    done = Counter()
    # Most of the time all is synced: seven more until a cut met something that was not.
    for number, rounds in enumerate([14, 7, 7, 7, 7]):
        place = folder / f"home{number}"
        place.mkdir(mode=0o755)
        run_rounds(place, seed + 100 * number, rounds, kind, done, forgetful=True)
        if done["pages lost"]:
            break
    assert done["acknowledged"] > 60 and done["pages lost"] > 0
