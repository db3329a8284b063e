"""Commands from dynamics to a coreset: methods and rules, scores, coresets."""

from pathlib import Path
from typing import Any

import click
import numpy as np

from coreset_engine import api, budgets, compute, export, paths, pipeline, registry, results, scores, store, tables
from coreset_engine.cli.options import (
    AVERAGE,
    DEVICE,
    EARLY,
    EXCLUDE,
    LATE,
    LENGTH,
    METHOD,
    OPTION,
    RULE,
    SNAPSHOT,
    Lists,
    as_json_option,
    given_options,
    images_for,
    json_text,
    shared_options,
    spec_of,
)
from coreset_engine.errors import ConfigError
from coreset_engine.methods import entries, facts, is_greedy, matching
from coreset_engine.pipeline.requests.idle_parts import refuse_idle_snapshot
from coreset_engine.recommended import AUTO


@click.command()
@click.argument("name", required=False)
@click.option("--family", help="Only methods and rules of this family.")
@click.option(
    "--search",
    default="",
    metavar="TEXT",
    help="Only those whose name, words, formula or source hold each word of TEXT.",
)
@as_json_option("All facts as JSON.")
def methods(name: str | None, family: str | None, search: str, as_json: bool) -> None:
    """List methods and selection rules with what they read, their options and sources; with NAME tell all of one."""
    rows = entries()
    if name is not None:
        known = {row["name"]: row for row in rows}
        rows = [registry.lookup(known, name, "method or rule")]
    families = dict.fromkeys(row["family"] for row in entries())
    if family is not None and family not in families:
        raise ConfigError(f"There is no family {family!r}. Choose one of: {', '.join(families)}.")
    rows = matching(rows, family, search)
    if not rows:
        raise ConfigError("No method or rule fits. Leave out a part of NAME, --family and --search.")
    columns = ["kind", "name", "family", "reads", "keep", "options", "source"]
    if as_json:
        click.echo(json_text(rows))
    elif name is not None:
        click.echo(_told(rows[0]))
    else:
        click.echo(tables.table(rows, columns))


def _told(row: dict[str, Any]) -> str:
    """Return what is known of a method or rule, a fact a line, as the Methods page tells it."""
    head = [row["label"], f"{row['name']}, {row['family']} {row['kind']}", ""]
    return "\n".join([*head, *(f"{heading}. {text}" for heading, text in facts(row))])


@click.command(cls=Lists)
@click.argument("run")
@METHOD
@EARLY
@LATE
@LENGTH
@OPTION
@AVERAGE
@SNAPSHOT
@DEVICE
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="F.csv: sample,label,score."
)
def score(
    run: str,
    method: str,
    extra: tuple[str, ...],
    average: tuple[str, ...],
    snapshot: int | None,
    device: str,
    out: Path,
    **window: Any,
) -> None:
    """Write one line per sample of RUN: row number, label, score."""
    if method == AUTO:
        raise ConfigError(f"{AUTO} is a selection and scores no samples. Use `select` to write it.")
    if is_greedy(method):
        raise ConfigError(f"{method} picks a set and scores no samples. Use `select` to write the set.")
    refuse_idle_snapshot(snapshot, (method,))
    export.check_table(out, "scores")
    sources = pipeline.sources_of(run, average, snapshot)
    with compute.on(device):
        values = scores.score(sources.read_by(method), method, **given_options(method, extra=extra, **window))
    export.write_scores(out, values, sources.dynamics[0].labels)
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
@SNAPSHOT
@EXCLUDE
@shared_options
@DEVICE
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="F.csv, F.npy, F.txt, F.json, F.npz (MedMNIST format), F.zip (PNGs by class), F.hf.zip (Hugging Face "
    "datasets), all three with val and test, F.fiftyone.zip (all images, tagged) or F.html (report).",
)
def select(
    run: str,
    method: str,
    rate: float,
    rule: str,
    extra: tuple[str, ...],
    average: tuple[str, ...],
    snapshot: int | None,
    exclude: str | None,
    device: str,
    out: Path,
    **more: Any,
) -> None:
    """Write the coreset of RUN: row numbers of the train split; .npz and any .zip hold the images, too."""
    given = {"rule": rule, "extra": extra, "average": average, "exclude": exclude, "snapshot": snapshot}
    kind = export.known_kind(out)
    spec = spec_of(run, method, rate, **given, **more)
    refuse_idle_snapshot(snapshot, (spec.method,), (spec.rule,), (spec.class_budget,))
    name, rows = api.excluded_by(spec)
    with compute.on(device):
        sources = pipeline.sources_of(run, average, snapshot)
        coreset = export.with_origin(spec, sources)
    info = store.RunFile(paths.run_folder(run)).info
    images = images_for(info, kind)
    dynamics, told = sources.dynamics[0], results.frame() if kind == "html" else None
    export.write(coreset, out, images, export.report_norms(kind, dynamics), told, export.issue_tags(kind, dynamics))
    by = spec.method if is_greedy(spec.method) else f"{spec.method} ({spec.rule})"
    by += "".join(f", {word}" for word in budgets.words(**budgets.given(vars(spec))))
    by += f" without {len(np.unique(rows)):,} excluded rows" + (f" ({name})" if name else "") if len(rows) else ""
    click.echo(f"{len(coreset.indices):,} of {len(coreset.scores):,} samples kept by {by}, written to {out}.")
    for note in coreset.notes:
        click.echo(note, err=True)
