"""Balanced: the same selection rate in every class."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine.budgets.places import rounded_places
from coreset_engine.selection import Request, Rule, ranking


def balanced(request: Request, *, budget: Literal["exact", "round", "equal"] = "exact") -> NDArray[np.int64]:
    """Return the best-ranked samples of every class.

    Where the middle of the scores is kept, it is the middle of each class's own. Under class or group budgets, which give
    a number of places, "round" is "exact".

    Args:
        request: scores, labels and size.
        budget: "exact" gives each class its share α n_c rounded down or up, so that the places add up to M; "round"
            rounds each class on its own, as DeepCore does, so that the total can miss M; "equal" gives every class as
            many places, or all its samples where it has fewer.

    Source: Guo et al. 2022, DeepCore (arXiv:2204.08499).
    """
    classes, group = np.unique(request.labels, return_inverse=True)
    shares = "exact" if request.of_class and budget == "round" else budget
    places = rounded_places(request.rate, np.bincount(group), request.size, shares)
    if request.keep == "middle":
        members = [np.flatnonzero(group == c) for c in range(len(classes))]
        ranked = [rows[ranking(request.scores[rows], "middle")] for rows in members]
        return np.concatenate([rows[: places[c]] for c, rows in enumerate(ranked)])
    order = request.ranking()
    ordered_groups = group[order]
    return np.concatenate([order[ordered_groups == c][: places[c]] for c in range(len(classes))])


RULE = Rule(
    "balanced",
    "Class-balanced top",
    balanced,
    "the best-ranked α n_c of every class",
    "arXiv:2204.08499",
    order=2,
    family="ranking",
    cost="O(N (log N + C)) time, O(N) memory",
    measured="6 ms of one core and 2 MB at N = 34,561, rate 10 %",
    differences="DeepCore rounds every class on its own, so that the total can miss M: budget=round. By default the total "
    "is M.",
    checked="DeepCore's class-balanced sets of 10 and 30 % by its entropy and CAL scores",
)
