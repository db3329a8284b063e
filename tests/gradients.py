"""The golden selections on gradients, and gradients written out in full for tests."""

from pathlib import Path

import numpy as np

from tests.snapshots import arrays_of

GOLDEN = Path(__file__).parent / "data" / "gradients.npz"


def golden(name, share=None, balanced=None):
    """An array of gradients.npz; with a share, that of a selection of so many %."""
    key = name if share is None else f"{name}_{share}_{'bal' if balanced else 'unbal'}"
    return arrays_of(GOLDEN)[key]


def golden_weights(name, share, balanced):
    """Weights of a golden selection."""
    return golden(f"{name}_{share}_{'bal' if balanced else 'unbal'}_weights")


def written_out(snapshot):
    """(N, C (D + 1)) float64 last-layer gradients, every number of them."""
    inputs = np.hstack([snapshot.features.astype(np.float64), np.ones((snapshot.n_samples, 1))])
    return (snapshot.error_vectors[:, :, None] * inputs[:, None, :]).reshape(snapshot.n_samples, -1)


def cosine_similarities(snapshot):
    """(N, N) 1/2 + 1/2 cos of the gradients."""
    g = written_out(snapshot)
    g /= np.linalg.norm(g, axis=1, keepdims=True)
    return 0.5 + 0.5 * g @ g.T


def distances(snapshot):
    """(N, N) Euclidean distances of the gradients."""
    g = written_out(snapshot)
    return np.linalg.norm(g[:, None] - g[None], axis=2)


def per_class(snapshot, balanced):
    """The rows of each class, or all rows as one group."""
    if not balanced:
        return [np.arange(snapshot.n_samples)]
    return [np.flatnonzero(snapshot.labels == label) for label in np.unique(snapshot.labels)]
