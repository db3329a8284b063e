"""Greedy methods: a snapshot -> a set of samples, chosen one after another. A file that defines a `Greedy` adds one.

They have no score a sample: what a sample is worth depends on those chosen before it. `pick` shares the budget out over
the classes, so that a method only ever sees the group of samples it chooses from.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine import budgets, registry, selection
from coreset_engine.budgets import Groups, Limits
from coreset_engine.budgets.places import rounded_places
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError, SelectionError
from coreset_engine.names import counted
from coreset_engine.snapshot import Snapshot


@dataclass(frozen=True)
class Picks:
    """What a method chose.

    Attributes:
        rows: (M,) int64 rows in the order in which they were chosen.
        weights: (M,) float64 weight of each in training, or None where the method gives none.
        notes: one sentence for each group in which a cut-off had to be given up.
        cut: (N,) True for samples that were cut off, None without a cut-off.
    """

    rows: NDArray[np.int64]
    weights: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    cut: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Greedy(registry.Described):
    """A greedy method of the registry.

    Attributes:
        name, label: in scripts and on pages.
        choose: (group: Snapshot, size: int) and keyword-only options -> Picks with 1 <= len <= size, rows of the group.
        formula: in plain text.
        source: paper.
        reads: "snapshot", or "any" where labels are enough.
        together: whether `choose` is given all groups at once, (snapshot, [(rows, size), ...]), and returns rows of the
            snapshot, because its draws run through the groups.
        exact_size: whether it always chooses `size` samples (matching pursuit may stop earlier).
        needs: "importance" where `choose` is given (N,) numbers, high = hard, as an option of this name; by name they are
            those of a method that scores.
        by_rate: whether `choose` is given α, too, behind the size: what it does depends on the share of all samples kept.
    """

    name: str
    label: str
    choose: Callable[..., Picks]
    formula: str
    source: str
    reads: Literal["snapshot", "any"] = "snapshot"
    together: bool = False
    exact_size: bool = True
    needs: Literal["", "importance"] = ""
    by_rate: bool = False
    keep: str = "picked"
    windows: Literal["none"] = "none"

    @property
    def function(self) -> Callable[..., Any]:
        """Return what does the work; its docstring explains the method's own options."""
        return self.choose

    @property
    def options(self) -> dict[str, registry.Option]:
        """Return the options common to all greedy methods and the method's own, by name."""
        return registry.options(_common) | registry.options(self.choose)


def _common(*, balanced: bool = True, budget: Literal["round", "exact"] = "round") -> None:
    """Hold the options that `pick` takes for every greedy method.

    Args:
        balanced: choose within each class, as in every experiment of DeepCore, instead of among all samples.
        budget: "round" as DeepCore: round(α n_c) a class, or round(α N); "exact" keeps M = ceil(α N).
    """


@cache
def all_greedy() -> dict[str, Greedy]:
    """Return every greedy method by name."""
    return registry.discover(__name__, Greedy)


def pick(
    source: Snapshot | Dynamics,
    method: str,
    *,
    rate: float,
    exclude: Sequence[int] | NDArray = (),
    limits: Limits = Limits(),  # noqa: B008 - frozen
    **options: Any,
) -> Picks:
    """Return what a greedy method chooses of a snapshot; class by class when balanced.

    Args:
        source: features, logits and labels of N samples; for a method that reads labels only, dynamics do as well.
        method: name of a greedy method.
        rate: α, share of all samples kept.
        exclude: rows that are never chosen.
        limits: class budgets, which stand over `balanced` and `budget`, and what a cut-off leaves.
        options: `balanced`, `budget` and the method's own; `importance` of a method that needs it as (N,) numbers.

    Raises:
        UnknownNameError: there is no such method.
        ConfigError: an option is unknown or impossible, or the snapshot lacks what the method needs.
        SelectionError: the rate can't be met.
    """
    entry = registry.lookup(all_greedy(), method, "greedy method")
    importance = {entry.needs: options.pop(entry.needs, None)} if entry.needs else {}
    given = registry.check_options(f"Method {method}", entry.options, options)
    balanced, budget = given.pop("balanced"), given.pop("budget")
    snapshot = _snapshot_for(entry, source)
    found = _groups(snapshot, rate, balanced, budget, exclude, limits)
    groups = [(group.rows, group.places) for group in found.groups]
    scores = {name: checked_importance(method, values, snapshot.n_samples) for name, values in importance.items()}
    if entry.together:
        return replace(entry.choose(snapshot, groups, **given | scores), notes=found.notes, cut=found.cut)
    told = (rate,) if entry.by_rate else ()
    parts = [
        (
            rows,
            entry.choose(snapshot.take(rows), size, *told, **given | {name: of[rows] for name, of in scores.items()}),
        )
        for rows, size in groups
    ]
    weights = None if parts[0][1].weights is None else np.concatenate([picks.weights for _, picks in parts])
    return Picks(np.concatenate([rows[picks.rows] for rows, picks in parts]), weights, found.notes, found.cut)


def checked_importance(method: str, importance: object, samples: int) -> NDArray[np.float64]:
    """Return the importance that a method is given, (N,) float64.

    Raises:
        ConfigError: it is a name or missing, has another length, or is not finite.

    Example:
        >>> from coreset_engine.greedy import checked_importance
        >>> checked_importance("d2", [3, 1], 2).tolist()
        [3.0, 1.0]
    """
    if importance is None or isinstance(importance, str):
        named = f" {importance!r}" if importance else ""
        raise ConfigError(
            f"{method} needs the importance{named} of every sample. Give a run, whose dynamics it is computed from, or "
            "importance= with one number a sample, high for hard ones."
        )
    values = np.asarray(importance)
    if values.shape != (samples,) or values.dtype.kind not in "fiub":
        raise ConfigError(
            f"The importance for {method} has shape {values.shape} and type {values.dtype}; give one number for each of the "
            f"{samples:,} samples."
        )
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise ConfigError(
            f"The importance for {method} is NaN or infinite for {len(bad):,} samples (first: sample {bad[0]}). "
            "Mend it first."
        )
    return values.astype(np.float64)


def _snapshot_for(entry: Greedy, source: Snapshot | Dynamics) -> Snapshot:
    """Return the snapshot that a method reads; of dynamics one without features, where labels are enough.

    Raises:
        ConfigError: it reads features and is given dynamics.
    """
    if isinstance(source, Snapshot):
        return source
    if entry.reads == "any":
        nothing = np.empty((source.n_samples, 0), np.float32)
        return Snapshot(nothing, nothing, source.labels, name=source.name, epochs=source.epochs)
    raise ConfigError(
        f"Method {entry.name} reads a snapshot (features and logits), not dynamics. Finish the recording, or give "
        "Snapshot.from_arrays(features=..., logits=..., labels=...)."
    )


def _groups(
    snapshot: Snapshot, rate: float, balanced: bool, budget: str, exclude: Sequence[int] | NDArray, limits: Limits
) -> Groups:
    """Return the groups to choose from, with the samples to choose in each.

    Raises:
        SelectionError: the rate can't be met, of all samples or of a class.
    """
    samples, labels = snapshot.n_samples, snapshot.strata_labels
    size = selection.coreset_size(rate, samples)
    if limits.budget.kind != "none" or limits.belongs is not None:
        return budgets.group(labels, selection.remaining(samples, exclude, size), size, limits)
    if not balanced:
        size = size if budget == "exact" else max(1, round(rate * samples))
        return budgets.group(labels, selection.remaining(samples, exclude, size), size, limits)
    left = selection.remaining(samples, exclude, 0)
    sizes = rounded_places(rate, np.bincount(labels), size, budget)
    found = budgets.by_class(labels, left, sizes, limits)
    short = next((group for group in found.groups if len(group.rows) < group.places), None)
    if short is not None:
        raise SelectionError(
            f"A class has {counted(len(short.rows), '{sample|samples}')} left after exclusion, but {short.places:,} of it "
            "are to be kept. Exclude fewer, lower the rate, or choose with balanced=false."
        )
    return found
