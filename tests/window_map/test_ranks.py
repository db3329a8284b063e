import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from coreset_engine.window_map import ranks, windows


@pytest.fixture
def norms():
    """Error norms (12, 90), of which 30 samples never move and 20 are copies of others."""
    found = np.random.default_rng(0).uniform(0, 1.4, (12, 90)).astype(np.float32)
    found[:, :30] = 0.5
    found[:, 30:50] = found[:, 50:70]
    return found


def test_agreement_is_spearmans_coefficient_with_shared_ranks(norms):
    starts = np.array([1, 4, 5, 6, 9])
    scores = np.random.default_rng(1).integers(0, 20, 90).astype(float)
    values = windows.variances(norms, starts, 3)
    found = ranks.Agreement(norms, starts, 3, scores).of(0, slice(1, 5))
    expected = [spearmanr(values[0] + values[late], scores).statistic for late in range(1, 5)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_agreement_without_ties_is_spearmans_coefficient(norms):
    starts = np.array([1, 7])
    scores = np.random.default_rng(1).normal(size=40)
    values = windows.variances(norms[:, 50:], starts, 5)
    found = ranks.Agreement(norms[:, 50:], starts, 5, scores).of(0, slice(1, 2))
    np.testing.assert_allclose(found, [spearmanr(values.sum(axis=0), scores).statistic], rtol=1e-12)


def test_infinite_scores_rank_first(norms):
    scores = np.arange(90.0)
    far = np.where(scores < 89, scores, np.inf)
    starts = np.array([1, 7])
    both = [ranks.Agreement(norms, starts, 5, given).of(0, slice(1, 2)) for given in (scores, far)]
    assert both[0] == both[1]


def test_equal_scores_agree_with_nothing(norms):
    assert np.isnan(ranks.Agreement(norms, np.array([1, 7]), 5, np.ones(90)).of(0, slice(1, 2))).all()


def test_average_ranks_share_the_mean_of_equal_values():
    values = np.array([3.0, 1, 3, 2, 3, 1])
    np.testing.assert_array_equal(ranks.average_ranks(values), rankdata(values) - 1)


def test_the_same_2000_rows_are_drawn_from_more():
    rows = ranks.sampled(5_000)
    assert len(np.unique(rows)) == 2_000
    np.testing.assert_array_equal(rows, ranks.sampled(5_000))
    assert ranks.sampled(1_999).tolist() == list(range(1_999))


def test_rows_in_which_two_values_differ_in_the_last_bits_alone_are_told_apart_from_the_others():
    order, close = ranks.ordered(np.array([[2.0, 0.0, 3.0], [2.0, np.nextafter(1, 2), 1.0]]))
    assert close.tolist() == [False, True]
    assert order[0].tolist() == [1, 0, 2]
