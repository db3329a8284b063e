"""The course of one sample as the browser plays it: the classes predicted, and strips of signals over the epochs."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from coreset_engine.analysis.samples import Timeline, predicted
from coreset_engine.windows import Window

MOST = 8  # classes with a line of their own
OTHER = "other classes"
NAMES = {
    "error_norm": "error norm",
    "target_probability": "p of the label",
    "margin": "margin",
    "entropy": "entropy (nats)",
    "loss": "loss (nats)",
}


def course(
    told: Timeline,
    names: Sequence[str],
    multi_label: bool,
    windows: Sequence[Window],
    wanted: Sequence[str] = tuple(NAMES),
) -> dict[str, Any]:
    """Return what `scripts/replay_course.js` draws of a sample, as plain values.

    Args:
        told: of one sample.
        names: of the classes.
        multi_label: whether labels and predictions are sets, one bit each.
        windows: to shade: none, one, or the early and the late one.
        wanted: signals, as keys of NAMES.
    """
    lines, line = _lines(told, names, multi_label)
    limits = _limits(told, len(names), multi_label)
    marks = ("epochs",) if len(windows) == 1 else ("t_e", "t_l")
    return {
        "row": told.row,
        "epochs": len(told.epochs),
        "lines": lines,
        "line": line,
        "right": told.correct.astype(int).tolist(),
        "predicted": [predicted(int(value), names, multi_label) for value in told.prediction],
        "strips": [
            {"name": NAMES[name], "values": np.round(told.signals[name], 5).tolist(), "limits": limits[name]}
            for name in NAMES
            if name in told.signals and name in wanted
        ],
        "windows": [
            {"name": f"{name} {one.start}–{one.end}", "start": one.start, "end": one.end}
            for name, one in zip(marks, windows, strict=False)
        ],
    }


def _lines(told: Timeline, names: Sequence[str], multi_label: bool) -> tuple[list[str], list[int]]:
    """Return the classes that have a line of their own, the label first, and the line of every epoch's prediction."""
    values, counts = np.unique(told.prediction, return_counts=True)
    others = [int(value) for value in values[np.argsort(-counts, kind="stable")] if value != told.label]
    shown = [told.label, *others[:MOST]]
    texts = [predicted(value, names, multi_label) for value in shown] + ([OTHER] if len(others) > MOST else [])
    places = {value: place for place, value in enumerate(shown)}
    return texts, [places.get(int(value), len(shown)) for value in told.prediction]


def _limits(told: Timeline, classes: int, multi_label: bool) -> dict[str, list[float]]:
    """Return the range of every signal, the same for all samples of a run but for the loss, which has no end."""
    norm = math.sqrt(classes) if multi_label else math.sqrt(2)
    entropy = math.log(2) if multi_label else math.log(max(2, classes))
    return {
        "error_norm": [0, math.ceil(2 * norm) / 2],
        "target_probability": [0, 1],
        "margin": [-1, 1],
        "entropy": [0, math.ceil(2 * entropy) / 2],
        "loss": [0, max(1, math.ceil(float(np.max(told.signals.get("loss", [0])))))],
    }
