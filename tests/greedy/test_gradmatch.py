"""GradMatch."""

import numpy as np
import pytest

from coreset_engine import Snapshot, compute
from coreset_engine.errors import ConfigError
from coreset_engine.greedy import pick
from tests.devices import DEVICES
from tests.gradients import golden, golden_weights, written_out
from tests.snapshots import CASES, golden_snapshot, random_snapshot


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("share", "balanced"), CASES)
@pytest.mark.parametrize(("grad_scale", "name"), [("1/n", "gradmatch"), ("none", "gradmatch_unscaled64")])
def test_it_chooses_and_weighs_as_the_reference(share, balanced, grad_scale, name, device):
    with compute.on(device):
        picks = pick(golden_snapshot(), "gradmatch", rate=share / 100, balanced=balanced, grad_scale=grad_scale)
    expected = golden(name, share, balanced)
    assert set(picks.rows.tolist()) == set(expected.tolist())
    ours = dict(zip(picks.rows.tolist(), picks.weights.tolist(), strict=True))
    weights = golden_weights(name, share, balanced)
    np.testing.assert_allclose([ours[row] for row in expected.tolist()], weights, rtol=1e-3)


def test_the_weighted_gradients_come_close_to_the_mean():
    snapshot = random_snapshot(60, classes=2)
    gradients = written_out(snapshot)
    mean = gradients.mean(axis=0)
    off = []
    for rate in (0.05, 0.1, 0.2):
        picks = pick(snapshot, "gradmatch", rate=rate, balanced=False, grad_scale="none", lam=1e-6)
        off.append(np.linalg.norm(mean - picks.weights @ gradients[picks.rows]))
    assert off[2] < off[1] < off[0] < np.linalg.norm(mean)
    assert off[2] < 0.05 * np.linalg.norm(mean)


def test_samples_without_weight_are_left_out():
    picks = pick(golden_snapshot(), "gradmatch", rate=0.3, balanced=False, grad_scale="none")
    assert len(picks.rows) == len(picks.weights) == 119
    assert (picks.weights > 0).all()


def test_one_sample_has_weight_1():
    picks = pick(random_snapshot(9, classes=1), "gradmatch", rate=1 / 9)
    np.testing.assert_array_equal(picks.weights, [1])


def test_where_all_gradients_cancel_one_sample_remains():
    opposite = Snapshot.from_arrays(features=[[1.0], [1.0]], logits=[[0.0, 0.0]] * 2, labels=[0, 1])
    picks = pick(opposite, "gradmatch", rate=1.0, balanced=False)
    np.testing.assert_array_equal(picks.rows, [0])
    np.testing.assert_array_equal(picks.weights, [1])


@pytest.mark.parametrize("lam", [-1, np.inf])
def test_an_impossible_ridge_is_refused(lam):
    with pytest.raises(ConfigError, match=r"lam=.* give a number of 0 or more"):
        pick(random_snapshot(), "gradmatch", rate=0.5, lam=lam)
