"""Greedy maximisation: each optimiser by its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine import compute, select
from coreset_engine.errors import ConfigError
from coreset_engine.kernels import objectives
from coreset_engine.kernels.gradients import Gradients
from coreset_engine.kernels.graph import by_cosine
from coreset_engine.kernels.objectives import Coverage, Cut, Joint, Reach
from coreset_engine.kernels.similarity import Cosine, Nearness, Rows
from coreset_engine.kernels.submodular import maximise, maximise_within
from tests.devices import DEVICES
from tests.gradients import cosine_similarities
from tests.snapshots import random_snapshot


def coverage(snapshot, limit=2**30):
    similarity = Cosine(Gradients.of(snapshot))
    return Coverage(Rows(similarity, limit), similarity.totals())


def cut(snapshot, lam=1.0):
    return Cut(Cosine(Gradients.of(snapshot)), lam)


def assert_greedy(rows, similarities, gain, least=1.0):
    """Each row had the largest gain, or `least` of it, when it was chosen; two can have it: pairs are often symmetric."""
    for step, row in enumerate(rows):
        gains = gain(similarities, rows[:step])
        gains[rows[:step]] = -np.inf
        assert gains[row] >= least * gains.max() - 1e-4
    assert len(set(rows.tolist())) == len(rows)


def of_coverage(similarities, chosen):
    best = similarities[chosen].max(axis=0, initial=0)
    return np.maximum(similarities - best, 0).sum(axis=1)


def of_cut(similarities, chosen):
    return similarities.sum(axis=0) - 2 * similarities[chosen].sum(axis=0)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("optimizer", ["naive", "lazy"])
@pytest.mark.parametrize(("objective", "gain"), [(coverage, of_coverage), (cut, of_cut)])
def test_naive_and_lazy_choose_by_the_definition(objective, gain, optimizer, device):
    snapshot = random_snapshot(60)
    with compute.on(device):
        rows = maximise(objective(snapshot), 25, optimizer)
    assert_greedy(rows, cosine_similarities(snapshot), gain)


@given(samples=st.integers(1, 50), share=st.floats(0, 1), seed=st.integers(0, 99))
def test_lazy_covers_as_much_as_naive(samples, share, seed):
    snapshot, size = random_snapshot(samples, seed=seed), max(1, round(share * samples))
    similarities = cosine_similarities(snapshot)
    naive, lazy = (maximise(coverage(snapshot), size, how) for how in ("naive", "lazy"))
    assert similarities[lazy].max(axis=0).sum() == pytest.approx(similarities[naive].max(axis=0).sum(), rel=1e-5)


def test_rows_computed_on_demand_choose_the_same():
    snapshot = random_snapshot(80, width=9)
    whole, on_demand = (maximise(coverage(snapshot, limit), 30, "lazy") for limit in (2**30, 4 * 80 * 12))
    np.testing.assert_array_equal(on_demand, whole)


@pytest.mark.parametrize("lam", [0.1, 1.0, 5.0])
def test_pools_of_any_width_choose_the_same_as_all_samples(lam, monkeypatch):
    snapshot = random_snapshot(200, width=9)
    expected = maximise(cut(snapshot, lam), 90, "naive")
    monkeypatch.setattr(objectives, "NARROWEST", 2)
    monkeypatch.setattr(objectives, "LASTING", 3)
    np.testing.assert_array_equal(maximise(cut(snapshot, lam), 90, "naive"), expected)


def test_ties_go_to_the_lower_row():
    copies = random_snapshot().take(np.full(9, 3))
    for objective in (coverage, cut):
        for optimizer in ("naive", "lazy"):
            np.testing.assert_array_equal(maximise(objective(copies), 4, optimizer), [0, 1, 2, 3])


def test_the_approximate_optimiser_stays_within_nine_tenths_of_the_largest_gain_and_is_not_exact():
    snapshot = random_snapshot(200, width=9)
    rows = maximise(coverage(snapshot), 60, "approximate")
    assert_greedy(rows, cosine_similarities(snapshot), of_coverage, least=0.9)
    assert rows.tolist() != maximise(coverage(snapshot), 60, "lazy").tolist()


def test_the_approximate_optimiser_takes_the_first_candidate_that_keeps_nine_tenths_of_its_old_gain():
    snapshot, chosen = random_snapshot(90, width=9), []
    similarities = cosine_similarities(snapshot).astype(np.float64)
    known = similarities.sum(axis=1)
    while len(chosen) < 30:
        first = int(np.argmax(known))
        gain = of_coverage(similarities, chosen)[first]
        accepted = gain >= 0.9 * known[first]
        known[first] = -np.inf if accepted else gain
        chosen += [first] if accepted else []
    np.testing.assert_array_equal(maximise(coverage(snapshot), 30, "approximate"), chosen)


@given(seed=st.integers(0, 99), sizes=st.lists(st.integers(0, 6), min_size=3, max_size=3))
def test_groups_are_closed_when_they_are_full_and_all_samples_count(seed, sizes):
    features = np.random.default_rng(seed).normal(size=(40, 4)) + 0.5
    groups = [(np.arange(start, 36, 3), size) for start, size in enumerate(sizes)]  # the last samples are in no group
    rows = maximise_within(Reach(by_cosine(features, 5), 2), groups).tolist()
    kernel = Reach(by_cosine(features, 5), 2)
    dense = np.zeros((40, 40))
    for row in range(40):
        kernel.best[:] = 0
        kernel.add(row)
        dense[row] = kernel.best
    left = list(sizes)
    for step, row in enumerate(rows):
        gains = np.maximum(dense - dense[rows[:step]].max(axis=0, initial=0), 0).sum(axis=1)
        allowed = [other for other in range(36) if left[other % 3] and other not in rows[:step]]
        assert row in allowed
        assert gains[row] >= max(gains[other] for other in allowed) - 1e-12
        left[row % 3] -= 1
    assert left == [0, 0, 0]


def test_the_stochastic_optimiser_takes_the_best_of_those_drawn():
    snapshot, draws = random_snapshot(60), np.random.RandomState(4)
    similarities, chosen = cosine_similarities(snapshot), []
    for _ in range(20):  # -ln 0.1 · 60 / 20 = 6.9
        left = np.setdiff1d(np.arange(60), chosen)
        drawn = draws.choice(left, size=min(7, len(left)), replace=False)
        chosen.append(int(drawn[of_coverage(similarities, chosen)[drawn].argmax()]))
    rows = maximise(coverage(snapshot), 20, "stochastic", draws=np.random.RandomState(4), epsilon=0.1)
    np.testing.assert_array_equal(rows, chosen)


@pytest.mark.parametrize("epsilon", [0, 1, -0.5, np.nan])
def test_an_impossible_epsilon_is_refused(epsilon):
    with pytest.raises(ConfigError, match="above 0 and below 1"):
        select(random_snapshot(), method="facility-location", rate=0.5, optimizer="stochastic", epsilon=epsilon)


def test_groups_that_share_a_budget_choose_as_one_block_diagonal_matrix():
    snapshot = random_snapshot(60, classes=3)
    groups = [np.flatnonzero(snapshot.labels == label) for label in range(3)]
    similarities = np.zeros((60, 60))
    parts = []
    for rows in groups:
        part = Rows(Nearness(Gradients.of(snapshot.take(rows))))
        totals, smallest = part.survey()
        parts.append(Coverage(part, totals, smallest))
        similarities[np.ix_(rows, rows)] = compute.host(part.whole) - smallest
    chosen = maximise(Joint(groups, parts), 25, "lazy")
    assert_greedy(chosen, similarities, of_coverage)
