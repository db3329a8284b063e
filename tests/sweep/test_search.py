"""What a search tells while it runs, on a pool whose trainings take no time and reach what is written here."""

import math
from dataclasses import replace

import pytest

from coreset_engine.cli.sweep import _confirmed_line
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.results.people import NONE_COUNTS
from coreset_engine.sweep import search
from coreset_engine.sweep.candidates import counted_value
from coreset_engine.sweep.pool import Outcome
from coreset_engine.sweep.search import Search

EPOCHS = 40
REQUEST = SweepRequest("tiny", ("eva",), (0.1,), windows=("grid",), lengths=(10,), training_seeds=(0, 1), step=5,
                       search="halving")  # fmt: skip


class Pool:
    """Two workers; a training reaches more the longer it is and the earlier its late window begins."""

    count = 2

    def __init__(self, collapsed=lambda item: False, failing=lambda item: False):
        self.asked, self.collapsed, self.failing = [], collapsed, failing

    def train(self, items, *, watch, should_stop, note):
        for item in items:
            self.asked.append((item, note["found_by"]))
            late = item.spec.options.get("late", 0)
            value = 0.5 + (item.epochs or EPOCHS) / 100 - late / 1000 + item.seed / 100
            if self.failing(item):
                yield Outcome(item, error="no memory")
                continue
            known = {"collapsed": self.collapsed(item)}
            yield Outcome(item, {"val_acc_best": value, "test_acc_best_val": value} | known)


def carried_out(trying=lambda left: None, request=REQUEST, pool=None, tell=lambda error: None):
    """The search with its pool and what it told."""
    pool, found = pool or Pool(), Search(request, EPOCHS, "lenet")
    return found, pool, list(found.run(pool, pool.count, trying=trying, tell=tell))


def test_before_a_training_of_full_length_the_best_is_that_of_the_longest_short_ones():
    begun, pool, states = carried_out()
    # a budget of 8 bears 8 of 15 pairs at 10 epochs and 3 at 40 with both seeds; before the first rung nothing is told
    assert sum(item.epochs == 10 for item, _ in pool.asked) == 8
    assert [state.short for state in states] == [10, 0]
    late = min(spec.options["late"] for spec in begun.groups[0][1].candidates)
    assert {state.best.options["late"] for state in states} == {late}
    assert states[0].val.mean == 0.5 + 10 / 100 - late / 1000
    assert (states[0].val.n, states[0].test) == (1, None)
    assert search.SearchState.from_dict(states[0].to_dict()).short == 10


def test_what_a_round_has_yet_to_train_is_told_in_order_until_nothing_is_left():
    told = []
    _, pool, _ = carried_out(told.append)
    first = sum(item.epochs == 10 for item, _ in pool.asked)
    assert [len(left) for left in told[: first + 1]] == list(range(first, -1, -1))
    assert told[0] == [item.spec for item, _ in pool.asked[:first]]
    assert told[-1] == []


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"class_budgets": ("tempered",)},
        {"hard_cutoffs": (0.3,), "hard_cutoffs_by": ("never-learned",)},
        {"group_budgets": ("equal",)},
        {"class_budgets": ("drop",), "snapshot": 3},
        {"exclusion": "named"},
        {"weighting": "per-sample"},
    ],
)
def test_a_winner_is_confirmed_further_by_the_trainings_that_confirmed_it(more):
    request = replace(REQUEST, **more)
    _, pool, states = carried_out(request=request)
    confirming = {item for item, by in pool.asked if by == "confirmation"}
    again = search.confirmation(request, states[-1], search.fresh_seeds(request)).retrainings()
    told = [
        {(item.spec, item.seed, item.architecture, item.weighting) for item in items} for items in (again, confirming)
    ]
    assert told[0] == told[1]
    assert {item.seed for item in again} == {2, 3, 4}


def test_what_collapsed_on_test_confirms_nothing():
    def collapsed(*which):
        return lambda item: (item.spec.method, item.seed) in which

    told = []
    *_, final = carried_out(pool=Pool(collapsed(("eva", 2), ("random", 3))), tell=told.append)[2]
    late = final.best.options["late"]
    assert final.test.n == 2
    assert final.test.mean == pytest.approx(0.9 - late / 1000 + 0.035)
    assert (final.against_random.n, final.against_random.mean) == (1, pytest.approx(-late / 1000))  # seed 4 alone
    assert [one.rpartition(": ")[2] for one in told] == ["it collapsed to one class"] * 2
    *_, none = carried_out(pool=Pool(collapsed(*(("eva", seed) for seed in (2, 3, 4)))))[2]
    assert none.test.n == 0
    again = search.SearchState.from_dict(none.to_dict())
    assert math.isnan(again.test.mean)
    assert _confirmed_line(again) == f" With fresh seeds on test: {NONE_COUNTS}, {NONE_COUNTS} against Random."


@pytest.mark.parametrize(
    ("told", "val", "test"),
    [
        ({"collapsed": True}, math.nan, math.nan),  # by a version that looked at test alone
        ({"collapsed": True, "val_collapsed": False}, 0.7, math.nan),
        ({"collapsed": False, "val_collapsed": True}, math.nan, 0.6),
    ],
)
def test_a_figure_counts_by_the_predictions_on_its_own_split(told, val, test):
    row = {"val_acc_best": 0.7, "test_acc_best_val": 0.6} | told
    assert counted_value(row, "val_acc_best") == pytest.approx(val, nan_ok=True)
    assert counted_value(row, "test_acc_best_val") == pytest.approx(test, nan_ok=True)


@pytest.mark.parametrize("strategy", ["halving", "racing", "model"])
def test_what_collapsed_to_one_class_wins_no_search_however_much_it_reached(strategy):
    best = min(spec.options["late"] for spec in carried_out()[0].groups[0][1].candidates)

    def collapsed(item):  # with one of the seeds that choose
        return item.spec.options.get("late") == best and item.seed == 1

    *_, plain = carried_out(request=replace(REQUEST, search=strategy, budget=30))[2]
    *_, final = carried_out(request=replace(REQUEST, search=strategy, budget=30), pool=Pool(collapsed))[2]
    assert plain.best.options["late"] == best
    assert final.best.options["late"] == best + 5


def test_each_training_of_a_search_that_failed_is_told():
    told = []
    *_, final = carried_out(pool=Pool(failing=lambda item: item.seed == 3), tell=told.append)[2]
    assert sorted(told) == [
        f"Failed: {name}, lenet, seed 3: no memory" for name in (final.best.label, "random, α = 10 %")
    ]
    assert final.test.n == 2


@pytest.mark.parametrize("strategy", ["halving", "racing", "model"])
def test_a_search_of_which_every_training_failed_says_why(strategy):
    told = []
    request = replace(REQUEST, search=strategy)
    with pytest.raises(ConfigError, match=r"nothing to choose. Failed: eva .* K10, .*, lenet, seed .: no memory"):
        carried_out(request=request, pool=Pool(failing=lambda item: True), tell=told.append)
    assert len(set(told)) > 1  # each names its windows
