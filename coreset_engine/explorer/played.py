"""Which samples of a run are played, and the features of a run that the cache has."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from coreset_engine import paths, store
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import DynamicsError

MOST = 4_000  # samples that are played


def replay_rows(
    dynamics: Dynamics, truth: Mapping[str, NDArray] | None = None, *, most: int = MOST
) -> NDArray[np.int64]:
    """Return the samples that are played, (S,) rows ascending: all, or `most` with the shares of the classes as they are.

    Of a sample the injected label errors are a part, all of them up to a quarter of it.

    Args:
        dynamics: of the run.
        truth: what was injected, (N,) arrays as of `ImageSet.truth`.
        most: S, where there are more.
    """
    count = dynamics.n_samples
    if count <= most:
        return np.arange(count)
    order = np.random.default_rng(0).permutation(count)
    wrong = wrong_labels(truth or {}, count)
    errors = order[wrong[order]][: most // 4]
    rest = order[~wrong[order]]
    rest = rest[np.argsort(dynamics.strata_labels[rest], kind="stable")]
    free = min(most - len(errors), len(rest))
    even = rest[np.arange(free) * len(rest) // max(1, free)]  # every class at the same distance
    return np.sort(np.concatenate([errors, even]))


def evenly(count: int, most: int) -> NDArray[np.int64]:
    """Return all rows of so many samples, or `most` of them at the same distance."""
    return np.arange(count) if count <= most else np.arange(most) * count // most


def wrong_labels(truth: Mapping[str, NDArray], count: int) -> NDArray[np.bool_]:
    """Return (N,) which labels are injected errors."""
    return truth["wrong_label"].astype(bool) if "wrong_label" in truth else np.zeros(count, bool)


def snapshot_features(run: str, rows: NDArray[np.int64]) -> dict[int, NDArray[np.float32]]:
    """Return the features of some samples by epoch, of every snapshot that a run of the cache has; {} where it has none.

    Raises:
        RunError: a snapshot is damaged.
        DynamicsError: its values are not finite.
    """
    folder, found = paths.run_folder(run), {}
    for epoch in store.snapshot_epochs(folder):
        found[epoch] = store.read_snapshot(folder, epoch)["features"][rows]
        if not np.isfinite(found[epoch]).all():
            raise DynamicsError(f"Features of {run} after epoch {epoch} are NaN or infinite. Record the run again.")
    return found
