"""One sample beside a coreset: what the Sample page shows of it, without Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine import methods, selection
from coreset_engine.analysis import reasons
from coreset_engine.analysis.duplicates import Nearest
from coreset_engine.analysis.samples import Rank, Timeline, timeline
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.cached import SharedCoreset
from coreset_engine.datasets import ImageSet
from coreset_engine.dynamics import Dynamics

NEAREST = 12
MANY = 5_000  # samples, above which slow methods wait to be asked for
THRESHOLD = 0.97  # correlation from which images count as near-duplicates


@dataclass(frozen=True)
class Sample:
    """One sample of a run beside a coreset.

    Attributes:
        row: of the train split.
        coreset: of its run.
        dynamics: of the run.
        images: or None where the cache has none.
        names: of the classes.
        timeline: what was recorded of it.
        is_excluded: whether it is never kept.
    """

    row: int
    coreset: SharedCoreset
    dynamics: Dynamics
    images: ImageSet | None
    names: tuple[str, ...]
    timeline: Timeline
    is_excluded: bool

    @property
    def spec(self) -> CoresetSpec:
        """Return which coreset is meant, with the run."""
        return self.coreset.spec

    @property
    def is_kept(self) -> bool:
        """Return whether the coreset has it."""
        return bool(self.coreset.kept[self.row])

    @property
    def rank(self) -> int | None:
        """Return its place in the ranking, from 1; None where a method that picks a set leaves it."""
        greedy = methods.is_greedy(self.spec.method)
        return None if greedy and not self.is_kept else reasons.place(self.coreset, self.row)


class Sections(NamedTuple):
    """What the page shows beside the sample itself.

    Attributes:
        near: whether there are neighbours in feature space.
        twins: whether images could be compared.
        injected: whether it is known which errors were injected into the images.
        slow_too: whether methods that take long are among those that rank it.
    """

    near: bool
    twins: bool
    injected: bool
    slow_too: bool


class Place(NamedTuple):
    """Where a sample stands in a ranking: `rank` from 1, the rows ranked before and after it, None at the ends."""

    rank: int
    before: int | None
    after: int | None


def place(ranking: NDArray[np.int64], row: int) -> Place:
    """Return where a row stands.

    Args:
        ranking: (N,) all rows, the first one kept first.
        row: one of them.
    """
    at = int(np.flatnonzero(ranking == row)[0])
    before = int(ranking[at - 1]) if at else None
    after = int(ranking[at + 1]) if at + 1 < len(ranking) else None
    return Place(at + 1, before, after)


def look_up(spec: CoresetSpec, row: int) -> Sample:
    """Return one sample of a run beside a coreset.

    Raises:
        EngineError: the run is missing or damaged, has no such row, or the coreset can't be made.
    """
    run = spec.run
    dynamics, names = cached.dynamics(run), cached.info(run).names
    found = timeline(dynamics, row)
    is_excluded = bool((cached.excluded(spec) == row).any())
    return Sample(row, cached.coreset(spec), dynamics, cached.images(run), names, found, is_excluded)


def rank_table(
    ranks: Sequence[Rank], options: Sequence[Mapping[str, Any]], rate: float, excluded: bool = False
) -> pd.DataFrame:
    """Return one line per method: score, rank, whether the first samples by rank include this one.

    Args:
        ranks: of one sample.
        options: those the scores were computed with, in the order of `ranks`.
        rate: α.
        excluded: whether the sample is never kept.
    """
    rows = []
    for one, given in zip(ranks, options, strict=True):
        first = not one.failure and one.rank <= selection.coreset_size(rate, one.of)
        kept = "" if one.failure else "excluded" if excluded else "kept" if first else "dropped"
        rows.append(
            {
                "Method": one.method,
                "Rank": None if one.failure else one.rank,
                "State": kept,
                "Score": None if one.failure else one.score,
                "Keeps": one.keep,
                "Options": ", ".join(f"{name}={value}" for name, value in given.items()),
            }
        )
    return pd.DataFrame(rows).astype({"Rank": "Int64"})


def failures(ranks: Sequence[Rank]) -> list[str]:
    """Return why methods give no score, a sentence per reason: "cal, grand: ..."."""
    reasons: dict[str, list[str]] = {}
    for one in ranks:
        if one.failure:
            reasons.setdefault(one.failure, []).append(one.method)
    return [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]


def neighbour_table(near: Nearest, labels: Sequence[str], kept: NDArray[np.bool_], value: str) -> pd.DataFrame:
    """Return one line per neighbour: row, class, how near, whether it is kept.

    Args:
        near: neighbours.
        labels: the name of each neighbour's class.
        kept: (N,) which samples are kept.
        value: what `near.values` are.
    """
    state = np.where(kept[near.rows], "kept", "dropped")
    return pd.DataFrame({"Row": near.rows, "Class": list(labels), value: near.values, "State": state})
