"""What the gallery of the Explore page offers."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from coreset_engine.analysis.coresets import CHANGES, GROUPS, ORDER, members
from coreset_engine.coreset import Coreset, CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.coresets.gallery_data import Group, Order, sort_orders, sorted_by

RANK = "rank by the method"  # how a group is sorted at first


def groups(coreset: Coreset, a: NDArray[np.bool_] | None) -> list[Group]:
    """Return the groups of samples that can be shown; those that changed only where A is pinned, (N,) its members."""
    offered = GROUPS if a is None else (*GROUPS, *CHANGES)
    return [Group(name, partial(members, coreset, name, a), ORDER[name]) for name in offered]


def orders(spec: CoresetSpec) -> dict[str, Order]:
    """Return by what a group can be sorted: as it is, or by scores of other methods."""

    def by_score(method: str, highest: bool, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return sorted_by(rows, cached.sources(spec.run, spec.average).score(method, {}), highest)

    found = {text: partial(by_score, method, highest) for text, (method, highest) in sort_orders().items()}
    return {RANK: lambda rows: rows} | found
