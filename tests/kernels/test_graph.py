"""Graphs of nearest neighbours: edges from either end, and samples that have none."""

import numpy as np
import pytest

from coreset_engine.kernels import graph as module
from coreset_engine.kernels.graph import by_cosine, by_distance, unit_rows


def edges(graph):
    return list(zip(graph.samples.tolist(), graph.others.tolist(), strict=True))


@pytest.mark.parametrize("piece", [1, 1 << 21])
def test_two_samples_are_joined_where_one_is_near_to_the_other(piece, monkeypatch):
    monkeypatch.setattr(module, "PIECE", piece)
    features = np.random.default_rng(0).normal(size=(50, 4))
    distances = np.linalg.norm(features[:, None] - features[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    near = np.argsort(distances, axis=1)[:, :3]
    joined = {(i, j) for i in range(50) for j in near[i].tolist()}
    joined |= {(j, i) for i, j in joined}
    graph, median = by_distance(features, 3)
    assert edges(graph) == sorted(joined)
    np.testing.assert_allclose(graph.values, distances[graph.samples, graph.others], rtol=1e-12)
    assert median == pytest.approx(np.median(np.take_along_axis(distances, near, axis=1)))


def test_the_nearest_by_cosine_need_not_be_the_nearest():
    features = np.array([[1.0, 0], [100, 1], [1, 1]])  # the first and the second point nearly the same way
    graph = by_cosine(features, 1)
    assert edges(graph) == [(0, 1), (1, 0), (1, 2), (2, 1)]
    np.testing.assert_allclose(graph.values[0], 100 / np.sqrt(10001))


def test_opposite_samples_have_a_cosine_of_0():
    np.testing.assert_array_equal(by_cosine(np.array([[1.0, 0], [-1, 0]]), 1).values, [0, 0])


def test_a_sample_without_others_has_no_edge():
    graph, median = by_distance(np.ones((1, 3)), 5)
    assert (len(graph), graph.others.tolist(), graph.starts.tolist(), median) == (1, [], [0, 0], 0.0)
    assert by_cosine(np.ones((1, 3)), 5).values.tolist() == []


def test_fewer_samples_than_neighbours_are_all_joined():
    graph, _ = by_distance(np.eye(4), 9)
    assert edges(graph) == [(i, j) for i in range(4) for j in range(4) if i != j]


def test_features_of_length_0_stay_so():
    np.testing.assert_array_equal(unit_rows(np.array([[0.0, 0], [0, 5]])), [[0, 0], [0, 1]])
    assert np.isfinite(by_cosine(np.zeros((5, 2)), 2).values).all()


def test_features_of_length_0_are_no_nearer_than_those_at_a_right_angle():
    graph = by_cosine(np.array([[1.0, 0], [0.4, 0.84**0.5], [0, 0]]), 1)  # a cosine of 0.4 is more than 0
    assert {(0, 1), (1, 0)} <= set(edges(graph))
