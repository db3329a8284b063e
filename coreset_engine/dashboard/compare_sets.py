"""What the Compare page shows of several selections, computed from the runs; results stay for the next look."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import api, methods, paths, selection, store
from coreset_engine.dashboard import compare, readers, siblings, view
from coreset_engine.dashboard.pinned import Pinned
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.insight import comparing, exclusions

DRAWS = 5  # seeds of a method or rule that draws
SLOW = 10_000  # samples, above which coresets of further seeds wait to be asked for where a method is greedy


@dataclass(frozen=True)
class Kept:
    """One selection, computed.

    Attributes:
        kept: (N,) whether a sample is in the coreset.
        ranking: (N,) rows from the first kept end to the other.
        ranks: (N,) the higher the sooner kept; None for greedy methods, which rank nothing.
    """

    kept: NDArray[np.bool_]
    ranking: NDArray[np.int64]
    ranks: NDArray[np.float64] | None


@dataclass(frozen=True)
class Member:
    """A selection of the comparison: its letter, what was asked for, what that keeps, and what it is called in short."""

    letter: str
    asked: Pinned
    found: Kept
    short: str

    @property
    def name(self) -> str:
        """Return how it is called beside others, e.g. "A eva 1/21"."""
        return f"{self.letter} {self.short}"


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
    found: comparing.Stability | None


def members(selections: Sequence[Pinned]) -> tuple[list[Member], dict[int, str]]:
    """Return the selections that can be compared, and why others can't by their place in the list.

    All must be of the same images as the first that can be computed, since rows are matched by their numbers.
    """
    found: list[Member] = []
    problems: dict[int, str] = {}
    short = compare.names(selections)
    for place, asked in enumerate(selections):
        try:
            if found and not _same_samples(found[0].asked.run, asked.run):
                first = found[0]
                raise ConfigError(
                    f"{asked.run} has other images than {first.asked.run} of {first.letter}, so their rows can't be "
                    "compared. Remove one of them."
                )
            found.append(Member(compare.LETTERS[place], asked, computed(asked), short[place]))
        except EngineError as error:
            problems[place] = str(error)
    return found, problems


def _same_samples(one: str, other: str) -> bool:
    """Return whether two runs have the same train samples; imported runs without a hash are their own."""
    mine, theirs = readers.info(one).dataset_sha256, readers.info(other).dataset_sha256
    return one == other or bool(mine and mine == theirs)


def computed(asked: Pinned) -> Kept:
    """Return what a selection keeps, shared by all sessions and read-only.

    Raises:
        EngineError: it can't be computed: its run, exclusion, method, rule or options are not there or do not fit.
    """
    runs = (asked.run, *asked.average)
    folders = [paths.run_folder(run) for run in runs]
    marks = tuple(readers.mark(folder / name) for folder in folders for name in (store.FILE_NAME, store.SNAPSHOT_NAME))
    excluded: tuple[int, ...] = ()
    if asked.exclusion:
        excluded = exclusions.load(readers.info(asked.run).dataset_sha256, asked.exclusion).rows
    return _computed(asked.to_text(), np.array(excluded, np.int64).tobytes(), marks)


@st.cache_resource(max_entries=64, show_spinner=False)
def _computed(text: str, excluded: bytes, states: tuple[tuple[int, int], ...]) -> Kept:
    """Compute a selection once for each state of its runs' files and of its exclusion."""
    asked = Pinned.of_text(text)
    choice = api.choose(
        readers.sources(asked.run, asked.average),
        asked.method,
        rate=asked.rate,
        rule=asked.rule,
        exclude=np.frombuffer(excluded, np.int64),
        **asked.options,
    )
    kept = np.zeros(len(choice.scores), bool)
    kept[choice.rows] = True
    ranks = None if methods.is_greedy(asked.method) else comparing.ranks(choice.scores, choice.keep)
    for values in (kept, choice.ranking, ranks):
        if values is not None:
            values.flags.writeable = False
    return Kept(kept, choice.ranking, ranks)


def masks(found: Sequence[Member]) -> NDArray[np.bool_]:
    """Return (S, N) which sample each of the selections keeps."""
    return np.stack([one.found.kept for one in found])


def sets(found: Sequence[Member]) -> tuple[NDArray[np.int64], list[comparing.Intersection]]:
    """Return (N,) by which selections a sample is kept, as `comparing.codes` says, and all intersections, largest first."""
    coded = comparing.codes(masks(found))
    return coded, comparing.intersections(coded)


def code(groups: Sequence[int], found: Sequence[Member]) -> str:
    """Return an intersection as text, e.g. "A+C" for what A and C keep and no other."""
    return "+".join(found[place].letter for place in groups)


def ordered(rows: NDArray[np.int64], one: Member) -> NDArray[np.int64]:
    """Return rows in the order in which a selection ranks them."""
    return rows[np.argsort(view.places(one.found.ranking)[rows], kind="stable")]


def as_table(
    rows: NDArray[np.int64], found: Sequence[Member], labels: NDArray[np.integer], names: tuple[str, ...]
) -> pd.DataFrame:
    """Return some samples in the order given: row, class, and rank in every selection (1 is kept first).

    Args:
        rows: of the train split.
        found: the selections.
        labels: (N,) classes, or (N, L) zeros and ones.
        names: of the classes.
    """
    columns: dict[str, Any] = {"index": rows, "class_name": view.class_texts(labels[rows], names)}
    for one in found:
        columns |= {f"rank {one.name}": view.places(one.found.ranking)[rows]}
        columns |= {f"kept {one.name}": one.found.kept[rows].astype(int)}
    return pd.DataFrame(columns)


def summary(found: Sequence[Member], counts: NDArray[np.int64], coded: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return one line a selection: size, what it keeps alone, classes, and how far these are from those of all data.

    Args:
        found: the selections.
        counts: (C, 1 + S) samples of every class in all data and in each selection.
        coded: (N,) what `comparing.codes` gave.
    """
    there = np.count_nonzero(counts[:, 0])
    shifts = comparing.class_shift(counts)
    return [
        {
            "Selection": one.name,
            "Kept": int(one.found.kept.sum()),
            "By it alone": len(comparing.rows_of(coded, (place,))),
            "Classes": f"{np.count_nonzero(counts[:, place + 1])} of {there}",
            "Class shift (%)": 100 * float(shifts[place]),
        }
        for place, one in enumerate(found)
    ]


def planted(truth: dict[str, NDArray], found: Sequence[Member]) -> list[dict[str, str]]:
    """Return, for each selection, how many planted errors of every kind it keeps; [] where nothing was planted."""
    table = []
    for one in found:
        kinds = view.planted(truth, one.found.kept)
        cells = {kind.kind: f"{kind.kept:,} of {kind.total:,} (chance {kind.expected:,.0f})" for kind in kinds}
        table.append({"Selection": one.name} | cells)
    return table if table and len(table[0]) > 1 else []


def variants(asked: Pinned) -> dict[str, list[Pinned]]:
    """Return the selections that differ from one in nothing but a seed, itself first, by what the seed is of.

    "recordings": the same on runs of the same recipe with other seeds; only itself where it averages over runs, or where
    there is no other run. "draws": with other seeds of the method or rule, where one of them draws.

    Raises:
        EngineError: the run is missing or damaged.
    """
    found = {"recordings": [asked]}
    if not asked.average:
        found["recordings"] += [replace(asked, run=run) for run in siblings.siblings(asked.run)]
    options = methods.get(asked.method).options | selection.get(asked.rule).options
    if "seed" in options:
        first = int(options["seed"].parse(asked.options.get("seed", options["seed"].default)))
        found["draws"] = [replace(asked, options=asked.options | {"seed": first + more}) for more in range(DRAWS)]
    return found


def is_slow(one: Member) -> bool:
    """Return whether coresets of further seeds take so long that they wait to be asked for."""
    return methods.is_greedy(one.asked.method) and len(one.found.kept) > SLOW


def seeds(found: Sequence[Member]) -> list[Seeds]:
    """Return how alike the coresets of every selection are over seeds of the recording and of the draw.

    A recording that can't be used, e.g. one without a snapshot, is left out, and n says so.
    """
    table = []
    for one in found:
        for over, others in variants(one.asked).items():
            there = []
            for other in others:
                try:
                    there.append(computed(other).kept)
                except EngineError:
                    continue  # n tells how many took part
            table.append(Seeds(one.name, over, comparing.stability(np.stack(there)) if there else None))
    return table


def seed_table(found: Sequence[Seeds], chance: dict[str, float]) -> list[dict[str, Any]]:
    """Return one line a selection and kind of seed: n, mean overlap in %, its range over pairs, and what chance gives.

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
