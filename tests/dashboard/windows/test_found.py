"""What is said of searches, and which pairs are under way, from values written by hand."""

import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from coreset_engine import paths
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.windows import found
from coreset_engine.dashboard.windows.outcomes import PairAccuracy
from coreset_engine.executors import table
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import Retraining, SweepRequest
from coreset_engine.results.statistics import Interval
from coreset_engine.sweep import search, search_files
from coreset_engine.sweep.search import SearchState
from coreset_engine.sweep.search_files import SearchFile
from coreset_engine.windows import Windows

SEARCH = SweepRequest("tiny", ("eva",), (0.1,), windows=("grid",), lengths=(4,), training_seeds=(0, 1), search="racing")
BEST = CoresetSpec("tiny", "eva", {"early": 3, "late": 9, "length": 4}, rate=0.1)
VALUE = Interval(0.8, math.nan, 2, 0.05)
FOUND = SearchState(BEST, "lenet", VALUE, "val_acc_best", "seed 1 of 2", 7.5, 40, 20)


def test_a_search_is_read_as_it_was_kept_and_a_damaged_file_hides_only_itself(cache):
    test, gain = Interval(0.7, math.nan, 3, 0.1), Interval(-0.02, math.nan, 3, 0.03)
    search_files.keep(SEARCH, [replace(FOUND, test=test, against_random=gain, why="")])
    folder = paths.cache_root() / "searches"
    for name, text in (("cut", '{"format": "coreset-se'), ("list", "[]"), ("later", '{"format": "coreset-search"}')):
        (folder / f"{name}.json").write_text(text)
    assert [Path(sentence.split(" can't be read")[0]).name for sentence in search_files.problems()] == [
        "cut.json", "later.json", "list.json",
    ]  # fmt: skip
    (kept,) = search_files.kept()
    assert kept.request == SEARCH
    (one,) = kept.founds
    assert (one.best, one.architecture, one.spent, one.grid, one.candidates) == (BEST, "lenet", 7.5, 40, 20)
    assert (one.val.mean, one.val.n) == (0.8, 2)
    assert one.val.half == pytest.approx(0.05)
    assert (one.test.low, one.against_random.high) == (pytest.approx(0.6), pytest.approx(0.01))


def test_the_newest_search_of_the_run_and_rate_is_shown():
    other = replace(SEARCH, run="other")
    kept = [SearchFile(other, (FOUND,)), SearchFile(SEARCH, (FOUND,)), SearchFile(SEARCH, (replace(FOUND, spent=1.0),))]
    assert found.of_place(kept, "tiny", 0.1) == (SEARCH, FOUND)
    assert found.of_place(kept, "tiny", 0.2) is None


@pytest.mark.parametrize(
    ("mean", "half", "words"), [(0.02, 0.01, "better"), (-0.02, 0.01, "worse"), (0.02, 0.03, "no clear difference")]
)
def test_a_difference_is_clear_when_its_interval_does_not_reach_zero(mean, half, words):
    assert found.verdict(Interval(mean, math.nan, 3, half)) == words


def test_windows_are_compared_on_the_seeds_that_did_not_choose():
    values = {(3, 9): {0: 0.99, 2: 0.75, 3: 0.8, 4: 0.85}, (1, 21): {0: 0.1, 2: 0.7, 3: 0.75, 4: 0.8}}
    rows = pd.DataFrame(
        [
            {"options": {"early": early, "late": late}, "seed": seed, "test": value}
            for (early, late), some in values.items()
            for seed, value in some.items()
        ]
    )
    told = found.against(rows, (3, 9), (1, 21), (2, 3, 4), "test")
    assert told.difference.mean == pytest.approx(0.05)  # seed 0, which chose, would have made it 0.26
    assert found.against(rows, (3, 9), (1, 21), (2, 3, 5), "test") is None
    assert search.fresh_seeds(SEARCH) == (2, 3, 4)


def test_the_proof_trains_winner_and_other_windows_with_the_confirming_seeds():
    asked = found.proof(SEARCH, FOUND, (1, 21))
    assert (asked.windows, asked.lengths, asked.training_seeds) == (("3/9", "1/21"), (4,), (2, 3, 4))
    assert (asked.search, asked.budget, asked.architectures) == ("", None, ("lenet",))


def job(state, request):
    words = tuple(requests.words_of(request))
    return table.Job(1, "", words, state, "", "", "", 0, 0.0, "", cancelling=False)


def test_a_sweep_says_which_pairs_wait_and_which_are_being_trained():
    def cell(key, early, late, rate=0.1):
        spec = CoresetSpec("tiny", "eva", {"early": early, "late": late, "length": 4}, rate=rate)
        return SimpleNamespace(key=key, item=Retraining(spec, 0, "lenet"))

    sweep = replace(SEARCH, search="")
    plan = SimpleNamespace(to_train=[cell("a", 1, 9), cell("b", 1, 13), cell("c", 3, 9, 0.5)])
    jobs = [job("running", sweep), job("done", sweep), job("running", replace(sweep, run="other"))]
    active = found.active(jobs, "tiny")
    assert [asked for _, asked in active] == [sweep]
    assert found.under_way(active, Windows(1, 21, 4), 0.1, lambda asked: plan, {"b", "c"}) == ([(1, 9)], [(1, 13)])
    assert found.under_way(active, Windows(1, 21, 10), 0.1, lambda asked: plan, {"b"}) == ([], [])
    assert found.is_under_way(sweep, jobs)
    assert not found.is_under_way(SEARCH, jobs)


def test_a_search_is_kept_with_its_sum_and_a_changed_figure_is_refused(cache):
    search_files.keep(SEARCH, [FOUND])
    (path,) = search_files.folder().glob("*.json")
    whole = path.read_text()
    path.write_text(whole.replace('"mean": 0.8', '"mean": 0.9'))
    assert search_files.kept() == []
    assert "does not match its checksum" in search_files.problems()[0]
    without_sum = {name: value for name, value in json.loads(whole).items() if name != "sum"}
    path.write_text(json.dumps(without_sum))  # as it was written before there were sums
    assert search_files.kept()[0].founds[0].val.mean == 0.8
    path.write_text(json.dumps(without_sum | {"version": 2}))
    assert "version 2" in search_files.problems()[0]


def test_a_search_says_which_pairs_of_its_round_wait_and_which_are_being_trained():
    def spec(early, late, length=4):
        return CoresetSpec("tiny", "eva", {"early": early, "late": late, "length": length}, rate=0.1)

    file = SearchFile(SEARCH, (), (spec(1, 9), spec(1, 13)), (spec(1, 9), spec(5, 13), spec(1, 30, 10)))
    others = [SearchFile(replace(SEARCH, budget=4), (), (spec(2, 20),)), file]

    def told(state):
        active = found.active([job(state, SEARCH)], "tiny")
        return found.under_way(active, Windows(1, 21, 4), 0.1, None, set(), others)

    assert told("running") == ([(5, 13)], [(1, 9), (1, 13)])  # 1/9 with one seed is trained, with another one it waits
    assert told("waiting") == ([], [])  # what its file says is of before it was stopped


def test_what_a_search_tries_is_kept_beside_what_it_found(cache):
    search_files.keep(SEARCH, [], running=[BEST], waiting=[BEST, replace(BEST, rate=0.2)])
    (kept,) = search_files.kept()
    assert (kept.founds, kept.running, kept.waiting) == ((), (BEST,), (BEST, replace(BEST, rate=0.2)))


def test_the_best_of_short_trainings_is_named_as_such(cache):
    short = replace(FOUND, short=10)
    search_files.keep(SEARCH, [short])
    ((one,),) = [file.founds for file in search_files.kept()]
    assert found.chosen_by(one) == "By val of short trainings, 10 epochs"
    assert found.chosen_by(FOUND) == "Chosen by val"


def test_what_the_map_shows_higher_than_a_search_found_is_named():
    own, less = PairAccuracy(3, 9, 0.8, 0.01, 4), PairAccuracy(1, 9, 0.7, math.nan, 1)
    more, collapsed = PairAccuracy(2, 9, 0.9, 0.01, 5), PairAccuracy(4, 9, math.nan, math.nan, 0, 2)
    assert found.above([less, own, collapsed], FOUND) is None
    assert found.above([less, more, own, collapsed], FOUND) is more
    assert found.above([less, more], FOUND) is None  # of another network or number of epochs: nothing to set beside it
    assert found.above([], FOUND) is None
