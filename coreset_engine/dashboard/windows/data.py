"""What the Windows page shows of a run: which map is wanted, what its measures mean, and the map itself."""

import numpy as np

from coreset_engine import window_map
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached, cached_maps
from coreset_engine.dashboard.windows import charts
from coreset_engine.dashboard.windows.charts import Cells
from coreset_engine.executors import queue
from coreset_engine.pipeline.requests import window_words
from coreset_engine.window_map import Measure, WindowMap, inputs
from coreset_engine.window_map.inputs import MapRequest
from coreset_engine.windows import Windows, is_legal

AT_ONCE = 20_000_000  # pairs of windows x samples that are compared while the page waits: a fifth of a second
SHORTEST = 2  # epochs of a window; one alone has no variance
FEWEST = 3  # neighbouring cells in either direction from which a tendency is told
LABELS = {
    "planted": {"suspects_kept": "Injected label errors kept", "suspect_share": "Injected errors in the coreset"},
    "suspected": {"suspects_kept": "Suspected label errors kept", "suspect_share": "Suspected errors in the coreset"},
}


def request(run: str, windows: Windows, rate: float) -> MapRequest:
    """Return which map is wanted of a run, with its replicates.

    Raises:
        EngineError: the run is missing or damaged.
    """
    return MapRequest(run, windows, rate, tuple(cached.finished_replicates(run)))


def spec_of(wanted: MapRequest) -> CoresetSpec:
    """Return the coreset that a map is compared with."""
    return CoresetSpec(wanted.run, inputs.METHOD, wanted.options, rate=wanted.rate)


def step_at_once(epochs: int, length: int, samples: int) -> int:
    """Return the step of the finest grid that is made while the page waits: 1 if that takes no time, else a twentieth of T.

    Raises:
        WindowError: two windows do not fit the run.
    """
    return 1 if pair_count(epochs, length) * samples <= AT_ONCE else window_words.step_of(epochs)


def pair_count(epochs: int, length: int) -> int:
    """Return how many pairs of windows a run has.

    Raises:
        WindowError: two windows do not fit the run.
    """
    return window_map.pair_count(window_map.starts(epochs, length, 1), length)


def offered(wanted: MapRequest) -> dict[str, str]:
    """Return the measures that the run has what they need for, name -> label.

    Raises:
        EngineError: the run is damaged.
    """
    kind = cached_maps.suspicion_of(wanted.run).kind
    inputs_known = {"scores", "suspects" if kind else "", "others" if wanted.others else ""}
    found = {name: one.label for name, one in window_map.MEASURES.items() if not one.needs or one.needs in inputs_known}
    return found | {name: label for name, label in LABELS.get(kind, {}).items() if name in found}


def meaning(measure: Measure, wanted: MapRequest) -> str:
    """Return what a measure says, with the facts of this run."""
    texts = {
        "planted": "These labels were made wrong on purpose and are known.",
        "suspected": "Suspected are samples whose mean margin over all epochs (AUM) is below 0: nobody knows.",
    }
    more = texts[cached_maps.suspicion_of(wanted.run).kind] if measure.needs == "suspects" else ""
    if measure.needs == "others":
        more = f"Runs: {wanted.run}, {', '.join(wanted.others)}."
    return f"{measure.meaning.replace('Suspected label errors', 'Label errors')} {more}".strip()


def made(wanted: MapRequest, measure: str, step: int, every_pair: bool) -> WindowMap | None:
    """Return a map: of every pair, None until a job has made it, or of a grid that is made while the page waits.

    Raises:
        EngineError: the run is damaged, or the windows do not fit it.
    """
    return cached_maps.made_by_job(wanted) if every_pair else cached_maps.made_now(wanted, measure, step)


def is_under_way(wanted: MapRequest) -> bool:
    """Return whether a job makes the map of every pair now or will.

    Raises:
        EngineError: the table of jobs can't be read.
    """
    return any(job.active and list(job.arguments) == wanted.to_argv() for job in queue.all_jobs())


def start(wanted: MapRequest) -> None:
    """Start the job that makes the map of every pair.

    Raises:
        JobError: the process can't be started.
    """
    queue.start(wanted.to_argv(), wanted.title)


def reference(text: str, epochs: int, current: Windows) -> Windows:
    """Return the windows written as "4-21", with the current K; the current ones where they are not legal."""
    early, _, late = text.partition("-")
    if early.isdecimal() and late.isdecimal():
        found = Windows(int(early), int(late), current.length)
        if is_legal(found, epochs):
            return found
    return current


def tendency(shown: Cells, length: int) -> list[str]:
    """Return which of the two starts decides more, from what one cell further changes on average; nothing for few cells.

    One cell is nothing to compare, so then it is said how there are more.

    Args:
        shown: the cells.
        length: K of the map.
    """
    if len(shown.values) == 1:
        more = "A smaller K" if length > SHORTEST else "A longer recording"
        return [f"With this K there is one pair of windows. {more} has more to compare."]
    place = {start: number for number, start in enumerate(shown.starts.tolist())}
    grid = np.full((len(place), len(place)), np.nan)
    grid[[place[t] for t in shown.early.tolist()], [place[t] for t in shown.late.tolist()]] = shown.values
    steps = [np.abs(np.diff(grid, axis=axis)) for axis in (0, 1)]
    if min(np.isfinite(step).sum() for step in steps) < FEWEST:
        return []
    early, late = (float(np.nanmean(step)) for step in steps)
    unit = "points" if shown.unit == "%" else shown.unit
    text = f"One cell further in t_e changes it by {early:.2g} {unit} on average, in t_l by {late:.2g} {unit}"
    if max(early, late) < 1.5 * min(early, late):
        return [f"{text}: both matter alike."]
    return [f"{text}: here {'t_e' if early > late else 't_l'} decides."]


def value_at(shown: Cells, current: Windows) -> str:
    """Return the value of the current windows in a sentence, or which cell is nearest to them."""
    at = (shown.early == current.early) & (shown.late == current.late)
    early, late = (charts.span(start, current.length) for start in (current.early, current.late))
    if at.any():
        return f"Now at t_e {early}, t_l {late}: {shown.values[at][0]:g} {shown.unit}."
    near = [charts.nearest(shown.starts, start) for start in (current.early, current.late)]
    return (
        f"The current windows, t_e {early} and t_l {late}, lie between the cells; the nearest is {near[0]}/{near[1]}."
    )
