"""How numbers of tables are written."""

import math

import pytest

from coreset_engine.results import FIGURES, people
from coreset_engine.results.parts import all_parts
from coreset_engine.results.statistics import Interval

PERCENT, OTHERS = "test_acc_best_val", ("test_auc_best_val", "test_kappa_last")


def test_a_metric_is_written_with_two_places_in_percent_and_with_four_where_it_is_no_share():
    assert people.written({"a": people.Column(format=people.FIGURE)}, PERCENT)["a"].format == "%.2f"
    for metric in OTHERS:
        found = people.written(people.DIFFERENCE | {"p": people.Column(format="%.3g")}, metric)
        assert (found["low"].format, found["p"].format) == ("%+.4f", "%.3g")


@pytest.mark.parametrize("metric", FIGURES)
def test_no_part_leaves_the_places_of_a_number_open(metric):
    for part in all_parts().values():
        assert not [one for one in people.written(part.columns, metric).values() if "{" in one.format]


@pytest.mark.parametrize(
    ("metric", "gain", "expected"),
    [
        (PERCENT, False, "80.0 % ± 5.0 (n = 3)"),
        (PERCENT, True, "+80.0 points ± 5.0 (n = 3)"),
        ("val_kappa_best", False, "0.800 ± 0.050 (n = 3)"),
        ("val_kappa_best", True, "+0.800 ± 0.050 (n = 3)"),
    ],
)
def test_a_mean_is_told_in_percent_where_it_is_a_share(metric, gain, expected):
    assert people.mean_of(Interval(0.8, 0.1, 3, 0.05), metric, gain=gain) == expected


def test_the_mean_of_one_has_no_interval_and_that_of_none_is_no_number():
    assert people.mean_of(Interval(0.8, math.nan, 1, math.nan), PERCENT) == "80.0 % (n = 1)"
    assert people.mean_of(Interval(math.nan, math.nan, 0, math.nan), PERCENT) == people.NONE_COUNTS
