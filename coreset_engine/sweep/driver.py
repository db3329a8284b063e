"""A sweep from request to rows: every missing cell is trained once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from coreset_engine import paths, registry, store
from coreset_engine.access import require_writable
from coreset_engine.coreset import CoresetSpec
from coreset_engine.datasets import library
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.pipeline.requests.sweep_options import KAPPAS
from coreset_engine.stopping import waits_for_epoch
from coreset_engine.sweep import journal, pool
from coreset_engine.sweep.plan import Plan, plan
from coreset_engine.sweep.pool import Outcome, SweepExecutor, Watch
from coreset_engine.sweep.search import Search, SearchState
from coreset_engine.sweep.search_files import keep


def executor(name: str) -> SweepExecutor:
    """Return one executor of sweeps.

    Raises:
        UnknownNameError: there is none of this name.
    """
    return registry.lookup(pool.all_executors(), name, "executor")


def train(
    request: SweepRequest,
    planned: Plan | None = None,
    *,
    watch: Watch = lambda share, line: None,
    tell: Callable[[str], None] = lambda note: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome]:
    """Train the cells of a sweep that have no row, and yield each one's outcome as it comes.

    Args:
        request: the sweep.
        planned: what it would train, where that is known.
        watch: told how many cells are done, and what the newest does.
        tell: told the notes of the coresets, once each, before training.
        should_stop: asked now and then.

    Raises:
        EngineError: the sweep can't be carried out.
        Interrupted: `should_stop` said so; the same call goes on.
    """
    require_writable("train a sweep")
    planned = planned or plan(request)
    for note in planned.notes:
        tell(note)
    missing = [cell.item for cell in planned.to_train]
    if not missing:
        return
    with executor(request.executor).open(request, cells=len(missing)) as workers, waits_for_epoch():
        yield from workers.train(missing, watch=watch, should_stop=should_stop, note={})


def find_best(
    request: SweepRequest,
    planned: Plan | None = None,
    *,
    watch: Watch = lambda share, line: None,
    tell: Callable[[str], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[SearchState]:
    """Search for the best windows and yield what is known after each round; the last of each rate is confirmed on test.

    Args:
        request: the sweep, with `search` set.
        planned: what the whole grid would train, where that is known.
        watch: told about how many full trainings are done, and what the newest does.
        tell: told the notes of the coresets, once each, before training, and each training that failed; without it the
            grid is not planned.
        should_stop: asked now and then.

    Raises:
        EngineError: the search can't be carried out.
        Interrupted: `should_stop` said so; the same call goes on.
    """
    require_writable("search")
    begun = prepare(request)
    if tell is not None:
        for note in (planned or plan(request)).notes:
            tell(note)
    with (
        executor(request.executor).open(request, cells=begun.trainings) as workers,
        waits_for_epoch(),
        journal.opened(request) as kept,
    ):
        founds: dict[tuple[float, str], SearchState] = {}

        def trying(left: Sequence[CoresetSpec]) -> None:  # a pool hands trainings out in their order
            running, waiting = left[: workers.count], left[workers.count :]
            keep(request, list(founds.values()), running=running, waiting=waiting)

        more: dict[str, Any] = {"heard": kept.follow} if kept else {}  # else another process keeps the journal
        more |= {"tell": tell} if tell else {}
        for found in begun.run(workers, workers.count, watch=watch, should_stop=should_stop, trying=trying, **more):
            founds[found.best.rate, found.architecture] = found
            keep(request, list(founds.values()))
            yield found
        if kept:
            kept.end()


def prepare(request: SweepRequest) -> Search:
    """Return a search that has not begun.

    Raises:
        EngineError: the run is missing, there is nothing to choose among, or its classes have no quadratic kappa.
    """
    info = store.RunFile(paths.run_folder(request.run)).info
    if request.metric in KAPPAS and not library.cached(info.dataset, info.dataset_sha256).ordinal:
        raise ConfigError(
            f"--metric {request.metric} is of classes that are grades, and those of {info.dataset} are none. Choose another."
        )
    return Search(request, info.epochs, info.architecture)
