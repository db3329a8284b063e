"""Herding."""

import numpy as np
import pytest

from coreset_engine import Snapshot, compute
from coreset_engine.errors import ConfigError
from coreset_engine.greedy import pick
from coreset_engine.greedy.herding import herding
from tests.devices import DEVICES
from tests.snapshots import CASES, golden_classes, golden_set, golden_snapshot, picked_arrays


def on_a_line(*places):
    features = np.array(places, float)[:, None]
    return Snapshot.from_arrays(features=features, logits=np.zeros((len(places), 1)), labels=[0] * len(places))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("share", "balanced"), CASES)
@pytest.mark.parametrize(("end", "name"), [("nearest", "herding_argmin64"), ("farthest", "herding_argmax")])
def test_it_chooses_as_the_reference_at_either_end(share, balanced, end, name, device):
    with compute.on(device):
        rows = pick(golden_snapshot(), "herding", rate=share / 100, balanced=balanced, pick=end).rows
    assert set(rows.tolist()) == golden_set(name, share, balanced)


def test_each_sample_brings_the_mean_of_the_chosen_nearest_to_the_mean():
    # mean 3: first 4 (1 away); then 2 h = 6 is missed least by 4 + 1 (1 off; 4 + 0 is 2 off, 4 + 7 is 5 off); then 4 + 1 + 7
    rows = pick(on_a_line(0, 1, 4, 7), "herding", rate=0.75).rows
    np.testing.assert_array_equal(rows, [2, 1, 3])


def test_the_farthest_end_is_the_one_of_the_released_code():
    np.testing.assert_array_equal(pick(on_a_line(0, 1, 4, 8), "herding", rate=0.25, pick="farthest").rows, [3])


def test_it_follows_the_definition_over_a_long_way():
    features = np.random.default_rng(2).normal(size=(60, 4)).astype(np.float32).astype(np.float64)
    snapshot = Snapshot.from_arrays(features=features, logits=np.zeros((60, 1)), labels=[0] * 60)
    mean, chosen = features.mean(axis=0), []
    for step in range(60):
        missing = (step + 1) * mean - features[chosen].sum(axis=0)
        left = [row for row in range(60) if row not in chosen]
        chosen.append(min(left, key=lambda row: np.linalg.norm(missing - features[row])))
    np.testing.assert_array_equal(pick(snapshot, "herding", rate=1.0).rows, chosen)


def test_its_mean_is_nearer_to_the_mean_of_all_than_that_of_random_draws():
    snapshot = golden_snapshot()
    rows = pick(snapshot, "herding", rate=0.1, balanced=False).rows
    off = np.linalg.norm(snapshot.features[rows].mean(axis=0) - snapshot.features.mean(axis=0))
    draws = np.random.default_rng(0)
    randomly = [
        np.linalg.norm(snapshot.features[draws.choice(400, 40, False)].mean(axis=0) - snapshot.features.mean(axis=0))
        for _ in range(20)
    ]
    assert off < min(randomly) / 2


def by_class(sizes, **options):
    """The rows picked of each golden class, in the order of choice, the classes in theirs."""
    parts = zip(golden_classes(), sizes, strict=True)
    return [rows[herding(golden_snapshot().take(rows), int(size), **options).rows] for rows, size in parts]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("share", [10, 30])
@pytest.mark.parametrize("budget", ["round", "sqrt", "equal"])
def test_towards_the_geometric_median_the_order_is_the_one_of_the_definition(budget, share, device):
    golden = picked_arrays()
    with compute.on(device):
        rows = by_class(golden[f"gm_herd_budget_{budget}_{share}"], centre="geometric-median")
    np.testing.assert_array_equal(np.concatenate(rows), golden[f"gm_herd64_{budget}_{share}"])


@pytest.mark.parametrize("share", [10, 30])
def test_at_length_1_the_order_is_the_one_of_geometric_median_matching(share):
    golden = picked_arrays()
    rows = by_class(golden[f"gm_budget_{share}"], centre="geometric-median", space="unit")
    np.testing.assert_array_equal(np.concatenate(rows), golden[f"gm_cos_centre64_{share}"])


@pytest.mark.parametrize("share", [10, 30])
def test_towards_the_mean_at_length_1_the_sets_are_those_of_the_released_baseline(share):
    expected = picked_arrays()[f"gcbase_herding_{share}"]
    found = np.concatenate(by_class([len(expected) // 11] * 11, space="unit"))
    assert set(found.tolist()) == set(expected.tolist())


def test_a_far_sample_moves_the_mean_but_not_the_geometric_median():
    snapshot = on_a_line(0, 1, 2, 3, 94)  # mean 20, median 2
    assert pick(snapshot, "herding", rate=0.2).rows.tolist() == [3]
    assert pick(snapshot, "herding", rate=0.2, centre="geometric-median").rows.tolist() == [2]


def test_an_unknown_centre_is_refused_with_those_that_exist():
    with pytest.raises(ConfigError, match="give one of mean, geometric-median"):
        pick(golden_snapshot(), "herding", rate=0.1, centre="middle")
