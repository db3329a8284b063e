"""CRAIG."""

import numpy as np
import pytest

from coreset_engine import Snapshot, compute
from coreset_engine.greedy import pick
from tests.devices import DEVICES
from tests.gradients import distances, golden, golden_weights, per_class, written_out
from tests.snapshots import CASES, golden_snapshot, random_snapshot


def covered(rows):
    """Σ_i max over j in S of s_ij inside classes, with gradients divided by the size of their class."""
    snapshot, total = golden_snapshot(), 0
    for group in per_class(snapshot, True):
        g = written_out(snapshot.take(group)) / len(group)
        apart = np.linalg.norm(g[:, None] - g[None], axis=2)
        inside = np.isin(group, rows)
        total += (apart.max() - apart + 1e-3)[inside].max(axis=0).sum()
    return total


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("optimizer", ["naive", "lazy"])
@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_it_covers_as_much_as_deepcore(share, balanced, optimizer, device):
    with compute.on(device):
        picks = pick(
            golden_snapshot(),
            "craig",
            rate=share / 100,
            balanced=balanced,
            optimizer=optimizer,
            grad_scale="1/n",
        )
    name = f"craig_{'Naive' if optimizer == 'naive' else 'Lazy'}Greedy"
    assert covered(picks.rows) == pytest.approx(float(golden(f"obj_{name}", share, balanced)), rel=1e-6)
    expected = golden(name, share, balanced).tolist()
    assert len(set(expected) & set(picks.rows.tolist())) >= 0.95 * len(expected)


@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_its_weights_are_those_of_deepcore_less_1(share, balanced):
    options = {"rate": share / 100, "balanced": balanced, "grad_scale": "1/n"}
    expected = dict(
        zip(
            golden("craig_LazyGreedy", share, balanced).tolist(),
            golden_weights("craig_LazyGreedy", share, balanced).tolist(),
            strict=True,
        )
    )
    for weights, more in (("deepcore", 0), ("cluster", 1)):
        picks = pick(golden_snapshot(), "craig", weights=weights, **options)
        ours = dict(zip(picks.rows.tolist(), (picks.weights + more).tolist(), strict=True))
        same = set(ours) & set(expected)
        assert np.mean([ours[row] == expected[row] for row in same]) >= 0.95


def test_the_weight_of_a_sample_is_the_number_of_those_nearest_to_it():
    snapshot = random_snapshot(90)
    snapshot = snapshot.take(np.flatnonzero(snapshot.labels == 0))
    picks = pick(snapshot, "craig", rate=0.2)
    nearest = distances(snapshot)[:, picks.rows].argmin(axis=1)
    np.testing.assert_array_equal(picks.weights, np.bincount(nearest, minlength=6))
    assert picks.weights.sum() == 30


def test_of_two_tight_clusters_one_sample_each_is_chosen_with_the_clusters_size():
    # the first is the median of all, the second the nearest to the rest
    # gradients are e ⊗ [h, 1]; with equal logits e is the same for all, so they lie as the features do
    features = np.array([[0.0], [0.1], [0.2], [9.0], [9.1]])
    snapshot = Snapshot.from_arrays(features=features, logits=np.zeros((5, 2)), labels=np.zeros(5, int))
    picks = pick(snapshot, "craig", rate=0.4)
    assert dict(zip(picks.rows.tolist(), picks.weights.tolist(), strict=True)) == {2: 3, 3: 2}


def test_a_chosen_copy_counts_for_itself():
    picks = pick(random_snapshot(1, classes=1).take(np.zeros(6, int)), "craig", rate=0.5)
    assert sorted(picks.weights.tolist()) == [1, 1, 4]


def test_over_all_samples_the_classes_share_one_budget():
    snapshot = golden_snapshot()
    picks = pick(snapshot, "craig", rate=0.1, balanced=False)
    assert len(picks.rows) == 40
    counts = np.bincount(snapshot.labels[picks.rows], minlength=11)
    assert counts.min() > 0
    sums = np.bincount(snapshot.labels[picks.rows], weights=picks.weights)
    np.testing.assert_array_equal(sums, np.bincount(snapshot.labels))
