"""Sampled: how often a sample is drawn."""

import itertools

import numpy as np
import pytest

from coreset_engine import select
from coreset_engine.errors import ConfigError
from coreset_engine.selection import Request
from coreset_engine.selection.sampled import sampled

SCORES, LABELS = np.array([0.0, 1, 2, 3, 4]), np.zeros(5, int)
DRAWS = 8_000


def frequencies(size, keep="highest", **options):
    """How often each sample is among `size` drawn, over so many seeds."""
    request, counts = Request(SCORES, LABELS, size, keep), np.zeros(5)
    for seed in range(DRAWS):
        counts[sampled(request, seed=seed, **options)] += 1
    return counts / DRAWS


def first_draw(z):
    return np.exp(z) / np.exp(z).sum()


@pytest.mark.parametrize(
    ("keep", "preferred"),
    [("highest", [-2, -1, 0, 1, 2]), ("lowest", [2, 1, 0, -1, -2]), ("middle", [-2, -1, 0, -1, -2])],
)
def test_one_draw_has_the_softmax_of_the_standardised_scores(keep, preferred):
    expected = first_draw(np.array(preferred) / np.sqrt(2) / 0.8)  # the scores' standard deviation is sqrt 2
    deviation = np.sqrt(expected * (1 - expected) / DRAWS)
    assert (np.abs(frequencies(1, keep, temperature=0.8) - expected) < 4.5 * deviation).all()


def test_two_draws_are_without_replacement():
    p = first_draw((SCORES - 2) / np.sqrt(2))
    expected = np.zeros(5)
    for one, two in itertools.permutations(range(5), 2):
        expected[[one, two]] += p[one] * p[two] / (1 - p[one])
    deviation = np.sqrt(expected * (1 - expected) / DRAWS)
    assert (np.abs(frequencies(2) - expected) < 4.5 * deviation).all()


def test_near_temperature_0_it_is_the_top():
    np.testing.assert_array_equal(select(SCORES, LABELS, rate=0.4, rule="sampled", temperature=1e-6), [3, 4])


def test_the_middle_is_that_of_the_ranks_and_not_the_mean():
    scores = np.array([0.0, 1, 2, 3, 100])  # mean 21.2
    kept = select(scores, LABELS, rate=0.2, rule="sampled", keep="middle", temperature=1e-6)
    np.testing.assert_array_equal(kept, [2])


@pytest.mark.parametrize("temperature", [0, -1, np.inf, "nan"])
def test_a_temperature_that_is_not_positive_is_refused(temperature):
    with pytest.raises(ConfigError, match="give a number above 0"):
        select(SCORES, LABELS, rate=0.4, rule="sampled", temperature=temperature)
