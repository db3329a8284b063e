"""Two sources of spread kept apart: the seed that draws a coreset and the seed that trains on it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coreset_engine import budgets
from coreset_engine.results.result_rows import label

if TYPE_CHECKING:
    import pandas as pd

MORE = 2 / 3  # share of the variance from which on a source is said to weigh more
COLUMNS = (
    "label",
    "rate",
    "layout",
    "draws",
    "trainings",
    "n",
    "mean",
    "draw_sd",
    "training_sd",
    "draw_share",
    "weighs",
)
_SAME = ("dataset_sha256", "architecture", "recipe", "method", "rule", "rate", "run", "average", "dynamics")
_MAYBE = ("excluded", "weighting", "snapshot", *budgets.OF_ROW)


@dataclass(frozen=True)
class Components:
    """Variances by the method of moments, negative ones as 0.

    Attributes:
        layout: "crossed" over the training seeds that all draws share, where these are two or more, else "nested".
        draw: between coresets drawn with other seeds.
        training: between trainings on one coreset.
    """

    layout: str
    draw: float
    training: float

    @property
    def draw_share(self) -> float:
        """Return the draw's share of both, 0..1; NaN where there is no spread."""
        both = self.draw + self.training
        return self.draw / both if both > 0 else math.nan


def counted(values: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Return the figures by (selection seed, training seed) that `components` counts: crossed ones of shared seeds only."""
    draws = {draw for draw, _ in values}
    by_draw = [{seed for one, seed in values if one == draw} for draw in draws]
    shared = set.intersection(*by_draw) if len(draws) > 1 else set[int]()
    return {place: value for place, value in values.items() if len(shared) < 2 or place[1] in shared}


def components(values: Mapping[tuple[int, int], float]) -> Components | None:
    """Return both variances of figures by (selection seed, training seed); None where one of the two does not vary.

    Crossed, with a draws and b training seeds that all of them share, is a two-way table without replication, in which what
    was trained with other seeds does not count: draw = (MS_draw - MS_rest) / b, training = (MS_training - MS_rest) / a +
    MS_rest. Nested is the one-way analysis of unequal groups: draw = (MS_between - MS_within) / n0, training = MS_within.

    Source: Searle, Casella, McCulloch 1992, Variance Components, ch. 3 and 4.
    """
    draws = sorted({draw for draw, _ in values})
    by_draw = [{seed: value for (one, seed), value in values.items() if one == draw} for draw in draws]
    shared = sorted(set.intersection(*map(set, by_draw))) if by_draw else []
    if len(draws) < 2 or not any(len(one) > 1 for one in by_draw):
        return None
    if len(shared) > 1:
        return _crossed(np.array([[one[seed] for seed in shared] for one in by_draw]))
    return _nested([np.array(list(one.values())) for one in by_draw])


def _crossed(table: np.ndarray) -> Components:
    """Return the components of a table (draws, trainings)."""
    a, b = table.shape
    of_draw, of_training = table.mean(axis=1), table.mean(axis=0)
    rest = table - of_draw[:, None] - of_training + table.mean()
    mean_rest = float(np.square(rest).sum()) / ((a - 1) * (b - 1))
    draw = (b * float(of_draw.var(ddof=1)) - mean_rest) / b
    training = (a * float(of_training.var(ddof=1)) - mean_rest) / a
    return Components("crossed", max(0.0, draw), max(0.0, training) + mean_rest)


def _nested(groups: list[np.ndarray]) -> Components:
    """Return the components of trainings within draws."""
    sizes = np.array([len(group) for group in groups])
    total, mean = sizes.sum(), np.concatenate(groups).mean()
    within = sum(float(np.square(group - group.mean()).sum()) for group in groups) / (total - len(groups))
    between = sum(len(group) * float((group.mean() - mean) ** 2) for group in groups) / (len(groups) - 1)
    typical = (total - np.square(sizes).sum() / total) / (len(groups) - 1)
    return Components("nested", max(0.0, float((between - within) / typical)), float(within))


def seed_components(rows: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return the spread by the draw and by the training of every coreset of which both seeds vary.

    Args:
        rows: as `results.frame` gives them.
        figure: column of the figure.

    Returns:
        By `COLUMNS`: layout; how many draws, training seeds and rows count, and their mean; standard deviations in the
        figure's unit; the draw's share of the variance, 0..1, and which of the two weighs more, in words. Collapsed runs are
        left out.
    """
    import pandas as pd

    good = rows[~rows["collapsed"].astype(bool) & rows[figure].notna()]
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in good.to_dict("records"):
        if selection_seed(row) is not None:
            grouped.setdefault(_without_seeds(row), []).append(row)
    found = []
    for group in grouped.values():
        values = counted({(_seed(row), int(row["seed"])): float(row[figure]) for row in group})
        parts = components(values)
        if parts is None:
            continue
        counts = (len({draw for draw, _ in values}), len({seed for _, seed in values}), len(values))
        spread = (math.sqrt(parts.draw), math.sqrt(parts.training), parts.draw_share, _weighs(parts.draw_share))
        line = (
            _label(group[0]),
            group[0]["rate"],
            parts.layout,
            *counts,
            float(np.mean(list(values.values()))),
            *spread,
        )
        found.append(dict(zip(COLUMNS, line, strict=True)))
    return pd.DataFrame(found, columns=list(COLUMNS)).sort_values(["label", "rate"], kind="stable", ignore_index=True)


def selection_seed(row: dict[str, Any]) -> int | None:
    """Return the seed that drew a row's coreset, None where nothing was drawn."""
    return next((int(given["seed"]) for given in (row["options"], row["rule_options"]) if "seed" in given), None)


def _seed(row: dict[str, Any]) -> int:
    """Return the seed that drew a row's coreset, which is known to be drawn."""
    seed = selection_seed(row)
    return -1 if seed is None else seed


def _without_seeds(row: dict[str, Any]) -> str:
    """Return what decides a row besides its seeds."""
    plain = {name: row[name] for name in _SAME}
    plain |= {name: row[name] for name in _MAYBE if name in row and row[name] == row[name]}
    drawn = {
        name: {key: value for key, value in row[name].items() if key != "seed"} for name in ("options", "rule_options")
    }
    return json.dumps(plain | drawn, sort_keys=True)


def _label(row: dict[str, Any]) -> str:
    """Return a row's label without the seed of its draw."""
    drawn = {
        name: row[name] | ({"seed": row["seed"]} if "seed" in row[name] else {}) for name in ("options", "rule_options")
    }
    maybe = {
        name: None for name in _MAYBE if name in row and row[name] != row[name]
    }  # NaN, as a table has what is missing
    return label(row | maybe | drawn)


def _weighs(share: float) -> str:
    """Return which of the two weighs more."""
    if math.isnan(share):
        return "no spread"
    if share >= MORE:
        return "the draw weighs more"
    return "the training weighs more" if share <= 1 - MORE else "about alike"
