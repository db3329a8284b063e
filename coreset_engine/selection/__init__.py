"""Selection rules: scores + labels + rate -> coreset. A file of this folder that defines a `Rule` adds one."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import budgets, registry, rule_inputs
from coreset_engine.budgets import Limits
from coreset_engine.errors import ConfigError, SelectionError


def ranking(scores: NDArray[np.float64], keep: str) -> NDArray[np.int64]:
    """Return all rows of scores (N,) from the first kept to the last; ties by lower row.

    Args:
        scores: without NaN.
        keep: the end that is kept: "highest", "lowest" or "middle".
    """
    if keep == "middle":
        order = _ascending(scores)
        distance = np.abs(np.arange(len(order)) - (len(order) - 1) / 2)
        return order[_ascending(distance)]
    return _ascending(-scores if keep == "highest" else scores)


def _ascending(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return all rows of values (N,) from the lowest to the highest, ties by lower row."""
    order = np.argsort(values)  # not stable: with the ties mended below it takes a third of the time of a stable sort
    ordered = values[order]
    tied = np.zeros(len(order) + 1, bool)
    np.equal(ordered[1:], ordered[:-1], out=tied[1:-1])  # whether a place has the value of the one before it
    places = np.flatnonzero(tied[1:] | tied[:-1])
    if len(places):
        group = np.cumsum(~tied[:-1])[places]
        order[places] = np.sort(group * len(order) + order[places]) % len(order)
    return order


def finite(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores (N,) without infinities, which count as 1 beyond the finite ones; as -1 and 1 where there are none."""
    known = scores[np.isfinite(scores)]
    return np.clip(scores, known.min() - 1, known.max() + 1) if len(known) else np.sign(scores)


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
        of_class: whether the samples are one class with a budget of its own.
    """

    scores: NDArray[np.float64]
    labels: NDArray[np.integer]
    size: int
    keep: str
    rate: float = 1.0
    hardness: NDArray[np.float64] | None = None
    features: NDArray[np.float32] | None = None
    probability: NDArray[np.float64] | None = None
    of_class: bool = False

    def ranking(self) -> NDArray[np.int64]:
        """Return all rows from the first kept to the last, (N,); ties by lower row."""
        return ranking(self.scores, self.keep)

    def best(self) -> NDArray[np.int64]:
        """Return the `size` rows that stand first in the ranking, (M,) in any order: a sixth of the time of sorting all."""
        if self.keep == "middle" or self.size == len(self.scores):
            return self.ranking()[: self.size]
        values = -self.scores if self.keep == "highest" else self.scores
        cut = np.partition(values, self.size - 1)[self.size - 1]
        first = np.flatnonzero(values < cut)
        return np.concatenate([first, np.flatnonzero(values == cut)[: self.size - len(first)]])


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
    class_budget: str = "none",
    need: Sequence[float] | NDArray | None = None,
    pool: NDArray[np.bool_] | None = None,
    **options: Any,
) -> NDArray[np.int64]:
    """Return the coreset that `rule` makes of `scores`: ascending row numbers, (M,) int64.

    Args:
        scores: (N,) one number per sample.
        labels: (N,) classes from 0, or the same as (N, 1) or one-hot.
        rate: α, share of all N samples that is kept.
        rule: name of a selection rule.
        keep: the end of the scores that is kept.
        hardness: (N,) lower = harder, for rules that drop the hardest first.
        features: (N, D), for rules that spread the coreset over them.
        probability: (N,) mean p_y over the first epochs, for rules that draw by it.
        exclude: rows that are never kept; the rule works on the others.
        class_budget: how classes share the places, as `budgets.parse` reads it; the rule then works class by class.
        need: (C,) for class budgets that ask how much each class needs.
        pool: (N,) True for samples that a cut-off leaves, as `hard_cutoff` gives it; the rule works on these, but in
            a group with fewer of them than places on all.
        options: the rule's options.

    Raises:
        UnknownNameError: there is no such rule.
        ConfigError: an option is unknown or impossible, or `keep` is no end.
        SelectionError: scores are no numbers, NaN is among them or what stands beside them, a probability is not in 0..1,
            sizes differ, or the rate can't be met.
    """
    parts = {"hardness": hardness, "features": features, "probability": probability}
    needs = None if need is None else np.asarray(need, np.float64)
    limits = Limits(budgets.parse(class_budget), needs, pool)
    return chosen(scores, labels, rate, rule, keep, parts, options, exclude=exclude, limits=limits)[0]


def chosen(
    scores: Sequence[float] | NDArray,
    labels: Sequence[int] | NDArray,
    rate: float,
    rule: str,
    keep: str,
    parts: Mapping[str, NDArray | None],
    options: dict[str, Any],
    *,
    exclude: Sequence[int] | NDArray = (),
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> tuple[NDArray[np.int64], budgets.Groups]:
    """Return the coreset of `select_from_scores` with checked parts and limits, and the groups that shared the places.

    Args:
        scores: as of `select_from_scores`, and so are the following.
        labels: (N,).
        rate: α.
        rule: its name.
        keep: the end that is kept.
        exclude: rows.
        parts: what rules read beside the scores, by its name in a request.
        options: of the rule.
        limits: class budgets, and what a cut-off leaves.

    Returns:
        Rows (M,) int64 ascending, and the groups, with what was cut off.

    Raises:
        EngineError: as `select_from_scores` says.
    """
    entry = get(rule)
    options = registry.check_options(f"Rule {rule}", entry.options, options)
    values, classes = rule_inputs.numbers(scores), rule_inputs.classes(labels)
    if values.ndim != 1 or classes.shape != values.shape or not len(values):
        raise SelectionError(f"Scores {values.shape} and labels {classes.shape} must both have shape (N,) with N >= 1.")
    if keep not in ("highest", "lowest", "middle"):
        raise ConfigError(f"keep={keep!r} is no end of the scores. Give highest, lowest or middle.")
    if len(bad := np.flatnonzero(np.isnan(values))):
        raise SelectionError(
            f"{len(bad):,} scores are NaN (first: sample {bad[0]}), so no ranking exists. Mend them first."
        )
    size = coreset_size(rate, len(values))
    rows = remaining(len(values), exclude, size)
    checked = {name: rule_inputs.part(name, part, len(values)) for name, part in parts.items()}
    if limits.pool is not None and limits.pool.shape != values.shape:
        raise SelectionError(
            f"pool has shape {limits.pool.shape} for {len(values):,} scores. Give one bool per sample."
        )
    groups = budgets.group(classes, rows, size, limits)
    picked = []
    for group in groups.groups:
        own = {name: None if part is None else part[group.rows] for name, part in checked.items()}
        request = Request(
            values[group.rows], classes[group.rows], group.places, keep, rate, of_class=groups.by_class, **own
        )
        picked.append(group.rows[np.asarray(entry.choose(request, **options), np.int64)])
    found = np.sort(np.concatenate(picked))
    twice = np.count_nonzero(found[1:] == found[:-1])
    if twice or not (len(found) == size or options.get("budget") == "round"):
        raise SelectionError(f"Rule {rule} kept {len(found) - twice:,} samples instead of {size:,}: a defect.")
    return found, groups


def remaining(samples: int, exclude: Sequence[int] | NDArray, size: int) -> NDArray[np.int64]:
    """Return the rows of `samples` that are not excluded, (n,) int64 ascending.

    Raises:
        SelectionError: what is excluded are no row numbers, a row does not exist, or fewer than `size` rows remain.
    """
    given = np.asarray(exclude)
    if given.size and given.dtype.kind not in "iu":
        raise SelectionError(f"Excluded are row numbers, not {given.dtype}. Of a mask give np.flatnonzero(mask).")
    excluded = np.unique(given.astype(np.int64))
    if len(excluded) and not 0 <= excluded[0] <= excluded[-1] < samples:
        raise SelectionError(
            f"Excluded rows must lie in 0..{samples - 1}; they run from {excluded[0]} to {excluded[-1]}."
        )
    rows = np.delete(np.arange(samples), excluded) if len(excluded) else np.arange(samples)
    if len(rows) < size:
        most = math.floor(1e4 * len(rows) / samples) / 1e4
        end = f"Give a rate of at most {most:g}, or exclude fewer." if most else "Exclude fewer."
        raise SelectionError(f"{len(excluded):,} of {samples:,} samples are excluded, so {size:,} can't be kept. {end}")
    return rows


def default_cutoff(rate: float) -> float:
    """Return β for the selection rate: the README of CCS gives 0.3 at α = 0.1; keeping more cuts off less."""
    if rate <= 0.1:
        return 0.3
    return 0.1 if rate <= 0.3 else 0.0
