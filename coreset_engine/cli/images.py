"""Commands on images: which data sets there are, and how long a recording on one would take."""

import json
from typing import Any

import click

from coreset_engine import pipeline, tables
from coreset_engine.cli.options import DEVICE, as_json_option, asked_corruption, corruption_options, json_text
from coreset_engine.datasets import library


@click.command()
@click.option("--load", "spec", help="Load (download, read) this data set into the cache.")
@click.option("--size", type=int, help="Height in pixels, with --load.")
@corruption_options
@as_json_option("All facts as JSON.")
def datasets(spec: str | None, size: int | None, as_json: bool, **planted: Any) -> None:
    """List the data sets known: task, classes, sizes, licence, whether cached."""
    if spec:
        images = library.load(spec, size, asked_corruption(planted))
        click.echo(f"{images.title}: {images.task}, {images.classes} classes, train images SHA-256 {images.sha256}.")
        for sentence in images.read_as:
            click.echo(sentence)
        click.echo(f"Licence: {images.licence or 'not stated'}. {images.citation}".rstrip())
        return
    rows = library.catalogue()
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
        "cached",
    ]
    click.echo(json_text(rows) if as_json else tables.table(rows, columns))


@click.command()
@click.option("--dataset", required=True)
@click.option("--size", type=int)
@click.option("--architecture", required=True)
@click.option("--epochs", type=int, required=True)
@click.option("--batch-size", type=int, default=256)
@DEVICE
def estimate(dataset: str, size: int | None, architecture: str, epochs: int, batch_size: int, device: str) -> None:
    """Measure one batch and print, as JSON, how long a recording would take."""
    click.echo(json.dumps(pipeline.estimate(dataset, size, architecture, epochs, batch_size, device)))
