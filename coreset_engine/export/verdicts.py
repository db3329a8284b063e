"""The verdict on a selection beside Random, as a table of its report."""

import math
from typing import Any

import pandas as pd

from coreset_engine import results
from coreset_engine.results.parts.verdict import against_text

COLUMNS = ("method", "α (%)", "verdict", "difference (points)", "95 % interval", "n", "reached (%)", "Random (%)",
           "held against", "p (Holm)")  # fmt: skip


def lines(rows: pd.DataFrame, labels: set[str], figure: str) -> list[list[str]]:
    """Return the verdicts on some methods, one line per rate, as the Results page gives them.

    Spread and correction are those of all rows, so that a report says what the page says.

    Args:
        rows: as `results.frame` gives them, of one data set, network and number of epochs.
        labels: of the methods that are told.
        figure: a share of 1.
    """
    found = results.verdicts(rows, figure)
    return [_line(line) for line in found[found["label"].isin(labels)].to_dict("records")]


def _line(line: dict[str, Any]) -> list[str]:
    """Return one verdict as text."""
    low, high = line["difference"] - line["half"], line["difference"] + line["half"]
    interval = "–" if math.isnan(low) else f"{100 * low:+.2f} to {100 * high:+.2f}"
    return [
        line["label"], f"{100 * line['rate']:.3g}", line["verdict"], _number(100 * line["difference"], "+.2f"), interval,
        str(line["n"]), _number(100 * line["value"], ".2f"), _number(100 * line["reference"], ".2f"), against_text(line),
        _number(line["p_holm"], ".3g"),
    ]  # fmt: skip


def _number(value: float, form: str) -> str:
    """Return a number as text; a dash where there is none."""
    return "–" if math.isnan(value) else format(value, form)
