"""How the comparison of every method with Random reads."""

import math
from typing import Any

import pandas as pd
import streamlit as st

from coreset_engine import results
from coreset_engine.dashboard.shell.frame import markdown_safe

NAMED = 4  # methods that the verdict names
SURE = 0.05  # corrected p below which a difference is called one


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
    sure = tested[tested["p_holm"] < SURE]
    better, worse = sure[sure["gain"] > 0], sure[sure["gain"] < 0]
    pairs = sorted(set(tested["n"].tolist()))
    seeds = f"{pairs[0]}" if len(pairs) == 1 else f"{pairs[0]} to {pairs[-1]}"
    text = (
        f"Of {len(tested)} comparisons {len(better)} {'is' if len(better) == 1 else 'are'} better{_named(better)} and "
        f"{len(worse)} worse{_named(worse)} than Random (paired t-test over {seeds} seeds, p < {SURE:g} after Holm's "
        f"correction); {len(tested) - len(sure)} can't be told from it."
    )
    text += " With 2 or 3 seeds only large differences can be told." if pairs[0] <= 3 else ""
    return f"{text} The seeds are those of the trainings: whether another recording would select as well is not tested."


def _named(found: pd.DataFrame) -> str:
    """Return the first few methods of comparisons with their rates, in brackets; "" where there is none."""
    if found.empty:
        return ""
    names = [
        f"{markdown_safe(label)} at {', '.join(f'{100 * rate:.3g}' for rate in rates)} %"
        for label, rates in found.groupby("label", sort=False)["rate"]
    ]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f" ({'; '.join(names[:NAMED])}{more})"


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
