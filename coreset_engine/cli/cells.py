"""The command of a sweep's worker: trains cells that it reads line by line, or from a file, with all loaded once."""

import json
import signal
import sys
import time
import traceback
from collections import deque
from functools import partial
from pathlib import Path
from typing import Any

import click

from coreset_engine import paths, pipeline
from coreset_engine.cli.options import DEVICE
from coreset_engine.cli.process import Process
from coreset_engine.errors import BusyError, EngineError, Interrupted
from coreset_engine.faults import sentence_of
from coreset_engine.names import counted
from coreset_engine.pipeline.requests import Retraining
from coreset_engine.sweep.executors.slurm import error_file
from coreset_engine.sweep.pool import of_plain
from coreset_engine.training.progress import Progress

_BUSY_SECONDS = 1.0  # before a cell that another process trains is asked for again


@click.command(hidden=True)
@click.argument("run")
@DEVICE
@click.option(
    "--file", type=click.Path(path_type=Path, exists=True), help="Of cells; without one, a line of input each."
)
@click.option("--first", type=int, default=0, show_default=True, help="Number of the first cell of the file.")
@click.option("--every", type=int, default=1, show_default=True, help="From one cell of the file to the next.")
@click.pass_obj
def cells(process: Process, run: str, device: str, file: Path | None, first: int, every: int) -> None:
    """Train cells of RUN as a worker of a sweep: one JSON object per line in, and out."""
    worker = _Worker(process, run, device)
    if file is not None:
        worker.train_file(file, first, every)
        return
    process.quiet = True  # the sweep says that it stops, and after how many trainings
    signal.signal(signal.SIGTERM, partial(_ask_once, process))
    for line in iter(sys.stdin.readline, ""):
        task = json.loads(line)
        try:
            worker.train(of_plain(task["item"]), task["note"])
        except BusyError:
            _say(busy=True)
        except EngineError as error:
            _say(error=str(error))


def _ask_once(process: Process, number: int, frame: Any) -> None:
    """Note the sweep's word to stop, unless the terminal's Ctrl+C or the end of the whole job has come here, too."""
    if not process.stopped():
        process.ask_to_stop(number, frame)


class _Worker:
    """What trains the cells of one run, opened with the first of them."""

    def __init__(self, process: Process, run: str, device: str) -> None:
        """Keep what is needed to open it."""
        self._process, self._run, self._device = process, run, device
        self._bench: pipeline.Bench | None = None

    def train(self, item: Retraining, note: dict[str, Any]) -> None:
        """Train a cell unless its row exists, and say its key.

        Raises:
            EngineError: it can't be trained.
        """
        self._bench = self._bench or pipeline.Bench(self._run, self._device)
        cell = self._bench.plan([item])[0]
        row = self._bench.train(cell, watch=_tell, should_stop=self._process.stopped, note=note)
        _say(key=row["key"])

    def train_file(self, file: Path, first: int, every: int) -> None:
        """Train the cells of a file from a number on, in steps; why one can't be trained is written beside it.

        Raises:
            Interrupted: a signal asked for it; the same command goes on.
        """
        for sign in (signal.SIGTERM, signal.SIGUSR2):  # of which Slurm may send both, and either again
            signal.signal(sign, lambda *_: setattr(self._process, "stop_asked", True))
        content = json.loads(file.read_text(encoding="utf-8"))
        waiting = deque(range(first, len(content["items"]), every))
        while waiting:
            if self._process.stopped():
                raise Interrupted(f"stopped with {counted(len(waiting), '{cell|cells}')} left")
            number = waiting.popleft()
            try:
                self.train(of_plain(content["items"][number]), content["note"])
            except BusyError:
                waiting.append(number)
                time.sleep(_BUSY_SECONDS)
            except Interrupted:
                raise
            except Exception as error:  # noqa: BLE001 - one cell ends with it, and the others of the job go on
                told = _why(error)
                paths.write_atomically(error_file(file.parent, number), told.encode())
                _say(error=told)


def _why(error: Exception) -> str:
    """Return in a sentence why a cell can't be trained; of a defect the log has the traceback."""
    if told := str(error) if isinstance(error, EngineError) else sentence_of(error):
        return told
    traceback.print_exception(error)
    return f"a defect ({type(error).__name__}); the log of its job has the details"


def _tell(progress: Progress) -> None:
    """Say that an epoch is done, how long it took, and what this process has taken of its GPU at most."""
    from coreset_engine.training import devices

    _say(epoch=progress.epoch, epochs=progress.epochs, seconds=progress.seconds, bytes=devices.taken_bytes())


def _say(**said: Any) -> None:
    """Write one line for the sweep."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
