"""Balanced: the same rate in every class."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine import select
from coreset_engine.selection import select_from_scores


def test_every_class_gives_its_best_samples():
    scores, labels = [9.0, 8, 7, 6, 1, 2, 3, 4], [0, 0, 0, 0, 1, 1, 1, 1]
    np.testing.assert_array_equal(select(scores, labels, rate=0.5, rule="balanced"), [0, 1, 6, 7])


def test_the_lowest_are_kept_where_asked():
    scores, labels = [9.0, 8, 7, 6, 1, 2, 3, 4], [0, 0, 0, 0, 1, 1, 1, 1]
    np.testing.assert_array_equal(select(scores, labels, rate=0.5, rule="balanced", keep="lowest"), [2, 3, 4, 5])


def test_the_middle_is_that_of_each_class_and_not_of_all():
    scores, labels = [0.0, 1, 2, 3, 4, 10, 11, 12, 13, 14], np.repeat([0, 1], 5)
    np.testing.assert_array_equal(select(scores, labels, rate=0.2, rule="balanced", keep="middle"), [2, 7])


def test_class_budgets_stand_over_rounding_class_by_class():
    labels, equal = np.repeat([0, 1], [90, 10]), {"class_budget": "equal"}
    kept = select_from_scores(np.arange(100.0), labels, rate=0.1, rule="balanced", budget="round", **equal)
    np.testing.assert_array_equal(np.bincount(labels[kept]), [5, 5])  # round(0.1 n_c) would be 9 and 1


def test_the_largest_remainders_get_the_places_left():
    # 4 of 10: classes of 5, 3 and 2 have exact parts 2.0, 1.2 and 0.8
    labels = np.repeat([0, 1, 2], [5, 3, 2])
    kept = select(np.zeros(10), labels, rate=0.4, rule="balanced")
    np.testing.assert_array_equal(np.bincount(labels[kept]), [2, 1, 1])


def test_class_numbers_may_have_gaps():
    np.testing.assert_array_equal(select([1.0, 2, 3, 4], [5, 5, 9, 9], rate=0.5, rule="balanced"), [1, 3])


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.floats(0.01, 1))
def test_every_class_keeps_its_share_within_one_sample(labels, rate):
    labels = np.array(labels)
    kept = select(np.arange(len(labels), dtype=float), labels, rate=rate, rule="balanced")
    shares = np.bincount(labels, minlength=5) * len(kept) / len(labels)
    assert (np.abs(np.bincount(labels[kept], minlength=5) - shares) < 1 + 1e-9).all()
