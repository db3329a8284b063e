"""Contextual diversity."""

import numpy as np
import pytest

from coreset_engine import Snapshot, compute
from coreset_engine.greedy import pick
from tests.devices import DEVICES
from tests.snapshots import CASES, golden_arrays, golden_set, golden_snapshot


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_it_chooses_as_deepcore(share, balanced, device):
    with compute.on(device):
        rows = pick(golden_snapshot(), "contextual-diversity", rate=share / 100, balanced=balanced, seed=123).rows
    assert set(rows.tolist()) == golden_set("cd", share, balanced)


@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_the_covering_radius_is_that_of_deepcore(share, balanced):
    snapshot = golden_snapshot()
    rows = pick(snapshot, "contextual-diversity", rate=share / 100, balanced=balanced, seed=123).rows
    p, logs = snapshot.probabilities, np.log(snapshot.probabilities)
    apart = ((p[:, None] - p[rows][None]) * (logs[:, None] - logs[rows][None])).sum(axis=2) / 2
    if balanced:
        apart[snapshot.labels[:, None] != snapshot.labels[rows][None]] = np.inf
    expected = golden_arrays()[f"obj_cd_{share}_{'bal' if balanced else 'unbal'}"]
    np.testing.assert_allclose(apart.min(axis=1).max(), expected, rtol=1e-5)


def test_outputs_that_are_certain_to_the_last_digit_are_no_nan():
    logits = np.array([[0.0, 0], [1, 0], [0, 999], [999, 0]])
    snapshot = Snapshot.from_arrays(features=np.ones((4, 1)), logits=logits, labels=[0] * 4)
    rows = pick(snapshot, "contextual-diversity", rate=0.75, seed=0).rows  # the first drawn is row 0
    assert rows[0] == 0
    assert set(rows.tolist()) == {0, 2, 3}


def test_features_are_of_no_importance():
    golden = golden_snapshot()
    other = Snapshot.from_arrays(features=golden.features[::-1], logits=golden.logits, labels=golden.labels)
    first, second = (pick(snapshot, "contextual-diversity", rate=0.2).rows for snapshot in (golden, other))
    np.testing.assert_array_equal(first, second)
