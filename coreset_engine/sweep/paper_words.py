"""What of a published table's protocol is otherwise here, in sentences, each with the cells that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coreset_engine.names import counted
from coreset_engine.papers import tables
from coreset_engine.papers.tables import Cell, Table

if TYPE_CHECKING:
    from coreset_engine.sweep.paper_table import CellPlan, TableRequest

FIELDS = {"method": "{}", "dataset": "{}", "architecture": "{}", "rate": "α = {:g}"}  # by which cells are named

FEW = 2  # cells that are named one by one


def differences(table: Table, asked: TableRequest, planned: Sequence[CellPlan]) -> list[tuple[str, str]]:
    """Return sentences on what is otherwise than published, or in doubt, each with the cells that it is about in words.

    Args:
        table: the published one.
        asked: what was asked for otherwise.
        planned: its cells that were asked for.
    """
    cells = [one.cell for one in planned]
    about: dict[str, list[Cell]] = {}
    for one in planned:
        for text in (*_asked(table, asked, one), *(caveat.text for caveat in tables.caveats(one.cell))):
            about.setdefault(text, []).append(one.cell)
    return [(_named(some, cells), text) for text, some in about.items()]


def _asked(table: Table, asked: TableRequest, one: CellPlan) -> list[str]:
    """Return sentences on epochs and seeds of a cell that are not the published ones, and on rows of other recipes."""
    found = [f"Rows of another recipe stay and do not count as existing. {text}" for text in one.others]
    if asked.epochs is not None and table.epochs != str(asked.epochs):
        published = "200 / α" if table.epochs == "steps" else table.epochs
        found.append(f"Retrained for {counted(asked.epochs, '{epoch|epochs}')} as asked, published are {published}.")
    if asked.epochs is not None and table.surrogate_epochs != asked.epochs:
        epochs = counted(asked.epochs, "{epoch|epochs}")
        found.append(f"Recorded for {epochs} as asked, published are {table.surrogate_epochs}.")
    seeds = len(one.retraining.seeds) if one.retraining else one.rows
    if seeds and seeds != one.cell.seeds:
        published = str(one.cell.seeds) if one.cell.seeds else "an unknown number"
        found.append(f"{counted(seeds, '{seed|seeds}')} here, published {published}.")
    return found


def _named(some: Sequence[Cell], every: Sequence[Cell]) -> str:
    """Return in words which of the cells these are."""
    if len(some) == len(every):
        return "all cells"
    for field, words in FIELDS.items():
        values = dict.fromkeys(getattr(cell, field) for cell in some)
        if sum(getattr(cell, field) in values for cell in every) == len(some):
            return ", ".join(words.format(value) for value in values)
    if len(some) <= FEW:
        return "; ".join(f"{cell.method} on {cell.dataset} at α = {cell.rate:g}" for cell in some)
    return counted(len(some), "{cell|cells}")
