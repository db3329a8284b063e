"""What a search chooses among, and what is known of it so far."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from coreset_engine.coreset import CoresetSpec
from coreset_engine.results import statistics


@dataclass(frozen=True)
class Trial:
    """One training that a search asks for.

    Attributes:
        candidate: number of the coreset.
        seed: of the training.
        epochs: that it is trained for; fewer than the full length are cheaper and say less.
    """

    candidate: int
    seed: int
    epochs: int


@dataclass(frozen=True)
class Round:
    """What a search asks for next, and why."""

    trials: tuple[Trial, ...]
    why: str


@dataclass
class Evidence:
    """What trainings of the candidates of one rate and architecture reached on val.

    Attributes:
        candidates: coresets, as they were listed.
        epochs: of a full training.
        seeds: of trainings, in the order in which they are taken.
        budget: in full trainings.
        values: by trial, 0..1; NaN where a training failed or collapsed to one class.
        rows: keys of their result rows.
    """

    candidates: Sequence[CoresetSpec]
    epochs: int
    seeds: Sequence[int]
    budget: int
    values: dict[Trial, float] = field(default_factory=dict)
    rows: dict[Trial, str] = field(default_factory=dict)

    @property
    def spent(self) -> float:
        """Return the trainings so far, in full ones."""
        return sum(trial.epochs for trial in self.values) / self.epochs

    @property
    def grid(self) -> int:
        """Return how many full trainings every candidate with every seed would be."""
        return len(self.candidates) * len(self.seeds)

    def of(self, candidate: int, epochs: int | None = None) -> list[float]:
        """Return a candidate's values at a length, the full one by default, in the order of the seeds."""
        length = epochs or self.epochs
        found = {trial.seed: value for trial, value in self.values.items()
                 if trial.candidate == candidate and trial.epochs == length}  # fmt: skip
        return [found[seed] for seed in self.seeds if seed in found and not math.isnan(found[seed])]

    @property
    def longest(self) -> int:
        """Return the most epochs for which a training has been made, 0 before the first that did not fail."""
        return max((trial.epochs for trial, value in self.values.items() if not math.isnan(value)), default=0)

    def interval(self, candidate: int, epochs: int | None = None) -> statistics.Interval:
        """Return a candidate's mean with an interval from the spread over seeds pooled over all candidates.

        Args:
            candidate: its number.
            epochs: length of the trainings; the full one by default.
        """
        return pooled([self.of(number, epochs) for number in range(len(self.candidates))], candidate)

    def best(self, epochs: int | None = None) -> int | None:
        """Return the candidate with the highest mean among those with most trainings of a length, None without one.

        Args:
            epochs: the length; the full one by default.
        """
        groups = [self.of(number, epochs) for number in range(len(self.candidates))]
        most = max(map(len, groups), default=0)
        if not most:
            return None
        return int(np.argmax([float(np.mean(values)) if len(values) == most else -math.inf for values in groups]))


def counted_value(row: Mapping[str, Any], figure: str) -> float:
    """Return a figure of a result row as a search counts it; NaN where the training collapsed to one class, as in all means.

    On a set with a large class, plain accuracy would else take what predicts that class alone for the best. A figure of val
    counts by the predictions on val; rows of before tell it of test alone.
    """
    lost = row.get("collapsed")
    if figure.startswith("val_"):
        lost = row.get("val_collapsed", lost)
    value = None if lost else row.get(figure)
    return math.nan if value is None else float(value)


def pooled(groups: Sequence[Sequence[float]], which: int) -> statistics.Interval:
    """Return the mean of one group of values with a t-interval from the variance pooled over all groups.

    With two values per group the spread of one group is hardly known; that of twenty groups together is. It takes the
    spread over seeds as the same in all groups.

    Args:
        groups: values of each group.
        which: the group meant.
    """
    squares = sum(float(np.square(np.subtract(values, np.mean(values))).sum()) for values in groups if len(values) > 1)
    freedom = sum(len(values) - 1 for values in groups if len(values) > 1)
    own = groups[which]
    mean = float(np.mean(own)) if len(own) else math.nan
    if not freedom or not len(own):
        return statistics.Interval(mean, math.nan, len(own), math.nan)
    sd = math.sqrt(squares / freedom)
    return statistics.Interval(mean, sd, len(own), statistics.quantile(freedom) * sd / math.sqrt(len(own)))
