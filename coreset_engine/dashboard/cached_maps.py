"""Cached window maps and what they are made of, keyed by what the runs' files say of their state.

While a page waits, a map of a large run is made of a sample of it, by class; the job's map of every pair takes all samples.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import paths, store, window_map
from coreset_engine.dashboard import cached
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import EngineError
from coreset_engine.explorer import run_pack
from coreset_engine.window_map import WindowMap, inputs, overlap_index
from coreset_engine.window_map.inputs import MapRequest
from coreset_engine.windows import Windows

MOST = 100_000  # samples that a map made while the page waits takes at most


@dataclass(frozen=True)
class Part:
    """The samples of a run that its map is made of while the page waits: their rows, and what is read of them."""

    rows: NDArray[np.int64]
    dynamics: Dynamics


def part_of(run: str) -> Part:
    """Return what a map of a run is made of while the page waits: all samples, or a sample of them by class.

    Raises:
        EngineError: the run is missing or damaged.
    """
    return _part(run, cached.mark(paths.run_folder(run) / store.FILE_NAME))


@st.cache_resource(max_entries=8, show_spinner=False)
def _part(run: str, state: tuple[int, int]) -> Part:
    """Read a run's part once for each state of its file; runs of the same labels have the same rows."""
    whole = cached.dynamics(run)
    rows = run_pack.sampled(whole.strata_labels, MOST)
    if len(rows) == whole.n_samples:
        return Part(rows, whole)
    norms = np.stack([epoch[rows] for epoch in whole.error_norms])
    return Part(rows, Dynamics(whole.labels[rows], {"error_norm": norms}, whole.classes, whole.epochs, whole.name))


def made_now(wanted: MapRequest, measure: str, step: int) -> WindowMap:
    """Return a map of one measure; what does not depend on the current windows is made once for all of them.

    Raises:
        EngineError: the run is damaged, or the windows do not fit it.
    """
    if measure == "overlap":
        current, _ = window_map.eva_coreset(
            part_of(wanted.run).dynamics,
            early=wanted.windows.early,
            late=wanted.windows.late,
            length=wanted.windows.length,
            rate=wanted.rate,
        )
        alone = replace(wanted, others=())
        return _index(wanted.run, wanted.windows.length, wanted.rate, step, _states(alone)).overlap(current)
    if measure != "agreement":
        length = wanted.windows.length
        wanted = replace(wanted, windows=Windows(1, 1 + length, length))
    return _made_now(wanted, measure, step, _states(wanted))


@st.cache_resource(max_entries=16, show_spinner=False)
def _index(run: str, length: int, rate: float, step: int, states: tuple[object, ...]) -> overlap_index.OverlapIndex:
    """Find the coresets of every pair once for each state of the run."""
    dynamics = part_of(run).dynamics
    return overlap_index.hold(dynamics.error_norms, dynamics.strata_labels, length=length, rate=rate, step=step)


@st.cache_resource(max_entries=64, show_spinner=False)
def _made_now(wanted: MapRequest, measure: str, step: int, states: tuple[object, ...]) -> WindowMap:
    """Make a map once for each state of its runs."""
    part = part_of(wanted.run)
    others = wanted.others if measure == "stability" else ()
    suspects = suspicion_of(wanted.run).mask
    given = _settings(wanted, part.dynamics) | {"suspects": None if suspects is None else suspects[part.rows]}
    return window_map.window_map(
        part.dynamics.error_norms,
        part.dynamics.strata_labels,
        step=step,
        measures=[measure],
        others=[part_of(name).dynamics.error_norms for name in others],
        **given,
    )


def made_by_job(wanted: MapRequest) -> WindowMap | None:
    """Return the map of every pair, with all measures, when a job has made it; None before, and where it is damaged.

    Raises:
        EngineError: the run is damaged, or the windows do not fit it.
    """
    name = _key(wanted, _states(wanted))
    return _loaded(name, cached.mark(window_map.path_of(name)))


@st.cache_data(max_entries=64, show_spinner=False)
def _key(wanted: MapRequest, states: tuple[object, ...]) -> str:
    """Hash the inputs of a map once for each state of its runs."""
    others = [cached.dynamics(name) for name in wanted.others]
    return window_map.key(cached.dynamics(wanted.run), others, step=1, **_settings(wanted, cached.dynamics(wanted.run)))


@st.cache_resource(max_entries=16, show_spinner=False)
def _loaded(name: str, state: tuple[int, int]) -> WindowMap | None:
    """Read a map once for each state of its file."""
    try:
        return window_map.load(name)
    except EngineError:
        return None  # the job makes it anew


def suspicion_of(run: str) -> inputs.Suspicion:
    """Return which samples of a run count as label errors.

    Raises:
        EngineError: the run is missing or damaged.
    """
    return _suspicion(run, cached.mark(paths.run_folder(run) / store.FILE_NAME), bool(_truth(run)))


@st.cache_resource(max_entries=16, show_spinner=False)
def _suspicion(run: str, state: tuple[int, int], known: bool) -> inputs.Suspicion:
    """Judge a run's labels once for each state of its file."""
    return inputs.suspicion(cached.dynamics(run), _truth(run))


def _truth(run: str) -> Mapping[str, NDArray]:
    """Return what is known of a run's train images; {} without images."""
    images = cached.images(run)
    return images.truth if images else {}


def _settings(wanted: MapRequest, dynamics: Dynamics) -> dict[str, Any]:
    """Return what a map of these dynamics is compared with."""
    return inputs.settings(dynamics, **asdict(wanted.windows), rate=wanted.rate, truth=_truth(wanted.run))


def _states(wanted: MapRequest) -> tuple[object, ...]:
    """Return what changes when a map of these runs does: their files, and whether their images' truth is there."""
    files = [cached.mark(paths.run_folder(name) / store.FILE_NAME) for name in (wanted.run, *wanted.others)]
    return (*files, bool(_truth(wanted.run)))
