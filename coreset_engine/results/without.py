"""Before and after: the same coreset with and without samples that were taken out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from coreset_engine import budgets
from coreset_engine.results import statistics
from coreset_engine.results.result_rows import LOWER_IS_BETTER

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("label", "rate", "without", "excluded", "n", "before", "after", "difference", "half", "gain", "p")
_SAME = (
    "dataset_sha256", "architecture", "recipe", "method", "options", "rule", "rule_options", "rate", "seed", "run",
    "average", "dynamics",
)  # fmt: skip
_MAYBE = ("weighting", "snapshot", *budgets.OF_ROW)


def with_and_without(rows: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return what taking samples out did to every coreset that was trained both ways, paired by seed.

    Args:
        rows: as `results.frame` gives them.
        figure: column of the figure.

    Returns:
        By `COLUMNS`: the label before, the rate, what was taken out and how many rows; n pairs; means before and after,
        their difference (after - before) with half the width of its 95 % interval; `gain`, the difference with its sign
        turned where lower is better; p of the paired t-test. Collapsed runs are left out.
    """
    import pandas as pd

    sign = -1 if figure in LOWER_IS_BETTER else 1
    good = rows[~rows["collapsed"].astype(bool) & rows[figure].notna()].to_dict("records")
    before = {_same(row): row for row in good if not _is_excluded(row)}
    pairs: dict[tuple[str, float, str], list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for row in good:
        if _is_excluded(row) and _same(row) in before:
            first = before[_same(row)]
            pairs.setdefault((first["label"], row["rate"], row["excluded"]["sha256"]), []).append((first, row))
    found = []
    for (label, rate, sha256), both in sorted(pairs.items()):
        old, new = (np.array([pair[side][figure] for pair in both], np.float64) for side in (0, 1))
        tested = statistics.paired(new, old)
        taken = both[0][1]
        difference = tested.difference
        which = (label, rate, taken.get("excluded_set") or sha256[:4], taken["excluded"]["rows"], len(both))
        reached = (old.mean(), new.mean(), difference.mean, difference.half, sign * difference.mean, tested.p)
        found.append(dict(zip(COLUMNS, (*which, *reached), strict=True)))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _is_excluded(row: dict[str, Any]) -> bool:
    """Return whether samples were taken out."""
    return isinstance(row.get("excluded"), dict)


def _same(row: dict[str, Any]) -> str:
    """Return what two rows must share to be before and after."""
    maybe = {name: row[name] for name in _MAYBE if name in row and row[name] == row[name]}
    return json.dumps({name: row[name] for name in _SAME} | maybe, sort_keys=True)
