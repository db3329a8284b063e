"""The geometric median: against sums of distances, and where an iteration could stick."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine import compute
from coreset_engine.kernels.centres import geometric_median
from tests.devices import DEVICES
from tests.snapshots import golden_classes, golden_snapshot, picked_arrays


def summed(points, place):
    return np.linalg.norm(points - place, axis=1).sum()


@pytest.mark.parametrize("device", DEVICES)
def test_it_is_the_converged_one_of_every_golden_class(device):
    features, expected = golden_snapshot().features.astype(float), picked_arrays()["gm_center64"]
    with compute.on(device):
        for rows, centre in zip(golden_classes(), expected, strict=True):
            found = compute.host(geometric_median(compute.place(features[rows])))
            np.testing.assert_allclose(found, centre, atol=1e-8)


@given(seed=st.integers(0, 999), samples=st.integers(1, 12), width=st.integers(1, 4), copies=st.booleans())
def test_no_place_nearby_and_no_point_has_a_smaller_sum(seed, samples, width, copies):
    draws = np.random.default_rng(seed)
    points = draws.normal(size=(samples, width))
    points = points[draws.integers(0, samples, samples)] if copies else points
    found = geometric_median(points)
    least = summed(points, found)
    assert all(least <= summed(points, point) + 1e-6 for point in points)
    for _ in range(20):
        assert least <= summed(points, found + draws.normal(size=width) * 0.01) + 1e-6


def test_it_leaves_a_start_on_a_point_that_is_not_the_median():
    # the mean 0 is one of the points, but three of the five lie at 3 or beyond
    points = np.array([[-10.0, 0], [0, 0], [3, 0], [3, 0.0], [4, 0]])
    np.testing.assert_allclose(geometric_median(points), [3, 0], atol=1e-6)


def test_most_points_decide_wherever_the_others_are():
    points = np.concatenate([np.zeros((6, 2)), np.full((5, 2), 1e6)])
    np.testing.assert_allclose(geometric_median(points), 0, atol=1e-3)


@pytest.mark.parametrize("points", [np.zeros((4, 3)), np.full((3, 2), 7.0), np.array([[5.0, 6]])])
def test_points_in_one_place_have_it_there(points):
    np.testing.assert_array_equal(geometric_median(points), points[0])
