"""Published accuracies beside ours: which of our result rows belong to a cell of a paper's table, and how far apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from coreset_engine import methods, papers, store
from coreset_engine.config import LOSSES
from coreset_engine.errors import ConfigError
from coreset_engine.names import counted
from coreset_engine.papers import tables
from coreset_engine.papers.tables import Cell, Table
from coreset_engine.results import reproduction, statistics
from coreset_engine.results.published_recipe import of_one_recipe, otherwise
from coreset_engine.results.result_rows import loss_of
from coreset_engine.scores.tdds import PRESETS

WITHOUT_SURROGATE = ("full", "random", "uniform")  # whose coresets do not depend on a recording
GRAPH, FIVE, EIGHT = "Graph-A2 (MICCAI 2026)", "Graph-A2 re-run (5 seeds)", "Graph-A2 re-run (8 seeds)"
LAYERS = {"val_acc_best": ("EVA",), "test_acc_best_val": ("TDDS", "DeepCore"), "test_acc_last": ("TDDS", "DeepCore")}
LAYERS |= {"test_bal_acc_last": (GRAPH, FIVE, EIGHT)}
MAIN = {"EVA": ("1", "A1", "A3", "A4", "A5"), "TDDS": ("1", "7", "8"), "DeepCore": ("1",)}
MAIN |= {GRAPH: ("1",), FIVE: ("final k50",), EIGHT: ("final 2%",)}  # that a chart may show


@dataclass(frozen=True)
class Published:
    """One point of a published line.

    Attributes:
        name: paper and method.
        rate: α.
        accuracy, sd: 0..1; sd is NaN where none is published.
        method: what the method is called here, "" where there is none.
    """

    name: str
    rate: float
    accuracy: float
    sd: float
    method: str = ""


@dataclass(frozen=True)
class Criteria:
    """Which of our rows may stand beside published ones.

    Attributes:
        epochs: of the retraining; None for as many as were published.
        combine: EVA's form, "sum" or "normalized".
    """

    epochs: int | None = None
    combine: str = "sum"


def tables_of(paper: str, name: str) -> list[Table]:
    """Return the table of a paper, or all its tables for "all"; names in any case.

    Raises:
        ConfigError: there is no such paper or table.
    """
    of_paper = [one for one in tables.tables() if one.paper.lower() == paper.lower()]
    if not of_paper:
        papers = ", ".join(repr(one) for one in dict.fromkeys(one.paper for one in tables.tables()))
        raise ConfigError(f"There is no paper {paper!r}. Choose one of: {papers}.")
    wanted = [one for one in of_paper if name.lower() in ("all", one.name.lower())]
    if not wanted:
        names = ", ".join(repr(one.name) for one in of_paper)
        raise ConfigError(f"{of_paper[0].paper} has no table {name!r}. Choose one of: {names}, 'all'.")
    return wanted


def layer(dataset: str, architecture: str, figure: str) -> list[Published]:
    """Return what papers published for a data set and network that a figure may be compared with, below α = 1.

    EVA's are best validation accuracies and offered beside nothing else; those of TDDS and DeepCore beside test, and those
    of Graph-A2 beside test balanced accuracy at the last epoch.
    """
    return [
        Published(f"{cell.paper} · {cell.method}", cell.rate, cell.accuracy, cell.sd, tables.mapped(cell).name)
        for paper in LAYERS.get(figure, ())
        for name in MAIN[paper]
        for cell in tables.cells(paper, name)
        if (cell.dataset, cell.architecture) == (dataset, architecture)
        and cell.rate < 1
        and not any(one.suspect for one in tables.caveats(cell))
    ]


def options_of(cell: Cell, combine: str = "sum") -> dict[str, Any]:
    """Return the options of the engine's method that a cell stands for: published windows, presets, reproduced forms."""
    one = tables.mapped(cell)
    found: dict[str, Any] = dict(one.options)
    if one.name == "eva":
        for window in papers.windows_for(cell.dataset.removesuffix("_224"), cell.rate):
            found |= {"early": window.early, "late": window.late, "length": window.length}
        found.setdefault("combine", combine)
    preset = f"{cell.dataset.partition('+')[0]}-keep{round(100 * cell.rate)}"
    if one.name == "tdds" and preset in PRESETS:
        found["preset"] = preset
    return found


def ours(rows: pd.DataFrame, cell: Cell, criteria: Criteria, surrogates: dict[str, str]) -> pd.DataFrame:
    """Return our result rows for a published cell: the same images, network, epochs, method with its options, rate.

    The selecting network, too, must have been trained for as many epochs. Averaged runs, other weights in the loss, other
    class budgets, budgets by group, a hard cut-off, training modes, other losses and excluded samples are left out;
    collapsed runs are not, nor are other recipes, which `published_recipe` tells apart.

    Args:
        rows: as `results.frame` gives them.
        cell: the published one.
        criteria: what may differ.
        surrogates: network of every run, by its name.
    """
    one = tables.mapped(cell)
    if rows.empty or not one.name:
        return rows.iloc[:0]
    epochs = criteria.epochs or tables.epochs_of(_table(cell), cell.rate)
    near = rows[
        (rows["dataset"] == cell.dataset)
        & (rows["architecture"] == cell.architecture)
        & (rows["epochs"] == epochs)
        & (rows["method"] == one.name)
        & ((rows["rate"] - cell.rate).abs() < 1e-9)
    ]
    return near if near.empty else near[[_same(row, cell, criteria, surrogates) for row in near.to_dict("records")]]


def _table(cell: Cell) -> Table:
    """Return the table that a cell stands in."""
    return next(table for table in tables.tables() if (table.paper, table.name) == (cell.paper, cell.table))


def _same(row: dict[str, Any], cell: Cell, criteria: Criteria, surrogates: dict[str, str]) -> bool:
    """Return whether a row of the right images, network, epochs, method and rate is selected and trained as a cell."""
    one = tables.mapped(cell)
    weighting = row["weighting"] if isinstance(row.get("weighting"), str) else "none"
    budget, by_group = (
        row[name] if isinstance(row.get(name), str) else "none" for name in ("class_budget", "group_budget")
    )
    if (
        any(isinstance(row.get(name), kind) for name, kind in (("excluded", dict), ("mode", str)))
        or row["average"]
        or loss_of(row) != LOSSES[0]
        or (row.get("hard_cutoff") or 0) > 0
        or by_group != "none"
    ):
        return False
    if one.name == "full":
        return True
    if (row["rule"], weighting, budget) != (one.rule, one.weighting, one.class_budget):
        return False
    if one.name not in WITHOUT_SURROGATE and surrogates.get(row["run"]) != cell.surrogate:
        return False
    if cell.batch and _batch_decides(cell) and row["batch_size"] != cell.batch:
        return False
    if one.name not in WITHOUT_SURROGATE and selected_after(row) not in _selecting_epochs(cell, criteria):
        return False
    of_method, of_rule = methods.resolve(one.name, one.rule, cell.rate, options_of(cell, criteria.combine), row["seed"])
    return (_plain(of_method), of_rule) == (_plain(row["options"]), row["rule_options"])


def _batch_decides(cell: Cell) -> bool:
    """Return whether a table holds the same cell for several batch sizes."""
    names = ("dataset", "architecture", "surrogate", "method", "rate")
    same = [c for c in tables.cells(cell.paper, cell.table) if all(getattr(c, n) == getattr(cell, n) for n in names)]
    return len({c.batch for c in same}) > 1


def _selecting_epochs(cell: Cell, criteria: Criteria) -> set[int]:
    """Return how many epochs a selecting network may have been trained for: as published.

    Where other epochs of ours are asked for, as many as those will do, too, unless the table is about this number.
    """
    if cell.selected_after is not None:
        return {cell.selected_after}
    return {_table(cell).surrogate_epochs} | ({criteria.epochs} if criteria.epochs else set())


def selected_after(row: dict[str, Any]) -> int | None:
    """Return after how many epochs the network had been trained that a row's coreset came from; None without one.

    Methods that read features take those of a snapshot, which may be an earlier one than that of the last epoch.
    """
    if not row["dynamics"]:
        return None
    snapshot = row.get("snapshot")
    if snapshot is not None and snapshot == snapshot and methods.reads(row["method"]) == "snapshot":
        return int(snapshot)
    return store.RunVersion.from_text(row["dynamics"][0]).done


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """Return options of TDDS with a preset's values in its place, others as they are."""
    preset = PRESETS.get(options.get("preset", ""))
    return options | {"preset": "none", "epochs": preset.epochs, "window": preset.window} if preset else options


def side_by_side(table: Table, rows: pd.DataFrame, criteria: Criteria, surrogates: dict[str, str]) -> pd.DataFrame:
    """Return every cell of a table beside ours.

    Returns:
        One line a `cell`, shares 0..1: dataset, architecture, surrogate, method, rate, detail; published, sd, published_n;
        ours, sd_ours, n and collapsed; difference with low and high (NaN for suspect cells, for another protocol, without
        ours, or where n = 1); suspect; status and problem, see `reproduction`; caveats, what is otherwise about ours
        included, and those (`own`) that not all cells of the table have.
    """
    cells = tables.cells(table.paper, table.name)
    common = set.intersection(*({c.text for c in tables.caveats(cell)} for cell in cells))
    near = {} if rows.empty else dict(iter(rows.groupby(["dataset", "architecture", "method"])))
    found = []
    for cell in cells:
        of_cell = near.get((cell.dataset, cell.architecture, tables.mapped(cell).name), rows.iloc[:0])
        every = ours(of_cell, cell, criteria, surrogates)
        mine = of_one_recipe(every, cell)
        values = [] if mine.empty else mine.loc[~mine["collapsed"].astype(bool), table.figure].tolist()
        texts = [one.text for one in tables.caveats(cell)] + otherwise(mine, cell) + _lost(every, mine, values)
        line = {name: getattr(cell, name) for name in ("dataset", "architecture", "surrogate", "method", "rate")}
        line |= {"detail": detail(cell)} | _compared(cell, table, [one for one in values if one == one])
        line |= {"collapsed": len(mine) - len(values), "own": " ".join(text for text in texts if text not in common)}
        against = reproduction.obstacle(cell, table)
        line |= {"status": reproduction.status(line, against), "problem": against.sentence if against else ""}
        found.append(line | {"cell": cell, "caveats": texts})
    return pd.DataFrame(found)


def _compared(cell: Cell, table: Table, values: Sequence[float]) -> dict[str, Any]:
    """Return what is published in a cell, what we measured, and how far apart they are where that may be asked."""
    measured = statistics.interval(values)
    suspect = any(one.suspect for one in tables.caveats(cell))
    found = {"published": cell.accuracy, "sd": cell.sd, "published_n": cell.seeds, "ours": measured.mean}
    found |= {"sd_ours": measured.sd, "n": measured.n, "suspect": suspect}
    gap = statistics.welch((measured.mean, measured.sd, measured.n), (cell.accuracy, cell.sd, cell.seeds))
    against = reproduction.obstacle(cell, table)
    known = measured.n and not suspect and (against is None or against.kind != reproduction.PROTOCOL)
    names = ("difference", "low", "high")
    return found | dict(zip(names, (gap.mean, gap.low, gap.high) if known else (math.nan,) * 3, strict=True))


def _lost(every: pd.DataFrame, mine: pd.DataFrame, values: Sequence[float]) -> list[str]:
    """Return sentences where runs collapsed, and where further ones had another recipe."""
    lost, other = len(mine) - len(values), len(every) - len(mine)
    told = [f"{counted(lost, '{run|runs} of ours that')} collapsed to one class"] if lost else []
    told += [f"{counted(other, '{run|runs} of ours')} by another recipe"] if other else []
    return [f"Left out: {' and '.join(told)}."] if told else []


def detail(cell: Cell) -> str:
    """Return what else tells a cell from its neighbours: another selecting network, its epochs, the batch."""
    words = [f"selected by {cell.surrogate}"] if cell.surrogate != cell.architecture else []
    words += [f"batch {cell.batch}"] if cell.batch and _batch_decides(cell) else []
    words += (
        [f"selected after {counted(cell.selected_after, '{epoch|epochs}')}"] if cell.selected_after is not None else []
    )
    return ", ".join(words)


def covered(lines: pd.DataFrame) -> tuple[int, int]:
    """Return how many published cells have a result of ours, and how many there are."""
    return int((lines["n"] > 0).sum()), len(lines)
