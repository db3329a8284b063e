"""What the Explore page offers and counts, without Streamlit."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from coreset_engine import methods
from coreset_engine.analysis.classes import class_counts
from coreset_engine.analysis.coresets import CHANGES, CUT, GROUPS, ORDER, members
from coreset_engine.coreset import Coreset, CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.coresets.gallery_data import Group, Order, sort_orders, sorted_by

RANK = "rank by the method"  # how a group is sorted at first


def groups(coreset: Coreset, a: NDArray[np.bool_] | None) -> list[Group]:
    """Return the groups of samples that can be shown; those that changed only where A, (N,) its members, is pinned."""
    offered = (*GROUPS, *((CUT,) if coreset.cut is not None else ()), *(CHANGES if a is not None else ()))
    return [Group(name, partial(members, coreset, name, a), ORDER[name]) for name in offered]


def orders(spec: CoresetSpec) -> dict[str, Order]:
    """Return by what a group can be sorted: as it is, or by scores of other methods."""

    def by_score(method: str, highest: bool, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return sorted_by(rows, cached.sources(spec.run, spec.average).score(method, {}), highest)

    found = {text: partial(by_score, method, highest) for text, (method, highest) in sort_orders().items()}
    return {RANK: lambda rows: rows} | found


def counts(coreset: Coreset, a: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """Return (C, 2 or 3) samples of each class in all data, in the coreset, and in A, (N,), where one is pinned."""
    facts, labels = cached.info(coreset.spec.run), cached.dynamics(coreset.spec.run).labels
    return class_counts(labels, facts.classes, coreset.kept, *([] if a is None else [a]))


def range_of_classes(found: NDArray[np.int64], names: tuple[str, ...]) -> str:
    """Return how many samples the classes keep, from the fewest to the most, from what `counts` gave."""
    own = np.flatnonzero(found[:, 0] > 0)
    low, high = own[found[own, 1].argmin()], own[found[own, 1].argmax()]
    return f"Kept per class: {found[low, 1]:,} ({names[low]}) to {found[high, 1]:,} ({names[high]})."


def absent(found: NDArray[np.int64], names: tuple[str, ...]) -> list[str]:
    """Return the classes that have samples and of which nothing is kept, from what `counts` gave."""
    return [names[c] for c in np.flatnonzero((found[:, 0] > 0) & (found[:, 1] == 0))]


def form_of_windows(spec: CoresetSpec) -> str:
    """Return how a method of two windows makes a score of them: "variance" in one of several forms, or "mean"."""
    return spec.options.get("combine", "variance") if "combine" in methods.get(spec.method).options else "mean"
