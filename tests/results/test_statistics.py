"""Intervals and tests over seeds, against tables of Student's t, scipy.stats and sums worked by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from coreset_engine.results import statistics


def test_the_interval_of_three_values_is_that_of_the_table_of_students_t():
    found = statistics.interval([0.5, 0.7, 0.9])
    assert (found.mean, found.sd, found.n) == (pytest.approx(0.7), pytest.approx(0.2), 3)
    assert found.half == pytest.approx(4.302653 * 0.2 / math.sqrt(3))  # t(0.975, 2)
    assert (found.low, found.high) == (pytest.approx(0.7 - found.half), pytest.approx(0.7 + found.half))


@pytest.mark.parametrize("values", [[0.5], [0.5, np.nan]])
def test_one_value_has_a_mean_but_no_spread(values):
    found = statistics.interval(values)
    assert (found.mean, found.n) == (0.5, 1)
    assert math.isnan(found.sd)
    assert math.isnan(found.half)


def test_no_value_has_no_mean():
    assert math.isnan(statistics.interval([]).mean)


def test_the_paired_test_is_that_of_scipy():
    rng = np.random.default_rng(3)
    one, other = rng.normal(0.8, 0.02, 6), rng.normal(0.78, 0.02, 6)
    found, expected = statistics.paired(one, other), stats.ttest_rel(one, other)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.difference.low, found.difference.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_pairs_that_move_together_differ_surely_though_their_means_spread():
    found = statistics.paired([0.50, 0.71, 0.90], [0.40, 0.60, 0.80])
    assert found.difference.mean == pytest.approx(0.31 / 3)
    assert found.p < 0.01  # t = 0.10333 / (0.0057735 / sqrt 3) = 31


@pytest.mark.parametrize(("one", "other"), [([0.5], [0.4]), ([0.5, 0.6], [0.4, 0.5]), ([0.5, 0.6], [0.5, 0.6])])
def test_where_nothing_varies_there_is_no_p(one, other):
    assert math.isnan(statistics.paired(one, other).p)


def test_two_independent_means_are_compared_as_by_welch():
    one, other = [0.81, 0.79, 0.83, 0.80], [0.70, 0.76, 0.73]
    expected = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    first, second = statistics.interval(one), statistics.interval(other)
    found = statistics.welch((first.mean, first.sd, first.n), (second.mean, second.sd, second.n))
    assert (found.low, found.high) == pytest.approx(tuple(expected))


def test_a_published_number_without_a_spread_is_taken_as_exact():
    found = statistics.welch((0.7, 0.2, 3), (0.6, math.nan, 1))
    assert found.mean == pytest.approx(0.1)
    assert found.half == pytest.approx(statistics.half_width(0.2, 3))


def test_a_single_run_of_ours_has_a_difference_without_an_interval():
    found = statistics.welch((0.7, math.nan, 1), (0.6, 0.01, 3))
    assert found.mean == pytest.approx(0.1)
    assert math.isnan(found.half)


def test_holm_multiplies_by_how_many_are_left_and_never_falls():
    # sorted 0.01, 0.03, 0.04 become 0.03, 0.06 and max(0.06, 0.04)
    np.testing.assert_allclose(statistics.holm([0.04, 0.01, 0.03]), [0.06, 0.03, 0.06])


def test_what_was_not_tested_does_not_count_among_the_comparisons():
    np.testing.assert_allclose(statistics.holm([0.02, np.nan, 0.6]), [0.04, np.nan, 0.6])
    np.testing.assert_allclose(statistics.holm([0.7, 0.8]), [1, 1])
    assert len(statistics.holm([])) == 0
