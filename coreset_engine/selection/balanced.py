"""Balanced: the same selection rate in every class."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.selection import Request, Rule, apportion


def balanced(request: Request) -> NDArray[np.int64]:
    """Return the best-ranked samples of every class, each class keeping its share α n_c rounded down or up.

    DeepCore rounds each class on its own, so that its total can miss M; here the places add up to M exactly.

    Source: Guo et al. 2022, DeepCore (arXiv:2204.08499).
    """
    classes, group = np.unique(request.labels, return_inverse=True)
    places = apportion(request.size, np.bincount(group))
    ranking = request.ranking()
    ranked_groups = group[ranking]
    return np.concatenate([ranking[ranked_groups == c][: places[c]] for c in range(len(classes))])


RULE = Rule(
    "balanced", "Class-balanced top", balanced, "the best-ranked α n_c of every class", "arXiv:2204.08499", order=2
)
