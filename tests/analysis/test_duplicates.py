"""Neighbours of one sample, and images that are almost the same: against all comparisons at once."""

import numpy as np
import pytest

from coreset_engine.analysis import duplicates
from coreset_engine.analysis.duplicates import near_duplicates, nearest
from coreset_engine.datasets import demo
from coreset_engine.errors import ConfigError


@pytest.fixture
def features():
    return np.random.default_rng(0).normal(size=(300, 20)).astype(np.float32)


@pytest.fixture(scope="session")
def phantoms():
    """400 images of 28 x 28 with 40 near-duplicates, and the row of each one's original."""
    arrays = demo.generate(3, (400, 11, 11))
    copy = arrays["train_duplicate_of"]
    return arrays["train_images"], np.where(copy >= 0, copy, np.arange(400))


def correlations(images):
    """(N, N) correlations of the pixels, each channel around its own mean."""
    wide = images.astype(np.float64)
    wide -= wide.mean(axis=(1, 2), keepdims=True)
    flat = wide.reshape(len(images), -1)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    return flat @ flat.T


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_the_nearest_are_those_of_all_comparisons(features, metric, monkeypatch):
    monkeypatch.setattr(duplicates, "BYTES", 1000)
    wide = features.astype(np.float64)
    unit = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    values = unit @ unit[7] if metric == "cosine" else np.linalg.norm(wide - wide[7], axis=1)
    order = np.argsort(-values if metric == "cosine" else values, kind="stable")
    found = nearest(features, 7, 12, metric)
    expected = order[order != 7][:12]
    np.testing.assert_array_equal(found.rows, expected)
    np.testing.assert_allclose(found.values, values[expected], rtol=1e-9)


def test_cosine_looks_at_the_direction_only_and_euclidean_at_the_distance():
    features = np.array([[1, 0], [50, 0], [1, 1], [0, 0]], np.float32)
    assert nearest(features, 0, 3).rows.tolist() == [1, 2, 3]
    np.testing.assert_allclose(nearest(features, 0, 3).values, [1, 0.5**0.5, 0])
    assert nearest(features, 0, 3, "euclidean").rows.tolist() == [2, 3, 1]
    assert nearest(features, 0, 3, "euclidean").values.tolist() == [1, 1, 49]


def test_more_neighbours_than_samples_are_all_others():
    assert nearest(np.eye(3), 1, 99).rows.tolist() == [0, 2]
    assert nearest(np.eye(1), 0).rows.tolist() == []


@pytest.mark.parametrize(
    ("asked", "message"), [((300,), "0 to 299"), ((-1,), "0 to 299"), ((0, 0), "k of 1"), ((0, 1, "taxi"), "cosine")]
)
def test_neighbours_that_do_not_exist_are_refused(features, asked, message):
    with pytest.raises(ConfigError, match=message):
        nearest(features, *asked)


@pytest.mark.parametrize("threshold", [0.6, 0.9])
@pytest.mark.parametrize("tile", [64, 2048])
def test_every_pair_above_the_threshold_is_found_and_no_other(phantoms, threshold, tile, monkeypatch):
    monkeypatch.setattr(duplicates, "TILE", tile)
    every = np.triu(correlations(phantoms[0]), 1)
    found = near_duplicates(phantoms[0], threshold=threshold)
    np.testing.assert_array_equal(found.pairs, np.argwhere(every >= threshold))
    np.testing.assert_allclose(found.similarity, every[tuple(found.pairs.T)], atol=1e-5)
    assert len(found.pairs) > 30


def test_planted_copies_are_found_with_their_originals_and_nothing_else(phantoms):
    images, original = phantoms
    found = near_duplicates(images, threshold=0.95)
    assert (original[found.pairs[:, 0]] == original[found.pairs[:, 1]]).all()
    assert len(found.pairs) >= 38  # of 40


def test_a_brighter_and_a_negative_colour_picture_are_the_same_and_the_opposite():
    images = np.random.default_rng(1).integers(0, 120, (30, 11, 9, 3)).astype(np.uint8)
    images[20], images[25] = images[4] * 2 + 9, 255 - images[4]
    found = near_duplicates(images, threshold=0.99)
    assert found.pairs.tolist() == [[4, 20]]
    np.testing.assert_allclose(found.similarity, [1], atol=1e-6)


def test_images_of_one_grey_are_like_no_other():
    images = np.full((6, 8, 8), 77, np.uint8)
    images[4:] = np.arange(64).reshape(8, 8)
    assert near_duplicates(images).pairs.tolist() == [[4, 5]]


def test_copies_of_one_picture_chain_up_to_one_group():
    found = duplicates.Duplicates(9, np.array([[1, 4], [4, 8], [0, 6]]), np.ones(3))
    assert [group.tolist() for group in found.groups] == [[1, 4, 8], [0, 6]]
    assert found.group_of.tolist() == [0, 1, -1, -1, 1, -1, 0, -1, 1]


def test_without_pairs_there_are_no_groups():
    found = near_duplicates(np.random.default_rng(2).integers(0, 255, (20, 8, 8)).astype(np.uint8))
    assert (found.pairs.shape, found.groups, set(found.group_of.tolist())) == ((0, 2), [], {-1})


def test_features_must_agree_where_they_are_given():
    images = np.random.default_rng(1).integers(0, 255, (4, 8, 8)).astype(np.uint8)
    images[1], images[3] = images[0], images[2]
    features = np.array([[1, 0], [1, 0.1], [1, 0], [0, 1]])
    assert near_duplicates(images, features).pairs.tolist() == [[0, 1]]


@pytest.mark.parametrize(("threshold", "message"), [(0, "above 0"), (1.1, "up to 1"), (np.nan, "above 0")])
def test_a_threshold_that_no_correlation_meets_is_refused(phantoms, threshold, message):
    with pytest.raises(ConfigError, match=message):
        near_duplicates(phantoms[0], threshold=threshold)


def test_more_pairs_than_anybody_can_look_at_are_refused(phantoms, monkeypatch):
    monkeypatch.setattr(duplicates, "MOST", 10)
    with pytest.raises(ConfigError, match="over 10 pairs"):
        near_duplicates(phantoms[0], threshold=0.9)


def test_features_of_other_samples_are_refused(phantoms):
    with pytest.raises(ConfigError, match="3 rows of features for 400 images"):
        near_duplicates(phantoms[0], np.zeros((3, 2)))


def test_near_duplicates_of_one_image_come_the_most_alike_first():
    found = duplicates.Duplicates(5, np.array([[0, 1], [1, 3], [2, 4]]), np.array([0.98, 0.99, 0.97]))
    mine = duplicates.partners(found, 1)
    assert (mine.rows.tolist(), mine.values.tolist()) == ([3, 0], [0.99, 0.98])
    assert len(duplicates.partners(duplicates.Duplicates(6, found.pairs, found.similarity), 5).rows) == 0
