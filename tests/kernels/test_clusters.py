"""k-means: clusters that are plain to see, and what Lloyd's steps end at."""

import numpy as np
import pytest

from coreset_engine.kernels.clusters import k_means


def bundles():
    """Three bundles of 20 points far from each other, and to which bundle each belongs."""
    draws, home = np.random.default_rng(3), np.repeat([0, 1, 2], 20)
    return np.array([[0.0, 0], [50, 0], [0, 50]])[home] + draws.normal(size=(60, 2)), home


@pytest.mark.parametrize("seed", range(10))
def test_bundles_far_apart_are_the_clusters(seed):
    points, home = bundles()
    centres, cluster = k_means(points, 3, seed)
    for bundle in range(3):
        (number,) = np.unique(cluster[home == bundle])
        np.testing.assert_allclose(centres[number], points[home == bundle].mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_at_the_end_every_point_is_with_its_nearest_centre_and_every_centre_the_mean_of_its_points(seed):
    points = np.random.default_rng(seed).normal(size=(200, 5))
    centres, cluster = k_means(points, 6, seed)
    apart = np.linalg.norm(points[:, None] - centres, axis=2)
    np.testing.assert_array_equal(cluster, apart.argmin(axis=1))
    for number in np.unique(cluster):
        np.testing.assert_allclose(centres[number], points[cluster == number].mean(axis=0), rtol=1e-12)


def test_the_same_seed_gives_the_same_clusters():
    points = np.random.default_rng(0).normal(size=(100, 3))
    first, again = (k_means(points, 4, seed=2) for _ in range(2))
    assert first[0].tobytes() == again[0].tobytes()
    np.testing.assert_array_equal(first[1], again[1])


def test_more_clusters_than_points_are_as_many_as_points():
    centres, cluster = k_means(np.array([[0.0], [4.0]]), 5)
    assert centres.shape == (2, 1)
    assert len(np.unique(cluster)) == 2


def test_copies_of_one_point_are_one_cluster():
    _, cluster = k_means(np.ones((6, 2)), 3)
    assert len(np.unique(cluster)) == 1
