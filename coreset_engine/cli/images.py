"""Commands on images: which data sets there are, and how long a recording on one would take."""

import sys
from typing import Any

import click
from click.core import ParameterSource

from coreset_engine import memory, pipeline, tables
from coreset_engine.cli.folder_options import asked_folder, folder_options
from coreset_engine.cli.options import (
    DEVICE,
    as_json_option,
    asked_corruption,
    corruption_options,
    json_text,
)
from coreset_engine.datasets import SPLITS, all_sources, catalogue, leakage, library, spelling
from coreset_engine.errors import ConfigError
from coreset_engine.names import counted


@click.command()
@click.option("--load", "spec", help="Load (download, read) this data set into the cache.")
@click.option("--size", type=int, help="Height in pixels, with --load.")
@click.option("--download", is_flag=True, help="Download its files first, with --load, where `record` never does.")
@folder_options
@corruption_options
@as_json_option("All facts as JSON; with --load those of that data set.")
def datasets(spec: str | None, size: int | None, download: bool, as_json: bool, **given: Any) -> None:
    """List the data sets known: task, classes, sizes, licence, whether cached."""
    if download:
        _download(spec)
    if spec:
        _load(spec, size, as_json, **given)
        return
    context = click.get_current_context()
    for option in context.command.params:
        name = option.name or ""
        if name != "as_json" and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise ConfigError(f"{option.opts[0]} belongs to --load, which reads a data set. Add it, or leave this out.")
    rows = catalogue.catalogue()
    leaking = leakage.of_names({name for row in rows for name in row["cached"]})
    for row in rows:
        row["leakage"] = [f"{name}: {one}" for name in row["cached"] for one in leaking.get(name, ())]
    columns = [
        "dataset",
        "task",
        "classes",
        "train",
        "val",
        "test",
        "channels",
        "sides",
        "licence",
        "synthetic",
        "here",
        "cached",
    ]
    click.echo(json_text(rows) if as_json else tables.table(rows, columns))
    for sentence in () if as_json else [one for row in rows for one in row["leakage"]]:
        click.echo(sentence)


def _download(spec: str | None) -> None:
    """Download the files of a data set that is not downloaded by being read.

    Raises:
        ConfigError: there is none of that name, or it is no such set.
        DatasetError: they can't be downloaded.
    """
    source = all_sources().get(spelling.canonical(spec or ""))
    if source is None:
        raise ConfigError("--download needs --load with the name of a data set; `datasets` lists them.")
    if source.fetch is None:
        raise ConfigError(f"{source.name} is downloaded, made or read by --load alone. Leave out --download.")
    source.fetch()


def _load(spec: str, size: int | None, as_json: bool, **given: Any) -> None:
    """Load a data set and print what it is, and how it was read."""
    images = library.load(spec, size, asked_corruption(given), asked_folder(given))
    counts = library.counts(images)
    if as_json:
        facts: dict[str, Any] = {
            "name": images.name,
            "title": images.title,
            "task": images.task,
            "sha256": images.sha256,
        }
        facts |= {"side": images.side, "channels": images.channels, "licence": images.licence}
        click.echo(json_text({**facts, "counts": counts, "read_as": list(images.read_as)}))
        return
    click.echo(f"{images.title}: {images.task}, {images.classes} classes, train images SHA-256 {images.sha256}.")
    click.echo(tables.table(counts, ["class", *SPLITS]))
    for sentence in images.read_as:
        click.echo(sentence)
    click.echo(f"Licence: {images.licence or 'not stated'}. {images.citation}".rstrip())


@click.command()
@click.option("--dataset", required=True)
@click.option("--size", type=int)
@click.option("--architecture", required=True)
@click.option("--epochs", type=int, required=True)
@click.option("--batch-size", type=int, default=256)
@click.option("--folds", type=int, default=0, metavar="K", help="As `record` is told.")
@click.option("--rate", type=float, default=0.1, show_default=True, help="α of a retraining and of the selections.")
@folder_options
@as_json_option("All figures as JSON, as a pipe or a file gets them anyway: seconds, and bytes of memory and disk.")
@DEVICE
def estimate(
    dataset: str,
    size: int | None,
    architecture: str,
    epochs: int,
    batch_size: int,
    folds: int,
    rate: float,
    as_json: bool,
    device: str,
    **given: Any,
) -> None:
    """Measure one batch and tell what a recording takes: time, memory, disk; with retraining and selections."""
    folder = asked_folder(given)
    asked = (dataset, size, architecture, epochs, batch_size, device, folder)
    found = pipeline.estimate(*asked, folds=folds, rate=rate)
    click.echo(_estimated(found, epochs) if sys.stdout.isatty() and not as_json else json_text(found))


def _estimated(found: dict[str, Any], epochs: int) -> str:
    """Return what a recording, a retraining and every selection take, for people; of methods nobody measured only names."""
    again, parts = found["retraining"], found["selection"]
    rows: list[dict[str, Any]] = [
        {
            "method": name,
            "seconds": f"{cost['seconds']:,.3g}" if cost["seconds"] < 100 else f"{cost['seconds']:,.0f}",
            "memory": memory.amount(cost["memory_bytes"]),
        }
        for name, cost in parts.items()
        if cost["seconds"] is not None
    ]
    unknown = [name for name, cost in parts.items() if cost["seconds"] is None]
    lines = [
        f"Recording of {counted(epochs, '{epoch|epochs}')}: about {tables.duration(found['seconds'])} on this machine's "
        f"{found['device'].upper()} ({found['images_per_second']:,.0f} images/s), {_bytes(found)}.",
        f"Retraining on {100 * again['rate']:g} % for as many epochs: about {tables.duration(again['seconds'])}, "
        f"{_bytes(again)} while it trains.",
        f"Selecting {100 * again['rate']:g} % by each method, in seconds of one core, and its memory beside the run:",
        tables.table(rows, ["method", "seconds", "memory"]),
    ]
    return "\n".join([*lines, *([f"Not measured: {', '.join(unknown)}."] if unknown else [])])


def _bytes(part: dict[str, Any]) -> str:
    """Return memory and disk of a part of an estimate in words."""
    return f"up to {memory.amount(part['memory_bytes'])} of memory and {memory.amount(part['disk_bytes'])} on the disk"
