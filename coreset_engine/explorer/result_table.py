"""What retrainings reached, as the table of the one-file explorer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from coreset_engine import results
from coreset_engine.names import counted
from coreset_engine.results import randoms

if TYPE_CHECKING:
    import pandas as pd


class Results(NamedTuple):
    """A table of text, and what is to be said below it."""

    columns: list[str]
    lines: list[list[str]]
    note: str


def of(rows: pd.DataFrame) -> Results:
    """Return means and spreads of planned retrainings as text, by network and epochs, Random first and full data last.

    Args:
        rows: as `results.frame` gives them, of one data set. What a search trained to find windows is left out.
    """
    planned = rows[~randoms.is_searched(rows)] if len(rows) else rows
    if planned.empty:
        return Results([], [], "")
    lines = []
    for line in results.ordered(results.summarise(planned)).to_dict("records"):
        shown = [
            line["label"],
            line["architecture"],
            f"{line['epochs']}",
            f"{100 * line['rate']:g} %",
            f"{line['samples']:,}",
        ]
        figures = [_percent(line, name) for name in ("val_acc_best", "test_acc_best_val", "test_acc_last")]
        lines.append([*shown, f"{line['n']}", *figures])
    left_out = len(rows) - len(planned)
    note = "Accuracy in percent, mean ± standard deviation over n seeds."
    note += f" {counted(left_out, '{retraining|retrainings}')} of searches for windows left out." if left_out else ""
    heads = ["method", "architecture", "epochs", "α", "M", "n"]
    heads += ["val, best epoch", "test at that epoch", "test, last epoch"]
    return Results(heads, lines, note)


def _percent(line: dict[str, Any], name: str) -> str:
    """Return a figure of a line of `results.summarise` in percent, with its spread where there is one."""
    mean, spread = line[name], line[f"{name}_std"]
    if np.isnan(mean):
        return "–"
    return f"{100 * mean:.1f}" + ("" if np.isnan(spread) else f" ± {100 * spread:.1f}")
