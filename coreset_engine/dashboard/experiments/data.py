"""The form of the Experiments page as one sweep, and what it asks otherwise than the sweep before; without Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import pandas as pd

from coreset_engine import argv, memory, methods, registry, selection, selection_costs, store, tables
from coreset_engine.coreset import FULL
from coreset_engine.dashboard.coresets import sweep_jobs
from coreset_engine.executors.table import Job
from coreset_engine.pipeline.requests import RetrainingRequest, SweepRequest
from coreset_engine.results import people, randoms, result_rows
from coreset_engine.sweep import plan

FEATURES = 512  # D of a ResNet-18: what costs are told for where a run holds no features
PAIR = ("early", "late", "length")  # options of methods that compare two windows


@dataclass(frozen=True)
class More:
    """What a sweep varies beside methods, rates, architectures and seeds.

    Attributes:
        windows: in words; () for those of the controls.
        lengths: K; () for that of the controls.
        rules: beside the one of the controls.
        class_budgets, hard_cutoffs, hard_cutoffs_by: beside those of the controls.
        selection_seeds: () for the training's.
        modes: training modes on the full data, besides.
        search: strategy, "" to train every cell.
        budget: of a search.
        test_every_epoch: look at test after every epoch; of no account in a search.
    """

    windows: tuple[str, ...] = ()
    lengths: tuple[int, ...] = ()
    rules: tuple[str, ...] = ()
    class_budgets: tuple[str, ...] = ()
    hard_cutoffs: tuple[float, ...] = ()
    hard_cutoffs_by: tuple[str, ...] = ()
    selection_seeds: tuple[int, ...] = ()
    modes: tuple[str, ...] = ()
    search: str = ""
    budget: int | None = None
    test_every_epoch: bool = False


def sweep_of(
    planned: Sequence[RetrainingRequest], more: More, place: Mapping[str, Any] = MappingProxyType({})
) -> SweepRequest | None:
    """Return one sweep that asks for all requests of a form; None where there are none.

    Args:
        planned: one per reference and per method, with what the form shares.
        more: what else varies.
        place: where it is trained, as fields of a sweep.

    Raises:
        EngineError: it is not possible.
    """
    if not planned:
        return None
    asked = [one for one in planned if one.methods[0] not in ("random", FULL) or one.options]
    references = tuple(one.methods[0] for one in planned if one not in asked)
    shared = next((one for one in planned if one.methods != (FULL,)), planned[0])
    ruled = next((one for one in asked if not methods.is_greedy(one.methods[0])), None)
    own = next((one.options for one in asked if set(PAIR) <= set(one.options)), {})
    windows = (f"{own['early']}/{own['late']}",) if own else ()
    request = SweepRequest(
        shared.run,
        tuple(_word(one) for one in asked),
        shared.rates,
        windows=more.windows or windows,
        lengths=more.lengths or ((own["length"],) if own else ()),
        rules=_rules(ruled, more.rules),
        class_budgets=tuple(dict.fromkeys((shared.class_budget, *more.class_budgets))),
        hard_cutoffs=tuple(dict.fromkeys((shared.hard_cutoff, *more.hard_cutoffs))),
        hard_cutoffs_by=tuple(dict.fromkeys((shared.hard_cutoff_by, *more.hard_cutoffs_by))),
        group_budgets=(shared.group_budget,),
        architectures=shared.architectures,
        selection_seeds=more.selection_seeds,
        training_seeds=shared.seeds,
        references=references,
        modes=more.modes,
        average=asked[0].average if asked else (),
        exclusion=shared.exclusion,
        **shared.training_options() | {"test_every_epoch": more.test_every_epoch and not more.search},
        **place,
    )
    return replace(request, search=more.search, budget=more.budget) if more.search else request


def _word(one: RetrainingRequest) -> str:
    """Return a request's method with its own options, the windows left out where there are two."""
    name = one.methods[0]
    known = methods.get(name)
    skipped = PAIR if known.windows == "pair" else ()
    given = _unlike_default(known.options, one.options)
    return _with_options(name, {key: value for key, value in given.items() if key not in skipped})


def _rules(ruled: RetrainingRequest | None, further: Sequence[str]) -> tuple[str, ...]:
    """Return the rule of the controls with its options, and the further ones with their defaults."""
    if ruled is None:
        return ("top",)
    given = _unlike_default(selection.get(ruled.rule).options, ruled.options)
    return (_with_options(ruled.rule, given), *(name for name in further if name != ruled.rule))


def _unlike_default(known: Mapping[str, registry.Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return those given options that an entry has and that are not its default."""
    return {key: value for key, value in given.items() if key in known and value != known[key].default}


def _with_options(name: str, given: Mapping[str, Any]) -> str:
    """Return a name with options as a sweep takes it: `ccs:cutoff=0.3,strata=20`."""
    return f"{name}:{','.join(f'{key}={argv.text(value)}' for key, value in given.items())}" if given else name


def selecting(request: SweepRequest, facts: store.RunInfo, width: int | None = None) -> str:
    """Return how long the selections of a sweep take and how much memory, in a sentence; "" where nothing is selected.

    Args:
        request: the sweep.
        facts: of its run.
        width: D, of the run's features; `FEATURES` where it has none.
    """
    names = tuple(dict.fromkeys(word.partition(":")[0] for word in request.methods))
    if not names:
        return ""
    rate = max(request.rates, default=1.0)
    size = selection_costs.Size(facts.samples, facts.epochs, facts.classes, width or FEATURES, rate)
    seconds, peak, unknown = selection_costs.together(names, size)
    without = f" Not known for {', '.join(unknown)}." if unknown else ""
    how_long = "less than 1 s" if seconds < 1 else f"about {tables.duration(seconds)}"
    return (
        f"Selecting takes {how_long} per rate and setting, on one core, and up to "
        f"{memory.amount(peak)} beside the run.{without}"
    )


def compared(jobs: Sequence[Job], request: SweepRequest, facts: store.RunInfo) -> str:
    """Return what a sweep asks otherwise than the last one started over its run, in a sentence; "" without one.

    Args:
        jobs: the newest first.
        request: the sweep.
        facts: of its run, whose architecture and epochs a sweep that names none takes.
    """
    newest = next(sweep_jobs.over(jobs, request.run), None)
    if newest is None:
        return ""
    job, last = newest
    before, now = (
        replace(one, architectures=one.architectures or (facts.architecture,), epochs=one.epochs or facts.epochs)
        for one in (last, request)
    )
    lines = plan.changes(before, now)
    return f"Against job {job.id}: {'; '.join(lines) or 'the same'}."


def newest_rows(rows: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the newest result rows as people read them, with the epochs that each was trained for.

    Args:
        rows: of one data set, the newest last; of any architecture and number of epochs.
        count: of lines.
    """
    shown = people.row_table(rows, count)
    shown.insert(shown.columns.get_loc("seed"), "epochs", rows["epochs"].reindex(shown.index))
    return shown


def results_of_newest(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the controls of the Results page that show the newest row; none where the page begins with it.

    The page shows one architecture and number of epochs at a time, and trainings of searches when asked.

    Args:
        rows: see `newest_rows`.
    """
    newest = rows.iloc[-1]
    found: dict[str, Any] = (
        {} if newest["architecture"] == rows["architecture"].iloc[0] else {"network": newest["architecture"]}
    )
    rows = rows[rows["architecture"] == newest["architecture"]]
    searched = randoms.is_searched(rows)
    if searched.iloc[-1] and not searched.all():
        found |= {"searches": True}
    elif not searched.all():
        rows = rows[~searched]
    epochs = int(newest["epochs"])
    return found if epochs == result_rows.usual_epochs(rows) else found | {"trained_epochs": epochs}
