"""From scores to a coreset: its size, its input, and the shares of groups."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine import select
from coreset_engine.budgets.places import apportion
from coreset_engine.errors import ConfigError, SelectionError
from coreset_engine.selection import Request, coreset_size, ranking


@pytest.mark.parametrize(
    ("rate", "samples", "size"),
    [(0.02, 13_932, 279), (0.1, 34_561, 3_457), (0.07, 600, 42), (1 - 0.9, 50_000, 5_000), (1e-9, 10, 1), (1, 7, 7)],
)
def test_the_size_is_rounded_up_but_not_by_float_noise(rate, samples, size):
    assert coreset_size(rate, samples) == size


def test_a_rate_below_the_guard_against_noise_still_keeps_one_sample():
    assert coreset_size(1e-12, 10) == 1


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12).filter(any), st.floats(0, 1))
def test_groups_share_the_places_within_one_of_their_exact_part(counts, rate):
    counts = np.array(counts)
    size = coreset_size(max(rate, 1e-6), counts.sum())
    places = apportion(size, counts)
    assert places.sum() == size
    assert (places <= counts).all()
    assert (np.abs(places - size * counts / counts.sum()) < 1 + 1e-9).all()


@pytest.mark.parametrize(
    ("keep", "order"), [("highest", [1, 3, 0, 4, 2]), ("lowest", [2, 0, 4, 1, 3]), ("middle", [4, 0, 1, 2, 3])]
)
def test_the_ranking_begins_with_the_kept_end_and_ties_with_the_lower_row(keep, order):
    # ascending the rows are 2, 0, 4, 1, 3; row 4 is the median, then 0 and 1, then 2 and 3 lie as far from it
    scores = np.array([2.0, 5, 1, 5, 2])
    np.testing.assert_array_equal(Request(scores, np.zeros(5), 1, keep).ranking(), order)


@pytest.mark.parametrize(
    ("scores", "labels"), [([1.0, 2], [0]), ([[1.0, 2]], [[0, 1]]), ([], []), ([1.0, 2], [[1, 1], [1, 0]])]
)
def test_scores_and_labels_of_other_shapes_are_refused(scores, labels):
    with pytest.raises(SelectionError, match=r"must both have shape \(N,\) with N >= 1"):
        select(scores, labels, rate=0.5)


def test_the_ranking_of_many_ties_is_the_one_of_python_s_stable_sort():
    scores = np.random.default_rng(0).integers(0, 40, 3000) / 7 - 2
    scores[::50] = np.arange(60) / 59  # some without ties
    assert ranking(scores, "lowest").tolist() == sorted(range(3000), key=scores.tolist().__getitem__)
    assert ranking(scores, "highest").tolist() == sorted(range(3000), key=(-scores).tolist().__getitem__)


def test_an_end_that_is_none_is_refused():
    with pytest.raises(ConfigError, match=r"keep='best' is no end.*highest, lowest or middle"):
        select([1.0, 2], [0, 1], rate=0.5, keep="best")


@pytest.mark.parametrize("given", [np.array([True, False, True]), [0.5]])
def test_a_mask_or_fractions_are_no_row_numbers_to_exclude(given):
    with pytest.raises(SelectionError, match=r"Excluded are row numbers, not .*np\.flatnonzero\(mask\)"):
        select([3.0, 2, 1], [0, 0, 0], rate=0.3, exclude=given)


def test_the_rate_that_is_told_to_be_possible_is():
    with pytest.raises(SelectionError, match=r"a rate of at most 0\.6666,"):
        select([3.0, 2, 1], [0, 0, 0], rate=1, exclude=[0])
    assert select([3.0, 2, 1], [0, 0, 0], rate=0.6666, exclude=[0]).tolist() == [1, 2]


def test_where_all_rows_are_excluded_no_rate_is_advised():
    with pytest.raises(SelectionError, match=r"so 1 can't be kept\. Exclude fewer\.$"):
        select(np.arange(4.0), np.zeros(4, np.int64), rate=0.25, exclude=np.arange(4))
