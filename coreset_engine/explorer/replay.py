"""Replay: what a browser needs to play a run epoch by epoch, as one pack.

Running confidence and variability are computed in the browser, from the signals of every epoch. The only projection of
features is a PCA with fixed axes, so that a sample's way has a meaning; a UMAP is not offered.
"""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import paths, store
from coreset_engine.analysis.classes import class_texts
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import DynamicsError
from coreset_engine.explorer.pack import packed

SCRIPTS = ("pack", "replay_parts", "replay_numbers", "replay_canvas", "replay", "replay_course")  # in this order
STYLES = ("replay",)
MOST = 4_000  # samples that are played
SIGNALS = ("target_probability", "error_norm", "margin")
FINE = 6_000_000  # bytes of the signals, up to which a value is a number of 65,535ths, above which of 255ths
KINDS = ("as it should be", "corrupted", "near-duplicate", "label error")  # what was injected; the last counts
NONE = 65_535  # stands for a class that is not known


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
    wrong = _wrong(truth or {}, count)
    errors = order[wrong[order]][: most // 4]
    rest = order[~wrong[order]]
    rest = rest[np.argsort(dynamics.strata_labels[rest], kind="stable")]
    free = min(most - len(errors), len(rest))
    even = rest[np.arange(free) * len(rest) // max(1, free)]  # every class at the same distance
    return np.sort(np.concatenate([errors, even]))


def of_run(
    dynamics: Dynamics, names: Sequence[str], truth: Mapping[str, NDArray], among: NDArray[np.int64] | None = None
) -> tuple[bytes, NDArray[np.int64]]:
    """Return the pack of a run with the features that the cache has of it, and the rows (S,) in it.

    Args:
        dynamics: of the run.
        names: of the classes.
        truth: what was injected, (N,) arrays as of `ImageSet.truth`.
        among: of which rows, all by default.

    Raises:
        EngineError: a signal is missing, or a snapshot is damaged.
    """
    rows = replay_rows(dynamics, truth)
    rows = rows if among is None else np.intersect1d(rows, among)
    features = snapshot_features(dynamics.name, rows)
    return replay_pack(dynamics, names, rows, truth=truth, features=features), rows


def replay_pack(
    dynamics: Dynamics,
    names: Sequence[str],
    rows: NDArray[np.int64],
    *,
    truth: Mapping[str, NDArray] | None = None,
    features: Mapping[int, NDArray] | None = None,
    kept: NDArray[np.bool_] | None = None,
) -> bytes:
    """Return some samples of a run over all epochs as a pack for `scripts/replay.js`.

    Args:
        dynamics: of the run.
        names: of the classes.
        rows: (S,) of `replay_rows`.
        truth: what was injected, (N,) arrays as of `ImageSet.truth`.
        features: (S, D) of these samples by the epoch after which they were taken.
        kept: (N,) the coreset, where it does not reach the browser in another way.

    Raises:
        DynamicsError: a signal is missing or not finite.
    """
    known = truth or {}
    arrays: dict[str, NDArray] = {"rows": rows.astype(np.uint32)}
    facts: dict[str, Any] = {"kind": "replay", "run": dynamics.name, "epochs": dynamics.epochs, "count": len(rows)}
    facts |= {"total": dynamics.n_samples, "kinds": list(KINDS)}
    arrays["injected"] = _injected(known, dynamics.n_samples)[rows]
    facts["errors"] = [int(_wrong(known, dynamics.n_samples)[at].sum()) for at in (rows, slice(None))]
    for part in (_labels(dynamics, names, rows, known), _signals(dynamics, rows), _components(features or {})):
        facts |= part[0]
        arrays |= part[1]
    if kept is not None:
        arrays["kept"] = kept[rows].astype(np.uint8)
    content = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays.values())
    facts["name"] = hashlib.sha256(repr(facts).encode() + content).hexdigest()[:16]
    return packed(facts, arrays)


def bytes_about(dynamics: Dynamics) -> int:
    """Return about how many bytes the pack of a run has, from its middle epoch."""
    rows = replay_rows(dynamics)
    middle = dynamics.epochs // 2
    values = [_whole(dynamics.signal(name)[middle, rows], -1, 2, 65_535).astype(np.uint16) for name in SIGNALS]
    return dynamics.epochs * (len(zlib.compress(np.stack(values).tobytes())) + len(rows) // 4)


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


def _wrong(truth: Mapping[str, NDArray], count: int) -> NDArray[np.bool_]:
    """Return (N,) which labels are injected errors."""
    return truth["wrong_label"].astype(bool) if "wrong_label" in truth else np.zeros(count, bool)


def _injected(truth: Mapping[str, NDArray], count: int) -> NDArray[np.uint8]:
    """Return (N,) what was injected, a place in KINDS."""
    found = np.zeros(count, np.uint8)
    for code, (name, none) in enumerate((("corrupted", 0), ("duplicate_of", -1), ("wrong_label", 0)), 1):
        if name in truth:
            found[truth[name] > none] = code
    return found


def _labels(
    dynamics: Dynamics, names: Sequence[str], rows: NDArray[np.int64], truth: Mapping[str, NDArray]
) -> tuple[dict[str, Any], dict[str, NDArray]]:
    """Return facts and arrays about classes: of several labels at once what is told beside a sample alone."""
    if dynamics.multi_label:
        texts, place = np.unique(class_texts(dynamics.labels[rows], names, " + ", "no label"), return_inverse=True)
        return {"names": texts.tolist(), "by_class": False}, {"label": place.astype(np.uint16)}
    arrays = {"label": dynamics.labels[rows].astype(np.uint16)}
    arrays["prediction"] = dynamics.prediction[:, rows].astype(np.uint8 if len(names) <= 256 else np.uint16)
    if "true_label" in truth:
        true = truth["true_label"][rows]
        arrays["true_label"] = np.where(true >= 0, true, NONE).astype(np.uint16)
    return {"names": list(names), "by_class": True}, arrays


def _signals(dynamics: Dynamics, rows: NDArray[np.int64]) -> tuple[dict[str, Any], dict[str, NDArray]]:
    """Return every signal, (T, S) whole numbers, and the least and the greatest value that they stand for."""
    fine = len(SIGNALS) * dynamics.epochs * len(rows) * 2 <= FINE
    full, dtype = (65_535, np.uint16) if fine else (255, np.uint8)
    limits, arrays = {}, {}
    for name in SIGNALS:
        values = dynamics.signal(name)[:, rows]
        low, high = {"target_probability": (0.0, 1.0), "margin": (-1.0, 1.0)}.get(
            name, (0.0, float(values.max()) or 1.0)
        )
        arrays[name] = _whole(values, low, high, full).astype(dtype)
        limits[name] = [low, high]
    return {"full": full, "signals": limits}, arrays


def _components(features: Mapping[int, NDArray]) -> tuple[dict[str, Any], dict[str, NDArray]]:
    """Return the places of samples on the first two principal axes of the last features, (E, 2, S) for E snapshots."""
    epochs = sorted(features)
    if not epochs or min(features[epochs[-1]].shape) < 2:
        return {"snapshots": []}, {}
    centre, axes, shares = principal_axes(features[epochs[-1]])
    places = np.stack([((features[epoch] - centre) @ axes).T for epoch in epochs])
    ends = [(float(places[:, one].min()), float(places[:, one].max())) for one in range(2)]
    spans = [(low, high if high > low else low + 1.0) for low, high in ends]
    whole = np.stack([_whole(places[:, one], *spans[one], 65_535) for one in range(2)], axis=1)
    facts = {"snapshots": epochs, "spans": spans, "shares": [round(share, 4) for share in shares]}
    return facts | {"features": len(centre)}, {"components": whole.astype(np.uint16)}


def principal_axes(
    features: NDArray[np.floating],
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[float, float]]:
    """Return the mean (D,) of features (S, D), their first two principal axes (D, 2), and each one's share of the variance.

    The largest part of an axis is positive, so that the same features give the same picture.
    """
    from scipy import linalg  # whose import takes a tenth of a second

    centre = features.mean(axis=0, dtype=np.float64)
    centred = features - centre
    spread = centred.T @ centred
    size = len(spread)
    values, axes = linalg.eigh(spread, subset_by_index=[size - 2, size - 1])
    axes = axes[:, ::-1]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1, 1)
    first, second = (float(max(0.0, value) / (np.trace(spread) or 1.0)) for value in values[::-1])
    return centre, axes, (first, second)


def _whole(values: NDArray[np.floating], low: float, high: float, full: int) -> NDArray[np.float64]:
    """Return values as whole numbers of 0 to `full`."""
    return np.clip(np.rint((values.astype(np.float64) - low) * (full / (high - low))), 0, full)
