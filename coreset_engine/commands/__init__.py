"""The command line's commands, by topic: each reads its options, calls the engine and prints."""

import os
from pathlib import Path

import click

from coreset_engine import __version__
from coreset_engine.commands import (
    areas,
    images,
    jobs,
    listing,
    looking,
    mapping,
    recording,
    reporting,
    retraining,
    selecting,
)

_COMMANDS = (
    images.datasets,
    images.estimate,
    recording.record,
    recording.import_,
    listing.runs,
    listing.verify,
    selecting.methods,
    selecting.score,
    selecting.select,
    mapping.map_,
    looking.suspects_,
    looking.sample_,
    areas.area_,
    retraining.retrain,
    reporting.results_,
    jobs.jobs_,
    jobs.demo_,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, commands=_COMMANDS)
@click.version_option(__version__, prog_name="coreset_engine")
@click.option(
    "--cache", type=click.Path(path_type=Path), help="Folder of runs, images and results [$CORESET_CACHE, data_cache]."
)
def cli(cache: Path | None) -> None:
    """Record training dynamics, score samples, select coresets, retrain on them."""
    if cache:
        os.environ["CORESET_CACHE"] = str(cache.expanduser().resolve())
