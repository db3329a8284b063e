"""The answer, one line per method and rate: clearly worse than Random, no clear difference, or clearly better."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from coreset_engine.results import pooling, randoms, statistics
from coreset_engine.results.randoms import Pairs
from coreset_engine.results.result_rows import LOWER_IS_BETTER

if TYPE_CHECKING:
    import pandas as pd

SURE = 0.05  # corrected p below which a difference is called clear
WORSE, UNCLEAR, BETTER = "clearly worse", "no clear difference", "clearly better"
FEW, SAME, SEARCHED = "no test: too few pairs", "no test: no spread", "found by searching: not tested"
ASSUMED = (
    "Paired by training seed with the Random that fits, other kinds of Random with the uniform one. "
    "The spread of a difference is taken to be the same for all methods "
    "and rates of this data set, architecture and number of epochs, and is pooled over them, so that two seeds are enough "
    "to see a large difference. Where Bartlett's test contradicts that, only lines of one rate are pooled, and a line that "
    "spreads more than the others is judged by its own seeds. Intervals are 95 % of Student's t, each for itself; p is "
    "corrected by Holm's method for all lines. Whether another recording would select as well is not tested."
)
COLUMNS = (
    "label", "rate", "verdict", "n", "alone", "value", "reference", "difference", "half", "gain", "sd", "freedom",
    "spread", "p", "p_holm", "against", "fitting", "found_by", "without",
)  # fmt: skip


def verdicts(rows: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return the verdict on every method and rate beside the Random that fits it, and on other kinds beside uniform Random.

    Differences are paired by training seed, see `randoms.paired`; their spread is pooled, see `pooling.spreads`. Rows that
    a search chose to train do not count where there are others: the winner of many looks better than it is. Lines of
    nothing else are told, but neither tested nor counted in the correction.

    Args:
        rows: as `results.frame` gives them, of one data set, network and number of epochs.
        figure: column of the figure, 0..1.

    Returns:
        By `COLUMNS`: the verdict; n pairs and `alone`, rows without a partner; means of both sides and their difference
        with half the width of its 95 % interval, in the figure's unit; `gain`, the difference with its sign turned where
        lower is better; sd of a single difference, its degrees of freedom and whose `spread` it is; p, and p after Holm's
        correction for all tested lines; the kind of Random `against` which it is held, the `fitting` kind,
        `found_by`, and `without`, what was taken out.
    """
    good = rows[~rows["collapsed"].astype(bool) & rows[figure].notna()]
    searched = randoms.is_searched(good) & ~good["method"].isin(("random", "full"))
    planned = list(randoms.paired(good[~searched], figure))
    known = {(pairs.label, pairs.rate) for pairs in planned}
    chosen = [pairs for pairs in randoms.paired(good, figure) if (pairs.label, pairs.rate) not in known]
    spreads = pooling.spreads([_differences(pairs) for pairs in planned])
    nothing = pooling.Spread(math.nan, 0.0, "")
    found = [_line(pairs, spread) for pairs, spread in zip(planned, spreads, strict=True)]
    import pandas as pd

    table = pd.DataFrame([*found, *[_line(pairs, nothing) for pairs in chosen]], columns=list(COLUMNS))
    sign = -1 if figure in LOWER_IS_BETTER else 1
    table = table.assign(gain=sign * table["difference"], p_holm=statistics.holm(table["p"].to_numpy(np.float64)))
    tested = [_verdict(p, gain) for p, gain in zip(table["p_holm"], table["gain"], strict=True)]
    table["verdict"] = [words or clear for words, clear in zip(table["verdict"], tested, strict=True)]
    return table.sort_values(["label", "rate"], kind="stable", ignore_index=True)


def _differences(pairs: Pairs) -> pooling.Differences:
    """Return a line's differences as they are pooled."""
    return pooling.Differences(pairs.values - pairs.references, pairs.partners, pairs.rate)


def _line(pairs: Pairs, spread: pooling.Spread) -> dict[str, object]:
    """Return one line, its `verdict` "" where it is tested; without a spread it came of a search."""
    n = len(pairs.values)
    value, reference = (float(side.mean()) if n else math.nan for side in (pairs.values, pairs.references))
    line: dict[str, object] = {"label": pairs.label, "rate": pairs.rate, "n": n, "alone": pairs.alone}
    line |= {"value": value, "reference": reference, "difference": value - reference, "against": pairs.against}
    line |= {"fitting": pairs.fitting, "found_by": pairs.found_by, "without": pairs.without}
    line |= {"spread": spread.of, "freedom": spread.freedom}
    line |= {"sd": spread.sd, "half": math.nan, "p": math.nan}
    if not spread.of:
        return line | {"verdict": SEARCHED}
    if n < 2:
        return line | {"verdict": FEW}
    if not spread.sd > statistics.SAME:
        return line | {"verdict": SAME}
    error = spread.sd / math.sqrt(n)
    half = statistics.quantile(spread.freedom) * error
    return line | {"verdict": "", "half": half, "p": statistics.two_sided((value - reference) / error, spread.freedom)}


def _verdict(p: float, gain: float) -> str:
    """Return a tested line in words."""
    if not p < SURE:
        return UNCLEAR
    return BETTER if gain > 0 else WORSE
