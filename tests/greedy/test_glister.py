"""GLISTER."""

import numpy as np
import pytest

from coreset_engine import compute
from coreset_engine.errors import ConfigError
from coreset_engine.greedy import pick
from tests.devices import DEVICES
from tests.gradients import golden, written_out
from tests.snapshots import CASES, golden_snapshot, random_snapshot


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("share", "balanced"), CASES)
@pytest.mark.parametrize(("static", "name"), [(True, "glister"), (False, "glister_intended_naive")])
def test_it_chooses_as_the_reference(share, balanced, static, name, device):
    with compute.on(device):
        rows = pick(golden_snapshot(), "glister", rate=share / 100, balanced=balanced, static=static).rows
    assert set(rows.tolist()) == set(golden(name, share, balanced).tolist())


@pytest.mark.parametrize("multi_label", [False, True])
@pytest.mark.parametrize(("grad_scale", "scale"), [("1/n", 1 / 30), ("none", 1)])
def test_it_follows_the_definition(grad_scale, scale, multi_label):
    snapshot, chosen = random_snapshot(30, multi_label=multi_label), []
    gradients = written_out(snapshot)
    inputs = np.hstack([snapshot.features, np.ones((30, 1))])
    targets = snapshot.probabilities - snapshot.error_vectors
    while len(chosen) < 12:
        step = gradients[chosen].mean(axis=0).reshape(3, -1) * scale if chosen else np.zeros((3, 6))
        z = snapshot.logits - 0.2 * inputs @ step.T
        p = 1 / (1 + np.exp(-z)) if multi_label else np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        mean = ((p - targets).T @ inputs / 30).ravel()
        gains = gradients @ mean
        gains[chosen] = -np.inf
        chosen.append(int(gains.argmax()))
    rows = pick(snapshot, "glister", rate=0.4, balanced=False, eta=0.2, grad_scale=grad_scale).rows
    np.testing.assert_array_equal(rows, chosen)


def test_static_is_a_step_of_length_0():
    first = pick(golden_snapshot(), "glister", rate=0.2, eta=0.0).rows
    np.testing.assert_array_equal(first, pick(golden_snapshot(), "glister", rate=0.2, static=True).rows)


def test_a_longer_step_leads_elsewhere_than_static():
    stepwise = pick(golden_snapshot(), "glister", rate=0.1, grad_scale="none").rows
    static = pick(golden_snapshot(), "glister", rate=0.1, static=True).rows
    assert set(stepwise.tolist()) != set(static.tolist())


@pytest.mark.parametrize("eta", [-0.1, np.inf])
def test_an_impossible_step_is_refused(eta):
    with pytest.raises(ConfigError, match=r"eta=.* give a number of 0 or more"):
        pick(random_snapshot(), "glister", rate=0.5, eta=eta)
