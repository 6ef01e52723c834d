"""The long tests count what was done, forget nothing that was found, and go on where they stopped."""

import json
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pytest

import long
from support import worlds

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
        bad_worlds = {}
        worlds = []

        def main(self, parts=long.PARTS):
            self.pieces, self.cuts, self.worlds = [], [], []
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

    def play(kind, first, behind):
        runs.worlds.append((kind, first, behind))
        wrong = [(kind, seed, words) for (one, seed), words in runs.bad_worlds.items() if one == kind and first <= seed < behind]
        return worlds.Played(behind - first, wrong)

    monkeypatch.setattr(worlds, "play", play)
    monkeypatch.setattr(worlds, "KINDS", ["full", "plain"])
    monkeypatch.setattr(long, "WORLDS", 0)
    monkeypatch.setattr(long, "WORLDS_TABLE", folder / "README.md")
    (folder / "README.md").write_text("before\n<!-- worlds -->\nold\n<!-- end of worlds -->\nafter\n")
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


def a_second_a_piece(monkeypatch):
    """The tiny target takes no second of the processor by itself."""
    run = long.run_target
    monkeypatch.setattr(long, "run_target", lambda *arguments: replace(run(*arguments), processor=1.0))


def test_pieces_until_all_is_done(runs, monkeypatch):
    monkeypatch.setattr(long, "WHOLE", 1)
    a_second_a_piece(monkeypatch)
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
    a_second_a_piece(monkeypatch)
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


def test_worlds_go_on_where_they_stopped(runs, monkeypatch):
    monkeypatch.setattr(long, "WORLDS", 400)
    monkeypatch.setattr(long, "commit", lambda: "abc")
    code, counts = runs.main({"worlds"})
    first = long.FIRST_SEED
    assert code == 0 and runs.pieces == []
    assert sorted(runs.worlds) == [(kind, at, at + 100) for kind in ("full", "plain") for at in (first, first + 100)]
    assert counts["worlds"]["ranges"] == [{"from": first, "to": first + 200, "commit": "abc", "worlds": 400, "found": []}]
    assert runs.main({"worlds"}) == (0, counts) and runs.worlds == []
    monkeypatch.setattr(long, "WORLDS", 600)
    monkeypatch.setattr(long, "commit", lambda: "def")
    counts = runs.main({"worlds"})[1]
    assert [(one["from"], one["to"], one["commit"]) for one in counts["worlds"]["ranges"]] == [
        (first, first + 200, "abc"), (first + 200, first + 300, "def")]
    text = long.WORLDS_TABLE.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    assert f"| {first} to {first + 199} | abc | 400 | nothing |" in text


def test_a_world_that_went_wrong_is_kept_and_tried_again(runs, monkeypatch):
    monkeypatch.setattr(long, "WORLDS", 200)
    runs.bad_worlds = {("plain", long.FIRST_SEED + 7): "twice: 3"}
    code, counts = runs.main({"worlds"})
    assert code == 1 and counts["open"] == [{"world": long.FIRST_SEED + 7, "kind": "plain"}]
    assert counts["worlds"]["ranges"][0]["found"] == [f"plain {long.FIRST_SEED + 7}: twice: 3"]
    assert "twice: 3" in long.WORLDS_TABLE.read_text()
    assert runs.main({"worlds"})[0] == 1
    runs.bad_worlds = {}
    code, after = runs.main({"worlds"})
    assert code == 0 and after["open"] == [] and after["worlds"] == counts["worlds"]
