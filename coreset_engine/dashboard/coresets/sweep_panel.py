"""A sweep before it starts: what exists, what is trained and how long, as command, Python and YAML; and its start."""

import math

import streamlit as st

from coreset_engine.dashboard import cached_sweeps
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.shell import failing_gracefully, markdown_safe
from coreset_engine.errors import ConfigError
from coreset_engine.executors import queue
from coreset_engine.names import counted
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.pipeline.requests.sweep_place import refused_on_pages
from coreset_engine.sweep.plan import Plan, SearchCost
from coreset_engine.tables import duration

UNKNOWN = "time not known before the first is trained"


def sentence(plan: Plan) -> str:
    """Return what a sweep trains, and how long that takes."""
    if not plan.to_train:
        return "The 1 cell exists." if plan.cells == 1 else f"All {plan.cells:,} cells exist."
    time = UNKNOWN if math.isnan(plan.seconds) else f"about {duration(plan.seconds)}"
    beside = f", {plan.slots} at once" if plan.slots > 1 else ""
    cells = counted(plan.cells, "{cell|cells}")
    return f"{cells}: {len(plan.existing)} exist, {len(plan.to_train)} to train{beside}, {time}."


def search_sentence(cost: SearchCost) -> str:
    """Return what a search costs beside the whole grid."""
    if math.isnan(cost.seconds):
        return (
            f"At most {cost.trainings} full trainings, confirmation included; the whole grid: {cost.grid}; {UNKNOWN}."
        )
    return (
        f"At most {cost.trainings} full trainings, about {duration(cost.seconds)}, confirmation included; the whole grid: "
        f"{cost.grid}, about {duration(cost.grid_seconds)}."
    )


def told(request: SweepRequest) -> tuple[str, int]:
    """Return what a sweep or search costs in a sentence, and how many trainings it asks for at most.

    Of a sweep also where hard cut-offs had to be given up, a line each.

    Raises:
        EngineError: it can't be planned.
    """
    recorder = queue.recorder_of(request.run)
    if recorder is not None and not request.search:  # its coresets can't be selected yet
        count = len(request.cells())
        cells = counted(count, "{cell|cells}")
        return f"{cells}, once job {recorder.id} has recorded {markdown_safe(request.run)}; {UNKNOWN}.", count
    if request.search:
        cost = cached_sweeps.search_cost(request)
        return search_sentence(cost), cost.trainings
    plan = cached_sweeps.planned(request)
    return "  \n".join([sentence(plan), *map(markdown_safe, plan.notes)]), len(plan.to_train)


def draw_code(request: SweepRequest) -> None:
    """Draw a sweep as a command, as Python and as YAML."""
    code_tabs.draw(requests.commands([request]), requests.python([request]), yaml=requests.to_yaml(request))


def start(request: SweepRequest) -> None:
    """Start a sweep as a job."""
    with failing_gracefully():
        if refused := refused_on_pages(request.executor, request.address):
            raise ConfigError(refused)
        recorder = queue.recorder_of(request.run)
        number = queue.start(requests.words_of(request), request.title)
    after = f" and begins after job {recorder.id}" if recorder else ""
    st.toast(f"Job {number} is in the queue{after}.")
