"""The result tables of papers and re-runs, cell by cell, with the settings behind them and what is doubtful about them."""

import csv
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Table:
    """One table of a paper.

    Attributes:
        paper: e.g. "EVA", or a re-run by others, "Graph-A2 re-run (5 seeds)".
        name: as in the paper, e.g. "A1".
        title: what it shows.
        figure: column of our results that its values, accuracies or balanced ones, are compared with.
        surrogate_epochs: T of the recordings that coresets came from.
        epochs: of the retrainings, or "steps": as many steps as on all data, 200 / α epochs.
        seeds: behind a mean; 0 where that is not known.
        source: arXiv id, or repository and commit.
    """

    paper: str
    name: str
    title: str
    figure: str
    surrogate_epochs: int
    epochs: str
    seeds: int
    source: str


@dataclass(frozen=True)
class Cell:
    """One published accuracy, or balanced accuracy where the table's figure is one.

    Attributes:
        paper, table: where it stands.
        dataset: as in the engine's registry, with "_224" behind it for images of that side, "+labels20%" or "+mixed20%"
            where errors were planted; "imagenet1k" is none of the engine's.
        architecture, surrogate: retrained; recorded.
        method: the paper's own name.
        rate: α; 1 for the full data.
        accuracy: 0..1.
        sd: standard deviation over seeds, 0..1; NaN where none is published.
        batch: samples a step of the retraining; 0 where it is not published for certain.
        selected_after: epochs of the selecting network where the table varies them, else None.
        seeds: behind the mean; 0 where that is not known.
    """

    paper: str
    table: str
    dataset: str
    architecture: str
    surrogate: str
    method: str
    rate: float
    accuracy: float
    sd: float
    batch: int
    selected_after: int | None
    seeds: int


@dataclass(frozen=True)
class Counterpart:
    """What a paper's method is called here.

    Attributes:
        paper, method: the paper's name.
        name: the registry's; "" where there is no counterpart.
        rule: selection rule, "" for the full data.
        options: that reproduce what was published, as text; windows and presets, which go by the rate, are not among
            them.
        weighting: how the method's weights enter the loss, "none" without.
        class_budget: how classes share the places, as of `CoresetSpec`.
        tables: for which it holds; () for all of the paper.
        protocol: what of the published protocol can't be had here and what ours is instead; "" where nothing is missing.
    """

    paper: str
    method: str
    name: str
    rule: str
    options: dict[str, str]
    weighting: str
    class_budget: str
    tables: tuple[str, ...]
    protocol: str


@dataclass(frozen=True)
class Caveat:
    """Something to know about cells; `suspect` ones are not compared with."""

    text: str
    suspect: bool


@cache
def tables() -> tuple[Table, ...]:
    """Return every table in the order of the papers."""
    return tuple(
        Table(
            paper=row["paper"],
            name=row["table"],
            title=row["title"],
            figure=row["figure"],
            surrogate_epochs=int(row["surrogate_epochs"]),
            epochs=row["epochs"],
            seeds=int(row["seeds"] or 0),
            source=row["source"],
        )
        for row in _rows("tables")
    )


@cache
def cells(paper: str, table: str | None = None) -> tuple[Cell, ...]:
    """Return the cells of one table of a paper, or of all its tables, in the paper's order."""
    seeds = {one.name: one.seeds for one in tables() if one.paper == paper}
    return tuple(
        Cell(
            **{name: row[name] for name in ("paper", "table", "dataset", "architecture", "surrogate", "method")},
            rate=float(row["rate"]),
            accuracy=float(row["accuracy"]) / 100,
            sd=float(row["sd"]) / 100 if row["sd"] else math.nan,
            batch=int(row["batch"] or 0),
            selected_after=int(row["selected_after"]) if row["selected_after"] else None,
            seeds=int(row["seeds"] or seeds[row["table"]]),
        )
        for row in _rows("results")
        if row["paper"] == paper and table in (None, row["table"])
    )


def epochs_of(table: Table, rate: float) -> int:
    """Return how many epochs a table's networks were retrained for at a selection rate."""
    return round(200 / rate) if table.epochs == "steps" else int(table.epochs)


@cache
def mapping() -> tuple[Counterpart, ...]:
    """Return what every method of every paper is called here."""
    return tuple(
        Counterpart(
            **{name: row[name] for name in ("paper", "method", "name", "rule", "protocol")},
            options=dict(pair.split("=") for pair in row["options"].split(";") if pair),
            weighting=row["weighting"] or "none",
            class_budget=row["class_budget"] or "none",
            tables=tuple(name for name in row["table"].split(";") if name),
        )
        for row in _rows("methods")
    )


@cache
def mapped(cell: Cell) -> Counterpart:
    """Return what the method of a cell is called here.

    Raises:
        KeyError: nothing is said of the paper's method.
    """
    for one in mapping():
        if (one.paper, one.method) == (cell.paper, cell.method) and cell.table in (one.tables or (cell.table,)):
            return one
    raise KeyError((cell.paper, cell.method))


@cache
def caveats(cell: Cell) -> tuple[Caveat, ...]:
    """Return what is to be known about a cell, the most general first.

    In the file an empty field means every cell; one with several values, split by semicolons, means any of them.
    """
    names = ("paper", "table", "dataset", "architecture", "method")
    return tuple(
        Caveat(row["text"], row["suspect"] == "1")
        for row in _rows("caveats")
        if all(not row[name] or getattr(cell, name) in row[name].split(";") for name in names)
        and (not row["rate"] or any(math.isclose(float(rate), cell.rate) for rate in row["rate"].split(";")))
    )


@cache
def _rows(name: str) -> tuple[dict[str, Any], ...]:
    """Return the lines of one of this package's files."""
    with (_FOLDER / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))
