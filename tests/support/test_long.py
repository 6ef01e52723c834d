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
    """main() on a tiny target and on kills that do what runs.kills says."""
    class Runs:
        kills = {"rounds": 2, "acknowledged": 30}
        pieces = []

        def main(self):
            self.pieces = []
            code = long.main()
            return code, json.loads(long.COUNTS.read_text())

    runs = Runs()

    def run_rounds(_folder, seed, _rounds, kind, done: Counter):
        runs.pieces.append((seed, kind))
        done.update(runs.kills)
        if runs.kills["rounds"] < 2:
            raise AssertionError("broken")

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


def test_the_counts_are_saved_after_each_piece(runs, monkeypatch):
    saved = []
    monkeypatch.setattr(long, "WHOLE", 1)
    a_second_a_look(monkeypatch)
    before = long.save
    monkeypatch.setattr(long, "save", lambda counts: (before(counts), saved.append(counts["kills"]["pieces"])))
    runs.main()
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
