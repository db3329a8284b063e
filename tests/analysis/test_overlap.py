"""Several coresets side by side: numbers worked by hand, and SciPy's where it has them."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from coreset_engine.analysis import overlap

KEPT = np.array([[1, 1, 1, 1, 0, 0], [0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 0, 0]], bool)


def test_the_overlap_is_what_two_share_of_what_either_has():
    expected = [[1, 2 / 5, 1 / 4], [2 / 5, 1, 1 / 3], [1 / 4, 1 / 3, 1]]
    np.testing.assert_allclose(overlap.jaccard(KEPT), expected)


def test_two_empty_coresets_are_alike():
    assert overlap.jaccard(np.zeros((2, 3), bool)).tolist() == [[1, 1], [1, 1]]


def test_the_overlap_by_chance_is_that_of_random_draws():
    rng = np.random.default_rng(0)
    drawn = np.zeros((400, 1000), bool)
    for number, mask in enumerate(drawn):
        mask[rng.choice(1000, 100 if number % 2 else 300, replace=False)] = True
    measured = [overlap.jaccard(drawn[[i, i + 1]])[0, 1] for i in range(0, 400, 2)]
    expected = overlap.by_chance(np.array([300, 100]), 1000)
    assert expected[0, 1] == pytest.approx(30 / 370)
    assert np.mean(measured) == pytest.approx(expected[0, 1], abs=0.003)


def test_ranks_grow_toward_the_end_that_is_kept():
    scores = np.array([3.0, 1.0, 2.0, 2.0])
    assert overlap.ranks(scores, "highest").tolist() == [4, 1, 2.5, 2.5]
    assert overlap.ranks(scores, "lowest").tolist() == [1, 4, 2.5, 2.5]


def test_ranks_of_a_method_that_keeps_the_middle_fall_to_both_sides():
    assert overlap.ranks(np.array([10.0, 20.0, 30.0, 40.0, 50.0]), "middle").tolist() == [1.5, 3.5, 5, 3.5, 1.5]


def test_the_correlation_is_that_of_scipy_and_missing_for_what_ranks_nothing():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=80), rng.integers(0, 5, 80).astype(float)
    given = [overlap.ranks(a, "highest"), None, overlap.ranks(b, "lowest")]
    found = overlap.correlations(given)
    assert found[0, 2] == pytest.approx(spearmanr(a, -b).statistic)
    assert found[2, 0] == found[0, 2]
    assert found[0, 0] == pytest.approx(1)
    assert np.isnan(found[1]).all()


def test_equal_scores_have_no_correlation():
    found = overlap.correlations([overlap.ranks(np.ones(4), "highest"), overlap.ranks(np.arange(4.0), "highest")])
    assert np.isnan(found[0]).all()
    assert found[1, 1] == pytest.approx(1)


def test_every_kept_sample_is_in_one_intersection_and_the_largest_come_first():
    coded = overlap.codes(KEPT)
    assert coded.tolist() == [1, 1, 3, 7, 2, 0]
    assert overlap.intersections(coded) == [((0,), 2), ((1,), 1), ((0, 1), 1), ((0, 1, 2), 1)]


def test_the_rows_of_an_intersection_are_those_no_other_coreset_keeps():
    coded = overlap.codes(KEPT)
    assert overlap.rows_of(coded, (0,)).tolist() == [0, 1]
    assert overlap.rows_of(coded, (0, 1)).tolist() == [2]
    assert overlap.rows_of(coded, (2,)).tolist() == []


def test_the_class_shift_is_the_share_that_would_have_to_change_class():
    counts = np.array([[50, 10, 0], [50, 10, 20]])
    np.testing.assert_allclose(overlap.class_shift(counts), [0, 0.5])


def test_stability_is_the_mean_overlap_of_all_pairs_with_the_lowest_and_the_highest():
    found = overlap.stability(KEPT)
    assert found.n == 3
    np.testing.assert_allclose(found[1:], [(2 / 5 + 1 / 4 + 1 / 3) / 3, 1 / 4, 2 / 5])


def test_two_coresets_have_one_overlap_and_so_no_spread():
    found = overlap.stability(KEPT[:2])
    assert (found.n, found.mean) == (2, pytest.approx(0.4))
    assert np.isnan([found.low, found.high]).all()


def test_one_coreset_has_no_stability():
    assert overlap.stability(KEPT[:1]) is None
