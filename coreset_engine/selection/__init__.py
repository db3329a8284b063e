"""Selection rules: scores + labels + rate -> coreset. A file of this folder that defines a `Rule` adds one."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import registry, signals
from coreset_engine.errors import ConfigError, SelectionError


@dataclass(frozen=True)
class Request:
    """What every rule is given.

    Attributes:
        scores: (N,) float64 without NaN.
        labels: (N,) classes.
        size: M, how many samples to keep.
        keep: the end of the scores that is kept: "highest", "lowest" or "middle".
        rate: α, from which `size` was computed.
        hardness: (N,) the harder or more suspect the lower, e.g. AUM; None lets a rule use the kept end of the scores.
        features: (N, D) of a network, for rules that spread the coreset over them; None where there are none.
        probability: (N,) in 0..1, mean p_y over the first epochs, for rules that draw by it; None where it is not known.
    """

    scores: NDArray[np.float64]
    labels: NDArray[np.integer]
    size: int
    keep: str
    rate: float = 1.0
    hardness: NDArray[np.float64] | None = None
    features: NDArray[np.float32] | None = None
    probability: NDArray[np.float64] | None = None

    def ranking(self) -> NDArray[np.int64]:
        """Return all rows from the first kept to the last; ties by lower row."""
        if self.keep == "middle":
            order = np.argsort(self.scores, kind="stable")
            distance = np.abs(np.arange(len(order)) - (len(order) - 1) / 2)
            return order[np.argsort(distance, kind="stable")]
        return np.argsort(-self.scores if self.keep == "highest" else self.scores, kind="stable")


@dataclass(frozen=True)
class Rule(registry.Described):
    """A selection rule of the registry.

    Attributes:
        name, label: in scripts and on pages.
        choose: Request and keyword-only options -> rows to keep, in any order.
        formula, source: what it does and where it comes from.
        needs: "hardness", "features" or "probability" where the rule is of no use without that part of a request.
    """

    name: str
    label: str
    choose: Callable[..., NDArray[np.int64]]
    formula: str
    source: str
    needs: str = ""

    @property
    def function(self) -> Callable[..., Any]:
        """Return what does the work; its signature declares the options and its docstring explains them."""
        return self.choose

    @property
    def options(self) -> dict[str, registry.Option]:
        """Return the rule's options by name."""
        return registry.options(self.choose)


@cache
def all_rules() -> dict[str, Rule]:
    """Return every selection rule by name."""
    return registry.discover(__name__, Rule)


def get(name: str) -> Rule:
    """Return one selection rule.

    Raises:
        UnknownNameError: there is none of this name.
    """
    return registry.lookup(all_rules(), name, "selection rule")


def coreset_size(rate: float, samples: int) -> int:
    """Return M = ceil(rate * N), guarded against float noise (0.07 * 600 is 42, not 43).

    Raises:
        SelectionError: the rate is not in 0 < rate <= 1.

    Source: Hong et al. 2024, Sec. 3 (arXiv:2406.05677); the released code rounds down instead.
    """
    if not 0 < rate <= 1:
        raise SelectionError(f"The selection rate is {rate}; give the kept share as a number above 0 and up to 1.")
    return min(samples, max(1, math.ceil(round(rate * samples, 9))))


def select_from_scores(
    scores: Sequence[float] | NDArray,
    labels: Sequence[int] | NDArray,
    *,
    rate: float,
    rule: str = "top",
    keep: str = "highest",
    hardness: NDArray | None = None,
    features: NDArray | None = None,
    probability: NDArray | None = None,
    exclude: Sequence[int] | NDArray = (),
    **options: Any,
) -> NDArray[np.int64]:
    """Return the coreset that `rule` makes of `scores`: ascending row numbers, (M,) int64.

    Args:
        scores: (N,) one number a sample.
        labels: (N,) classes from 0, or the same as (N, 1) or one-hot.
        rate: α, share of all N samples that is kept.
        rule: name of a selection rule.
        keep: the end of the scores that is kept.
        hardness: (N,) lower = harder, for rules that drop the hardest first.
        features: (N, D), for rules that spread the coreset over them.
        probability: (N,) mean p_y over the first epochs, for rules that draw by it.
        exclude: rows that are never kept; the rule works on the others.
        options: the rule's options.

    Raises:
        UnknownNameError: there is no such rule.
        ConfigError: an option is unknown or impossible, or `keep` is no end.
        SelectionError: NaN among the scores or what stands beside them, sizes differ, or the rate can't be met.
    """
    entry = get(rule)
    options = registry.check_options(f"Rule {rule}", entry.options, options)
    values, classes = np.asarray(scores, np.float64), _flat(np.asarray(labels))
    if values.ndim != 1 or classes.shape != values.shape or not len(values):
        raise SelectionError(f"Scores {values.shape} and labels {classes.shape} must both have shape (N,) with N >= 1.")
    if keep not in ("highest", "lowest", "middle"):
        raise ConfigError(f"keep={keep!r} is no end of the scores. Give highest, lowest or middle.")
    bad = np.flatnonzero(np.isnan(values))
    if len(bad):
        raise SelectionError(
            f"{len(bad):,} scores are NaN (first: sample {bad[0]}), so no ranking exists. Mend them first."
        )
    size = coreset_size(rate, len(values))
    rows = remaining(len(values), exclude, size)
    parts = {"hardness": _rows_of("hardness", hardness, len(values), rows)}
    parts["features"] = _rows_of("features", features, len(values), rows)
    parts["probability"] = _rows_of("probability", probability, len(values), rows)
    request = Request(values[rows], classes[rows], size, keep, rate, **parts)
    chosen = np.sort(rows[np.asarray(entry.choose(request, **options), np.int64)])
    met = len(chosen) == request.size or options.get("budget") == "round"
    if len(np.unique(chosen)) != len(chosen) or not met:
        raise SelectionError(
            f"Rule {rule} kept {len(np.unique(chosen)):,} samples instead of {request.size:,}: a defect."
        )
    return chosen


def _flat(labels: NDArray) -> NDArray:
    """Return classes (N,) of a column (N, 1) or of one-hot rows; all else as it is."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        return labels[:, 0]
    return labels.argmax(axis=1) if signals.is_one_hot(labels) else labels


def _rows_of(name: str, part: NDArray | None, samples: int, rows: NDArray[np.int64]) -> NDArray | None:
    """Return some rows of what a rule reads beside the scores, or None where there is nothing.

    Raises:
        SelectionError: it has not one row a sample, or holds NaN.
    """
    if part is None:
        return None
    values = np.asarray(part)
    if len(values) != samples or np.isnan(values).any():
        raise SelectionError(
            f"{name} has {len(values):,} rows for {samples:,} scores, or holds NaN. Give one finite row a sample."
        )
    return values[rows]


def remaining(samples: int, exclude: Sequence[int] | NDArray, size: int) -> NDArray[np.int64]:
    """Return the rows of `samples` that are not excluded, ascending.

    Raises:
        SelectionError: an excluded row does not exist, or fewer than `size` rows remain.
    """
    excluded = np.unique(np.asarray(exclude, np.int64))
    if len(excluded) and not 0 <= excluded[0] <= excluded[-1] < samples:
        raise SelectionError(
            f"Excluded rows must lie in 0..{samples - 1}; they run from {excluded[0]} to {excluded[-1]}."
        )
    rows = np.setdiff1d(np.arange(samples), excluded, assume_unique=True)
    if len(rows) < size:
        raise SelectionError(
            f"{len(excluded):,} of {samples:,} samples are excluded, so {size:,} can't be kept. Give a rate of at most "
            f"{len(rows) / samples:.4g}, or exclude fewer."
        )
    return rows


def default_cutoff(rate: float) -> float:
    """Return β for the selection rate: the README of CCS gives 0.3 at α = 0.1; keeping more cuts off less."""
    if rate <= 0.1:
        return 0.3
    return 0.1 if rate <= 0.3 else 0.0


def apportion(size: int, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many of `size` places each group gets in proportion to `counts`, by the largest remainders.

    Every group gets its exact share rounded down or up, the sum is `size`, and no group gets more than it has.
    """
    exact = size * counts / max(1, counts.sum())
    places = np.floor(exact + 1e-9).astype(np.int64)
    left = np.argsort(-(exact - places), kind="stable")[: size - places.sum()]
    places[left] += 1
    return places


def evenly(size: int, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many of `size` places each group gets: as many as every other, or all it has; the smallest first."""
    places = np.zeros_like(counts)
    left = size
    for visited, group in enumerate(np.argsort(counts, kind="stable")):
        places[group] = min(counts[group], left // (len(counts) - visited))
        left -= places[group]
    return places


def class_budgets(rate: float, counts: NDArray[np.int64], size: int, budget: str) -> NDArray[np.int64]:
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
