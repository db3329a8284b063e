"""A published table as a sweep: which cells exist, which are to be run and for how long, and which can't be run here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coreset_engine import datasets, pipeline, results, store
from coreset_engine.datasets import library
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.papers import tables
from coreset_engine.papers.tables import Cell, Table
from coreset_engine.paths import run_folder
from coreset_engine.pipeline.requests import RecordingRequest, RetrainingRequest
from coreset_engine.results.published import Criteria, ours, tables_of
from coreset_engine.results.published_recipe import by_recipe, otherwise
from coreset_engine.results.references import surrogates
from coreset_engine.sweep import paper_cells
from coreset_engine.sweep.plan import VAL_SHARE
from coreset_engine.training.progress import Progress


@dataclass(frozen=True)
class TableRequest:
    """Which cells of a table are asked for, and what is done otherwise than published.

    Attributes:
        datasets, methods, rates: those of the cells, as the paper names methods; () for all.
        epochs: of recordings and retrainings in place of the published ones.
        seeds: of the retrainings in place of as many as published.
    """

    datasets: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    rates: tuple[float, ...] = ()
    epochs: int | None = None
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class CellPlan:
    """One cell of a table and what is to be done for it.

    Attributes:
        cell: the published one.
        problem: why it is not run; "" where it is, or exists.
        rows: result rows that exist, by the published recipe.
        missing: seeds without a row among those to be trained.
        others: sentences on rows of other recipes, which do not count as existing.
        recording: that makes the run first; None where the run exists or nothing is run.
        retraining: that makes the rows; None where nothing is run.
    """

    cell: Cell
    problem: str = ""
    rows: int = 0
    missing: int = 0
    others: tuple[str, ...] = ()
    recording: RecordingRequest | None = None
    retraining: RetrainingRequest | None = None

    @property
    def state(self) -> str:
        """Return what is to be said of it: exists, to run, or not run and why."""
        if self.problem:
            return f"not run: {self.problem}"
        return "to run" if self.retraining else f"exists (n = {self.rows})"


def plan_table(paper: str, name: str, asked: TableRequest, device: str = "auto") -> list[CellPlan]:
    """Return the cells of a table that are asked for, in its order; nothing is trained and no image is read.

    A run that fits is used, one that was interrupted goes on, else one recording serves all cells that need the same.

    Args:
        paper: its name, in any case.
        name: of the table, in any case.
        asked: which cells, and what otherwise.
        device: that trains.

    Raises:
        ConfigError: there is no such paper or table, or it has no such cells.
    """
    table, *others = tables_of(paper, name)
    if others:
        raise ConfigError(
            f"One table is run at a time. Choose one of: {', '.join((table.name, *(o.name for o in others)))}."
        )
    frame, found = results.frame(), {one: _info(one) for one in store.run_names()}
    facts = {one: info for one, info in found.items() if info is not None}
    planned = [_planned(cell, table, asked, facts, frame) for cell in _wanted(table, asked)]
    return [_on(one, device) for one in _sharing(planned, set(found))]


def _on(one: CellPlan, device: str) -> CellPlan:
    """Return a cell that is recorded and retrained on a device."""
    recording = one.recording and replace(one.recording, device=device)
    return replace(one, recording=recording, retraining=one.retraining and replace(one.retraining, device=device))


def _sharing(planned: list[CellPlan], taken: set[str]) -> list[CellPlan]:
    """Return cells of which those that need the same recording share it; it keeps what any of them reads.

    Args:
        planned: each with a recording of its own.
        taken: names of runs that exist; recordings of these go on and are shared already.
    """
    shared: dict[str, RecordingRequest] = {}
    for one in planned:
        if one.recording is not None and one.recording.run not in taken:
            kept = shared.setdefault(_kind(one.recording), one.recording)
            if one.recording.probabilities == "float32":
                shared[_kind(kept)] = replace(kept, probabilities="float32")
    for kind, recording in shared.items():
        names = (recording.run, *(f"{recording.run}-{number}" for number in range(2, 2 + len(shared))))
        run = next(name for name in names if name not in taken)
        taken.add(run)
        shared[kind] = replace(recording, run=run)
    done = []
    for one in planned:
        of = shared.get(_kind(one.recording)) if one.recording is not None else None
        if of is not None and one.retraining is not None:
            one = replace(one, recording=of, retraining=replace(one.retraining, run=of.run))
        done.append(one)
    return done


def _kind(recording: RecordingRequest) -> str:
    """Return what tells recordings apart that can't stand for each other."""
    return repr(replace(recording, run="", probabilities="auto"))


def _wanted(table: Table, asked: TableRequest) -> list[Cell]:
    """Return the cells that are asked for.

    Raises:
        ConfigError: there are none.
    """
    every = tables.cells(table.paper, table.name)
    for field, values in (("dataset", asked.datasets), ("method", asked.methods), ("rate", asked.rates)):
        there = dict.fromkeys(getattr(cell, field) for cell in every)
        strange = [value for value in values if value not in there]
        if strange:
            raise ConfigError(
                f"{table.paper} {table.name} has no {field} {strange[0]!r}. It has: {', '.join(map(str, there))}."
            )
    return [
        cell
        for cell in every
        if (not asked.datasets or cell.dataset in asked.datasets)
        and (not asked.methods or cell.method in asked.methods)
        and (not asked.rates or cell.rate in asked.rates)
    ]


def _planned(cell: Cell, table: Table, asked: TableRequest, facts: dict[str, store.RunInfo], frame: Any) -> CellPlan:
    """Return what is to be done for a cell alone."""
    if against := paper_cells.problem(cell, table):
        return CellPlan(cell, against)
    name = cell.dataset.partition("+")[0]
    source = datasets.all_sources().get(name) or datasets.all_sources()[name.partition("_")[0]]
    if asked.epochs is not None:
        table = replace(table, surrogate_epochs=asked.epochs, epochs=str(asked.epochs))
    rows, strange = by_recipe(ours(frame, cell, Criteria(epochs=asked.epochs), surrogates()), cell)
    others = tuple(otherwise(strange, cell))
    run = paper_cells.recording_of(cell, table, facts.values(), facts)
    try:
        requests = paper_cells.requests_for(cell, table, run, facts)
    except EngineError as error:
        return CellPlan(cell, str(error))
    retraining = next(one for one in requests if isinstance(one, RetrainingRequest))
    retraining = replace(retraining, seeds=asked.seeds) if asked.seeds else retraining
    missing = len(set(retraining.seeds) - set(rows.get("seed", ())))
    if not missing:
        return CellPlan(cell, rows=len(rows), others=others)
    recording = next((one for one in requests if isinstance(one, RecordingRequest)), None)
    if recording is None and run is not None:
        recording = _unfinished(run)
    elif source.here is not None and not source.here():
        against = f"the images of {name} are not here; load them first: `datasets --load {name} --download`"
        return CellPlan(cell, against, len(rows), others=others)
    return CellPlan(cell, "", len(rows), missing, others, recording, retraining)


def _info(name: str) -> store.RunInfo | None:
    """Return the facts of a run; None where it is damaged."""
    try:
        return store.RunFile(run_folder(name)).info
    except EngineError:
        return None


def _unfinished(run: str) -> RecordingRequest | None:
    """Return the request of a recording that was interrupted; None where it is whole."""
    file = store.RunFile(run_folder(run))
    return RecordingRequest.of_run(run) if file.done() < file.info.epochs else None


def recordings(planned: Sequence[CellPlan]) -> list[RecordingRequest]:
    """Return the recordings that cells need first, each once."""
    return list({one.recording.run: one.recording for one in planned if one.recording is not None}.values())


def price(planned: Sequence[CellPlan], device: str = "auto") -> float:
    """Return how many seconds recordings and retrainings take one after the other, by a few batches of noise.

    Args:
        planned: as `plan_table` gives it.
        device: that trains.

    Raises:
        EngineError: a network can't be built for the images, or the device is not here.
    """
    speeds: dict[tuple[str, str], tuple[float, int, int]] = {}
    total = 0.0
    for recording in recordings(planned):
        speed, train, val = _speed(recording.dataset, recording.architecture, device, speeds)
        total += recording.recipe.epochs * (train + VAL_SHARE * val) / speed
    for one in planned:
        if one.retraining is None:
            continue
        speed, train, val = _speed(one.cell.dataset.partition("+")[0], one.cell.architecture, device, speeds)
        work = paper_cells.images_of_epoch(one.retraining, one.cell, train) + VAL_SHARE * val
        total += one.missing * (one.retraining.epochs or 0) * work / speed
    return total


def _speed(
    dataset: str, architecture: str, device: str, speeds: dict[tuple[str, str], tuple[float, int, int]]
) -> tuple[float, int, int]:
    """Return images per second of a network on a data set, measured once, and the images of train and val."""
    if (dataset, architecture) not in speeds:
        found = pipeline.estimate(dataset, None, architecture, 1, 128, device)
        shape = library.shape_of(dataset, None)
        speeds[dataset, architecture] = float(found["images_per_second"]), shape.train, shape.val
    return speeds[dataset, architecture]


def run_table(
    planned: Sequence[CellPlan],
    *,
    watch: Callable[[str, Progress], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[CellPlan, list[dict[str, Any]], str]]:
    """Run the cells that are to be run; yield each with its rows, and a sentence where it failed.

    Recordings that were interrupted go on, rows that exist are not trained again: the same call goes on after a stop.

    Args:
        planned: as `plan_table` gives it.
        watch: told what is at work, and its progress after every epoch.
        should_stop: asked after every epoch.

    Raises:
        Interrupted: `should_stop` said so.
    """
    failed: dict[str, str] = {}
    for one in recordings(planned):
        try:
            told = (lambda progress, title=f"recording {one.run}": watch(title, progress)) if watch else None
            resume = (run_folder(one.run) / "run.json").exists()
            pipeline.record(one, resume=resume, watch=told, should_stop=should_stop)
        except EngineError as error:
            failed[one.run] = str(error)
    for cell in planned:
        if cell.retraining is None:
            continue
        rows: list[dict[str, Any]] = []
        sentence = failed.get(cell.retraining.run, "")
        try:
            if not sentence:
                title = f"{cell.cell.method} α={cell.cell.rate:g}"
                told_of = (lambda _, progress, title=title: watch(title, progress)) if watch else None
                rows.extend(pipeline.retrain(cell.retraining.retrainings(), watch=told_of, should_stop=should_stop))
        except EngineError as error:
            sentence = str(error)
        yield cell, rows, sentence
