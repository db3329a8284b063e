"""Pooled spreads keep the chance of an error, and see more with two seeds than each line's own."""

import math

import numpy as np
import pytest
from scipy import stats

from coreset_engine.results import statistics
from coreset_engine.results.pooling import Differences, spreads

DRAWS, METHODS, RATES, SEEDS = 500, 2, 2, 2  # 2,000 intervals


def simulated(shift=0.0, of_random=1.0):
    """Lines of trainings of variance 1 against one Random per rate and seed, once per draw."""
    random = np.random.default_rng(7)
    for _ in range(DRAWS):
        lines = []
        for rate in range(RATES):
            reference = random.normal(0, of_random, SEEDS)
            partners = tuple((rate, seed) for seed in range(SEEDS))
            values = random.normal(shift, 1, (METHODS, SEEDS)) - reference
            lines += [Differences(one, partners, float(rate)) for one in values]
        yield lines


def covered(lines, found):
    """Whether each line's 95 % interval holds 0."""
    halves = [statistics.quantile(one.freedom) * one.sd / math.sqrt(SEEDS) for one in found]
    return [abs(line.values.mean()) <= half for line, half in zip(lines, halves, strict=True)]


@pytest.mark.parametrize("of_random", [1.0, 1.5])
def test_95_percent_of_the_intervals_hold_the_true_difference(of_random):
    held = [one for lines in simulated(of_random=of_random) for one in covered(lines, spreads(lines))]
    assert len(held) == 2000
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def test_two_seeds_see_more_when_the_spread_is_pooled():
    pooled, own = [], []
    for lines in simulated(shift=8.0):
        pooled += [not held for held in covered(lines, spreads(lines))]
        own += [stats.ttest_1samp(line.values, 0).pvalue < 0.05 for line in lines]
    assert np.mean(own) < 0.6
    assert np.mean(pooled) > np.mean(own) + 0.3


def test_lines_of_other_partners_are_independent():
    lines = [Differences(np.array([0.0, 0.02]), ((rate, 0), (rate, 1)), float(rate)) for rate in range(3)]
    assert {(round(one.sd, 9), one.freedom, one.of) for one in spreads(lines)} == {(0.014142136, 3.0, "all rates")}


def test_lines_that_share_one_of_two_partners_are_half_independent():
    # s = 1 of n = n' = 2: 1 - 1/2 - 1/2 + 1/4; the deviations of the shared one are opposed, so the least correlation counts
    one = Differences(np.array([0.0, 0.02]), ("a", "b"), 0.1)
    other = Differences(np.array([0.0, 0.02]), ("b", "c"), 0.1)
    assert spreads([one, other])[0].freedom == pytest.approx(4 / (2 + 2 * 0.5**2 * 0.25))


def test_no_line_has_no_spread():
    assert spreads([]) == []
    (one,) = spreads([Differences(np.array([0.1]), ("a",), 0.1)])
    assert np.isnan(one.sd)
