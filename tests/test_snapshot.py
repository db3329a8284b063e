"""Snapshot: the val split beside the train split."""

import numpy as np
import pytest

from coreset_engine import Snapshot
from coreset_engine.errors import DynamicsError
from tests.snapshots import random_snapshot


def test_a_snapshot_keeps_its_val_split_when_samples_are_taken():
    val = random_snapshot(7, seed=1)
    train = random_snapshot(12)
    both = Snapshot.from_arrays(features=train.features, logits=train.logits, labels=train.labels, validation=val)
    assert both.take(np.arange(3)).validation is val
    assert train.validation is None


@pytest.mark.parametrize(
    "val", [random_snapshot(7, width=4), random_snapshot(7, classes=4), random_snapshot(7, multi_label=True)]
)
def test_a_val_split_of_another_network_is_refused(val):
    train = random_snapshot(12)
    with pytest.raises(DynamicsError, match=r"The validation of snapshot has \d+ features, \d+ outputs"):
        Snapshot.from_arrays(features=train.features, logits=train.logits, labels=train.labels, validation=val)
