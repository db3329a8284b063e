"""Cached plans of sweeps, keyed by the request's text and by what the runs' files say of their state."""

from __future__ import annotations

from typing import Any

import streamlit as st

from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.sources import Sources
from coreset_engine.sweep import plan
from coreset_engine.sweep.plan import Plan, SearchCost


def planned(request: SweepRequest) -> Plan:
    """Return which cells of a sweep exist now and what the others take; coresets are selected once per request.

    Raises:
        EngineError: the run or its images are missing, or a coreset can't be selected.
    """
    excluded = cached.excluded(CoresetSpec(request.run, FULL, rate=1.0, exclusion=request.exclusion))
    text = tuple(request.to_argv())
    cells, val = _cells(text, excluded.tobytes(), cached.state(request.run, request.average))
    return plan.split(request, cells, val, cached.result_rows())


@st.cache_resource(max_entries=16, show_spinner="Coresets are being selected …")
def _cells(text: tuple[str, ...], without: bytes, state: tuple[Any, ...]) -> tuple[list[Any], int]:
    """Return the cells of a request, and how many val images there are, once for each state of its runs.

    Images are not hashed another time and scores are shared with requests before: nothing is trained here.
    """
    request = SweepRequest.from_argv(text)
    opened = _sources(request.run, request.average, request.snapshot, state)
    return plan.cells(request, plan.planning_bench(request, opened))


@st.cache_resource(max_entries=4, show_spinner=False)
def _sources(run: str, average: tuple[str, ...], snapshot: int | None, state: tuple[Any, ...]) -> Sources:
    """Open what coresets of a run are selected from once for each state of its runs; scores computed last stay."""
    return plan.open_sources(run, average, snapshot)


def search_cost(request: SweepRequest) -> SearchCost:
    """Return what a search costs at most; no coreset is selected.

    Raises:
        EngineError: the run is missing, or there is nothing to choose among.
    """
    images = cached.images(request.run)
    val = len(images.labels["val"]) if images is not None else 0
    return _cost(tuple(request.to_argv()), val, cached.state(request.run), cached.result_state())


@st.cache_resource(max_entries=16, show_spinner=False)
def _cost(text: tuple[str, ...], val: int, state: tuple[Any, ...], rows: tuple[Any, ...]) -> SearchCost:
    """Return a search's cost once for each state of its run and of the results, whose times it takes."""
    return plan.cost_of_search(SweepRequest.from_argv(text), val, cached.result_rows())
