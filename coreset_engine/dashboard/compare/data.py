"""What the Compare page shows of several selections, computed from the runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine import methods, selection
from coreset_engine.analysis import overlap
from coreset_engine.analysis.classes import class_counts, class_texts
from coreset_engine.analysis.coresets import injections
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.cached import SharedCoreset
from coreset_engine.dashboard.charts import theme
from coreset_engine.dashboard.charts.theme import Look
from coreset_engine.dashboard.coresets import compared, reasoned
from coreset_engine.errors import ConfigError, EngineError

DRAWS = 5  # seeds of a method or rule that draws
SLOW = 10_000  # samples, above which coresets of further seeds wait to be asked for where a method is greedy


@dataclass(frozen=True)
class Member:
    """A selection of the comparison: its letter, its coreset, and what it is called in short."""

    letter: str
    coreset: SharedCoreset
    short: str

    @property
    def spec(self) -> CoresetSpec:
        """Return what was asked for."""
        return self.coreset.spec

    @property
    def name(self) -> str:
        """Return how it is called beside others, e.g. "A eva 1/21"."""
        return f"{self.letter} {self.short}"

    @property
    def is_slow(self) -> bool:
        """Return whether coresets of further seeds take so long that they wait to be asked for."""
        return methods.is_greedy(self.spec.method) and len(self.coreset.kept) > SLOW

    def ordered(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return ascending rows in the order in which it ranks them; where that goes by score, only these are sorted."""
        if self.coreset.keep == "middle":
            return rows[np.argsort(self.coreset.places[rows], kind="stable")]
        return rows[selection.ranking(self.coreset.scores[rows], self.coreset.keep)]


@dataclass(frozen=True)
class Comparison:
    """Selections of the same samples side by side."""

    members: tuple[Member, ...]

    @property
    def run(self) -> str:
        """Return the run whose samples these are, or one of the same images."""
        return self.members[0].spec.run

    @property
    def names(self) -> list[str]:
        """Return what the selections are called."""
        return [one.name for one in self.members]

    @property
    def named(self) -> list[tuple[str, SharedCoreset]]:
        """Return the coresets by what they are called."""
        return [(one.name, one.coreset) for one in self.members]

    @cached_property
    def masks(self) -> NDArray[np.bool_]:
        """Return (S, N) which sample each of the selections keeps."""
        return np.stack([one.coreset.kept for one in self.members])

    @property
    def samples(self) -> int:
        """Return N."""
        return self.masks.shape[1]

    @cached_property
    def shared(self) -> NDArray[np.float64]:
        """Return (S, S) how many samples every two selections share."""
        return overlap.shared_samples(self.masks)

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """Return (N,) by which selections a sample is kept, as `overlap.codes` says."""
        return overlap.codes(self.masks)

    @cached_property
    def intersections(self) -> list[overlap.Intersection]:
        """Return all intersections, the largest first."""
        return overlap.intersections(self.codes)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Return (C, 1 + S) samples of every class in all data and in each selection."""
        return class_counts(cached.dynamics(self.run).labels, cached.info(self.run).classes, *self.masks)

    @property
    def looks(self) -> list[Look]:
        """Return how the selections are drawn on the page as it is shown."""
        return theme.looks([one.spec.method for one in self.members])

    def letters(self, places: Sequence[int]) -> str:
        """Return an intersection as text, e.g. "A+C" for what A and C keep and no other."""
        return "+".join(self.members[place].letter for place in places)


@dataclass(frozen=True)
class Part:
    """Samples that some selections keep and others do not.

    Attributes:
        place: of the first selection that keeps them, which orders them.
        text: in words, e.g. "kept only by A+C" or "kept by A and not by B".
        rows: of the train split.
    """

    place: int
    text: str
    rows: NDArray[np.int64]


def only_by(comparison: Comparison, places: Sequence[int]) -> Part:
    """Return the samples that exactly the selections at some places keep."""
    text = f"kept only by {comparison.letters(places)}"
    return Part(places[0], text, overlap.rows_of(comparison.codes, places))


def one_without(comparison: Comparison, one: int, other: int) -> Part:
    """Return the samples that one selection keeps and another does not, whatever all others do."""
    letters = [member.letter for member in comparison.members]
    rows = np.flatnonzero(comparison.masks[one] & ~comparison.masks[other])
    return Part(one, f"kept by {letters[one]} and not by {letters[other]}", rows)


@dataclass(frozen=True)
class Seeds:
    """How alike the coresets of one selection are when only a seed changes.

    Attributes:
        name: of the selection, which begins with its letter.
        over: "recordings" of other seeds, or "draws" of the method or rule.
        found: None where there is only one.
    """

    name: str
    over: str
    found: overlap.Stability | None


def members(selections: Sequence[CoresetSpec]) -> tuple[tuple[Member, ...], dict[int, str]]:
    """Return the selections that can be compared, and why others can't by their place in the list.

    All must be of the same images as the first that can be computed, since rows are matched by their numbers.
    """
    found: list[Member] = []
    problems: dict[int, str] = {}
    short = compared.names(selections)
    for place, spec in enumerate(selections):
        try:
            if found and not _same_samples(found[0].spec.run, spec.run):
                first = found[0]
                raise ConfigError(
                    f"{spec.run} has other images than {first.spec.run} of {first.letter}, so their rows can't be "
                    "compared. Remove one of them."
                )
            found.append(Member(compared.LETTERS[place], cached.coreset(spec), short[place]))
        except EngineError as error:
            problems[place] = str(error)
    return tuple(found), problems


def _same_samples(one: str, other: str) -> bool:
    """Return whether two runs have the same train samples; imported runs without a hash are their own."""
    mine, theirs = cached.info(one).dataset_sha256, cached.info(other).dataset_sha256
    return one == other or bool(mine and mine == theirs)


def as_table(rows: NDArray[np.int64], comparison: Comparison) -> pd.DataFrame:
    """Return some samples in the order given: row, class, rank in every selection (1 is kept first), and why."""
    labels, names = cached.dynamics(comparison.run).labels, cached.info(comparison.run).names
    columns: dict[str, Any] = {"index": rows, "class_name": class_texts(labels[rows], names)}
    for one in comparison.members:
        columns |= {f"rank {one.name}": one.coreset.places[rows]}
        columns |= {f"kept {one.name}": one.coreset.kept[rows].astype(int)}
    return pd.DataFrame(columns | reasoned.columns(rows, comparison.named))


def summary(comparison: Comparison) -> list[dict[str, Any]]:
    """Return one line per selection: size, what it alone keeps, classes, and how far these are from those of all data."""
    counts = comparison.counts
    shifts, classes = overlap.class_shift(counts), np.count_nonzero(counts[:, 0])
    return [
        {
            "Selection": one.name,
            "Kept": one.coreset.size,
            "Unique": len(overlap.rows_of(comparison.codes, (place,))),
            "Classes": f"{np.count_nonzero(counts[:, place + 1])} of {classes}",
            "Class shift (%)": 100 * float(shifts[place]),
        }
        for place, one in enumerate(comparison.members)
    ]


def injected(truth: Mapping[str, NDArray], found: Sequence[Member]) -> list[dict[str, str]]:
    """Return, for each selection, how many injected errors of every kind it keeps; [] where none were injected."""
    table = []
    for one in found:
        kinds = injections(truth, one.coreset.kept)
        cells = {kind.kind: f"{kind.kept:,} of {kind.total:,} (chance {kind.expected:,.0f})" for kind in kinds}
        table.append({"Selection": one.name} | cells)
    return table if table and len(table[0]) > 1 else []


def variants(spec: CoresetSpec) -> dict[str, list[CoresetSpec]]:
    """Return the selections that differ from one in nothing but a seed, itself first, by what the seed is of.

    "recordings": the same on runs of the same recipe with other seeds; only itself where it averages over runs, or where
    there is no other run. "draws": with other seeds of the method or rule, where one of them draws.

    Raises:
        EngineError: the run is missing or damaged.
    """
    found = {"recordings": [spec]}
    if not spec.average:
        found["recordings"] += [replace(spec, run=run) for run in cached.finished_replicates(spec.run)]
    options = methods.get(spec.method).options | selection.get(spec.rule).options
    if "seed" in options:
        first = int(options["seed"].parse(spec.all_options.get("seed", options["seed"].default)))
        found["draws"] = [
            replace(spec, rule_options={}, options=spec.all_options | {"seed": first + more}) for more in range(DRAWS)
        ]
    return found


def seeds(found: Sequence[Member]) -> list[Seeds]:
    """Return how alike the coresets of every selection are over seeds of the recording and of the draw.

    A recording that can't be used, e.g. one without a snapshot, is left out, and n says so.
    """
    table = []
    for one in found:
        for over, others in variants(one.spec).items():
            kept = []
            for other in others:
                try:
                    kept.append(cached.coreset(other).kept)
                except EngineError:
                    continue  # n tells how many took part
            table.append(Seeds(one.name, over, overlap.stability(np.stack(kept)) if kept else None))
    return table


def by_chance(comparison: Comparison) -> dict[str, float]:
    """Return which overlap two random coresets of each selection's size have, by its name."""
    expected = np.diag(overlap.by_chance(comparison.masks.sum(axis=1), comparison.masks.shape[1]))
    return dict(zip(comparison.names, expected.tolist(), strict=True))


def seed_table(found: Sequence[Seeds], chance: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return one line per selection and kind of seed: n, mean overlap in %, its range over pairs, and what chance gives.

    Those of a single seed have no line, and n = 2 has no range.

    Args:
        found: what `seeds` gave.
        chance: overlap of two random coresets of its size, by name.
    """
    return [
        {
            "Selection": one.name,
            "Over": one.over,
            "n": one.found.n,
            "Mean overlap (%)": 100 * one.found.mean,
            "Lowest": 100 * one.found.low if one.found.n > 2 else None,
            "Highest": 100 * one.found.high if one.found.n > 2 else None,
            "By chance": 100 * chance[one.name],
        }
        for one in found
        if one.found
    ]
