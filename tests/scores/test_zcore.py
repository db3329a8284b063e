"""ZCore: the released code's sums for the same draws, its order with others, and draws worked by hand."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from coreset_engine import Snapshot, score
from coreset_engine.errors import ConfigError
from coreset_engine.scores.zcore import covered
from tests.snapshots import golden_arrays, golden_snapshot, random_snapshot


@pytest.fixture(scope="module")
def zcore(golden):
    return golden("zcore")


def legacy_draws(embedded, seed, draws):
    """The dimensions and points that the released code draws, two dimensions a draw."""
    low, middle, high = embedded.min(axis=0), np.median(embedded, axis=0), embedded.max(axis=0)
    chance = np.random.RandomState(seed)
    axes, points = np.empty((draws, 2), int), np.empty((draws, 2))
    for draw in range(draws):
        axes[draw] = chance.choice(embedded.shape[1], 2, replace=False)
        points[draw] = chance.triangular(low[axes[draw]], middle[axes[draw]], high[axes[draw]])
    return axes, points


def plainly(embedded, axes, points, neighbours, exponent):
    """The sums as the paper says them, one draw after another over all samples, ties to the lower row."""
    scores = np.zeros(len(embedded))
    for axis, point in zip(axes, points, strict=True):
        near = embedded[:, axis].astype(np.float64)
        hit = np.abs(near - point).sum(axis=1).argmin()
        scores[hit] += 1
        apart = np.abs(near - near[hit]).sum(axis=1)
        others = np.delete(np.argsort(apart, kind="stable"), np.flatnonzero(np.argsort(apart, kind="stable") == hit))
        if apart[others[0]] == 0:
            scores[others[0]] -= 1
            continue
        shares = apart[others[:neighbours]] ** -exponent
        scores[others[:neighbours]] -= shares / shares.sum()
    return scores


@pytest.mark.parametrize(("case", "letter"), [(0, "a"), (1, "b")])
def test_for_the_released_codes_draws_the_sums_are_its_own(case, letter, zcore):
    seed, draws, neighbours = map(int, zcore["zcore_raw_cases"][case])
    embedded = golden_arrays()["logits"]
    axes, points = legacy_draws(embedded, seed, draws)
    got = covered(np.ascontiguousarray(embedded.T), axes, points, neighbours, 4.0, np.random.default_rng(0))
    np.testing.assert_allclose(got, zcore[f"zcore_raw_{letter}"], rtol=0, atol=1e-9)


@pytest.mark.parametrize(("neighbours", "exponent", "count"), [(1, 4.0, 2), (7, 1.0, 3), (50, 4.0, 1), (5000, 2.5, 4)])
def test_strips_give_what_all_distances_give(neighbours, exponent, count):
    draws = np.random.default_rng(count)
    embedded = draws.standard_t(2, size=(700, 6)).astype(np.float32)  # with samples far out, where strips are wide
    axes = np.array([draws.choice(6, count, replace=False) for _ in range(150)])
    points = draws.uniform(embedded.min(axis=0)[axes], embedded.max(axis=0)[axes])
    got = covered(np.ascontiguousarray(embedded.T), axes, points, neighbours, exponent, draws)
    np.testing.assert_allclose(got, plainly(embedded, axes, points, neighbours, exponent), rtol=0, atol=1e-9)


def test_another_generator_ranks_as_the_released_code(zcore):
    got, mean = score(golden_snapshot(), "zcore", of="logits", draws=20_000), zcore["zcore_mean20000"]
    assert spearmanr(got, mean).statistic >= 0.65
    assert len(set(np.argsort(-got)[:40]) & set(np.argsort(-mean)[:40])) >= 20


def test_a_draw_gives_1_to_the_nearest_and_takes_1_from_its_neighbours_by_distance():
    # the point at 0.9 is nearest to 1; its two neighbours 3 and 0 lie 2 and 1 away: shares 2^-1 : 1 = 1/3 and 2/3
    columns = np.array([[0.0, 1.0, 3.0, 9.0]])
    got = covered(columns, np.array([[0]]), np.array([[0.9]]), 2, 1.0, np.random.default_rng(0))
    np.testing.assert_allclose(got, [-2 / 3, 1, -1 / 3, 0], rtol=1e-12)


def test_an_exact_copy_loses_1_and_nobody_else_anything():
    columns = np.array([[0.0, 2.0, 2.0, 2.5]])
    got = covered(columns, np.array([[0]]), np.array([[2.1]]), 3, 4.0, np.random.default_rng(0))
    assert (got[0], got[3]) == (0, 0)
    assert sorted(got[1:3].tolist()) == [-1, 1]


def test_no_row_of_equal_samples_is_preferred():
    columns, times = np.array([[1.0, 1.0, 1.0, 5.0]]), 3000
    got = covered(columns, np.zeros((times, 1), int), np.ones((times, 1)), 3, 4.0, np.random.default_rng(0))
    assert (
        np.abs(got[:3]) < 4.5 * np.sqrt(times * 2 / 3)
    ).all()  # each draw is 1 for one and -1 for another: variance 2/3


def test_scores_lie_in_0_to_1_and_reach_both():
    values = score(random_snapshot(), "zcore", seed=3)
    assert (values.min(), values.max()) == (0, 1)


def test_another_seed_gives_other_scores_and_the_same_one_the_same():
    snapshot = random_snapshot()
    first, again, other = (score(snapshot, "zcore", seed=seed) for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes()
    assert (first != other).any()


def test_labels_play_no_part():
    snapshot = random_snapshot()
    other = Snapshot.from_arrays(features=snapshot.features, logits=snapshot.logits, labels=snapshot.labels[::-1])
    np.testing.assert_array_equal(score(snapshot, "zcore"), score(other, "zcore"))


def test_dimensions_without_spread_are_left_out():
    draws = np.random.default_rng(0)
    moving = draws.normal(size=(30, 2))
    padded = np.hstack([moving, np.full((30, 3), 7.0)])
    both = [
        score(Snapshot.from_arrays(features=h, logits=np.zeros((30, 2)), labels=np.zeros(30, int)), "zcore")
        for h in (moving, padded)
    ]
    np.testing.assert_array_equal(*both)


def test_samples_that_are_all_the_same_still_have_scores():
    same = Snapshot.from_arrays(features=np.ones((5, 3)), logits=np.zeros((5, 2)), labels=np.zeros(5, int))
    assert len(np.unique(score(same, "zcore"))) == 5  # the number added once tells them apart


@pytest.mark.parametrize("wrong", [{"draws": 0}, {"neighbours": -1}, {"dimensions": 0}, {"exponent": 0}])
def test_an_option_that_is_not_positive_is_refused(wrong):
    with pytest.raises(
        ConfigError, match=f"Option {next(iter(wrong))}=.* give a (whole number of 1 or more|number above 0)"
    ):
        score(random_snapshot(), "zcore", **wrong)
