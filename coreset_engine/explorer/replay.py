"""Replay: what a browser needs to play a run epoch by epoch, as one pack.

Running confidence and variability are computed in the browser, from the signals of every epoch. The only projection of
features that is always there is a PCA with fixed axes, so that a sample's way has a meaning; a UMAP where one was made.
"""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.analysis.classes import class_texts
from coreset_engine.dynamics import Dynamics
from coreset_engine.explorer import umap_file
from coreset_engine.explorer.pack import packed
from coreset_engine.explorer.played import MOST, evenly, replay_rows, snapshot_features, wrong_labels
from coreset_engine.explorer.umap_file import UmapLayout
from coreset_engine.kernels.axes import principal_axes

SCRIPTS = ("pack", "replay_parts", "replay_numbers", "replay_canvas", "replay", "replay_course")  # in this order
STYLES = ("replay",)
SIGNALS = ("target_probability", "error_norm", "margin")
FINE = 6_000_000  # bytes of the signals, up to which a value is a number of 65,535ths, above which of 255ths
KINDS = ("as it should be", "corrupted", "near-duplicate", "label error")  # what was injected; the last counts
NONE = 65_535  # stands for a class that is not known


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
    layout = umap_file.stored(dynamics.name) if features else None
    return replay_pack(dynamics, names, rows, truth=truth, features=features, layout=layout), rows


def replay_pack(
    dynamics: Dynamics,
    names: Sequence[str],
    rows: NDArray[np.int64],
    *,
    truth: Mapping[str, NDArray] | None = None,
    features: Mapping[int, NDArray] | None = None,
    layout: UmapLayout | None = None,
    kept: NDArray[np.bool_] | None = None,
) -> bytes:
    """Return some samples of a run over all epochs as a pack for `scripts/replay.js`.

    Args:
        dynamics: of the run.
        names: of the classes.
        rows: (S,) of `replay_rows`.
        truth: what was injected, (N,) arrays as of `ImageSet.truth`.
        features: (S, D) of these samples by the epoch after which they were taken.
        layout: the run's UMAP; one that lacks a sample is left out.
        kept: (N,) the coreset, where it does not reach the browser in another way.

    Raises:
        DynamicsError: a signal is missing or not finite.
    """
    known = truth or {}
    arrays: dict[str, NDArray] = {"rows": rows.astype(np.uint32)}
    facts: dict[str, Any] = {"kind": "replay", "run": dynamics.name, "epochs": dynamics.epochs, "count": len(rows)}
    facts |= {"total": dynamics.n_samples, "kinds": list(KINDS)}
    arrays["injected"] = _injected(known, dynamics.n_samples)[rows]
    facts["errors"] = [int(wrong_labels(known, dynamics.n_samples)[at].sum()) for at in (rows, slice(None))]
    planes = (_components(features or {}), _umap(layout, rows))
    for part in (_labels(dynamics, names, rows, known), _signals(dynamics, rows), *planes):
        facts |= part[0]
        arrays |= part[1]
    if kept is not None:
        arrays["kept"] = kept[rows].astype(np.uint8)
    content = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays.values())
    facts["name"] = hashlib.sha256(repr(facts).encode() + content).hexdigest()[:16]
    return packed(facts, arrays)


def bytes_about(dynamics: Dynamics) -> int:
    """Return about how many bytes the pack of a run has, from its middle epoch."""
    rows = evenly(dynamics.n_samples, MOST)
    middle = dynamics.epochs // 2
    values = [_whole(dynamics.signal(name)[middle, rows], -1, 2, 65_535).astype(np.uint16) for name in SIGNALS]
    return dynamics.epochs * (len(zlib.compress(np.stack(values).tobytes())) + len(rows) // 4)


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
    spans, whole = _plane(np.stack([((features[epoch] - centre) @ axes).T for epoch in epochs]))
    facts = {"snapshots": epochs, "spans": spans, "shares": [round(share, 4) for share in shares]}
    return facts | {"features": len(centre)}, {"components": whole}


def _umap(layout: UmapLayout | None, rows: NDArray[np.int64]) -> tuple[dict[str, Any], dict[str, NDArray]]:
    """Return the places of samples in a UMAP, (E, 2, S) for E snapshots, and what it was made of."""
    if layout is None or not np.isin(rows, layout.rows).all():
        return {"umap": None}, {}
    spans, whole = _plane(layout.places[:, :, np.searchsorted(layout.rows, rows)])
    facts = {"spans": spans, "snapshots": layout.epochs.tolist(), "count": len(layout.rows)}
    return {"umap": facts | {"neighbours": layout.neighbours, "seed": layout.seed}}, {"umap": whole}


def _plane(places: NDArray[np.floating]) -> tuple[list[tuple[float, float]], NDArray[np.uint16]]:
    """Return the least and the greatest value of both axes, and places (E, 2, S) as 65,535ths between them."""
    ends = [(float(places[:, one].min()), float(places[:, one].max())) for one in range(2)]
    spans = [(low, high if high > low else low + 1.0) for low, high in ends]
    whole = np.stack([_whole(places[:, one], *spans[one], 65_535) for one in range(2)], axis=1)
    return spans, whole.astype(np.uint16)


def _whole(values: NDArray[np.floating], low: float, high: float, full: int) -> NDArray[np.float64]:
    """Return values as whole numbers of 0 to `full`."""
    return np.clip(np.rint((values.astype(np.float64) - low) * (full / (high - low))), 0, full)
