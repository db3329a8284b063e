"""Cached window maps and what they are made of, keyed by what the runs' files say of their state."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st
from numpy.typing import NDArray

from coreset_engine import paths, store, window_map
from coreset_engine.dashboard import cached
from coreset_engine.errors import EngineError
from coreset_engine.window_map import WindowMap, inputs, overlap_index
from coreset_engine.window_map.inputs import MapRequest
from coreset_engine.windows import Windows


def made_now(wanted: MapRequest, measure: str, step: int) -> WindowMap:
    """Return a map of one measure; what does not depend on the current windows is made once for all of them.

    Raises:
        EngineError: the run is damaged, or the windows do not fit it.
    """
    if measure == "overlap":
        current, _ = window_map.eva_coreset(
            cached.dynamics(wanted.run),
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
    dynamics = cached.dynamics(run)
    return overlap_index.hold(dynamics.error_norms, dynamics.strata_labels, length=length, rate=rate, step=step)


@st.cache_resource(max_entries=64, show_spinner=False)
def _made_now(wanted: MapRequest, measure: str, step: int, states: tuple[object, ...]) -> WindowMap:
    """Make a map once for each state of its runs."""
    dynamics = cached.dynamics(wanted.run)
    others = wanted.others if measure == "stability" else ()
    return window_map.window_map(
        dynamics.error_norms,
        dynamics.strata_labels,
        step=step,
        measures=[measure],
        others=[cached.dynamics(name).error_norms for name in others],
        **_settings(wanted),
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
    return window_map.key(cached.dynamics(wanted.run), others, step=1, **_settings(wanted))


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


def _settings(wanted: MapRequest) -> dict[str, Any]:
    """Return what a map is compared with."""
    pair, dynamics, truth = wanted.windows, cached.dynamics(wanted.run), _truth(wanted.run)
    given = {"early": pair.early, "late": pair.late, "length": pair.length, "rate": wanted.rate}
    return inputs.settings(dynamics, **given, truth=truth)


def _states(wanted: MapRequest) -> tuple[object, ...]:
    """Return what changes when a map of these runs does: their files, and whether their images' truth is there."""
    files = [cached.mark(paths.run_folder(name) / store.FILE_NAME) for name in (wanted.run, *wanted.others)]
    return (*files, bool(_truth(wanted.run)))
