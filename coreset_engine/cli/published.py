"""The published tables as the command line prints them: every cell with its reproduction status, beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "table",
    "dataset",
    "architecture",
    "method",
    "rate",
    "detail",
    "published",
    "sd",
    "published_n",
    "ours",
    "sd_ours",
    "n",
    "difference",
    "low",
    "high",
    "status",
)

published_option = click.option(
    "--published",
    nargs=2,
    type=(str, str),
    metavar="PAPER TABLE",
    help='What a paper published, beside ours, with a reproduction status per cell: "EVA 1"; TABLE "all" for all of its '
    "tables. --json and --csv have the caveats, too.",
)


def beside_ours(paper: str, name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the published cells of a table, or of all tables of a paper, beside ours.

    Args:
        paper: its name, in any case.
        name: of the table, in any case, or "all".
        rows: as `results.frame` gives them.

    Raises:
        ConfigError: there is no such paper or table.
    """
    import pandas as pd

    from coreset_engine.results import published
    from coreset_engine.results.references import surrogates

    known, found = surrogates(), []
    for table in published.tables_of(paper, name):
        lines = published.side_by_side(table, rows, published.Criteria(), known)
        found.append(lines.assign(table=table.name, figure=table.figure, source=table.source))
    return pd.concat(found, ignore_index=True).drop(columns=["cell", "own"])


def printed(lines: pd.DataFrame, *, whole: bool) -> pd.DataFrame:
    """Return what is printed of `beside_ours`: all of it, or the columns that fit beside each other."""
    return lines if whole else lines[[name for name in COLUMNS if name != "detail" or lines["detail"].any()]]
