"""Prototypes: distances on the unit sphere, to classes and to clusters."""

import numpy as np
import pytest

from coreset_engine import Snapshot, score, select
from coreset_engine.errors import ConfigError
from tests.snapshots import random_snapshot


def in_the_plane(angles, labels, lengths=1.0):
    """A snapshot of features at angles (degrees) of the plane."""
    turned = np.radians(angles)
    features = np.stack([np.cos(turned), np.sin(turned)], axis=1) * np.reshape(lengths, (-1, 1))
    return Snapshot.from_arrays(features=features, logits=np.zeros((len(angles), max(labels) + 1)), labels=labels)


def test_distances_to_the_class_mean_on_the_sphere():
    # class 0 at 0° and 90°: mean (½, ½), both sqrt(½) away; class 1 at 0° and 180°: mean 0, both 1 away
    values = score(in_the_plane([0, 90, 0, 180], [0, 0, 1, 1]), "prototypes")
    np.testing.assert_allclose(values, [np.sqrt(0.5), np.sqrt(0.5), 1, 1], rtol=1e-6)


def test_lengths_of_features_do_not_matter():
    near, far = (
        score(in_the_plane([0, 50, 90], [0, 0, 0], lengths), "prototypes") for lengths in (1.0, [[3], [0.1], [70]])
    )
    np.testing.assert_allclose(near, far, rtol=1e-5)


def test_features_that_are_all_0_lie_in_the_middle_of_the_sphere():
    # mean of (1, 0) and (0, 0) is (½, 0)
    np.testing.assert_allclose(score(in_the_plane([0, 0], [0, 0], [[2], [0]]), "prototypes"), [0.5, 0.5], rtol=1e-6)


def test_the_nearest_are_kept_and_the_farthest_on_demand():
    snapshot = in_the_plane([0, 5, 10, 80], [0, 0, 0, 0])
    assert select(snapshot, method="prototypes", rate=0.25).tolist() == [2]
    assert select(snapshot, method="prototypes", rate=0.25, keep="highest").tolist() == [3]


@pytest.mark.parametrize("seed", range(5))
def test_clusters_take_the_place_of_classes_and_need_no_labels(seed):
    # two bundles around 5° and 185°, each of both classes; the distance to the mean of angles ±5 is sin 5°
    mixed = in_the_plane([0, 10, 180, 190], [0, 1, 0, 1])
    values = score(mixed, "prototypes", centre="clusters", seed=seed)
    np.testing.assert_allclose(values, np.sin(np.radians(5)), rtol=1e-5)


def test_the_number_of_clusters_is_an_option():
    snapshot = random_snapshot()
    np.testing.assert_allclose(score(snapshot, "prototypes", centre="clusters", clusters=40), 0, atol=1e-7)
    one = score(snapshot, "prototypes", centre="clusters", clusters=1)
    z = snapshot.features / np.linalg.norm(snapshot.features, axis=1, keepdims=True)
    np.testing.assert_allclose(one, np.linalg.norm(z - z.mean(axis=0), axis=1), rtol=1e-5)


def test_no_cluster_is_refused():
    with pytest.raises(ConfigError, match="clusters=0 is not possible"):
        score(random_snapshot(), "prototypes", centre="clusters", clusters=0)
