"""Which of our rows for a published cell were trained by the published recipe, and what is otherwise about the others."""

from typing import Any

import numpy as np
import pandas as pd

from coreset_engine.config import USUAL
from coreset_engine.papers.recipes import is_augmented, of_recipe
from coreset_engine.papers.tables import Cell

LEARNING_RATE = 0.1  # of all papers on ResNet-18; of other networks it is taken for granted, and a caveat says so


def by_recipe(mine: pd.DataFrame, cell: Cell) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return those of our rows for a cell that were trained by the published recipe, and those of other ones."""
    same = np.array([not otherwise(mine.iloc[[place]], cell) for place in range(len(mine))], bool)
    return mine[same], mine[~same]


def of_one_recipe(mine: pd.DataFrame, cell: Cell) -> pd.DataFrame:
    """Return our rows as published, or where there are none those of the same recipe as the newest."""
    if mine.empty:
        return mine
    told = [otherwise(mine.iloc[[place]], cell) for place in range(len(mine))]
    chosen = [] if [] in told else told[-1]
    return mine[np.array([one == chosen for one in told], bool)]


def otherwise(mine: pd.DataFrame, cell: Cell) -> list[str]:
    """Return a sentence where some of our trainings had another recipe than the published ones."""
    if mine.empty:  # as of most cells; pandas would go through all columns
        return []
    rows = mine.to_dict("records")
    wanted = {"batch_size": cell.batch or None, "learning_rate": LEARNING_RATE, "warmup": 0.0}
    names = ("drop_last", "schedule", *(("augmentation",) if is_augmented(cell) else ()))
    names += ("normalisation", "nesterov", "view")
    wanted |= {"augment": is_augmented(cell)} | {name: USUAL[name] for name in names} | of_recipe(cell)
    words = {
        "batch_size": "batch {} instead of {}",
        "learning_rate": "peak learning rate {:g} instead of {:g}",
        "warmup": "warm-up of {:.0%} of the steps instead of {:.0%}",
        "augment": "augmented: {}, published: {}",
        "augmentation": "augmented by {} instead of {}",
        "schedule": "learning rate {} instead of {}",
        "drop_last": "last batch dropped: {}, published: {}",
        "normalisation": "normalised by {} instead of {}",
        "nesterov": "momentum of Nesterov: {}, published: {}",
        "view": "evaluated on the {} image instead of the {}",
    }
    told = []
    for name, published in wanted.items():
        values = dict.fromkeys(row[name] for row in rows if published is not None and row[name] != published)
        told += [words[name].format(*(_yes(one) for one in (value, published))) for value in values]
    return [f"Ours: {', '.join(told)}."] if told else []


def _yes(value: Any) -> Any:
    """Return yes or no in words, anything else as it is."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
