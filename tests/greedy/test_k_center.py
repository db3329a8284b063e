"""k-Center."""

import numpy as np
import pytest

from coreset_engine import Snapshot, compute, select
from coreset_engine.greedy import pick
from tests.devices import DEVICES
from tests.snapshots import CASES, golden_arrays, golden_set, golden_snapshot


def radius(features, labels, rows):
    """The largest distance of a sample to the nearest chosen one of its class."""
    wide = features.astype(np.float64)
    distances = np.linalg.norm(wide[:, None] - wide[rows][None], axis=2)
    distances[labels[:, None] != labels[rows][None]] = np.inf
    return distances.min(axis=1).max()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_it_chooses_as_deepcore(share, balanced, device):
    with compute.on(device):
        rows = pick(golden_snapshot(), "k-center", rate=share / 100, balanced=balanced, seed=123).rows
    assert set(rows.tolist()) == golden_set("kcenter", share, balanced)


@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_the_covering_radius_is_that_of_deepcore(share, balanced):
    snapshot = golden_snapshot()
    labels = snapshot.labels if balanced else np.zeros_like(snapshot.labels)
    rows = select(snapshot, method="k-center", rate=share / 100, balanced=balanced, seed=123)
    expected = golden_arrays()[f"obj_kcenter_{share}_{'bal' if balanced else 'unbal'}"]
    np.testing.assert_allclose(radius(snapshot.features, labels, rows), expected, rtol=1e-5)


def test_the_first_sample_is_drawn_and_the_others_are_the_farthest():
    features = np.array([[0.0], [1], [4], [7], [10]])
    snapshot = Snapshot.from_arrays(features=features, logits=np.zeros((5, 1)), labels=[0] * 5)
    seed = next(seed for seed in range(99) if np.random.RandomState(seed).randint(0, 5) == 0)
    # from 0 the farthest is 10; then 4 is 4 away from 0 and 7 is 3 away from 10
    np.testing.assert_array_equal(pick(snapshot, "k-center", rate=0.6, seed=seed).rows, [0, 4, 2])


@pytest.mark.parametrize("scale", [2.0**-100, 2.0**90])
def test_features_whose_squares_are_no_float32_are_chosen_from_alike(scale):
    golden = golden_snapshot()
    scaled = Snapshot.from_arrays(features=golden.features * scale, logits=golden.logits, labels=golden.labels)
    np.testing.assert_array_equal(pick(scaled, "k-center", rate=0.1).rows, pick(golden, "k-center", rate=0.1).rows)


def test_features_far_from_the_origin_are_told_apart():
    golden = golden_snapshot()
    whole = np.round(golden.features * 64)  # whole numbers: adding 2^12 is exact in float32
    near, far = (
        Snapshot.from_arrays(features=whole + shift, logits=golden.logits, labels=golden.labels)
        for shift in (0, 2.0**12)
    )
    np.testing.assert_array_equal(select(far, method="k-center", rate=0.2), select(near, method="k-center", rate=0.2))
