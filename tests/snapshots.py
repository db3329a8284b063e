"""Snapshots for tests: the golden one, and small random ones."""

from functools import cache
from pathlib import Path

import numpy as np

from coreset_engine import Snapshot

GOLDEN = Path(__file__).parent / "data" / "geometry.npz"
PICKED = Path(__file__).parent / "data" / "picked.npz"
CASES = [(share, balanced) for share in (10, 30) for balanced in (True, False)]  # of the golden selections


@cache
def arrays_of(path):
    """The arrays of a file by name, unpacked once for all tests of a process, none of which may change them."""
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def golden_arrays():
    """The arrays of geometry.npz by name."""
    return arrays_of(GOLDEN)


def golden_snapshot():
    """The golden features, logits and labels: 400 samples, 64 features, 11 classes."""
    golden = golden_arrays()
    return Snapshot.from_arrays(
        features=golden["features"], logits=golden["logits"], labels=golden["targets"], head_weight=golden["W"]
    )


def golden_set(name, share, balanced):
    """The rows that a reference chose, as a set."""
    return set(golden_arrays()[f"{name}_{share}_{'bal' if balanced else 'unbal'}"].tolist())


def picked_arrays():
    """The arrays of picked.npz by name."""
    return arrays_of(PICKED)


def golden_classes(excluded=()):
    """The rows of each of the 11 golden classes, without those excluded."""
    labels = golden_arrays()["targets"]
    left = np.setdiff1d(np.arange(len(labels)), excluded)
    return [left[labels[left] == label] for label in range(11)]


def hardness_of(snapshot):
    """An importance that follows the samples: how far each output is from its label."""
    return np.linalg.norm(snapshot.error_vectors, axis=1)


def random_snapshot(samples=40, width=5, classes=3, seed=0, multi_label=False):
    """Random features with a random linear head; every class has samples where there are enough."""
    draws = np.random.default_rng(seed)
    features = draws.normal(size=(samples, width)).astype(np.float32)
    weight = draws.normal(size=(classes, width)).astype(np.float32)
    labels = draws.integers(0, 2, (samples, classes)) if multi_label else np.arange(samples) % classes
    return Snapshot.from_arrays(features=features, logits=features @ weight.T, labels=labels, head_weight=weight)
