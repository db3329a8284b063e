"""Commands from dynamics to a coreset: methods and rules, scores, coresets."""

from pathlib import Path
from typing import Any

import click

from coreset_engine import export, paths, scores, selection, store, tables
from coreset_engine.commands.options import (
    AVERAGE,
    EARLY,
    LATE,
    LENGTH,
    METHOD,
    OPTION,
    RULE,
    Lists,
    as_json_option,
    given_options,
    json_text,
)
from coreset_engine.datasets import library


@click.command()
@as_json_option("All facts as JSON.")
def methods(as_json: bool) -> None:
    """List scoring methods and selection rules with options and sources."""
    rows = [_described("method", entry) | {"keep": entry.keep} for entry in scores.all_scores().values()]
    rows += [_described("rule", entry) for entry in selection.all_rules().values()]
    click.echo(json_text(rows) if as_json else tables.table(rows, ["kind", "name", "keep", "options", "source"]))


def _described(kind: str, entry: scores.Score | selection.Rule) -> dict[str, Any]:
    """Return a registry entry as a flat dict."""
    options = [f"{o.name}={'required' if o.required else o.default}" for o in entry.options.values()]
    row = {"kind": kind, "name": entry.name, "label": entry.label, "options": options}
    return row | {"formula": entry.formula, "source": entry.source}


@click.command(cls=Lists)
@click.argument("run")
@METHOD
@EARLY
@LATE
@LENGTH
@OPTION
@AVERAGE
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="F.csv: sample,label,score."
)
def score(run: str, method: str, extra: tuple[str, ...], average: tuple[str, ...], out: Path, **window: Any) -> None:
    """Write one line per sample of RUN: row number, label, score."""
    dynamics = [store.load_run(name) for name in (run, *average)]
    values = scores.score(dynamics, method, **given_options(method, extra=extra, **window))
    export.write_scores(out, values, dynamics[0].labels)
    click.echo(f"{len(values):,} scores of {method} written to {out}.")


@click.command(cls=Lists)
@click.argument("run")
@METHOD
@click.option("--rate", type=float, required=True, help="Selection rate α: share of samples kept.")
@EARLY
@LATE
@LENGTH
@RULE
@OPTION
@AVERAGE
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="F.csv, F.npy, F.json or F.npz."
)
def select(
    run: str,
    method: str,
    rate: float,
    rule: str,
    extra: tuple[str, ...],
    average: tuple[str, ...],
    out: Path,
    **window: Any,
) -> None:
    """Write the coreset of RUN: row numbers of the train split; .npz holds the images, too."""
    coreset = export.coreset_of(run, method, rate, rule, given_options(method, extra=extra, **window), average)
    info = store.RunFile(paths.run_folder(run)).info
    images = library.cached(info.dataset, info.dataset_sha256, verify=True) if out.suffix == ".npz" else None
    export.write(coreset, out, images)
    click.echo(
        f"{len(coreset.indices):,} of {len(coreset.scores):,} samples kept by {method} ({rule}), written to {out}."
    )
