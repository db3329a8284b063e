"""Every method against Random, seed by seed, each by its own spread, with the correction for how often one looks."""

import numpy as np
import pandas as pd

from coreset_engine.results import randoms, statistics
from coreset_engine.results.result_rows import LOWER_IS_BETTER

COLUMNS = ("label", "rate", "n", "alone", "difference", "sd", "half", "gain", "p", "against", "without", "p_holm")


def against_random(rows: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return the mean difference to Random of every method and rate, paired by seed, with t-interval and p.

    Pairs and the kind of Random are those of `randoms.paired`. Collapsed runs are left out.

    Args:
        rows: as `results.frame` gives them.
        figure: column of the figure, 0..1.

    Returns:
        One line a method and rate by `COLUMNS`: n pairs; `alone`, rows without a partner; difference, its sd and half the
        width of its 95 % interval, in the figure's unit; `gain`, the difference with its sign turned where lower is
        better; p of the paired t-test; `against`, the kind of Random; `without`, what was
        taken out; and p after Holm's correction for all lines. NaN where one pair, or none, tells nothing.
    """
    good = rows[~rows["collapsed"].astype(bool) & rows[figure].notna()]
    sign = -1 if figure in LOWER_IS_BETTER else 1
    found = []
    for pairs in randoms.paired(good, figure):
        tested = statistics.paired(pairs.values, pairs.references)
        difference = tested.difference
        spread = (difference.mean, difference.sd, difference.half, sign * difference.mean)
        values = (pairs.label, pairs.rate, difference.n, pairs.alone, *spread, tested.p, pairs.against, pairs.without)
        found.append(dict(zip(COLUMNS, values, strict=False)))
    table = pd.DataFrame(found, columns=list(COLUMNS[:-1]))
    return table.assign(p_holm=statistics.holm(table["p"].to_numpy(np.float64)))
