"""Every method against Random, seed by seed, with the correction for how often one looks."""

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from coreset_engine import results
from coreset_engine.insight import statistics

SURE = 0.05  # corrected p below which a difference is called one
COLUMNS = ("label", "rate", "n", "alone", "difference", "sd", "half", "gain", "p", "p_holm")


def compare(rows: pd.DataFrame, figure: str) -> pd.DataFrame:
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
    sign = -1 if figure in results.LOWER_IS_BETTER else 1
    found = []
    others = good[~good["method"].isin(("random", "full"))]
    for (label, rate), group in others.groupby(["label", "rate"], sort=True):
        pairs = [(row[figure], partners[_place(row)]) for row in group.to_dict("records") if _place(row) in partners]
        tested = statistics.paired([one for one, _ in pairs], [other for _, other in pairs])
        difference = tested.difference
        values = (difference.n, len(group) - len(pairs), difference.mean, difference.sd, difference.half)
        values += (sign * difference.mean, tested.p)
        found.append(dict(zip(COLUMNS, (label, rate, *values), strict=False)))
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


def heading(figure: str) -> str:
    """Return the heading of the differences; it says on which side of Random they are good where that is not above."""
    return "Against Random, seed by seed" + (": below 0 is better" if figure in results.LOWER_IS_BETTER else "")


def verdict(table: pd.DataFrame) -> str:
    """Return in words how many of the differences to Random are more than chance."""
    tested = table[table["p_holm"].notna()]
    if tested.empty:
        return (
            "No method has two seeds with this figure in common with Random at the same rate and recipe, so nothing can be "
            "tested yet."
        )
    better = int(((tested["p_holm"] < SURE) & (tested["gain"] > 0)).sum())
    worse = int(((tested["p_holm"] < SURE) & (tested["gain"] < 0)).sum())
    pairs = sorted(set(tested["n"].tolist()))
    seeds = f"{pairs[0]}" if len(pairs) == 1 else f"{pairs[0]} to {pairs[-1]}"
    text = (
        f"Of {len(tested)} comparisons {better} {'is' if better == 1 else 'are'} better and {worse} worse than Random "
        f"(paired t-test over {seeds} seeds, p < {SURE:g} after Holm's correction); "
        f"{len(tested) - better - worse} can't be told from it."
    )
    text += " With 2 or 3 seeds only large differences can be told." if pairs[0] <= 3 else ""
    return f"{text} The seeds are those of the trainings: whether another recording would select as well is not tested."


def for_people(table: pd.DataFrame, factor: float) -> pd.DataFrame:
    """Return the comparisons as shown; differences times `factor`, which is 100 for shares."""
    return pd.DataFrame(
        {
            "method": table["label"],
            "α": 100 * table["rate"],
            "pairs": table["n"],
            "difference": factor * table["difference"],
            "low": factor * (table["difference"] - table["half"]),
            "high": factor * (table["difference"] + table["half"]),
            "p": table["p"],
            "p (Holm)": table["p_holm"],
            "reads": [_reads(row) for row in table.to_dict("records")],
            "without partner": table["alone"],
        }
    )


def _reads(row: dict[str, Any]) -> str:
    """Return one comparison in words."""
    if math.isnan(row["p_holm"]):
        return "no test: too few pairs" if row["n"] < 2 else "no test: no spread"
    if row["p_holm"] >= SURE:
        return "can't be told from Random"
    return "better than Random" if row["gain"] > 0 else "worse than Random"


def columns() -> dict[str, Any]:
    """Return how the columns of `for_people` are drawn."""
    signed = {name: st.column_config.NumberColumn(format="%+.3g") for name in ("difference", "low", "high")}
    p = {name: st.column_config.NumberColumn(format="%.3g") for name in ("p", "p (Holm)")}
    return signed | p | {"α": st.column_config.NumberColumn("α (%)", format="%.3g")}
