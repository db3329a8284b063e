"""A paper's table beside our results, as tables and sentences, without Streamlit."""

from typing import Any

import pandas as pd

from coreset_engine import results
from coreset_engine.papers import tables
from coreset_engine.papers.tables import Cell, Table
from coreset_engine.results import published
from coreset_engine.results.people import LINE, Column

GROUP = ["dataset", "architecture", "detail"]
FEWEST = 3  # rates from which a line says more than the table
COLUMNS = LINE | {
    "published": Column("published (%)", "%.2f"),
    "sd": Column("± sd", "%.2f"),
    "ours": Column("ours (%)", "%.2f"),
    "sd_ours": Column("± sd ours", "%.2f"),
    "difference": Column("difference (points)", "%+.2f", "Ours minus published, with its 95 % interval."),
    "low": Column(format="%+.2f"),
    "high": Column(format="%+.2f"),
    "dataset": Column("data set"),
    "n": Column(format="%d", help="Seeds of ours."),
    "status": Column(help="Whether it was run here, and whether ours is within one published standard deviation."),
}
EXPLANATION = (
    "None where n = 1 or no spread is published. The interval is that of Welch's t; where the published spread or its n is "
    "not known, the published number counts as exact. Ours count only while their recording is in the cache, which says "
    "what selected and was trained for as many epochs as published."
)


def common_caveats(table: Table) -> list[str]:
    """Return what is to be known about every cell of a table."""
    each = [[one.text for one in tables.caveats(cell)] for cell in tables.cells(table.paper, table.name)]
    return [text for text in each[0] if all(text in others for others in each)]


def settings(table: Table) -> str:
    """Return in words how a table was made, and what ours beside it is."""
    seeds = f"{table.seeds} seed{'s' * (table.seeds != 1)}" if table.seeds else "an unknown number of seeds"
    epochs = "200 / α" if table.epochs == "steps" else table.epochs
    return (
        f"Published: {seeds}, surrogate trained for {table.surrogate_epochs} epochs, coresets for {epochs}; "
        f"{table.source}. Ours: {results.FIGURES[table.figure]}."
    )


def for_people(lines: pd.DataFrame) -> pd.DataFrame:
    """Return a table's cells as shown, in percent and points; columns that say the same of all, or nothing, are left out.

    Args:
        lines: what `published.side_by_side` gives.
    """
    percent = {name: 100 * lines[name] for name in ("published", "sd", "ours", "sd_ours", "difference", "low", "high")}
    shown = pd.DataFrame({"method": lines["method"], "α": 100 * lines["rate"]} | percent | {"n": lines["n"]})
    shown.insert(6, "n", shown.pop("n"))
    shown = shown.drop(columns=[name for name in percent if shown[name].isna().all()] + ["n"] * (not lines["n"].any()))
    shown["status"] = lines["status"]
    shown["to know"] = lines["own"]
    for place, name in enumerate(GROUP):
        if lines[name].nunique() > 1:
            shown.insert(min(place, 2), name, lines[name])
    return shown


def cell_title(cell: Cell) -> str:
    """Return a cell in words."""
    more = f", {published.detail(cell)}" if published.detail(cell) else ""
    return f"{cell.method} at {100 * cell.rate:.3g} % · {cell.dataset} · {cell.architecture}{more}"


def share_text(mean: float, sd: float) -> str:
    """Return a mean with its spread in percent, "–" without one."""
    if mean != mean:
        return "–"
    return f"{100 * mean:.2f}" + (f" ± {100 * sd:.2f}" if sd == sd else "") + " %"


def gap_text(line: dict[str, Any]) -> str:
    """Return a difference with its interval, "–" without one."""
    if line["difference"] != line["difference"]:
        return "–"
    interval = f" ({100 * line['low']:+.2f} … {100 * line['high']:+.2f})" if line["low"] == line["low"] else ""
    return f"{100 * line['difference']:+.2f}{interval}"


def counterparts(part: pd.DataFrame) -> dict[str, str]:
    """Return what the methods of a part of a table are called here, by their names in it; "" for what is not here."""
    return {cell.method: tables.mapped(cell).name for cell in part["cell"]}


def groups(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the parts of a table that are one chart each, by name: those with enough rates, coresets only."""
    partial = lines[lines["rate"] < 1]
    varying = [name for name in GROUP if lines[name].nunique() > 1]
    found = {}
    for values, part in partial.groupby(GROUP, sort=False):
        if part["rate"].nunique() >= FEWEST:
            words = [str(value) for name, value in zip(GROUP, values, strict=True) if name in varying and value]
            found[", ".join(words) or "all"] = part
    return found


def names() -> pd.DataFrame:
    """Return what every method of the papers is called here."""
    return pd.DataFrame(
        {
            "paper": one.paper,
            "its method": one.method,
            "here": one.name or "no counterpart",
            "rule": one.rule,
            "class budgets": one.class_budget if one.name else "",
            "in tables": ", ".join(one.tables) or "all",
            "options": ", ".join(f"{key}={value}" for key, value in one.options.items()),
            "weights in the loss": one.weighting,
            "not as published": one.protocol,
        }
        for one in tables.mapping()
    )
