"""Symmetric Kullback-Leibler divergence."""

import numpy as np

from coreset_engine import Snapshot
from coreset_engine.kernels.divergence import clipped, distributions, sides, symmetric


def test_it_is_the_mean_of_both_directions():
    p, q = np.array([[0.75, 0.25]]), np.array([[0.25, 0.75]])
    np.testing.assert_allclose(symmetric(p, q), [np.log(3) / 2])  # each direction: ½ ln 3


def test_the_two_sides_multiply_to_twice_the_divergence():
    p = np.random.default_rng(0).dirichlet(np.ones(5), 20)
    left, right, own = sides(p)
    both = own[:, None] + own[None] - 2 * left @ right.T
    expected = [[2 * symmetric(a[None], b[None])[0] for b in p] for a in p]
    np.testing.assert_allclose(both, expected, atol=1e-12)


def test_several_labels_are_a_yes_and_a_no_each():
    snapshot = Snapshot.from_arrays(features=np.ones((1, 1)), logits=[[0.0, np.log(3)]], labels=[[1, 1]])
    np.testing.assert_allclose(distributions(snapshot), [[[0.5, 0.5], [0.75, 0.25]]], rtol=1e-6)


def test_no_probability_is_below_the_smallest():
    snapshot = Snapshot.from_arrays(features=np.ones((1, 1)), logits=[[500.0, 0, 0]], labels=[0])
    np.testing.assert_array_equal(clipped(snapshot), [[1, 1e-12, 1e-12]])
