"""Whether a published cell was reproduced here: what came of it, or why it can't be run."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coreset_engine import datasets, methods
from coreset_engine.papers import tables
from coreset_engine.papers.tables import Cell, Table

DATA, METHOD, PROTOCOL = "data not here", "method not here", "other protocol"
ROUNDING = 1e-9  # of shares; published values have two digits of a percent


@dataclass(frozen=True)
class Obstacle:
    """Why a cell can't be run here as published.

    Attributes:
        kind: one of DATA, METHOD and PROTOCOL.
        sentence: what is missing.
    """

    kind: str
    sentence: str


def obstacle(cell: Cell, table: Table) -> Obstacle | None:
    """Return why a cell can't be run here as published, None where it can.

    Args:
        cell: the published one.
        table: where it stands.
    """
    one = tables.mapped(cell)
    if cell.dataset.partition("+")[0].partition("_")[0] not in datasets.all_sources():
        return Obstacle(
            DATA,
            "ImageNet is none of the data sets that are fetched here. Record a folder of its images by its path, with "
            "--size 224 --augment --augmentation resized-crop-flip --normalisation channels --view centre, and retrain on "
            "that run; the result then stands under the folder's name.",
        )
    if not one.name:
        return Obstacle(METHOD, "This part of the paper's ablation has no counterpart among the methods here.")
    if one.name != "full" and one.name not in methods.all_methods():
        return Obstacle(METHOD, f"The method {one.name} is none of those here.")
    if not recorded_epochs(cell, table):
        sentence = "A network that was not trained gives no dynamics to record, so this cell can't be run here."
        return Obstacle(PROTOCOL, sentence)
    return Obstacle(PROTOCOL, one.protocol) if one.protocol else None


def recorded_epochs(cell: Cell, table: Table) -> int:
    """Return how many epochs the selecting network of a cell was trained for."""
    return table.surrogate_epochs if cell.selected_after is None else cell.selected_after


def status(line: Mapping[str, Any], against: Obstacle | None) -> str:
    """Return the reproduction status of a cell in words.

    The published spread is the mean plus and minus one published standard deviation.

    Args:
        line: `published` and `sd`, `ours` over `n` seeds, how many of ours `collapsed`, whether the cell is `suspect`.
        against: why it can't be run as published.
    """
    if not line["n"]:
        if against is not None:
            return f"can't be run: {against.kind}"
        return "run here: all collapsed" if line["collapsed"] else "not run"
    run = f"run here: {line['n']}, "
    if against is not None and against.kind == PROTOCOL:
        return run + "by another protocol"
    if line["suspect"]:
        return run + "the published value is in doubt"
    if math.isnan(line["sd"]):
        return run + "no spread is published"
    gap = line["ours"] - line["published"]
    if abs(gap) <= line["sd"] + ROUNDING:
        return run + "within the published spread"
    return run + ("above" if gap > 0 else "below") + " the published spread"
