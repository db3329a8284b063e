"""The command that takes the samples of an area of a map of two scores, or of a filter over signals, away."""

from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from coreset_engine import argv, budgets, export, paths, registry, scores, store
from coreset_engine.analysis.signal_filter import matching
from coreset_engine.cli.options import (
    AVERAGE,
    EARLY,
    EXCLUDE,
    LATE,
    LENGTH,
    OPTION,
    RULE,
    Lists,
    images_for,
    shared_options,
    spec_of,
)
from coreset_engine.coreset import CoresetSpec
from coreset_engine.data_map import areas
from coreset_engine.errors import ConfigError
from coreset_engine.sources import Sources, train_groups

SETS = dict(zip(("area", "coreset+area", "coreset-area"), export.HOW, strict=True))


@click.command("area", cls=Lists)
@click.argument("run")
@click.option("--x", default="variability", show_default=True, help="Scoring method across.")
@click.option("--y", default="confidence", show_default=True, help="Scoring method upwards.")
@click.option("--x-option", multiple=True, metavar="K=V", help="Any option of the method across.")
@click.option("--y-option", multiple=True, metavar="K=V", help="Any option of the method upwards.")
@click.option("--area", "shapes", default="", help=f"As the Data map page's Area. {areas.HELP}")
@click.option(
    "--filter",
    "expression",
    default="",
    metavar="EXPRESSION",
    help="Only samples of which it is true, as the command `filter` reads it; without --area all of them.",
)
@click.option(
    "--set",
    "wanted",
    type=click.Choice(list(SETS)),
    default="area",
    show_default=True,
    help="The area alone, or a coreset with or without it, which --method and --rate make.",
)
@click.option("--method", help="Method of the coreset; `methods` lists them.")
@click.option("--rate", type=float, help="Selection rate α of the coreset.")
@EARLY
@LATE
@LENGTH
@RULE
@OPTION
@AVERAGE
@EXCLUDE
@shared_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="F.csv, F.npy, F.txt, F.json, F.npz, F.zip or F.html, as `select` writes them.",
)
def area_(
    run: str,
    x: str,
    y: str,
    x_option: tuple[str, ...],
    y_option: tuple[str, ...],
    shapes: str,
    expression: str,
    wanted: str,
    average: tuple[str, ...],
    exclude: str | None,
    out: Path,
    **coreset: Any,
) -> None:
    """Write the samples of RUN in an area of a map of two scores, or a coreset with or without them."""
    where = export.Area(_axis("x", x, x_option), _axis("y", y, y_option), shapes.strip(), expression.strip())
    if not where.shapes and not where.filter:
        raise ConfigError(f"--area is empty. {areas.HELP} Or give --filter.")
    kind = export.known_kind(out)
    spec = _spec(run, where, wanted, average=average, exclude=exclude, **coreset)
    sources = Sources.of_run(run, average)
    inside = _inside(where, sources, run)
    made = export.set_of_area(spec, where, SETS[wanted], inside, sources)
    images = images_for(store.RunFile(paths.run_folder(run)).info, kind)
    dynamics = sources.dynamics[0]
    norms, tags = export.report_norms(kind, dynamics), export.issue_tags(kind, dynamics)
    export.write(made, out, images, norms, tags=tags)
    click.echo(f"{len(made.indices):,} of {len(inside):,} samples, {SETS[wanted]}, written to {out}.")


def _inside(where: export.Area, sources: Sources, run: str) -> NDArray[np.bool_]:
    """Return which samples lie in an area, (N,); scores of the axes are read only where something is drawn on them."""
    drawn = areas.parse(where.shapes)
    names = store.RunFile(paths.run_folder(run)).info.names
    groups = partial(train_groups, run)
    found = matching(sources, where.filter, class_names=names, groups=groups) if where.filter else None
    if found is not None and not drawn:
        return found
    return areas.inside(drawn, sources.score(*where.x), sources.score(*where.y), found)


def _axis(which: str, name: str, given: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """Return the method of an axis and its options that are given, as values of their types.

    Raises:
        UnknownNameError: no method of this name scores samples.
        ConfigError: an option is unknown, missing or has an impossible value.
    """
    options = argv.key_values(given, f"--{which}-option")
    known = registry.check_options(f"Method {name}", scores.get(name).options, options)
    return name, {key: known[key] for key in options}


def _spec(
    run: str, where: export.Area, wanted: str, *, method: str | None, rate: float | None, **given: Any
) -> CoresetSpec:
    """Return which coreset the options ask for; for the area alone one of the x axis, of which only the scores count.

    Raises:
        ConfigError: a coreset is needed and not given, or given and not needed.
    """
    if wanted == "area":
        stated = (method, rate, given["early"], given["late"], given["length"], *given["extra"])
        if given["rule"] != "top" or budgets.given(given) or any(value is not None for value in stated):
            raise ConfigError(
                "The area alone needs no coreset. Leave --method, --rate, --rule, budgets and their options out, or choose "
                "--set coreset+area or --set coreset-area."
            )
        shared = {"average": given["average"], "exclusion": given["exclude"] or ""}
        return CoresetSpec(run, *where.x, rate=1.0, **shared)
    if method is None or rate is None:
        raise ConfigError(f"--set {wanted} needs --method and --rate, which make the coreset.")
    return spec_of(run, method, rate, **given)
