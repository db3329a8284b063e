"""Tables and times as text."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def as_csv(table: pd.DataFrame, float_format: str | None = None) -> bytes:
    """Return a table as a CSV that plain `pandas.read_csv` reads: a header, one line per row, UTF-8, no comment.

    Every text is written as it is, also one that a spreadsheet would take for a formula: what reads the file again must find
    the names of the data set. Lists and mappings are written as JSON.

    Args:
        table: whose index is left out.
        float_format: of its numbers; by default as many digits as tell them apart.
    """
    texts = table.select_dtypes(exclude=["number", "bool", "datetime"]).columns
    made = table.assign(**{str(name): table[name].map(_plain) for name in texts})
    # pandas leaves a lone carriage return without quotes, and reads it as the end of a line
    broken = any(made[name].map(lambda cell: isinstance(cell, str) and "\r" in cell).any() for name in texts)
    quoting = csv.QUOTE_NONNUMERIC if broken else csv.QUOTE_MINIMAL
    return made.to_csv(index=False, float_format=float_format, lineterminator="\n", quoting=quoting).encode()


def _plain(cell: Any) -> Any:
    """Return a cell; a list or a mapping as JSON."""
    return json.dumps(cell, ensure_ascii=False, default=float) if isinstance(cell, (dict, list, tuple)) else cell


def table(rows: list[dict[str, Any]], columns: list[str]) -> str:
    """Return rows as aligned text, numbers to the right; "-" where a value is missing."""
    cells = [[_text(row.get(name)) for name in columns] for row in rows]
    widths = [
        max(len(name), *(len(line[i]) for line in cells)) if cells else len(name) for i, name in enumerate(columns)
    ]
    numeric = [all(isinstance(row.get(name), (int, float, type(None))) for row in rows) for name in columns]
    lines = [columns, *cells]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in lines
    )


def duration(seconds: float) -> str:
    """Return seconds as people say them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _text(value: Any) -> str:
    """Return one cell."""
    if value is None or value == "" or value != value:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) >= 0.001 or not value else f"{value:.4g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
