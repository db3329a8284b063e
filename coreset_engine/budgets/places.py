"""Places per class: how many samples of a coreset each class gives."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import ConfigError, SelectionError

Kind = Literal["none", "proportional", "tempered", "equal", "drop", "difficulty"]
KINDS: tuple[Kind, ...] = get_args(Kind)
RECALL: Kind = "drop"
MEASURED = (RECALL, "difficulty")  # kinds that ask how much each class needs
TAU = 0.5


def class_budgets(
    labels: Sequence[int] | NDArray,
    size: int,
    *,
    kind: str = "proportional",
    tau: float = TAU,
    need: Sequence[float] | NDArray | None = None,
    floor: int = 1,
) -> NDArray[np.int64]:
    """Return how many samples each class gives, (C,) int64 with sum `size` and none above the class's own number.

    All kinds are one form: t_c = clip(λ w_c, lo, n_c) with λ such that Σ t_c = M, rounded down, and what is left given to
    the largest fractions, ties to the lower class. w_c is n_c for "proportional", n_c^τ for "tempered", 1 for "equal", and
    n_c · need_c for "drop" and "difficulty". lo is `floor` where M has a place for every class that is not empty, else 0.

    Args:
        labels: (N,) classes from 0; C is the highest + 1.
        size: M, 1..N.
        kind: one of KINDS but "none".
        tau: exponent of "tempered".
        need: (C,) >= 0, how much each class needs: 1 - recall on val for "drop", its mean difficulty for "difficulty".
        floor: least places per class; 0 lets DRoP give nothing to a class of recall 1, as its paper does.

    Raises:
        ConfigError: the kind is unknown or needs `need`.
        SelectionError: M is not in 1..N, labels are no whole numbers from 0, or `need` is not one finite number >= 0 per
            class.

    Source: DeepCore and the protocols of MICCAI 2026 (arXiv:2606.22002) for "proportional" and "equal"; Vysogorets et al.
        2024, DRoP, Algorithm 1, for "drop", whose released quoter leaves n_c out; "tempered" and the floor are ours.

    Example:
        >>> from coreset_engine import class_budgets
        >>> labels = [0] * 100 + [1] * 4
        >>> [class_budgets(labels, 10, kind=kind).tolist() for kind in ("proportional", "tempered", "equal")]
        [[9, 1], [8, 2], [6, 4]]
    """
    return shared_out(counted(np.asarray(labels)), size, kind, tau, need, floor)


def counted(labels: NDArray, least: int = 0) -> NDArray[np.int64]:
    """Return the number of samples of each class, (C,), at least `least` classes.

    Raises:
        SelectionError: labels are no whole numbers from 0.
    """
    if labels.ndim != 1 or labels.dtype.kind not in "iubf" or (labels < 0).any() or (labels % 1).any():
        raise SelectionError(
            f"Class budgets need classes that are whole numbers from 0, (N,); these are {labels.dtype} of shape "
            f"{labels.shape}. Of names give np.unique(names, return_inverse=True)[1]."
        )
    return np.bincount(labels.astype(np.int64), minlength=least)


def shared_out(
    counts: NDArray[np.int64],
    size: int,
    kind: str,
    tau: float = TAU,
    need: Sequence[float] | NDArray | None = None,
    floor: int = 1,
) -> NDArray[np.int64]:
    """Return places per class, (C,), for class sizes (C,); all else as `class_budgets`.

    Raises:
        EngineError: as `class_budgets` says.
    """
    if not 1 <= size <= counts.sum():
        raise SelectionError(f"{size:,} samples can't be shared out over classes of {counts.sum():,} samples in all.")
    exact = exact_shares(counts, size, weights_of(counts, kind, tau, need), floor)
    places = np.floor(exact + 1e-9).astype(np.int64)
    left = np.argsort(-np.round(exact - places, 9), kind="stable")[: size - places.sum()]
    places[left] += 1
    return places


def weights_of(
    counts: NDArray[np.int64], kind: str, tau: float, need: Sequence[float] | NDArray | None
) -> NDArray[np.float64]:
    """Return w_c, (C,) float64, 0 for empty classes.

    Raises:
        ConfigError: the kind is unknown or needs `need`.
        SelectionError: `need` is not one finite number >= 0 per class.
    """
    if kind in MEASURED:
        if need is None:
            raise ConfigError(
                f"Class budgets {kind!r} need to know how much each class needs: give need=, one per class."
            )
        values = np.asarray(need, np.float64)
        if values.shape != counts.shape or not (np.isfinite(values) & (values >= 0)).all():
            raise SelectionError(
                f"need has shape {values.shape} for {len(counts)} classes, or holds what is no finite number >= 0."
            )
        return counts * values
    powers = {"proportional": 1.0, "tempered": tau, "equal": 0.0}
    if kind not in powers:
        raise ConfigError(f"Class budgets {kind!r} share nothing out. Choose one of: {', '.join(KINDS[1:])}.")
    return np.where(counts > 0, counts.astype(np.float64) ** powers[kind], 0.0)


def exact_shares(
    counts: NDArray[np.int64], size: int, weights: NDArray[np.float64], floor: int = 1
) -> NDArray[np.float64]:
    """Return t_c = clip(λ w_c, lo, n_c) with Σ t_c = M, (C,) float64; classes of weight 0 come last, by their sizes.

    λ lies between two neighbours of the sorted places where a class reaches lo or n_c; between them the sum is linear.
    """
    filled = counts > 0
    low = np.where(filled, np.minimum(floor, counts), 0) if size >= floor * filled.sum() else np.zeros_like(counts)
    high = np.where(weights > 0, counts, low)
    if high.sum() <= size:  # all that has weight is full: the rest goes to what has none
        rest = np.where(weights > 0, 0, counts - low)
        return high + rest * ((size - high.sum()) / max(1, rest.sum()))
    own = weights > 0
    breaks = np.unique(np.concatenate([low[own] / weights[own], high[own] / weights[own]]))
    sums = np.array([np.clip(at * weights, low, high).sum() for at in breaks])
    above = int(np.searchsorted(sums, size))
    if above == 0:
        return np.clip(breaks[0] * weights, low, high)
    share = (size - sums[above - 1]) / (sums[above] - sums[above - 1])
    return np.clip((breaks[above - 1] + share * (breaks[above] - breaks[above - 1])) * weights, low, high)


def apportion(size: int, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many of `size` places each group gets in proportion to `counts`, (C,), by the largest remainders.

    Every group gets its exact share rounded down or up, the sum is `size`, and no group gets more than it has. Of remainders
    that are equal the last digits of float64 decide, unlike in `shared_out`, where the lower class is first.
    """
    exact = size * counts / max(1, counts.sum())
    places = np.floor(exact + 1e-9).astype(np.int64)
    left = np.argsort(-(exact - places), kind="stable")[: size - places.sum()]
    places[left] += 1
    return places


def evenly(size: int, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many of `size` places each group gets, (C,): as many as every other, or all it has; the smallest first."""
    places = np.zeros_like(counts)
    left = size
    for visited, group in enumerate(np.argsort(counts, kind="stable")):
        places[group] = min(counts[group], left // (len(counts) - visited))
        left -= places[group]
    return places


def rounded_places(rate: float, counts: NDArray[np.int64], size: int, budget: str) -> NDArray[np.int64]:
    """Return how many samples each class gives.

    Args:
        rate: α.
        counts: (C,) samples a class.
        size: M.
        budget: "exact" shares out M by the largest remainders; "equal" gives every class as many, or all it has where it
            has fewer; "round" gives each class round(α n_c), as DeepCore does,
            so that the sum can miss M by up to C/2 (one sample where all shares round to 0).

    Source: Guo et al. 2022, DeepCore (arXiv:2204.08499), for "round".
    """
    if budget == "exact":
        return apportion(size, counts)
    if budget == "equal":
        return evenly(size, counts)
    places = np.array([round(rate * int(count)) for count in counts], np.int64)
    if not places.sum():
        places[counts.argmax()] = 1
    return places
