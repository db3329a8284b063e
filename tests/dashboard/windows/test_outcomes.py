"""Which result rows lie over the window map, and their means."""

import numpy as np
import pytest

from coreset_engine import results
from coreset_engine.config import Recipe
from coreset_engine.dashboard.windows import outcomes
from tests import mapped


@pytest.fixture
def run(cache):
    mapped.record(cache, epochs=8)
    return "mapped"


def laid_over(run, cache, **changes):
    """The rows that are laid over the map of a run."""
    given = {"length": mapped.LENGTH, "rate": mapped.RATE, "state": mapped.state(cache, run)} | changes
    return outcomes.accuracies(results.frame(), run, **given)


def test_without_results_nothing_is_laid_over(run, cache):
    assert laid_over(run, cache).empty
    assert outcomes.trainings(laid_over(run, cache)) == {}


def test_means_and_spread_are_over_the_seeds_of_a_pair_and_collapsed_runs_are_counted_apart(run, cache):
    for seed, accuracy in enumerate((0.7, 0.8)):
        mapped.add_result(cache, run, 1, 5, accuracy, seed)
    mapped.add_result(cache, run, 1, 5, 0.1, 2, collapsed=True)
    mapped.add_result(cache, run, 1, 6, 0.6, 0)
    (rows,) = outcomes.trainings(laid_over(run, cache)).values()
    first, second = outcomes.pair_accuracies(rows, "test_acc_best_val")
    assert (first.early, first.late, first.n, first.collapsed) == (1, 5, 2, 1)
    assert first.mean == pytest.approx(0.75)
    assert first.sd == pytest.approx(np.sqrt(0.005))  # sample standard deviation of 0.7 and 0.8
    assert (second.late, second.n) == (6, 1)
    assert second.text == "60.0 %, n = 1"


@pytest.mark.parametrize(
    "changes",
    [
        {"run": "another"},
        {"method": "aum", "options": {"space": "probability"}},
        {"options": {"early": 1, "late": 5, "length": 3, "combine": "sum"}},
        {"options": {"early": 1, "late": 5, "length": 4, "combine": "normalized"}},
        {"rate": 0.2},
        {"rule": "balanced"},
        {"dynamics": ["2020-01-01T00:00:00+00:00 8/8"]},
        {"average": ["b"], "dynamics": ["x", "y"]},
        {"weighting": "batch"},
    ],
)
def test_a_retraining_that_differs_in_more_than_its_windows_is_left_out(run, cache, changes):
    mapped.add_result(cache, run, 1, 5, 0.7, 0)
    mapped.add_result(cache, run, 1, 5, 0.9, 1, **changes)
    assert laid_over(run, cache)["test_acc_best_val"].tolist() == [0.7]


def test_architectures_and_epochs_are_never_mixed(run, cache):
    for seed, network in enumerate(("lenet", "lenet", "resnet8")):
        mapped.add_result(cache, run, 1, 5, 0.7, seed, architecture=network)
    mapped.add_result(cache, run, 1, 5, 0.7, 3, recipe=Recipe(epochs=24, loss="ordinal").to_dict())
    groups = outcomes.trainings(laid_over(run, cache))
    assert {name: len(rows) for name, rows in groups.items()} == {
        "lenet, 24 epochs": 2, "resnet8, 24 epochs": 1, "lenet, 24 epochs, ordinal loss": 1}  # fmt: skip


def test_the_state_of_a_run_is_what_its_result_rows_say(run, cache):
    assert outcomes.state_of(run) == mapped.state(cache, run)


def test_published_windows_are_those_of_data_set_and_rate_where_the_run_can_have_them():
    found = outcomes.published("organamnist", 200, 10, 0.1)
    assert (found.early, found.late) == (100, 190)
    assert outcomes.published("organamnist", 150, 10, 0.1) is None
    assert outcomes.published("organamnist", 200, 5, 0.1) is None
    assert outcomes.published("organamnist", 200, 10, 0.11) is None
    assert outcomes.published("demo", 200, 10, 0.1) is None
