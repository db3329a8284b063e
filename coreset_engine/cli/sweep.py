"""The command that sweeps: many retrainings of one run, side by side, or a search for the best windows."""

import math
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from coreset_engine import argv, paths, selection_costs, store, tables
from coreset_engine.budgets.groups import GROUP_BUDGETS
from coreset_engine.budgets.hard_cutoff import BY, EVIDENCE
from coreset_engine.budgets.places import KINDS
from coreset_engine.cli.options import (
    AVERAGE,
    DEVICE,
    EXCLUDE,
    MODE_WORDS,
    OPTION,
    SNAPSHOT,
    Lists,
    as_json_option,
    json_text,
    possible_cutoffs,
    training_options,
)
from coreset_engine.cli.process import Process, SweepBar
from coreset_engine.cli.retrain import outcome_line
from coreset_engine.config import WEIGHTINGS
from coreset_engine.errors import ConfigError, Interrupted
from coreset_engine.names import counted
from coreset_engine.pipeline.requests import SweepRequest, from_yaml, to_yaml, words_of
from coreset_engine.pipeline.requests.sweep_options import METRICS, SEARCHES
from coreset_engine.pipeline.requests.sweep_place import EXECUTORS, SLURM_OPTIONS
from coreset_engine.pipeline.requests.window_words import FORMS
from coreset_engine.results.people import mean_of
from coreset_engine.sweep import driver
from coreset_engine.sweep.plan import Plan, plan
from coreset_engine.sweep.search import SearchState


@click.command(cls=Lists)
@click.argument("run")
@click.option("--windows", multiple=True, help=f"For methods that compare two windows: {FORMS}.")
@click.option("--length", "lengths", type=int, multiple=True, help="K: epochs per window [10].")
@click.option("--step", type=int, help="Epochs from one window start of a grid to the next [T/20].")
@click.option("--method", "methods", multiple=True, help="Methods [eva]; options as NAME:key=value,…")
@click.option("--rule", "rules", multiple=True, help="Selection rules [top]; options as NAME:key=value,…")
@click.option("--class-budget", "class_budgets", multiple=True, default=["none"], help=f"Of: {', '.join(KINDS)}.")
@click.option(
    "--hard-cutoff", "hard_cutoffs", type=float, multiple=True, default=[0.0], callback=possible_cutoffs,
    help="β at α = 10 % [none].",
)  # fmt: skip
@click.option("--hard-cutoff-by", "hard_cutoffs_by", multiple=True, default=[BY], help=f"Of: {', '.join(EVIDENCE)}.")
@click.option(
    "--group-budget", "group_budgets", multiple=True, default=["none"], help=f"Of: {', '.join(GROUP_BUDGETS)}."
)
@click.option("--rate", "rates", type=float, multiple=True, help="Selection rates α.")
@click.option("--architecture", "architectures", multiple=True, help="Architectures to train [the run's].")
@click.option("--selection-seeds", type=int, multiple=True, help="Of methods and rules that draw [the training's].")
@click.option("--training-seeds", type=int, multiple=True, default=[0], show_default=True)
@click.option("--reference", "references", type=click.Choice(["full", "random"]), multiple=True)
@click.option("--mode", "modes", multiple=True, help=f"Training modes on the full data besides: {MODE_WORDS}.")
@click.option("--epochs", type=int, help="[the run's]")
@click.option("--batch-size", type=int, help="[256, less on small coresets]")
@click.option("--lr", "learning_rate", type=float, help="Peak learning rate [the architecture's].")
@click.option("--warmup", type=float, help="Share of the steps with a rising rate [the run's].")
@click.option("--augment/--no-augment", default=None, help="Crop and flip [as the run].")
@training_options
@OPTION
@AVERAGE
@SNAPSHOT
@EXCLUDE
@click.option("--weighting", type=click.Choice(WEIGHTINGS), default="none", show_default=True)
@click.option("--weights", default="", metavar="FILE", help="A weight of every train sample, as `retrain` reads it.")
@click.option("--search", type=click.Choice(SEARCHES), default=None, help="Look for the best with fewer trainings.")
@click.option("--budget", type=int, help="Of a search, in retrainings of full length [a quarter of the grid].")
@click.option(
    "--metric", type=click.Choice(METRICS), default=METRICS[0], show_default=True, help="That a search maximises."
)
@click.option(
    "--test-every-epoch",
    is_flag=True,
    help="Look at test after every epoch of what is trained now, and tell the highest accuracy: chosen by test, hence "
    "optimistic.",
)
@click.option("--executor", type=click.Choice(EXECUTORS), default=EXECUTORS[0], show_default=True)
@click.option("--slots", type=int, help="Trainings at once [by cores and memory].")
@click.option("--slots-per-device", type=int, help="Trainings at once on each GPU [by its memory].")
@click.option(
    "--address",
    default="",
    help="Of a Ray cluster, HOST:PORT or auto [a Ray of its own]; `local` runs Slurm jobs here.",
)
@click.option(
    "--slurm", multiple=True, metavar="NAME=VALUE", help=f"Of Slurm's jobs: {', '.join(SLURM_OPTIONS)} [its variables]."
)
@click.option("--file", type=click.Path(path_type=Path), help="Take the sweep from this YAML file; RUN stands over it.")
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the sweep as YAML and train nothing.")
@click.option("--dry-run", is_flag=True, help="Say what exists, what would be trained and how long, and train nothing.")
@as_json_option("The plan, or what came out, as JSON.")
@DEVICE
@click.pass_obj
def sweep(process: Process, run: str, file: Path | None, as_yaml: bool, dry_run: bool, as_json: bool,
          **given: Any) -> None:  # fmt: skip
    """Compare windows, methods, rules and rates on RUN, or search for the best windows.

    Every combination is one cell per training seed; cells whose rows exist are not trained again.
    """
    if as_yaml and (dry_run or as_json):
        raise ConfigError("--yaml prints the sweep and nothing else. Leave it out, or --dry-run and --json.")
    request = _request(run, file, **given)
    if as_yaml:
        click.echo(to_yaml(request), nl=False)
        return
    if not dry_run:
        process.wait_for_recordings(words_of(request))
    planned = plan(request)
    if dry_run:
        for note in planned.notes:
            _tell(note)
        click.echo(json_text(_facts(request, planned)) if as_json else _sentence(planned))
        return
    if request.search:
        _search(process, request, planned, as_json)
    else:
        _train(process, request, planned, as_json)


def _request(run: str, file: Path | None, **given: Any) -> SweepRequest:
    """Return what the options, or a YAML file, ask for.

    Raises:
        EngineError: it can't be, or a part of it would be of no effect.
    """
    if file is not None:
        context = click.get_current_context()
        stated = [one for one in context.params if context.get_parameter_source(one) is ParameterSource.COMMANDLINE]
        if idle := [one.opts[0] for one in context.command.params if one.name in given and one.name in stated]:
            raise ConfigError(
                f"{idle[0]} has no effect with --file, which says the whole sweep. Leave out one of them."
            )
        asked = from_yaml(file)
        if asked.run != run:
            raise ConfigError(f"{file} is a sweep over {asked.run!r}, not over {run!r}. Give the same run.")
        return asked
    extra, exclude = given.pop("extra"), given.pop("exclude")
    if not given["methods"] and (given["windows"] or not (given["references"] or given["modes"])):
        given["methods"] = ("eva",)
    given["search"] = given["search"] or ""
    plain = {name: value for name, value in given.items() if name != "rules" or value}
    return SweepRequest(run, options=argv.key_values(extra), exclusion=exclude or "", **plain)


def _train(process: Process, request: SweepRequest, planned: Plan, as_json: bool) -> None:
    """Train what is missing and print every row as it comes."""
    rows, errors = [], []
    with SweepBar(process, len(planned.to_train), planned.seconds) as bar:
        found = driver.train(request, planned, watch=bar.show, tell=_tell, should_stop=process.stopped)
        for outcome in found:
            bar.ended()
            if outcome.row is None:
                errors.append(f"{outcome.item.title}: {outcome.error}")
                click.echo(f"Failed: {errors[-1]}", err=True)
                continue
            rows.append(outcome.row)
            if not as_json:
                bar.print(outcome_line(outcome.row))
    if as_json:
        click.echo(json_text({"existing": len(planned.existing), "rows": rows, "errors": errors}))
    elif not planned.to_train:
        every = len(planned.existing)
        click.echo(f"{'The 1 cell exists' if every == 1 else f'All {every} cells exist'}. `results` compares them.")
    if errors:
        tried = counted(len(planned.to_train), "{training|trainings}")
        raise ConfigError(f"Failed: {len(errors)} of {tried}; the first: {errors[0]}")


def _tell(note: str) -> None:
    """Say a note on the coresets beside the results."""
    click.echo(note, err=True)


def _search(process: Process, request: SweepRequest, planned: Plan, as_json: bool) -> None:
    """Search, tell what is known after every round, and print the winners."""
    best = []
    with SweepBar(process, driver.prepare(request).trainings, math.nan, of_lengths=True) as bar:
        told: dict[str, Any] = {"watch": bar.show, "tell": _tell, "should_stop": process.stopped}
        try:
            for found in driver.find_best(request, planned, **told):
                if found.test is not None:
                    best.append(found)
                elif not as_json:
                    bar.print(f"{_found_line(found)} Next: {found.why}.")
        except Interrupted:  # which counts those of its round
            raise Interrupted(f"stopped after about {bar.count} of full length") from None
    if as_json:
        click.echo(json_text({"best": [found.to_dict() for found in best]}))
        return
    for found in best:
        bar.print(_found_line(found) + _confirmed_line(found))


def _found_line(found: SearchState) -> str:
    """Return the best so far as a sentence; that of short trainings only says so."""
    of_short = f" of short trainings ({found.short} epochs)" if found.short else ""
    return (
        f"Best by {found.chosen_by}{of_short}: {found.best.label}, {mean_of(found.val, found.chosen_by)}; "
        f"{found.spent:.1f} of {found.grid} trainings of the grid."
    )


def _confirmed_line(found: SearchState) -> str:
    """Return what the winner reached on test as a sentence."""
    if found.test is None or found.against_random is None:
        return ""
    gained = mean_of(found.against_random, found.chosen_by, gain=True)
    return f" With fresh seeds on test: {mean_of(found.test, found.chosen_by)}, {gained} against Random."


def _facts(request: SweepRequest, planned: Plan) -> dict[str, Any]:
    """Return a plan as plain values."""
    return {
        "existing": len(planned.existing),
        "to_train": len(planned.to_train),
        "seconds": None if math.isnan(planned.seconds) else round(planned.seconds, 1),
        "slots": planned.slots,
        "executor": request.executor,
        "selection": _selection(request),
        "cells": [
            {"key": cell.key, "coreset": cell.item.spec.label, "architecture": cell.item.architecture,
             "seed": cell.item.seed, "exists": cell in planned.existing}
            for cell in (*planned.existing, *planned.to_train)
        ],
    }  # fmt: skip


def _selection(request: SweepRequest) -> dict[str, Any]:
    """Return what each method of a sweep takes to select once, at the highest rate; features are taken to be 512."""
    info = store.RunFile(paths.run_folder(request.run)).info
    size = selection_costs.Size(info.samples, info.epochs, info.classes, 512, max(request.rates, default=1.0))
    names = {word.partition(":")[0] for word in request.methods}
    return {name: cost for name, cost in selection_costs.of_all(size).items() if name in names}


def _sentence(planned: Plan) -> str:
    """Return a plan in words."""
    many = f"{counted(planned.cells, '{cell|cells}')}: {len(planned.existing)} exist, {len(planned.to_train)} to train"
    if not planned.to_train:
        return f"{many}."
    how = f", {planned.slots} at once" if planned.slots > 1 else ""
    if math.isnan(planned.seconds):
        return f"{many}{how}. Nothing like them has been trained here yet, so the time is not known."
    return f"{many}{how}, about {tables.duration(planned.seconds)}."
