"""The form of the Experiments page as one sweep, worked out by hand."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from coreset_engine import store
from coreset_engine.dashboard.experiments import data
from coreset_engine.dashboard.experiments.data import More
from coreset_engine.errors import ConfigError
from coreset_engine.executors import table
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RetrainingRequest, SweepRequest

TRAINED = {"architectures": ("lenet", "resnet8"), "seeds": (0, 1), "epochs": 12}
BASE = RetrainingRequest("tiny", (), (0.1, 0.3), **TRAINED)
RANDOM, FULL = replace(BASE, methods=("random",)), replace(BASE, methods=("full",), rates=(1.0,))
EVA = replace(BASE, methods=("eva",), options={"early": 1, "late": 9, "length": 4, "combine": "sum"})


def words(planned, more=None):
    return requests.words_of(data.sweep_of(planned, more or More()))


def test_a_form_is_one_sweep_over_methods_rates_architectures_and_seeds_with_references():
    common = "--architecture lenet resnet8 --training-seeds 0 1 --reference random full --epochs 12"
    expected = f"sweep tiny --method eva aum --rate 0.1 0.3 --windows 1/9 --length 4 {common}"
    aum = replace(BASE, methods=("aum",))
    assert sorted(words([RANDOM, FULL, EVA, aum])) == sorted(expected.split())


def test_what_the_form_asks_of_the_recipe_is_the_sweeps_too():
    asked = {"loss": "ordinal", "augment": True, "augmentation": "resized-crop-flip", "schedule": "constant"}
    asked |= {"drop_last": True, "warmup": 0.0, "batch_size": 32, "learning_rate": 0.2}
    found = data.sweep_of([replace(EVA, **asked)], More())
    assert {name: getattr(found, name) for name in asked} == asked
    assert data.sweep_of([EVA], More()).loss is None


def test_options_that_differ_from_the_default_stand_with_their_method_and_rule():
    aum = replace(BASE, methods=("aum",), rule="ccs", options={"space": "logit", "cutoff": 0.2})
    found = data.sweep_of([aum], More(rules=("ccs", "balanced"), selection_seeds=(0, 1)))
    assert found.methods == ("aum:space=logit",)
    assert found.rules == ("ccs:cutoff=0.2", "balanced")
    assert found.selection_seeds == (0, 1)


def test_windows_and_lengths_asked_for_stand_in_for_those_of_the_controls():
    found = data.sweep_of([EVA], More(windows=("grid",), lengths=(2, 4), search="racing", budget=9))
    assert (found.windows, found.lengths, found.search, found.budget) == (("grid",), (2, 4), "racing", 9)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (More(windows=("grid",)), "windows change nothing"),
        (More(lengths=(4,)), "length of windows changes nothing"),
        (More(lengths=("4.5",)), "lengths='4.5'"),
    ],
)
def test_windows_and_lengths_of_no_method_are_refused_and_not_passed_over(more, said):
    with pytest.raises(ConfigError, match=said):
        data.sweep_of([replace(BASE, methods=("aum",))], more)


def test_references_alone_are_a_sweep_and_nothing_is_none():
    found = data.sweep_of([RANDOM], More())
    assert (found.methods, found.references, found.windows) == ((), ("random",), ())
    assert data.sweep_of([], More()) is None


def job(number, *arguments):
    return table.Job(number, "", arguments, "done", "", "", "", 0, 0.0, "", cancelling=False)


def test_a_sweep_is_compared_with_the_newest_one_over_its_run():
    old = SweepRequest("tiny", ("eva",), (0.1,))
    jobs = [
        job(5, "sweep", "tiny", "--an-option-of-another-version", "1"),
        job(4, "retrain", "tiny", "--method", "aum", "--rate", "0.1"),
        job(3, *requests.words_of(replace(old, run="other"))),
        job(2, *requests.words_of(old)),
        job(1, *requests.words_of(replace(old, rates=(0.9,)))),
    ]
    facts = SimpleNamespace(architecture="lenet", epochs=30)
    assert data.compared(jobs, replace(old, rates=(0.1, 0.2)), facts) == "Against job 2: rates: added 0.2."
    assert data.compared(jobs, replace(old, architectures=("lenet",), epochs=30), facts) == "Against job 2: the same."
    assert data.compared(jobs, replace(old, epochs=15), facts) == "Against job 2: epochs: 30 → 15."
    assert data.compared(jobs[:2], old, facts) == ""


def test_what_selections_take_is_told_before_a_sweep_starts():
    facts = store.RunInfo(epochs=90, samples=1_000_000, classes=10)
    # within classes 0.4 ns for each of M N D / C = 0.1 · 10^12 · 512 / 10, and 13 bytes for each of N D / C
    told = data.selecting(SweepRequest("mine", ("herding",), (0.1,)), facts)
    assert told == "Selecting takes about 34 min per rate and setting, on one core, and up to 634.9 MiB beside the run."
    # a network whose features are a quarter as wide
    narrow = data.selecting(SweepRequest("mine", ("herding",), (0.1,)), facts, 128)
    assert narrow.startswith("Selecting takes about 9 min per rate and setting")
    assert data.selecting(SweepRequest("mine", (), (0.1,), references=("random",)), facts) == ""


def trained(*rows, searched=()):
    """Result rows, given as architecture and epochs, the newest last; those of `searched` places by a search."""
    found = [{"architecture": network, "epochs": epochs, "label": "eva", "rate": 0.1} for network, epochs in rows]
    told = dict.fromkeys(("samples", "seed", "best_epoch", "batch_size"), 1) | {
        "device": "cpu",
        "seconds": 1.0,
        "run": "tiny",
    }
    told |= dict.fromkeys(("val_acc_best", "test_acc_best_val", "test_acc_last", "test_auc_best_val"), 0.5)
    told |= {"collapsed": False, "without": "", "created": "2026-01-02T03:04:05+00:00"}
    return pd.DataFrame([row | told | {"found_by": "model" if n in searched else ""} for n, row in enumerate(found)])


@pytest.mark.parametrize(
    ("rows", "searched", "controls"),
    [
        ([("lenet", 30), ("lenet", 30)], (), {}),
        ([("lenet", 30), ("lenet", 30), ("lenet", 4)], (), {"trained_epochs": 4}),
        ([("lenet", 30), ("resnet8", 4)], (), {"network": "resnet8"}),
        ([("lenet", 30), *[("lenet", 4)] * 3, ("lenet", 30)], (1, 2, 3), {}),  # 4 are the usual in the search alone
        ([("lenet", 30), ("lenet", 30), ("lenet", 4)], (2,), {"searches": True, "trained_epochs": 4}),
        ([("lenet", 4), ("lenet", 4)], (0, 1), {}),  # where all are of a search the page shows them
    ],
)
def test_the_way_to_the_results_shows_the_newest_row_and_says_only_what_the_page_does_not_begin_with(
    rows, searched, controls
):
    assert data.results_of_newest(trained(*rows, searched=searched)) == controls


def test_the_newest_rows_say_for_how_many_epochs_each_was_trained():
    shown = data.newest_rows(trained(("lenet", 30), ("lenet", 4), ("resnet8", 12)), 2)
    assert shown["epochs"].tolist() == [12, 4]
    assert shown["architecture"].tolist() == ["resnet8", "lenet"]
