"""Error norms over the epochs in short: the mean of every class, and those of a few samples as whole numbers."""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAMPLES = 500  # so many that a browser scores them within a frame while a window is dragged


def means_and_samples(
    norms: NDArray[np.float32], labels: NDArray[np.integer], names: tuple[str, ...], seed: int = 0
) -> dict[str, Any]:
    """Return the mean trajectory of every class that has samples, and the trajectories of a few samples, for JSON.

    Args:
        norms: (T, N) error norms.
        labels: (N,) classes, or (N, L) zeros and ones.
        names: of the classes.
        seed: of the draw of samples.

    Returns:
        `epochs`, `top` (the highest value that the lines need), `means` of `classes` with their `names`, and in `values`
        `count` trajectories as base64 of little-endian uint16, where 65,535 is the largest of all error norms.
    """
    epochs, samples = norms.shape
    member = np.eye(len(names), dtype=np.float32)[labels] if labels.ndim == 1 else labels.astype(np.float32)
    present = np.flatnonzero(member.sum(axis=0))
    means = (norms @ member[:, present]) / member[:, present].sum(axis=0)
    rows = np.sort(np.random.default_rng(seed).choice(samples, min(SAMPLES, samples), replace=False))
    highest = float(norms.max()) or 1.0
    few = np.round(norms[:, rows].T * (65_535 / highest)).astype("<u2")
    return {
        "epochs": epochs,
        "top": round(float(means.max()) * 1.05, 4) or 1.0,
        "means": np.round(means.T, 4).tolist(),
        "classes": present.tolist(),
        "names": [names[c] for c in present],
        "values": base64.b64encode(few.tobytes()).decode(),
        "count": len(rows),
    }
