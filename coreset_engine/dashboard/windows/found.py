"""What searches found, in words, and whether their winner beats other windows; without Streamlit."""

import math
from collections.abc import Callable, Container, Sequence
from dataclasses import replace

import pandas as pd

from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.coresets import sweep_jobs
from coreset_engine.dashboard.windows.outcomes import Pair, PairAccuracy
from coreset_engine.executors.table import Job
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.results import statistics
from coreset_engine.results.statistics import Interval, PairedDifference
from coreset_engine.sweep import search
from coreset_engine.sweep.plan import Plan
from coreset_engine.sweep.search import SearchState
from coreset_engine.sweep.search_files import SearchFile, without_place
from coreset_engine.window_map import inputs
from coreset_engine.windows import Windows


def of_place(kept: Sequence[SearchFile], run: str, rate: float) -> tuple[SweepRequest, SearchState] | None:
    """Return the newest search for EVA's windows on a run at a rate, with what it found; None without one.

    Args:
        kept: searches, the newest first.
        run: its name.
        rate: α.
    """
    for one in kept:
        for found in one.founds:
            same = one.request.run == run and found.best.method == inputs.METHOD and found.best.rule == "top"
            if same and math.isclose(found.best.rate, rate, abs_tol=1e-9):
                return one.request, found
    return None


def pair(found: SearchState) -> tuple[int, int, int]:
    """Return t_e, t_l and K of what a search found."""
    early, late = found.best.windows
    return early.start, late.start, early.length


def above(reached: Sequence[PairAccuracy], best: SearchState) -> PairAccuracy | None:
    """Return the pair that the map shows the highest mean of; None where it is what the search found.

    A search chooses among the pairs that it trained itself, of which other experiments may have found a better one.

    Args:
        reached: what the map shows, with the search's K.
        best: what the search found; None is returned, too, where the map shows no mean of it.
    """
    known = {(one.early, one.late): one for one in reached if one.n}
    own = known.get(pair(best)[:2])
    top = max(known.values(), key=lambda one: one.mean, default=None)
    return top if own and top and top.mean > own.mean else None


def chosen_by(best: SearchState) -> str:
    """Return by what a search's best was chosen; trainings that are shorter than the full length are named as such."""
    return f"By val of short trainings, {best.short} epochs" if best.short else "Chosen by val"


def verdict(difference: Interval) -> str:
    """Return what an interval of a difference says: "better", "worse" or "no clear difference"."""
    if difference.low > 0:
        return "better"
    return "worse" if difference.high < 0 else "no clear difference"


def active(jobs: Sequence[Job], run: str) -> list[tuple[Job, SweepRequest]]:
    """Return the sweeps over a run that wait or run, with what they ask for."""
    return list(sweep_jobs.over([job for job in jobs if job.active], run))


def is_under_way(request: SweepRequest, jobs: Sequence[Job]) -> bool:
    """Return whether exactly this is asked of a job that waits or runs, wherever it is trained."""
    asked = without_place(request)
    return any(without_place(other) == asked for _, other in active(jobs, request.run))


def under_way(
    sweeps: Sequence[tuple[Job, SweepRequest]],
    current: Windows,
    rate: float,
    planned: Callable[[SweepRequest], Plan],
    begun: Container[str],
    searches: Sequence[SearchFile] = (),
) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs of windows that sweeps have yet to train, and those of them that are being trained.

    A search says only from round to round what it trains: told are the pairs of its round.

    Args:
        sweeps: as `active` returns them.
        current: whose K the map has.
        rate: α.
        planned: gives the plan of a request.
        begun: keys of rows of which a part is trained.
        searches: as their files tell them.
    """
    waiting: dict[Pair, bool] = {}
    for job, asked in sweeps:
        begins = job.state == "running"
        if asked.search:
            trained = [
                (spec, runs) for one in searches if one.request == asked and begins for spec, runs in _round(one)
            ]
        else:
            trained = [(cell.item.spec, begins and cell.key in begun) for cell in planned(asked).to_train]
        for spec, runs in trained:
            same = spec.method == inputs.METHOD and spec.rule == "top" and math.isclose(spec.rate, rate, abs_tol=1e-9)
            if same and spec.windows[0].length == current.length:
                at = spec.windows[0].start, spec.windows[1].start
                waiting[at] = waiting.get(at, False) or runs
    return [at for at, runs in waiting.items() if not runs], [at for at, runs in waiting.items() if runs]


def _round(one: SearchFile) -> list[tuple[CoresetSpec, bool]]:
    """Return what a search's round has yet to train, and whether it is being trained."""
    return [(spec, True) for spec in one.running] + [(spec, False) for spec in one.waiting]


def proof(request: SweepRequest, best: SearchState, other: Pair) -> SweepRequest:
    """Return what trains a search's winner and other windows with the seeds that confirmed it.

    Args:
        request: of the search.
        best: what it found.
        other: windows to compare with.
    """
    early, late, length = pair(best)
    names = (f"{early}/{late}", f"{other[0]}/{other[1]}")
    return replace(
        request,
        windows=names,
        lengths=(length,),
        rates=(best.best.rate,),
        architectures=(best.architecture,),
        training_seeds=search.fresh_seeds(request),
        search="",
        budget=None,
    )


def against(rows: pd.DataFrame, one: Pair, other: Pair, seeds: Sequence[int], figure: str) -> PairedDifference | None:
    """Return how much better windows are than others on test, paired by fresh seeds; None before both are trained.

    Args:
        rows: of EVA on the run with one K and rate, of one architecture and number of epochs.
        one: a pair of windows.
        other: the pair that it is compared with.
        seeds: that did not choose.
        figure: column of the accuracy on test.
    """
    values = {at: _by_seed(rows, at, figure) for at in (one, other)}
    shared = [seed for seed in seeds if seed in values[one] and seed in values[other]]
    if len(shared) < len(seeds):
        return None
    return statistics.paired([values[one][seed] for seed in shared], [values[other][seed] for seed in shared])


def _by_seed(rows: pd.DataFrame, at: Pair, figure: str) -> dict[int, float]:
    """Return a figure of one pair of windows by the training's seed."""
    return {
        int(row["seed"]): float(row[figure])
        for row in rows.to_dict("records")
        if (row["options"]["early"], row["options"]["late"]) == at
    }
