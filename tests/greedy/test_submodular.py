"""Facility Location and Graph Cut."""

import numpy as np
import pytest

from coreset_engine import Snapshot, compute
from coreset_engine.errors import ConfigError
from coreset_engine.greedy import pick
from coreset_engine.kernels import similarity
from coreset_engine.kernels.objectives import Cut
from tests.devices import DEVICES
from tests.gradients import cosine_similarities, golden, per_class
from tests.snapshots import CASES, golden_snapshot, random_snapshot

OPTIMIZERS = {
    "naive": "NaiveGreedy",
    "lazy": "LazyGreedy",
    "stochastic": "StochasticGreedy",
    "approximate": "ApproximateLazyGreedy",
}


def covered(rows, balanced):
    """Σ_i max over j in S of s_ij, inside classes or over all."""
    snapshot, total = golden_snapshot(), 0
    for group in per_class(snapshot, balanced):
        similarities = cosine_similarities(snapshot.take(group))
        total += similarities[np.isin(group, rows)].max(axis=0).sum()
    return total


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_facility_location_covers_as_much_as_deepcore(share, balanced, optimizer, device):
    with compute.on(device):
        rows = pick(
            golden_snapshot(),
            "facility-location",
            rate=share / 100,
            balanced=balanced,
            optimizer=optimizer,
            seed=123,
        ).rows
    name = f"sub_FacilityLocation_{OPTIMIZERS[optimizer]}"
    near = 1e-4 if optimizer == "approximate" else 1e-5  # it compares rounded gains: on a GPU it found 4e-5 more
    assert covered(rows, balanced) == pytest.approx(float(golden(f"obj_{name}", share, balanced)), rel=near)
    expected = golden(name, share, balanced).tolist()
    assert len(set(expected) & set(rows.tolist())) >= 0.95 * len(expected)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_graph_cut_chooses_as_deepcore(share, balanced, optimizer, device):
    with compute.on(device):
        rows = pick(
            golden_snapshot(), "graph-cut", rate=share / 100, balanced=balanced, optimizer=optimizer, seed=123
        ).rows
    name = f"sub_GraphCut_{OPTIMIZERS[optimizer]}"
    assert set(rows.tolist()) == set(golden(name, share, balanced).tolist())


def on_a_circle(*degrees):
    """Samples whose gradients point so: e is the same for all, and [h, 1] is turned."""
    angles = np.radians(degrees)
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1) * 1e4  # beside which the bias's 1 is nothing
    return Snapshot.from_arrays(features=features, logits=np.zeros((len(degrees), 2)), labels=[0] * len(degrees))


def test_facility_location_takes_the_middle_of_a_bundle_and_then_its_opposite():
    np.testing.assert_array_equal(pick(on_a_circle(0, 10, 20, 190), "facility-location", rate=0.5).rows, [1, 3])


def test_graph_cut_with_a_small_weight_of_all_spreads():
    # first: the most similar to all is the middle; with lam = 0.1 then the opposite one, with lam = 9 a neighbour
    snapshot = on_a_circle(0, 20, 40, 200)
    assert pick(snapshot, "graph-cut", rate=0.5, lam=0.1).rows.tolist() == [1, 3]
    assert pick(snapshot, "graph-cut", rate=0.5, lam=9).rows.tolist() in ([1, 0], [1, 2])


@pytest.mark.parametrize("name", ["facility-location", "craig"])
def test_rows_computed_on_demand_choose_the_same(name, monkeypatch):
    whole = pick(golden_snapshot(), name, rate=0.2, balanced=False).rows
    monkeypatch.setattr(similarity, "LIMIT", 4 * 400 * 30)
    on_demand = pick(golden_snapshot(), name, rate=0.2, balanced=False).rows
    assert len(set(whole.tolist()) & set(on_demand.tolist())) >= 78


@pytest.mark.parametrize("lam", [0, -1, np.inf])
def test_an_impossible_weight_is_refused(lam):
    with pytest.raises(ConfigError, match=r"lam=.* give a number above 0"):
        pick(random_snapshot(), "graph-cut", rate=0.5, lam=lam)


@pytest.mark.parametrize(("rate", "lam"), [(0.3, 0.1), (0.6, 1.0), (1.0, 1.0)])
def test_the_approximate_optimiser_ends_where_gains_fall_below_0(rate, lam, monkeypatch):
    asked, real = [], Cut.gains

    def gains(self, candidates):
        asked.append(candidates)
        assert len(asked) < 10_000, "it goes on for ever"
        return real(self, candidates)

    monkeypatch.setattr(Cut, "gains", gains)
    rows = pick(random_snapshot(60), "graph-cut", rate=rate, lam=lam, balanced=False, optimizer="approximate").rows
    assert len(set(rows.tolist())) == len(rows) == round(60 * rate)


@pytest.mark.parametrize("name", ["facility-location", "graph-cut"])
def test_another_seed_draws_other_candidates(name):
    first, second = (pick(golden_snapshot(), name, rate=0.1, optimizer="stochastic", seed=s).rows for s in (0, 1))
    assert set(first.tolist()) != set(second.tolist())
