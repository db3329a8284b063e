"""The command of a sweep's worker: trains cells that it reads line by line, with everything loaded once."""

import json
import sys
from typing import Any

import click

from coreset_engine import pipeline
from coreset_engine.cli.options import DEVICE
from coreset_engine.cli.process import Process
from coreset_engine.errors import BusyError, EngineError
from coreset_engine.sweep.pool import of_plain
from coreset_engine.training.progress import Progress


@click.command(hidden=True)
@click.argument("run")
@DEVICE
@click.pass_obj
def cells(process: Process, run: str, device: str) -> None:
    """Train cells of RUN as a worker of a sweep: one JSON object per line in, and out."""
    bench = None
    for line in iter(sys.stdin.readline, ""):
        task = json.loads(line)
        try:
            bench = bench or pipeline.Bench(run, device)
            cell = bench.plan([of_plain(task["item"])])[0]
            row = bench.train(cell, watch=_tell, should_stop=process.stopped, note=task["note"])
            _say(key=row["key"])
        except BusyError:
            _say(busy=True)
        except EngineError as error:
            _say(error=str(error))


def _tell(progress: Progress) -> None:
    """Say that an epoch is done."""
    _say(epoch=progress.epoch, epochs=progress.epochs)


def _say(**said: Any) -> None:
    """Write one line for the sweep."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
