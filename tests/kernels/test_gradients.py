"""Gradients in factored form, against the same written out."""

import numpy as np
import pytest

from coreset_engine import Snapshot, compute
from coreset_engine.errors import DynamicsError
from coreset_engine.kernels.gradients import Gradients
from tests.devices import DEVICES
from tests.gradients import written_out
from tests.snapshots import random_snapshot


@pytest.fixture(params=DEVICES)
def both(request):
    """Factored gradients on a device, and the same written out."""
    snapshot = random_snapshot(23)
    with compute.on(request.param):
        return Gradients.of(snapshot, np.float64), written_out(snapshot)


def test_inner_products_and_norms(both):
    factored, plain = both
    np.testing.assert_allclose(compute.host(factored.inner([3, 5])), plain[[3, 5]] @ plain.T)
    np.testing.assert_allclose(compute.host(factored.inner_with(4)), plain @ plain[4])
    np.testing.assert_allclose(compute.host(factored.squared_norms()), (plain**2).sum(axis=1))


def test_weighted_sums_and_what_lies_along_them(both):
    factored, plain = both
    weights = np.linspace(-1, 1, 23)
    total = factored.total(beside(factored.errors, weights))
    np.testing.assert_allclose(compute.host(total).ravel(), weights @ plain, atol=1e-12)
    np.testing.assert_allclose(compute.host(factored.along(total)), plain @ (weights @ plain), atol=1e-10)
    np.testing.assert_allclose(compute.host(factored.total()).ravel(), plain.sum(axis=0), atol=1e-12)


def beside(others, values):
    return values if isinstance(others, np.ndarray) else others.new_tensor(values)


def test_unit_gradients_have_length_1_and_keep_their_direction(both):
    factored, plain = both
    expected = plain / np.linalg.norm(plain, axis=1, keepdims=True)
    np.testing.assert_allclose(compute.host(factored.unit().inner(slice(None))), expected @ expected.T, atol=1e-12)


def test_a_gradient_of_length_0_stays_0_and_a_tiny_one_keeps_its_direction():
    factored = Gradients(np.array([[0, 0], [3e-30, 4e-30]], np.float32), np.ones((2, 1), np.float32))
    np.testing.assert_allclose(factored.unit().errors, [[0, 0], [0.6, 0.8]], rtol=1e-6)


def test_features_too_large_to_multiply_are_refused_with_their_sample():
    features = np.ones((4, 2))
    features[2, 1] = 1e30
    snapshot = Snapshot.from_arrays(features=features, logits=np.zeros((4, 2)), labels=[0, 1, 0, 1])
    with pytest.raises(DynamicsError, match=r"too large to multiply \(sample 2 reaches 1e\+30\)"):
        Gradients.of(snapshot)
