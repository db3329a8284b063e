"""Groups of samples, as a patient's, in a selection: budgets by group, and groups that are kept or left out whole."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import ConfigError, SelectionError

GroupBudget = Literal["none", "proportional", "equal", "whole"]
GROUP_BUDGETS: tuple[GroupBudget, ...] = get_args(GroupBudget)
WHOLE = "whole"
WORDS = {
    "none": "Samples compete for the places, whatever group they are of.",
    "proportional": "Places in proportion to the sizes of the groups; samples of none are one group.",
    "equal": "As many places per group; samples of none are one group.",
    "whole": "Each group is kept or left out whole; one that no longer fits is passed over. Samples of none stand alone.",
}


def check(text: str, class_budget: str, hard_cutoff: float) -> str:
    """Return group budgets if they are possible beside class budgets and a cut-off.

    Raises:
        ConfigError: there are no such ones, or they contradict the others.
    """
    if text not in GROUP_BUDGETS:
        raise ConfigError(f"There are no group budgets {text!r}. Choose one of: {', '.join(GROUP_BUDGETS)}.")
    if text != "none" and class_budget != "none":
        raise ConfigError(f"Places are shared by class ({class_budget}) or by group ({text}). Give one of the two.")
    if text == WHOLE and hard_cutoff:
        raise ConfigError(
            "The hard cut-off leaves out single samples, so groups would not stay whole. Give one of the two."
        )
    return text


def numbered(groups: NDArray[np.str_], *, alone: bool = False) -> NDArray[np.int64]:
    """Return groups as numbers from 0 in the order of their names, (N,) int64.

    Args:
        groups: (N,) names, "" for a sample of none.
        alone: whether each sample of none is a group by itself; else all of them are the first group.
    """
    found = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    none = groups == ""
    if alone:
        found[none] = found.max(initial=0) + 1 + np.arange(none.sum())
    return found


def check_places(belongs: NDArray[np.int64], size: int) -> None:
    """Refuse fewer places than groups: which of them get one would be decided by their names.

    Raises:
        SelectionError: there are fewer.
    """
    count = len(np.unique(belongs))
    if size < count:
        raise SelectionError(
            f"{size:,} places can't be shared by {count:,} groups. Raise the rate, or keep groups whole (group budgets "
            f"{WHOLE!r})."
        )


def whole(order: NDArray[np.int64], belongs: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return the rows of groups that are kept whole, ascending, at most `size`.

    Down the order every sample brings its whole group, of those rows that the order has. A group that no longer fits into
    the places left is passed over, and the next is tried, so that the rows can be fewer than `size` but never more.

    Args:
        order: rows that may be kept, the most wanted first.
        belongs: (N,) number of every sample's group.
        size: M.

    Raises:
        SelectionError: no group fits.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.budgets.groups import whole
        >>> patients = np.array([0, 0, 0, 1, 1, 2])
        >>> whole(np.array([4, 0, 5, 1, 2, 3]), patients, 3).tolist()  # patient 1, then 0 does not fit, then 2
        [3, 4, 5]
    """
    by_group = order[np.argsort(belongs[order], kind="stable")]
    starts = np.flatnonzero(np.diff(belongs[by_group], prepend=-1))
    members = dict(zip(belongs[by_group][starts].tolist(), np.split(by_group, starts[1:]), strict=True))
    kept, left = [], size
    for group in dict.fromkeys(belongs[order].tolist()):
        if len(members[group]) <= left:
            kept.append(members[group])
            left -= len(members[group])
    if not kept:
        smallest = min(map(len, members.values()))
        raise SelectionError(
            f"No group fits into {size:,} places: the smallest has {smallest:,} samples. Raise the rate, or choose other "
            "group budgets."
        )
    return np.sort(np.concatenate(kept))
