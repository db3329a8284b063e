"""Cached readers, keyed by what a file says of its state, so that a new recording or result is seen at once."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import api, paths, results, store
from coreset_engine.analysis import replicates
from coreset_engine.analysis.trajectories import Trajectories
from coreset_engine.analysis.trajectories import trajectories as shortened
from coreset_engine.coreset import Coreset, CoresetSpec
from coreset_engine.datasets import ImageSet, library
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import EngineError
from coreset_engine.sources import Sources, load_snapshot

MANY = 200_000  # samples, above which few coresets are kept
RANKED = 8  # scores whose rankings are kept


def mark(path: Path) -> tuple[int, int]:
    """Return what changes when a file does: time and size."""
    if not path.exists():
        return 0, 0
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


def _images_mark(run: str) -> tuple[int, int]:
    """Return the state of the description of the images that a run was recorded on; (0, 0) where there are none."""
    try:
        facts = info(run)
    except EngineError:
        return 0, 0  # a damaged run is told where it is shown
    return mark(library.description_of(facts.dataset, facts.dataset_sha256))


def _run_mark(run: str) -> tuple[int, int]:
    """Return the state of a run's file."""
    return mark(paths.run_folder(run) / store.FILE_NAME)


def dynamics(run: str) -> Dynamics:
    """Return a run's dynamics, shared by all sessions and read-only.

    Raises:
        EngineError: the run is missing, damaged, or has no whole epoch yet.
    """
    return _dynamics(run, _run_mark(run))


@st.cache_resource(max_entries=8, show_spinner=False)
def _dynamics(run: str, state: tuple[int, int]) -> Dynamics:
    """Read a run once for each state of its file."""
    return store.load_run(run)


def info(run: str) -> store.RunInfo:
    """Return what a run's file says of itself.

    Raises:
        EngineError: the run is missing or damaged.
    """
    return _info(run, _run_mark(run))


@st.cache_resource(max_entries=64, show_spinner=False)
def _info(run: str, state: tuple[int, int]) -> store.RunInfo:
    """Read a run's attributes once for each state of its file."""
    return store.RunFile(paths.run_folder(run)).info


def feature_width(run: str) -> int | None:
    """Return D, the width of a run's features; None where it has no snapshot that can be read."""
    try:
        return store.feature_width(paths.run_folder(run))
    except EngineError:
        return None  # a selection that reads them says so


def epochs_done(run: str) -> int:
    """Return how many epochs of a run are recorded; 0 is no error.

    Raises:
        EngineError: the run is missing or damaged.
    """
    return _epochs_done(run, _run_mark(run))


@st.cache_resource(max_entries=64, show_spinner=False)
def _epochs_done(run: str, state: tuple[int, int]) -> int:
    """Count a run's epochs once for each state of its file."""
    return store.RunFile(paths.run_folder(run)).done()


@st.cache_data(ttl=30, max_entries=64, show_spinner=False)
def is_changed(spec: str, fingerprint: str) -> bool:
    """Return whether own images have changed since they had this fingerprint, as of half a minute ago.

    To look at 100,000 files takes seconds.
    """
    return library.is_changed(spec, fingerprint)


def finished_replicates(run: str) -> list[str]:
    """Return the finished runs that repeat a recording with other seeds, by seed; damaged ones are passed over.

    Raises:
        EngineError: the run itself is missing or damaged.
    """
    own, found = info(run), {}
    for name in store.run_names():
        try:
            other = info(name)
            if replicates.is_replicate(own, other) and store.RunFile(paths.run_folder(name)).done() == other.epochs:
                found[name] = other
        except EngineError:
            continue  # the Overview page tells what is wrong with it
    return replicates.replicates(own, found)


def sources(run: str, average: tuple[str, ...] = (), snapshot: int | None = None) -> Sources:
    """Return what methods can read of a run and of others, shared by all sessions; scores and picks computed last stay."""
    runs = (run, *average)
    marks = tuple((_run_mark(name), mark(paths.run_folder(name) / store.SNAPSHOT_NAME)) for name in runs)
    return _sources(runs, snapshot, marks, _images_mark(run))


@st.cache_resource(max_entries=8, show_spinner=False)
def _sources(
    runs: tuple[str, ...],
    epoch: int | None,
    states: tuple[tuple[tuple[int, int], tuple[int, int]], ...],
    images: tuple[int, int],
) -> Sources:
    """Open the runs' sources once for each state of their files."""
    opened = Sources(lambda: [dynamics(name) for name in runs], lambda: [load_snapshot(name, epoch) for name in runs])
    return opened.named_as(runs[0])


def excluded(spec: CoresetSpec) -> NDArray[np.int64]:
    """Return the rows that a coreset never keeps, ascending.

    Raises:
        EngineError: the saved set is gone or damaged.
    """
    return api.excluded_by(spec)[1]


@dataclass(frozen=True, eq=False)
class SharedCoreset(Coreset):
    """A coreset of a run of the cache; it is ranked when that is asked for, once for all coresets of the same scores.

    Attributes:
        spec: what was asked; every one of these has it.
    """

    spec: CoresetSpec = field(kw_only=True)

    @cached_property
    def ranking(self) -> NDArray[np.int64]:
        """Return (N,) rows from the first kept end of the scores to the other; ties by lower row."""
        known, key = _rankings(), (id(self.scores), self.keep)
        if (found := known.get(key)) is None or found[0] is not self.scores:
            found = known[key] = (self.scores, super().ranking)
            found[1].flags.writeable = False
            for old in list(known)[:-RANKED]:
                known.pop(old, None)
        return found[1]


def coreset(spec: CoresetSpec) -> SharedCoreset:
    """Return a coreset, computed once for all sessions and each state of its runs' files and of its exclusion.

    Raises:
        EngineError: it can't be computed: its run, exclusion, method, rule or options are not there or do not fit.
    """
    found = _coreset if info(spec.run).samples <= MANY else _large_coreset
    return found(spec.to_text(), excluded(spec).tobytes(), state(spec.run, spec.average))


def state(run: str, average: tuple[str, ...] = ()) -> tuple[Any, ...]:
    """Return what changes when a file of one of the runs does, or what is said of the first one's images."""
    folders = [paths.run_folder(name) for name in (run, *average)]
    return (
        run,
        average,
        _images_mark(run),
        *(mark(folder / name) for folder in folders for name in (store.FILE_NAME, store.SNAPSHOT_NAME)),
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def _coreset(text: str, without: bytes, state: tuple[Any, ...]) -> SharedCoreset:
    """Choose a coreset once."""
    return _chosen(text, without)


@st.cache_resource(max_entries=16, show_spinner=False)
def _large_coreset(text: str, without: bytes, state: tuple[Any, ...]) -> SharedCoreset:
    """Choose a coreset of many samples once; fewer are kept, since scores and places of a million take 30 MB."""
    return _chosen(text, without)


@st.cache_resource(show_spinner=False)
def _rankings() -> dict[tuple[int, str], tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Return the rankings made last with their scores, which stay the same object for another rate."""
    return {}


def _chosen(text: str, without: bytes) -> SharedCoreset:
    """Choose a coreset; its arrays are shared, so they are read-only."""
    spec = CoresetSpec.from_text(text)
    found = api.coreset_of(spec, sources(spec.run, spec.average, spec.snapshot), np.frombuffer(without, np.int64))
    for values in (found.rows, found.scores, found.weights, found.cut):
        if values is not None:
            values.flags.writeable = False
    return SharedCoreset(**vars(found))


def trajectories(run: str) -> Trajectories:
    """Return what stands for all error norms of a run over its epochs."""
    return _trajectories(run, _run_mark(run))


@st.cache_resource(max_entries=8, show_spinner=False)
def _trajectories(run: str, state: tuple[int, int]) -> Trajectories:
    """Average a run's trajectories once for each state of its file."""
    of = dynamics(run)
    return shortened(of.signal(of.trajectory_name), of.labels, info(run).names)


def images(run: str) -> ImageSet | None:
    """Return the images a run was recorded on, or None where the cache has none (imported dynamics)."""
    facts = info(run)
    try:
        return _images(facts.dataset, facts.dataset_sha256, _images_mark(run))
    except EngineError:
        return None  # the page says so and shows everything else


@st.cache_resource(max_entries=8, show_spinner=False)
def _images(name: str, sha256: str, state: tuple[int, int]) -> ImageSet:
    """Open a data set's arrays once for each state of its description; groups can be told anew."""
    return library.cached(name, sha256)


def summary(run: str) -> dict[str, Any]:
    """Return one run as a flat dict, with `synthetic`: whether its images were made by this project."""
    found = store.run_summary(run)
    known = images(run) if not found["problem"] else None
    return found | {"synthetic": known is not None and known.synthetic}


def result_table(*, modes: bool = False) -> pd.DataFrame:
    """Return all result rows as a table of the caller's own, see `results.frame`; what its cells hold is shared."""
    return _result_table(*result_state(), modes).copy(deep=False)


# a page draws the table in many parts, and the Overview with every visitor: making it anew took 50 ms for 140 rows
@st.cache_resource(max_entries=4, show_spinner=False)
def _result_table(state: tuple[int, int], log: tuple[int, int], modes: bool) -> pd.DataFrame:
    """Make the table once for each state of the database and its log."""
    return results.frame(_result_rows(state, log), modes=modes)


def result_rows() -> list[dict[str, Any]]:
    """Return all result rows as `results.rows` gives them, shared: nobody may change them."""
    return _result_rows(*result_state())


def result_state() -> tuple[tuple[int, int], tuple[int, int]]:
    """Return what changes when a result row comes: the marks of the database and its log."""
    return mark(results.path()), mark(Path(f"{results.path()}-wal"))


def result_problems() -> list[str]:
    """Return one sentence for result rows that are left out since they are damaged; none where all are whole."""
    return _result_problems(*result_state())


@st.cache_data(max_entries=4, show_spinner=False)
def _result_problems(state: tuple[int, int], log: tuple[int, int]) -> list[str]:
    """Look at the rows once for each state of the database and its log."""
    return results.problems()


# shared and never changed, since `frame` copies the rows: copying 500 of them with confusions of 100 classes takes 0.7 s
@st.cache_resource(max_entries=4, show_spinner=False)
def _result_rows(state: tuple[int, int], log: tuple[int, int]) -> list[dict[str, Any]]:
    """Read the result rows once for each state of the database and its log."""
    return results.rows()
