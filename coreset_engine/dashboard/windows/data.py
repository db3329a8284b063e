"""What the Window map page shows of a run: maps made at once or by a job."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st
from numpy.typing import NDArray

from coreset_engine import paths, store, window_map
from coreset_engine import windows as legal_windows
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.coresets.replicates import siblings
from coreset_engine.errors import EngineError
from coreset_engine.executors import queue
from coreset_engine.window_map import Measure, inputs, overlap_index
from coreset_engine.windows import Windows

COARSE = 10  # epochs from one start to the next, as in the paper's search
AT_ONCE = 20_000_000  # pairs of windows x samples that are compared while the page waits: a fifth of a second
LABELS = {
    "planted": {"suspects_kept": "Planted label errors kept", "suspect_share": "Planted errors in the coreset"},
    "suspected": {"suspects_kept": "Suspected label errors kept", "suspect_share": "Suspected errors in the coreset"},
}


@dataclass(frozen=True)
class Asked:
    """Which map is wanted.

    Attributes:
        run: its name.
        windows: of the coreset to compare with, and K.
        rate: α.
        others: runs that differ in the seed only.
    """

    run: str
    windows: Windows
    rate: float
    others: tuple[str, ...] = ()


def asked(run: str, windows: Windows, rate: float) -> Asked:
    """Return what is wanted of a run, with its siblings.

    Raises:
        EngineError: the run is missing or damaged.
    """
    return Asked(run, windows, rate, tuple(siblings(run)))


def selection(run: str, windows: Windows, rate: float) -> CoresetSpec:
    """Return what the map's current cell keeps, as other pages ask for it."""
    options = {"early": windows.early, "late": windows.late, "length": windows.length, "combine": "sum"}
    return CoresetSpec(run, "eva", options, rate=rate)


def step_at_once(epochs: int, length: int, samples: int) -> int:
    """Return the finest grid that is made while the page waits: 1 where every pair is compared in no time, else 10.

    Raises:
        WindowError: two windows do not fit the run.
    """
    pairs = window_map.pair_count(window_map.starts(epochs, length, 1), length)
    return 1 if pairs * samples <= AT_ONCE else COARSE


def offered(wanted: Asked) -> dict[str, str]:
    """Return the measures that the run has what they need for, name -> label.

    Raises:
        EngineError: the run is damaged.
    """
    kind = suspicion_of(wanted.run).kind
    there = {"scores", "suspects" if kind else "", "others" if wanted.others else ""}
    found = {name: one.label for name, one in window_map.MEASURES.items() if not one.needs or one.needs in there}
    return found | {name: label for name, label in LABELS.get(kind, {}).items() if name in found}


def meaning(measure: Measure, wanted: Asked) -> str:
    """Return what a measure says, with the facts of this run."""
    texts = {
        "planted": "These labels were made wrong on purpose and are known.",
        "suspected": "Suspected are samples whose mean margin over all epochs (AUM) is below 0: nobody knows.",
    }
    more = texts[suspicion_of(wanted.run).kind] if measure.needs == "suspects" else ""
    if measure.needs == "others":
        more = f"Runs: {wanted.run}, {', '.join(wanted.others)}."
    return f"{measure.meaning.replace('Suspected label errors', 'Label errors')} {more}".strip()


def at_once(wanted: Asked, measure: str, step: int) -> window_map.WindowMap:
    """Return a map of one measure; what does not depend on the current windows is made once for all of them.

    Raises:
        EngineError: the run is damaged, or the windows do not fit it.
    """
    if measure == "overlap":
        pair, dynamics = wanted.windows, cached.dynamics(wanted.run)
        given = {"early": pair.early, "late": pair.late, "length": pair.length, "rate": wanted.rate}
        current, _ = window_map.eva_coreset(dynamics, **given)
        alone = replace(wanted, others=())
        return _held(wanted.run, pair.length, wanted.rate, step, _states(alone)).overlap(current)
    if measure != "agreement":
        first = Windows(1, 1 + wanted.windows.length, wanted.windows.length)
        wanted = replace(wanted, windows=first)
    return _at_once(wanted, measure, step, _states(wanted))


@st.cache_resource(max_entries=16, show_spinner=False)
def _held(run: str, length: int, rate: float, step: int, states: tuple[object, ...]) -> overlap_index.Held:
    """Find the coresets of every pair once for each state of the run."""
    dynamics = cached.dynamics(run)
    return overlap_index.hold(dynamics.error_norms, dynamics.strata_labels, length=length, rate=rate, step=step)


@st.cache_resource(max_entries=64, show_spinner=False)
def _at_once(wanted: Asked, measure: str, step: int, states: tuple[object, ...]) -> window_map.WindowMap:
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


def made_by_a_job(wanted: Asked) -> window_map.WindowMap | None:
    """Return the map of every pair, with all measures, when a job has made it; None before, and where it is damaged.

    Raises:
        EngineError: the run is damaged, or the windows do not fit it.
    """
    name = _key(wanted, _states(wanted))
    return _loaded(name, cached.mark(window_map.path_of(name)))


@st.cache_data(max_entries=64, show_spinner=False)
def _key(wanted: Asked, states: tuple[object, ...]) -> str:
    """Hash the inputs of a map once for each state of its runs."""
    others = [cached.dynamics(name) for name in wanted.others]
    return window_map.key(cached.dynamics(wanted.run), others, step=1, **_settings(wanted))


@st.cache_resource(max_entries=16, show_spinner=False)
def _loaded(name: str, state: tuple[int, int]) -> window_map.WindowMap | None:
    """Read a map once for each state of its file."""
    try:
        return window_map.load(name)
    except EngineError:
        return None  # the job makes it anew


def words(wanted: Asked) -> list[str]:
    """Return the arguments of the job that makes the map of every pair."""
    pair = wanted.windows
    given = ["map", wanted.run, "--length", str(pair.length), "--rate", f"{wanted.rate:g}", "--step", "1"]
    given += ["--early", str(pair.early), "--late", str(pair.late)]
    return [*given, "--average", *wanted.others] if wanted.others else given


def is_under_way(wanted: Asked) -> bool:
    """Return whether a job makes this map now or will.

    Raises:
        EngineError: the table of jobs can't be read.
    """
    return any(job.active and list(job.arguments) == words(wanted) for job in queue.all_jobs())


def start(wanted: Asked) -> None:
    """Start the job that makes the map of every pair.

    Raises:
        JobError: the process can't be started.
    """
    pair = wanted.windows
    queue.start(
        words(wanted),
        f"Every pair of windows of {wanted.run}, K = {pair.length}, α = {100 * wanted.rate:g} %, against "
        f"{pair.early}/{pair.late}",
    )


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


def reference(text: str, epochs: int, current: Windows) -> Windows:
    """Return the windows written as "4-21", with the current K; the current ones where they are not legal."""
    early, _, late = text.partition("-")
    if early.isdecimal() and late.isdecimal():
        found = Windows(int(early), int(late), current.length)
        if legal_windows.is_legal(found, epochs):
            return found
    return current


def _truth(run: str) -> Mapping[str, NDArray]:
    """Return what is known of a run's train images; {} without images."""
    images = cached.images(run)
    return images.truth if images else {}


def _settings(wanted: Asked) -> dict:
    """Return what a map is held against."""
    pair = wanted.windows
    return inputs.settings(
        cached.dynamics(wanted.run),
        early=pair.early,
        late=pair.late,
        length=pair.length,
        rate=wanted.rate,
        truth=_truth(wanted.run),
    )


def _states(wanted: Asked) -> tuple[object, ...]:
    """Return what changes when a map of these runs does: their files, and whether their images' truth is there."""
    files = [cached.mark(paths.run_folder(name) / store.FILE_NAME) for name in (wanted.run, *wanted.others)]
    return (*files, bool(_truth(wanted.run)))
