"""What the browser scores: the error norms of all samples, or of a sample of them, with labels and what cut-offs read."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.budgets import hard_cutoff
from coreset_engine.dynamics import Dynamics
from coreset_engine.explorer.pack import packed
from coreset_engine.kernels.sliding import blocks

LARGEST = 40_000_000  # bytes of error norms that are sent before they are deflated; more is sampled by class
FULL_SCALE = 65_535


def run_pack(
    dynamics: Dynamics,
    names: Sequence[str],
    truth: Mapping[str, NDArray],
    atlas: Mapping[str, int] | None = None,
    *,
    largest: int = LARGEST,
) -> bytes:
    """Return the pack of a run that `scripts/score.js` reads; in place of missing error norms what stands for a sample.

    Args:
        dynamics: with T epochs and N samples.
        names: of the classes.
        truth: what was injected, as of `ImageSet`.
        atlas: how thumbnails lie in sheets, see `atlas.layout`; None where there are no images.
        largest: bytes of error norms, two a value; a run of more is a sample, stratified by class.
    """
    labels = dynamics.labels
    rows = sampled(labels, _room(dynamics, largest))
    shown = _part(dynamics, rows)
    norms = np.maximum(shown.signal(dynamics.trajectory_name), 0)
    top = float(norms.max()) or 1.0
    arrays: dict[str, NDArray] = {"norms": quantised(norms, top), "labels": labels[rows].astype(np.uint16)}
    facts: dict[str, Any] = {
        "name": dynamics.name,
        "samples": dynamics.n_samples,
        "shown": len(rows),
        "sampled": len(rows) < dynamics.n_samples,
        "epochs": dynamics.epochs,
        "classes": list(names),
        "several": dynamics.multi_label,
        "top": top,
        "against": None,
    }
    if not dynamics.multi_label and {"margin", "prediction"} <= set(dynamics.signals):
        aum, never = hard_cutoff.evidence([shown])
        counts = np.maximum(1, np.bincount(labels[rows], minlength=len(names)))
        against = np.bincount(labels[rows][(aum < 0) & never], minlength=len(names)) / counts
        facts["against"] = against.tolist()
        arrays["hardness"] = places_in_class(aum, labels[rows])
    if "wrong_label" in truth:
        arrays["wrong"] = truth["wrong_label"][rows].astype(np.uint8)
        facts["errors"] = int(arrays["wrong"].sum())
    if facts["sampled"]:
        arrays["rows"] = rows.astype(np.uint32)
    if atlas is not None:
        facts["atlas"] = dict(atlas)
        arrays["atlas"] = np.argsort(atlas_order(dynamics)).astype(np.uint32)[rows]
    return packed(facts, arrays)


def is_whole(dynamics: Dynamics, largest: int = LARGEST) -> bool:
    """Return whether the pack of a run holds all samples."""
    return dynamics.n_samples <= _room(dynamics, largest)


def _room(dynamics: Dynamics, largest: int) -> int:
    """Return of how many samples `largest` bytes hold the error norms."""
    return max(1, largest // (2 * dynamics.epochs))


def _part(dynamics: Dynamics, rows: NDArray[np.int64]) -> Dynamics:
    """Return the dynamics of some samples, of which a large run's file is read epoch by epoch; all of them as they are."""
    if len(rows) == dynamics.n_samples:
        return dynamics
    wanted = (dynamics.trajectory_name, *(() if dynamics.multi_label else ("margin", "prediction")))
    names = [name for name in wanted if name in dynamics.signals]
    found = {name: np.stack([row[rows] for row in dynamics.signals[name]]) for name in names}
    return Dynamics(dynamics.labels[rows], found, dynamics.classes, dynamics.epochs, dynamics.name)


def quantised(norms: NDArray[np.floating], top: float) -> NDArray[np.uint16]:
    """Return error norms as whole numbers q with norm = top (q / 65535)²: late in training most are small.

    Args:
        norms: of any shape, from 0 to `top`.
        top: the highest.
    """
    return np.rint(np.sqrt(norms / np.float32(top)) * FULL_SCALE).astype(np.uint16)


def sampled(labels: NDArray[np.integer], most: int) -> NDArray[np.int64]:
    """Return all rows, or `most` of them with every class in proportion, ascending; always the same."""
    count = len(labels)
    if count <= most:
        return np.arange(count)
    draws = np.random.default_rng(0).random(count)
    group = labels if labels.ndim == 1 else np.zeros(count, np.int64)
    sizes = np.bincount(group)
    order = np.argsort(draws, kind="stable")
    small = group[order].astype(np.min_scalar_type(len(sizes)))  # of 16 bits, which are sorted in one go
    order = order[np.argsort(small, kind="stable")]
    within = np.empty(count)
    own, starts = sizes[group[order]], (np.cumsum(sizes) - sizes)[group[order]]
    within[order] = (np.arange(count) - starts + 0.5) / own  # a class's first share of every size is a sample of it
    last = np.partition(within, most - 1)[most - 1]
    first = np.flatnonzero(within < last)
    return np.sort(np.concatenate([first, np.flatnonzero(within == last)[: most - len(first)]]))


def places_in_class(values: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.uint32]:
    """Return each sample's place in its class from the lowest value, (N,), ties by lower row."""
    order = np.lexsort((values, labels))
    sizes = np.bincount(labels)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    found = np.empty(len(labels), np.uint32)
    found[order] = np.arange(len(labels)) - starts[labels[order]]
    return found


def atlas_order(dynamics: Dynamics) -> NDArray[np.int64]:
    """Return all rows by how much their error norm moves, most first: what is often shown together lies in few sheets."""
    norms = dynamics.signal(dynamics.trajectory_name)
    moved = np.concatenate([norms[:, part].var(axis=0) for part in blocks(dynamics.n_samples)])
    return np.argsort(-moved, kind="stable")
