"""The long tests count what was done, forget nothing that was found, and go on where they stopped."""

import json
from collections import Counter
from types import SimpleNamespace

import pytest

import long

# A target that fails on an input with the word bad in it.
TARGET = """#!/bin/sh
for last; do :; done
echo "number_of_executed_units: 7" >&2
! grep -q bad "$last" 2>/dev/null
"""


@pytest.fixture
def runs(folder, monkeypatch):
    """main() on a tiny target, on kills that do what runs.kills says, and on cuts of which those in runs.bad fail."""
    class Runs:
        kills = {"rounds": 2, "acknowledged": 30}
        pieces = []
        cuts = []
        cuts_a_piece = 4
        bad = []

        def main(self, parts=long.PARTS):
            self.pieces, self.cuts = [], []
            code = long.main(parts=parts)
            return code, json.loads(long.COUNTS.read_text())

    runs = Runs()

    def run_rounds(_folder, seed, _rounds, kind, done: Counter, forgetful: bool):
        runs.pieces.append((seed, kind))
        done.update(runs.kills)
        if runs.kills["rounds"] < 2:
            raise AssertionError("broken")

    def run_cuts(_folder, kind, _lanes, choose, _cycles):
        queue = choose({"append": (3, 2)})["append"]
        taken, left = queue[:runs.cuts_a_piece], queue[runs.cuts_a_piece:]
        runs.cuts += [(kind, one.direction, one.after) for one in taken]
        return SimpleNamespace(queues={"append": left}, done=Counter({"cuts": len(taken), ("append", "acted"): len(taken)}),
                               failed=[(one, "twice upstream") for one in taken if (kind, one.direction, one.after) in runs.bad])

    monkeypatch.setattr(long.cut_rounds, "run_cuts", run_cuts)
    monkeypatch.setattr(long, "run_rounds", run_rounds)
    monkeypatch.setattr(long, "COUNTS", folder / "counts.json")
    monkeypatch.setattr(long, "FUZZ", folder / "fuzz")
    monkeypatch.setattr(long, "KILLS", 4)
    monkeypatch.setattr(long, "WHOLE", 0)
    target = folder / "fuzz" / "tests" / "fuzz" / "fuzz_tiny"
    target.parent.mkdir(parents=True)
    target.write_text(TARGET)
    target.chmod(0o755)
    return runs


def a_second_a_look(monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(long, "time", SimpleNamespace(monotonic=lambda: next(clock)))


def test_pieces_until_all_is_done(runs, monkeypatch):
    monkeypatch.setattr(long, "WHOLE", 1)
    a_second_a_look(monkeypatch)
    code, counts = runs.main()
    assert code == 0 and counts["open"] == [] and counts["fuzz"] == {"tiny": {"seconds": 1, "inputs": 7, "findings": 0}}
    assert counts["kills"] == {"pieces": 2, "rounds": 4, "acknowledged": 60, "failures": 0}
    assert runs.pieces == [(1000, "full"), (1001, "plain")]
    assert runs.main() == (0, counts) and runs.pieces == []


def test_a_failed_piece_counts_what_it_did_and_is_tried_again(runs):
    runs.kills = {"rounds": 1, "acknowledged": 5}
    code, counts = runs.main()
    assert code == 1 and counts["kills"] == {"pieces": 4, "rounds": 4, "acknowledged": 20, "failures": 4}
    assert [(piece["seed"], piece["kind"]) for piece in counts["open"]] == runs.pieces
    assert runs.main() == (1, counts) and len(runs.pieces) == 4
    runs.kills = {"rounds": 2, "acknowledged": 30}
    code, after = runs.main()
    assert code == 0 and after == counts | {"open": []} and len(runs.pieces) == 4


def test_what_does_not_run_at_all_ends_it(runs):
    runs.kills = {"rounds": 0}
    code, counts = runs.main()
    assert code == 1 and counts["kills"]["pieces"] == 1


def test_every_cut_once(runs):
    code, counts = runs.main({"cuts"})
    every = [(kind, way, after) for kind in long.KINDS for way, length in (("up", 3), ("down", 2)) for after in range(length)]
    assert code == 0 and sorted(runs.cuts) == sorted(every) and runs.pieces == []
    assert counts["cuts"]["plain"] == {"lengths": {"append": [3, 2]}, "next": {"append": 5}, "cuts": 5, "failures": 0,
                                       "outcomes": {"append": {"acted": 5, "not acted": 0, "not met": 0}}}
    assert runs.main({"cuts"}) == (0, counts) and runs.cuts == []


def test_a_cut_that_failed_is_tried_again(runs):
    runs.bad = [("plain", "down", 1)]
    code, counts = runs.main({"cuts"})
    assert code == 1 and counts["open"] == [{"cut": ["append", "down", 1, "cut", None], "kind": "plain"}]
    assert counts["cuts"]["plain"]["failures"] == 1 and counts["cuts"]["plain"]["cuts"] == 5
    assert runs.main({"cuts"}) == (1, counts)
    runs.bad = []
    assert runs.main({"cuts"}) == (0, counts | {"open": []}) and runs.cuts == [("plain", "down", 1)]


def test_cuts_that_do_not_run_end_it(runs):
    runs.cuts_a_piece = 0
    assert runs.main({"cuts"})[0] == 1


def test_the_counts_are_saved_after_each_piece(runs, monkeypatch):
    saved = []
    monkeypatch.setattr(long, "WHOLE", 1)
    a_second_a_look(monkeypatch)
    before = long.save
    monkeypatch.setattr(long, "save", lambda counts: (before(counts), saved.append(counts["kills"]["pieces"])))
    runs.main({"fuzz", "kills"})
    assert saved == [0, 1, 2]


def test_findings_are_tried_first(runs):
    runs.main()
    findings = long.FUZZ / "findings"
    findings.mkdir(exist_ok=True)
    found = findings / "tiny-crash-1"
    found.write_text("bad")
    assert runs.main()[0] == 1
    found.write_text("good")
    assert runs.main()[0] == 0
    (findings / "gone-crash-1").write_text("good")
    assert runs.main()[0] == 1, "its target is not built"
