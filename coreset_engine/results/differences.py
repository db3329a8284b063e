"""Every method against Random, seed by seed, with the correction for how often one looks."""

import json
from typing import Any

import numpy as np
import pandas as pd

from coreset_engine.results import statistics
from coreset_engine.results.result_rows import LOWER_IS_BETTER

COLUMNS = ("label", "rate", "n", "alone", "difference", "sd", "half", "gain", "p", "p_holm")


def against_random(rows: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return the mean difference to Random of every method and rate, paired by seed, with t-interval and p.

    Paired are rows of the same images, network, epochs and recipe, rate, seed and excluded samples: the same seed gives
    both networks the same first weights. Collapsed runs are left out.

    Args:
        rows: as `results.frame` gives them.
        figure: column of the figure, 0..1.

    Returns:
        One line a method and rate by `COLUMNS`: n pairs; `alone`, rows without a partner; difference, its sd and half the
        width of its 95 % interval, in the figure's unit; `gain`, the difference with its sign turned where lower is
        better; p of the paired t-test and p after Holm's correction for all lines. NaN where one pair, or none, tells
        nothing.
    """
    good = rows[~rows["collapsed"].astype(bool) & rows[figure].notna()]
    partners = _partners(good, figure)
    sign = -1 if figure in LOWER_IS_BETTER else 1
    found = []
    others = good[~good["method"].isin(("random", "full"))]
    for (label, rate), group in others.groupby(["label", "rate"], sort=True):
        pairs = [(row[figure], partners[_place(row)]) for row in group.to_dict("records") if _place(row) in partners]
        tested = statistics.paired([one for one, _ in pairs], [other for _, other in pairs])
        difference = tested.difference
        spread = (difference.mean, difference.sd, difference.half, sign * difference.mean)
        values = (label, rate, difference.n, len(group) - len(pairs), *spread, tested.p)
        found.append(dict(zip(COLUMNS, values, strict=False)))
    table = pd.DataFrame(found, columns=list(COLUMNS[:-1]))
    return table.assign(p_holm=statistics.holm(table["p"].to_numpy(np.float64)))


def _partners(good: pd.DataFrame, figure: str) -> dict[tuple[Any, ...], float]:
    """Return Random's figure by what a partner must share; a draw with the training's own seed goes before others."""
    found: dict[tuple[Any, ...], float] = {}
    plain = good[(good["method"] == "random") & (good["rule"] == "top")].to_dict("records")
    for row in sorted(plain, key=lambda row: row["options"].get("seed") == row["seed"]):
        found[_place(row)] = row[figure]
    return found


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return what two rows must share to be a pair."""
    excluded = row["excluded"]["sha256"] if isinstance(row.get("excluded"), dict) else ""
    recipe = json.dumps(row["recipe"], sort_keys=True)
    return row["dataset_sha256"], row["architecture"], recipe, round(row["rate"], 9), row["seed"], excluded
