"""The command that runs a published table, cell by cell, its price first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from coreset_engine import tables
from coreset_engine.cli.options import DEVICE, Lists, as_json_option, json_text
from coreset_engine.cli.process import Bars, Process
from coreset_engine.cli.retrain import outcome_line
from coreset_engine.errors import ConfigError
from coreset_engine.names import counted

if TYPE_CHECKING:
    from coreset_engine.sweep.paper_table import CellPlan


@click.command(cls=Lists)
@click.argument("paper")
@click.argument("table")
@click.option("--dataset", "datasets", multiple=True, help="Only cells of these data sets.")
@click.option("--method", "methods", multiple=True, help="Only cells of these methods, as the paper names them.")
@click.option("--rate", "rates", type=float, multiple=True, help="Only cells of these selection rates α.")
@click.option("--epochs", type=click.IntRange(1), help="Of recordings and retrainings [as published].")
@click.option("--seeds", type=int, multiple=True, help="Of the retrainings [as many as published].")
@click.option("--dry-run", is_flag=True, help="Say what exists, what would be run and how long, and train nothing.")
@as_json_option("The cells with their state, the price and what is otherwise (`differences`) as JSON, with --dry-run.")
@DEVICE
@click.pass_obj
def reproduce(
    process: Process, paper: str, table: str, dry_run: bool, as_json: bool, device: str, **given: Any
) -> None:
    """Run the cells of TABLE of PAPER, as published: the price first, then what does not exist yet.

    Recordings that several cells need are made once, and go on where they were interrupted. A cell that can't be run here
    says why; --dry-run says in words, too, what is otherwise than published. `results --published PAPER TABLE` shows all
    beside what was published.
    """
    if as_json and not dry_run:
        raise ConfigError("--json prints what would be run. Add --dry-run.")
    from coreset_engine.results.published import tables_of  # brings pandas
    from coreset_engine.sweep import paper_table, paper_words

    asked = paper_table.TableRequest(**given)
    planned = paper_table.plan_table(paper, table, asked, device)
    seconds = paper_table.price(planned, device)
    otherwise = paper_words.differences(tables_of(paper, table)[0], asked, planned)
    if as_json:
        words = [{"cells": cells, "text": text} for cells, text in otherwise]
        found = {"seconds": round(seconds, 1), "cells": [_facts(one) for one in planned], "differences": words}
        click.echo(json_text(found))
        return
    columns = ["dataset", "architecture", "method", "rate", "published", "state"]
    click.echo(tables.table([_facts(one) for one in planned], columns))
    click.echo(_price(planned, seconds))
    if not dry_run:
        _run(process, planned)
        return
    click.echo("Otherwise than published, or to know:")
    for cells, text in otherwise:
        click.echo(f"- {cells}: {text}")


def _facts(one: CellPlan) -> dict[str, Any]:
    """Return a cell and its state as plain values."""
    names = ("dataset", "architecture", "surrogate", "method", "rate")
    return {name: getattr(one.cell, name) for name in names} | {
        "published": one.cell.accuracy,
        "n": one.rows,
        "state": one.state,
        "run": one.retraining.run if one.retraining else None,
    }


def _price(planned: Sequence[CellPlan], seconds: float) -> str:
    """Return how many cells exist, are to be run and are not run, and how long that takes."""
    left = sum(one.retraining is not None for one in planned)
    lost = sum(bool(one.problem) for one in planned)
    first = len({one.recording.run for one in planned if one.recording is not None})
    before = f" after {counted(first, '{recording|recordings}')}" if first else ""
    time = f" About {tables.duration(seconds)} on this machine." if left else ""
    cells = counted(len(planned), "{cell|cells}")
    return f"{cells}: {len(planned) - left - lost} exist, {left} to run{before}, {lost} not run.{time}"


def _run(process: Process, planned: Sequence[CellPlan]) -> None:
    """Run what is to be run, and print every row as it comes.

    Raises:
        ConfigError: a cell failed; the others were run.
    """
    from coreset_engine.sweep import paper_table

    failed = []
    with Bars(process) as bars:
        found = paper_table.run_table(
            planned, watch=lambda title, progress: bars.show(0, 1, progress, title), should_stop=process.stopped
        )
        for one, rows, sentence in found:
            for row in rows:
                bars.print(outcome_line(row))
            if sentence:
                failed.append(f"{one.cell.dataset}, {one.cell.method} at α={one.cell.rate:g}: {sentence}")
                click.echo(f"Failed: {failed[-1]}", err=True)
    if failed:
        tried = sum(one.retraining is not None for one in planned)
        raise ConfigError(f"Failed: {len(failed)} of {counted(tried, '{cell|cells}')}; the first: {failed[0]}")
