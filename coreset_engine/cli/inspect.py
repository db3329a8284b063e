"""Commands that list what the Label issues and the Sample page show of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coreset_engine import api, budgets, export, methods, paths, pipeline, store, tables
from coreset_engine.analysis import samples
from coreset_engine.analysis.duplicates import Nearest, near_duplicates, partners
from coreset_engine.analysis.duplicates import nearest as neighbours_of
from coreset_engine.analysis.label_issues import RULES
from coreset_engine.cli.options import (
    EARLY,
    EXCLUDE,
    LATE,
    LENGTH,
    OPTION,
    RULE,
    Lists,
    as_json_option,
    json_text,
    shared_options,
    spec_of,
)
from coreset_engine.coreset import Coreset
from coreset_engine.errors import ConfigError
from coreset_engine.names import counted
from coreset_engine.selection import coreset_size
from coreset_engine.signals import packed_labels
from coreset_engine.sources import Sources
from coreset_engine.store import exclusions
from coreset_engine.training.folds import sentence

if TYPE_CHECKING:
    import pandas as pd

CLEANLAB = ".cleanlab.csv"
TITLES = {"nearest": "Nearest in feature space", "near_duplicates": "Near-duplicates", "ranks": "Under every method"}


@click.command("suspects")
@click.argument("run")
@click.option("--rule", help=f"Evidence against a label: {', '.join(RULES)} [combined].")
@click.option("--share", type=float, help="Share of all samples to suspect [as many as the rule itself suspects].")
@click.option(
    "--class", "label", metavar="NAME", help="Only this class; with --near-duplicates only groups that have it."
)
@click.option(
    "--pair", nargs=2, metavar="GIVEN PROPOSED", help="Only samples of one class that should perhaps be another."
)
@click.option("--near-duplicates", "alike", is_flag=True, help="List images that are almost the same instead.")
@click.option("--threshold", type=float, help="Correlation of the pixels from which images are almost the same [0.97].")
@click.option("--differ", is_flag=True, default=None, help="Only groups of images whose labels differ.")
@click.option("--confused", is_flag=True, help="Print which classes are taken for each other instead.")
@click.option("--quality", is_flag=True, help="Print precision and recall against the injected errors instead.")
@click.option("--exclude", metavar="NAME", help="With --quality: measure these rows, too, saved or in a file.")
@as_json_option("All rows as JSON.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="F.csv, or F.cleanlab.csv: all samples as cleanlab's table of issues; --exclude of `select` reads both.",
)
def suspects_(
    run: str,
    label: str | None,
    alike: bool,
    confused: bool,
    quality: bool,
    exclude: str | None,
    as_json: bool,
    out: Path | None,
    **given: Any,
) -> None:
    """List the rows of RUN whose labels are likely wrong, the most suspect first; or images that are almost the same."""
    if out and as_json:
        raise ConfigError("--json prints, --out writes a CSV. Choose one of the two.")
    if out and (confused or quality) and out.name.lower().endswith(CLEANLAB):
        raise ConfigError(f"A {CLEANLAB} holds cleanlab's issues of every sample. Name this table F.csv.")
    if out:
        export.check_table(out, "suspects")
    asked = {name: value for name, value in given.items() if value is not None}
    if confused or quality:
        narrowed = asked if label is None else asked | {"class": label}
        table = _beside(run, alike, confused, quality, exclude, narrowed)
    elif exclude is not None:
        raise ConfigError("--exclude is measured with --quality. Add it.")
    elif out and out.name.lower().endswith(CLEANLAB):
        table = _issues(run, label, alike, asked)
    else:
        table = _listed(run, label, alike, asked)
    folds = 0 if alike else store.RunFile(paths.run_folder(run)).info.folds
    if folds:  # beside the table, which a program may read
        click.echo(f"{run}: out of sample ({folds} folds): {sentence(folds)}", err=True)
    if out:
        export.write_table(out, table, "suspects")
        click.echo(f"{counted(len(table), '{row|rows}')} written to {out}.")
    elif as_json:
        click.echo(json_text(table.to_dict("records")))
    else:
        numbers = [name for name in ("group", "index", "label", "proposed", "like") if name in table]
        rows = table.astype(dict.fromkeys(numbers, str)).to_dict("records")  # 1234 is a row, not 1,234
        click.echo(tables.table(rows, list(table.columns)))


def _listed(run: str, label: str | None, alike: bool, given: dict[str, Any]) -> pd.DataFrame:
    """Return the list asked for.

    Raises:
        ConfigError: an option of the other list is given.
        EngineError: as `export.label_issues` says.
    """
    from coreset_engine.export import label_issues  # brings pandas

    strange = given.keys() & ({"rule", "share", "pair"} if alike else {"threshold", "differ"})
    if strange:
        where = "is about wrong labels: leave out" if alike else "is about near-duplicates: add"
        raise ConfigError(f"--{min(strange)} {where} --near-duplicates.")
    return (label_issues.near_duplicates if alike else label_issues.wrong_labels)(run, label=label, **given)


def _issues(run: str, label: str | None, alike: bool, given: dict[str, Any]) -> pd.DataFrame:
    """Return all samples of a run as cleanlab's table of issues.

    Raises:
        ConfigError: an option narrows the list.
        EngineError: as `export.cleanlab` says.
    """
    from coreset_engine.export import cleanlab  # brings pandas

    narrow = [name for name in ("class", "pair", "differ") if given.get(name) or (name == "class" and label)]
    if narrow or alike:
        raise ConfigError(
            f"A table for cleanlab holds every sample, label issues and near-duplicates: leave out "
            f"--{narrow[0] if narrow else 'near-duplicates'}."
        )
    return cleanlab.issue_table(run, **given)


def _beside(
    run: str, alike: bool, confused: bool, quality: bool, exclude: str | None, given: dict[str, Any]
) -> pd.DataFrame:
    """Return what stands beside a list: confused classes, or how well it meets what was planted.

    Raises:
        ConfigError: an option is given that has no meaning for it.
        EngineError: as `export.label_issues` says.
    """
    from coreset_engine.export import label_issues

    if confused and (quality or alike or exclude):
        raise ConfigError("--confused is a table of its own, about wrong labels. Leave out the other one.")
    known = {"threshold"} if alike else {"rule", "share"} if confused else {"share"}
    if given.keys() - known:
        raise ConfigError(f"--{min(given.keys() - known)} decides the list, not this table. Leave it out.")
    if confused:
        return label_issues.confused_classes(run, **given)
    if not alike:
        ticked = (
            None
            if exclude is None
            else exclusions.rows_of(exclude, store.RunFile(paths.run_folder(run)).info.dataset_sha256, run)[1]
        )
        return label_issues.label_quality(run, ticked=ticked, **given)
    if exclude is not None:
        raise ConfigError("--exclude is measured against wrong labels. Leave out --near-duplicates.")
    return label_issues.duplicate_quality(run, **given)


@click.command("sample", cls=Lists, context_settings={"ignore_unknown_options": True})  # a row of -1 is no option
@click.argument("run")
@click.argument("row", type=int)
@click.option("--method", help="Also the score, the rank and whether a coreset of this method keeps the sample.")
@click.option("--rate", type=float, help="Selection rate α of that coreset [0.1].")
@EARLY
@LATE
@LENGTH
@RULE
@OPTION
@EXCLUDE
@shared_options
@click.option("--neighbours", type=int, metavar="K", help="Also the K samples whose features are nearest.")
@click.option(
    "--near-duplicates", "alike", type=float, metavar="CORRELATION", help="Also images that are almost the same."
)
@click.option(
    "--ranks",
    type=click.Choice(["fast", "all"]),
    help="Also its rank under every method that scores; fast: without those that take long on many samples.",
)
@as_json_option("All facts as JSON.")
def sample_(
    run: str,
    row: int,
    method: str | None,
    rate: float | None,
    rule: str,
    extra: tuple[str, ...],
    neighbours: int | None,
    alike: float | None,
    ranks: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Show one sample of RUN: its label, and its prediction and every recorded signal in each epoch."""
    from coreset_engine.export.label_issues import class_names, planted_truth, train_images

    asked = [rate, *extra, *(given[name] for name in ("exclude", "early", "late", "length"))]
    if method is None and (rule != "top" or budgets.given(given) or any(value is not None for value in asked)):
        raise ConfigError("Rate, rule, budgets, windows, options and exclusions belong to a method: add --method.")
    sources, names = pipeline.sources_of(run), class_names(run)
    multi_label, told = sources.dynamics[0].multi_label, samples.timeline(sources.dynamics[0], row)
    facts = {"run": run, "row": row, "label": samples.predicted(told.label, names, multi_label)}
    facts |= {"epochs_correct": int(told.correct.sum()), "epochs": len(told.epochs)}
    options: dict[str, Any] = {}
    kept, size = None, None
    if method is not None:
        rate = 0.1 if rate is None else rate
        spec = spec_of(run, method, rate, rule=rule, extra=extra, **given)
        coreset, without = api.coreset_of(spec, sources), api.excluded_by(spec)[1]
        options = methods.resolve(spec.method, spec.rule, rate, spec.all_options)[0]
        facts |= {"method": spec.method, "rate": rate, "rule": spec.rule} | _place(coreset, row, spec.method)
        facts["excluded"] = bool((without == row).any())
        kept = set(coreset.rows.tolist())
        size = 0 if facts["excluded"] else coreset_size(rate, len(coreset.scores))
    facts["planted"] = samples.injected(planted_truth(run), row, names)
    parts = {"course": samples.by_epoch(told, names, multi_label)}
    if neighbours is not None:
        near = neighbours_of(sources.snapshots[0].features, row, neighbours)
        parts["nearest"] = _listed_near(near, "cosine", sources, names, kept)
    if alike is not None:
        twins = partners(near_duplicates(train_images(run), threshold=alike), row)
        parts["near_duplicates"] = _listed_near(twins, "correlation", sources, names, kept)
    if ranks is not None:
        parts["ranks"] = _ranks(sources, row, ranks == "all", method, options, size)
    if as_json:
        click.echo(json_text(facts | parts))
        return
    click.echo("\n".join(_sentences(facts)))
    for name, lines in parts.items():
        if name != "course":
            click.echo(f"\n{TITLES[name]}{'' if lines else ': none'}")
        if lines:
            # 1234 is a row, not 1,234
            shown = [line | ({"row": str(line["row"])} if "row" in line else {}) for line in lines]
            click.echo(tables.table(shown, [column for column in lines[0] if column != "probabilities"]))


def _place(coreset: Coreset, row: int, method: str) -> dict[str, Any]:
    """Return score and rank of a sample, and whether the coreset keeps it; no rank for what isn't picked."""
    kept = bool(coreset.kept[row])
    rank = None if methods.is_greedy(method) and not kept else int(coreset.places[row])
    return {"score": float(coreset.scores[row]), "rank": rank, "of": len(coreset.scores), "kept": kept}


def _listed_near(
    near: Nearest, value: str, sources: Sources, names: tuple[str, ...], kept: set[int] | None
) -> list[dict[str, Any]]:
    """Return one line a neighbour: its row, its label, how near it is, and whether the coreset asked for keeps it."""
    dynamics = sources.dynamics[0]
    labels = packed_labels(dynamics.labels[near.rows]).tolist()
    told = [samples.predicted(label, names, dynamics.multi_label) for label in labels]
    found = zip(near.rows.tolist(), told, near.values.tolist(), strict=True)
    return [
        {"row": row, "label": label, value: how} | ({} if kept is None else {"kept": row in kept})
        for row, label, how in found
    ]


def _ranks(
    sources: Sources, row: int, slow_too: bool, method: str | None, options: dict[str, Any], size: int | None
) -> list[dict[str, Any]]:
    """Return score and rank of a sample under every scoring method, one of them, and its windows, with given options.

    Where the size of a coreset is known, also whether the sample is among the first so many.
    """
    found = samples.standings(sources, samples.scoring_methods(slow_too))
    found = samples.under_options(found, sources, method or "", options)
    lines = []
    for standing, rank in zip(found, samples.ranks_of(found, row), strict=True):
        shown = ", ".join(f"{name}={value}" for name, value in standing.options.items())
        line = {"method": rank.method, "rank": rank.rank or None, "of": rank.of or None, "score": rank.score}
        if size is not None:
            line["kept"] = rank.rank <= size if rank.rank else None
        lines.append(line | {"keeps": rank.keep, "options": shown, "failure": rank.failure})
    return lines


def _sentences(facts: dict[str, Any]) -> list[str]:
    """Return what is known of a sample beside its course."""
    right = f"predicted as labelled in {facts['epochs_correct']} of {facts['epochs']} epochs"
    lines = [f"Row {facts['row']} of {facts['run']}: {facts['label']}, {right}."]
    if "method" in facts:
        rank = "not picked" if facts["rank"] is None else f"rank {facts['rank']:,} of {facts['of']:,}"
        state = "kept" if facts["kept"] else "excluded" if facts["excluded"] else "dropped"
        state = f"{state} at α = {100 * facts['rate']:g} %, rule {facts['rule']}"
        lines.append(f"{facts['method']}: score {facts['score']:.4g}, {rank}, {state}.")
    return lines + facts["planted"]
