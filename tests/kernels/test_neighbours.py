"""Nearest neighbours: against all distances at once."""

import subprocess
import sys

import numpy as np
import pytest

from coreset_engine import compute
from coreset_engine.kernels import neighbours
from coreset_engine.kernels.neighbours import nearest
from tests.devices import DEVICES
from tests.snapshots import golden_arrays, golden_snapshot


def plainly(features, count):
    """The definition: every distance, the nearest first, equal ones by row."""
    wide = features.astype(np.float64)
    distances = ((wide[:, None] - wide[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    return np.argsort(distances, axis=1, kind="stable")[:, :count]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("block", [1, 7 * 90, 1 << 24])
def test_they_are_the_nearest_in_every_size_of_block(device, block, monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK", block)
    features = np.random.default_rng(0).normal(size=(90, 6)).astype(np.float32)
    with compute.on(device):
        np.testing.assert_array_equal(nearest(features, 5), plainly(features, 5))


def drawn(kind):
    """500 samples: in a cloud, in tight clusters far apart, on a grid with many equal distances, huge, tiny, some copied."""
    draws = np.random.default_rng(3)
    cloud = draws.normal(size=(500, 12))
    centres = draws.normal(size=(4, 12))[draws.integers(0, 4, 500)]
    return {
        "cloud": cloud,
        "clusters": centres + 0.2 * cloud,
        "tight clusters": centres + 1e-5 * cloud,
        "grid": draws.integers(0, 4, (500, 5)).astype(float),
        "huge": 1e30 * cloud,
        "tiny": 1e-30 * cloud,
        "some copies": cloud[draws.integers(0, 250, 500)],
        "far away": cloud + 2.0**20,
    }[kind]


@pytest.mark.parametrize(
    "kind", ["cloud", "clusters", "tight clusters", "grid", "huge", "tiny", "some copies", "far away"]
)
@pytest.mark.parametrize("block", [500 * 7, 1 << 22])
def test_single_precision_products_leave_no_neighbour_out(kind, block, monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK", block)
    features = drawn(kind)
    found, expected = nearest(features, 6), plainly(features, 6)
    if kind == "grid":  # of more equal distances than are compared any are taken
        far = [np.linalg.norm(features[rows] - features[:, None], axis=2) for rows in (found, expected)]
        np.testing.assert_array_equal(*far)
    else:
        np.testing.assert_array_equal(found, expected)


def test_rows_that_rounding_leaves_in_doubt_are_searched_again(monkeypatch):
    searched, search = [], neighbours._of_rows
    monkeypatch.setattr(neighbours, "_of_rows", lambda p, o, rows, c: (searched.extend(rows), search(p, o, rows, c))[1])
    nearest(drawn("cloud"), 6)
    assert searched == []
    nearest(drawn("tight clusters"), 6)
    assert searched == list(range(500))


def test_they_are_those_of_deepcore():
    np.testing.assert_array_equal(nearest(golden_snapshot().features, 10), golden_arrays()["cal_knn_unbal"])


def test_equal_distances_go_to_the_lower_row():
    np.testing.assert_array_equal(
        nearest(np.array([[0.0], [1], [-1], [0.0]]), 3), [[3, 1, 2], [0, 3, 2], [0, 3, 1], [0, 1, 2]]
    )


def test_features_far_from_the_origin_keep_their_neighbours():
    near = np.random.default_rng(1).normal(size=(50, 4))
    np.testing.assert_array_equal(nearest(near + 2.0**20, 4), plainly(near + 2.0**20, 4))


@pytest.mark.parametrize(("samples", "count", "columns"), [(1, 3, 0), (2, 3, 1), (4, 3, 3), (5, 3, 3)])
def test_fewer_samples_than_neighbours_are_all_of_them(samples, count, columns):
    assert nearest(np.eye(samples), count).shape == (samples, columns)


def test_a_sample_is_not_its_own_neighbour_among_many_copies():
    found = nearest(np.ones((60, 3)), 4)
    assert (found != np.arange(60)[:, None]).all()
    assert all(len(set(row)) == 4 for row in found.tolist())


def test_memory_beside_the_features_does_not_grow_with_the_square_of_the_samples():
    code = """
import resource, numpy as np
from coreset_engine.kernels.neighbours import nearest
features = np.random.default_rng(0).normal(size=(12000, 8)).astype(np.float32)
nearest(features[:2000], 2)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
nearest(features, 10)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(grown) < 500_000  # KiB; all 12,000 x 12,000 distances have 1.1 GiB
