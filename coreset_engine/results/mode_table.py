"""Training modes beside plain training on the full data: how much of it their gradient steps used, what they reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coreset_engine import training_modes
from coreset_engine.results import statistics
from coreset_engine.results.result_rows import loss_of, modes_only, named_loss, without_modes

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "label", "line", "n", "collapsed", "used_share", "used_images", "full_images", "value", "sd", "half", "full",
    "difference", "difference_half", "pairs", "seconds", "full_seconds",
)  # fmt: skip


def modes(rows: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return what every training mode used and reached, beside plain training on the full data.

    Differences are paired by training seed and excluded samples; a mode may have trained with smaller batches. Collapsed
    runs are counted and left out of all else.

    Args:
        rows: as `results.frame(modes=True)` gives them, of one data set, network and number of epochs.
        figure: column of the figure, 0..1.

    Returns:
        One line a mode with its options by COLUMNS: `line`, what it shares with the same mode at other rates; `used_share`,
        the mean share of the samples of all epochs that its gradient steps took; the same as images × epochs, beside that
        of the full data; mean, sd and half the width of the 95 % interval of the figure; mean on the full data, and the
        mean difference from it with half the width of its interval over so many `pairs`; seconds of both.
    """
    import pandas as pd

    if rows.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    of_modes, plain = modes_only(rows), without_modes(rows)
    full = {_pair(row): row for row in _good(plain[plain["method"] == "full"], figure).to_dict("records")}
    found = [_line(label, group, full, figure) for label, group in of_modes.groupby("label", sort=True)]
    return pd.DataFrame(found, columns=list(COLUMNS))


def line_of(mode: str) -> str:
    """Return what a mode shares with the same one at other rates, as a chart names their line."""
    spec = training_modes.parse(mode)
    kept = {name: value for name, value in spec.options.items() if name != training_modes.RATE}
    return training_modes.ModeSpec(spec.name, kept).label


def _line(label: str, group: pd.DataFrame, full: dict[Any, dict[str, Any]], figure: str) -> dict[str, Any]:
    """Return the line of one mode with its options."""
    good = _good(group, figure)
    values = statistics.interval(good[figure].to_numpy(np.float64))
    rows = good.to_dict("records")
    pairs = [(row, full[_pair(row)]) for row in rows if _pair(row) in full]
    differences = statistics.interval([row[figure] - other[figure] for row, other in pairs])
    loss = loss_of(group.iloc[0])
    references = [row for row in full.values() if loss_of(row) == loss]
    images = group["samples"] * group["epochs"]
    line: dict[str, Any] = {"label": label, "line": line_of(group["mode"].iloc[0]) + named_loss(loss), "n": len(good)}
    line |= {"collapsed": int(group["collapsed"].astype(bool).sum()), "used_share": float(group["used_share"].mean())}
    line |= {"used_images": float(group["used_samples"].mean()), "full_images": float(images.mean())}
    line |= {"value": values.mean, "sd": values.sd, "half": values.half, "full": _mean(references, figure)}
    line |= {"difference": differences.mean, "difference_half": differences.half, "pairs": differences.n}
    return line | {"seconds": float(group["seconds"].mean()), "full_seconds": _mean(references, "seconds")}


def _good(rows: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return the rows that did not collapse and have a figure."""
    return rows[~rows["collapsed"].astype(bool) & rows[figure].notna()]


def _mean(rows: list[dict[str, Any]], name: str) -> float:
    """Return the mean of a column, NaN without rows."""
    return float(np.mean([row[name] for row in rows])) if rows else float("nan")


def _pair(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a training in a mode and one on the full data must share to be a pair."""
    excluded = row["excluded"]["sha256"] if isinstance(row.get("excluded"), dict) else ""
    return row["seed"], row["learning_rate"], loss_of(row), excluded
