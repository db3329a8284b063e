"""What the Overview page says of runs and results, worked out by hand."""

import pandas as pd

from coreset_engine.dashboard import overview
from tests.dashboard.test_comparison import result

SUMMARY = {
    "run": "tiny",
    "dataset": "demo",
    "architecture": "lenet",
    "epochs_done": 6,
    "epochs": 12,
    "samples": 300,
    "classes": 11,
    "val_accuracy": 0.875,
    "seed": 0,
    "mebibytes": 1.5,
    "created": "2026-01-02T03:04:05+00:00",
    "synthetic": True,
    "problem": "",
}


def test_runs_stand_with_the_newest_first_and_synthetic_images_are_called_so():
    later = SUMMARY | {"run": "later", "created": "2026-02-02T03:04:05+00:00", "synthetic": False}
    table = overview.run_table([SUMMARY, later])
    assert table["run"].tolist() == ["later", "tiny"]
    assert table["data set"].tolist() == ["demo", "demo (synthetic)"]
    assert (table["recorded"].tolist(), table["val accuracy"].tolist()) == ([0.5, 0.5], [87.5, 87.5])
    assert table["explore"].tolist() == ["/Explore?run=later", "/Explore?run=tiny"]


def test_a_run_that_can_not_be_read_is_a_sentence_and_not_in_the_table():
    damaged = {"run": "broken", "problem": "dynamics.h5 is truncated."}
    assert overview.run_table([SUMMARY, damaged])["run"].tolist() == ["tiny"]
    assert overview.problems([SUMMARY, damaged]) == ["broken: dynamics.h5 is truncated."]


def test_the_glance_shows_full_data_then_random_then_methods_at_the_rate_with_most_of_them():
    rows = [result("full", 0, 0.9, 1.0), result("eva", 0, 0.5, 0.3), result("random", 0, 0.6, 0.3)]
    rows += [result("eva", 0, 0.4, 0.1), result("full", 1, 0.8, 1.0)]
    head, figures = overview.at_a_glance(pd.DataFrame(rows))
    assert head.endswith("coresets of α = 0.3")
    assert [figure.name for figure in figures] == ["all data", "random", "eva"]
    # the sample standard deviation of 90 and 80 is 10 / sqrt(2) = 7.07
    assert (figures[0].value, figures[0].spread) == ("85.0 %", "± 7.1, n = 2")
    assert (figures[1].value, figures[1].spread) == ("60.0 %", "n = 1")


def test_without_results_there_is_nothing_to_glance_at():
    assert overview.at_a_glance(pd.DataFrame()) == ("", [])
