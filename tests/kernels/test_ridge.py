"""Ridge heads: against the closed form, one set at a time."""

import numpy as np
import pytest

from coreset_engine.errors import DynamicsError
from coreset_engine.greedy.bws import class_windows
from coreset_engine.kernels import ridge
from coreset_engine.kernels.ridge import Inputs, accuracy, heads, outputs_of
from tests.snapshots import golden_arrays, golden_classes, golden_snapshot, picked_arrays


def closed_form(x, y, weights, lam):
    x = np.hstack([x, np.ones((len(x), 1))])
    omega = np.diag(weights)
    return np.linalg.inv(x.T @ omega @ x + lam * np.eye(x.shape[1])) @ x.T @ omega @ y


@pytest.mark.parametrize("height", [3, 1 << 13])
@pytest.mark.parametrize("shift", [1, 7, 40])
def test_each_set_has_the_head_of_the_closed_form(shift, height, monkeypatch):
    monkeypatch.setattr(ridge, "HEIGHT", height)
    draws = np.random.default_rng(0)
    x, y, weights = draws.normal(size=(90, 5)), draws.normal(size=(90, 3)), draws.uniform(0.5, 2, 90)
    order = draws.permutation(90)
    sets = [order[start : start + 30] for start in range(0, 60, shift)]
    found = heads(Inputs.plain(x), y, weights, sets, 0.7)
    for rows, head in zip(sets, found, strict=True):
        np.testing.assert_allclose(head, closed_form(x[rows], y[rows], weights[rows], 0.7), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("share", [10, 30])
def test_outputs_of_the_last_class_window_are_the_golden_ones(share):
    golden, snapshot = picked_arrays(), golden_snapshot()
    budgets, difficulty = golden[f"bwsc_budget_{share}"].tolist(), golden["in_difficulty"].astype(float)
    ordered, weights = [], np.ones(400)
    for rows, size in zip(golden_classes(), budgets, strict=True):
        ordered.append((rows[np.argsort(difficulty[rows], kind="stable")], size))
        weights[rows] = sum(budgets) / (11 * size)
    inputs = Inputs.standardised(snapshot.features)
    found = heads(inputs, np.eye(11)[golden_arrays()["targets"]], weights, class_windows(ordered, 11), 1.0)
    outputs = outputs_of(found, inputs.of(golden["in_features_val"]), np.arange(131))
    np.testing.assert_allclose(outputs[-1], golden[f"bwsc_scores64_{share}"], atol=1e-6)


def test_constant_features_are_standardised_to_nothing():
    found = Inputs.standardised(np.full((4, 2), 3.0, np.float32)).take(slice(None))
    np.testing.assert_array_equal(found, [[0, 0, 1]] * 4)


def test_a_system_without_a_solution_is_a_sentence():
    with pytest.raises(DynamicsError, match="too large for a ridge head"):
        heads(Inputs.plain(np.full((4, 2), 1e20)), np.ones((4, 1)), np.ones(4), [np.arange(4)], 1.0)


def test_accuracies_by_hand():
    outputs = np.array([[3.0, 1, 0], [0, 2, 1], [1, 0, 0], [0, 5, 0], [9, 0, 0]])
    labels = np.array([0, 1, 1, 1, 0])  # three of class 1, of which two are met, and no sample of class 2
    assert accuracy(outputs, labels, balanced=False) == pytest.approx(4 / 5)
    assert accuracy(outputs, labels, balanced=True) == pytest.approx((1 + 2 / 3) / 2)


def test_accuracies_of_several_labels_by_hand():
    outputs, labels = np.array([[0.9, 0.2], [0.4, 0.1], [0.7, 0.8]]), np.array([[1, 0], [1, 0], [0, 0]])
    # right: yes no / no no / no no of the six decisions
    assert accuracy(outputs, labels, balanced=False) == pytest.approx(3 / 6)
    # label 0: no 0 of 1, yes 1 of 2; label 1: no 2 of 3, yes does not occur
    assert accuracy(outputs, labels, balanced=True) == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)
