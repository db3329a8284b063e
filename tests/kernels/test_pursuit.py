"""Orthogonal matching pursuit."""

import numpy as np
import pytest
from scipy.optimize import nnls

from coreset_engine import compute
from coreset_engine.errors import SelectionError
from coreset_engine.kernels import pursuit
from coreset_engine.kernels.gradients import Gradients
from coreset_engine.kernels.pursuit import pursue
from tests.devices import DEVICES
from tests.gradients import golden


def columns(matrix):
    """The columns of a (d, n) matrix as gradients of one output."""
    ones = np.ones((matrix.shape[1], 1))
    return Gradients(compute.place(ones), compute.place(np.ascontiguousarray(matrix.T, np.float64)))


def plainly(matrix, target, size, lam):
    """The definition, with a dense solver in every step."""
    chosen, residual = [], target
    for _ in range(size):
        along = matrix.T @ residual
        along[chosen] = -np.inf
        chosen.append(int(along.argmax()))
        part = matrix[:, chosen]
        ridge = lam if len(chosen) > 1 else 0
        weights = np.linalg.lstsq(part.T @ part + ridge * np.eye(len(chosen)), part.T @ target, rcond=None)[0]
        residual = target - part @ weights
    final = nnls(part.T @ part + lam * np.eye(size), part.T @ target)[0]
    return chosen, np.ones(1) if size == 1 else final


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("case", range(5))
def test_it_equals_the_weights_of_deepcore(case, device):
    size, lam = golden("omp_budget_lam")[case]
    with compute.on(device):
        target = compute.place(golden("omp_b").astype(np.float64)[None])
        rows, weights = pursue(columns(golden("omp_A")), target, int(size), lam)
    found = np.zeros(50)
    found[rows] = weights
    np.testing.assert_allclose(found, golden(f"omp_x_{case}"), atol=1e-5)


@pytest.mark.parametrize("lam", [0.0, 0.01, 1.0])
@pytest.mark.parametrize("size", [1, 2, 7, 20])
def test_it_follows_the_definition(size, lam):
    draws = np.random.default_rng(size)
    matrix, target = draws.normal(size=(30, 40)), draws.normal(size=30)
    rows, weights = pursue(columns(matrix), target[None], size, lam)
    expected_rows, expected_weights = plainly(matrix, target, size, lam)
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_allclose(weights, expected_weights, atol=1e-8)


def test_the_weight_of_the_first_pick_knows_no_ridge():
    # (2, 0) first: without λ it takes all of the target's first part, and (0, 1) is left; with λ = 4 half of it, and
    # (1, 0.5) would be next
    matrix = np.array([[2.0, 0.0, 1.0], [0.0, 1.0, 0.5]])
    rows, _ = pursue(columns(matrix), np.array([[2.0, 1.0]]), 2, 4.0)
    np.testing.assert_array_equal(rows, [0, 1])


def test_without_a_ridge_what_depends_on_earlier_picks_adds_nothing():
    matrix = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])  # two copies and another
    rows, weights = pursue(columns(matrix), np.array([[2.0, 1.0]]), 3, 0.0)
    np.testing.assert_array_equal(rows, [0, 2, 1])
    np.testing.assert_allclose(weights, [2, 1, 0], atol=1e-12)


def test_a_refit_too_large_for_memory_is_refused_with_what_would_fit(monkeypatch):
    monkeypatch.setattr(pursuit, "LARGEST", 8 * 10 * 10)
    with pytest.raises(SelectionError, match=r"balanced=true.*at most 10 samples"):
        pursue(columns(np.ones((3, 20))), np.ones((1, 3)), 11, 1.0)
