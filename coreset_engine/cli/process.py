"""This process: whether it was asked to stop, what it tells of its progress, and which job it is."""

import math
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import click
from tqdm import tqdm

from coreset_engine import stopping, tables
from coreset_engine.executors import queue, turns
from coreset_engine.executors.worker import Worker
from coreset_engine.training.place import place

INTERRUPTED = 130  # the exit code
PATIENCE = 5  # seconds for the work to unwind after an interrupt; a thread may be blocked in a read for ever
_LOOK_SECONDS = 0.5  # between two looks at the jobs that are waited for
MID_EPOCH = "stopped in the middle of an epoch; what was recorded before stays"
EARLY = "stopped before its end; nothing half-written is kept"


class Stop(BaseException):
    """A signal that ends what is being done; no `except Exception` holds it up, and click adds no line to it."""


@dataclass
class Process:
    """What this process is: asked to stop, a job, or a worker for which its sweep speaks and which is quiet."""

    stop_asked: bool = False
    quiet: bool = False
    worker: Worker = field(default_factory=Worker)

    def stopped(self) -> bool:
        """Return whether a signal asked this process to stop."""
        return self.stop_asked

    def wait_for_recordings(self, words: Sequence[str]) -> None:
        """Return when no job records a run that a command reads, having said in a line for which one it waits.

        A job does not wait here: the queue has it begin after those that it waits for.

        Args:
            words: the command with its arguments.
        """
        told: tuple[int, ...] = ()
        while not self.worker.number and (found := turns.recorders(words, queue.all_jobs())):
            if found != told:
                numbers = ", ".join(map(str, found))
                what = "job {} is" if len(found) == 1 else "jobs {} are"
                run = " and ".join(sorted(turns.runs_read(words)))
                click.echo(f"Waiting: {what.format(numbers)} recording {run}. Ctrl+C ends the waiting.", err=True)
                told = found
            time.sleep(_LOOK_SECONDS)

    def ask_to_stop(self, number: int, frame: Any) -> None:
        """Note a signal for the end of the epoch; a second one, or one outside a training, ends the process at once.

        Raising here interrupts a blocking call of the main thread, too. Where that waits for another thread, which nothing
        interrupts, the process is ended from outside after a while.

        Raises:
            Stop: there is no epoch whose end it could wait for.
        """
        again, self.stop_asked = self.stop_asked, True
        waits = stopping.may_wait()
        if again or not waits:
            reason = MID_EPOCH if waits else EARLY
            threading.Thread(target=self._end_for_good, args=(reason,), daemon=True).start()
            # what this leaves half made, as an archive just opened, would print a traceback as it goes
            sys.unraisablehook = lambda _: None
            raise Stop(reason)
        # not through sys.stderr, which this may have interrupted in the middle of a write; torchrun says it for its own
        if place().count == 1 and not self.quiet:
            os.write(2, b"Stopping at the end of this epoch; once more to stop at once.\n")

    def _end_for_good(self, reason: str) -> None:
        """End this process when it has not ended by itself."""
        time.sleep(PATIENCE)
        if not self.quiet:
            os.write(2, f"Interrupted: {reason}.\n".encode())
        self.worker.end("interrupted", reason)
        os._exit(INTERRUPTED)


class Bars:
    """Progress: a bar on a terminal, a line an epoch in a log, a beat for the job table."""

    def __init__(self, process: Process) -> None:
        """Tell the progress of `process`."""
        self._process = process

    def __enter__(self) -> Self:
        """Return the bars; a terminal gets one."""
        self._bar = tqdm(total=1000, bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}", file=sys.stderr,
                         disable=not sys.stderr.isatty() or place().rank > 0)  # fmt: skip
        return self

    def __exit__(self, *error: object) -> None:
        """Remove the bar."""
        self._bar.close()

    def show(self, number: int, count: int, progress: Any, text: str) -> None:
        """Show that training `number` of `count` has done an epoch."""
        share = (number + progress.epoch / progress.epochs) / count
        figures = f"val accuracy {progress.metrics['val_accuracy']:.4f}"
        line = f"{text}: epoch {progress.epoch}/{progress.epochs}, {figures}"
        if self._bar.disable:
            click.echo(line, err=True)
        self._bar.set_description_str(line, refresh=False)
        self._bar.update(int(share * 1000) - self._bar.n)
        left = tables.duration(progress.seconds * (progress.epochs - progress.epoch))
        place = f" of training {number + 1} of {count}" if count > 1 else ""
        self._process.worker.tell(share, f"{line}, about {left} left{place}")

    def print(self, line: str) -> None:
        """Print a result above the bar."""
        print_above(line)


class SweepBar:
    """Progress of a sweep: trainings done of all, and the time left by what of the others is done, too."""

    def __init__(self, process: Process, cells: int, seconds: float, *, of_lengths: bool = False) -> None:
        """Tell the progress of a process.

        Args:
            process: this one.
            cells: that it trains.
            seconds: that they take, about; NaN where not known.
            of_lengths: whether trainings differ in length, as those of a search, and are counted in full ones; else each one
                that ends is told by `ended`.
        """
        self._process, self._cells, self._expected = process, cells, seconds
        self._of_lengths = of_lengths
        self._started = time.monotonic()
        self._share, self._ended = 0.0, 0

    @property
    def count(self) -> str:
        """Return how many trainings are done, in words."""
        return f"{int(self._share) if self._of_lengths else self._ended} of {self._cells} trainings"

    def __enter__(self) -> Self:
        """Return the bar; a terminal gets one."""
        self._bar = tqdm(total=self._cells, bar_format="{percentage:3.0f}%|{bar}| {desc}", file=sys.stderr,
                         disable=not sys.stderr.isatty())  # fmt: skip
        return self

    def __exit__(self, *error: object) -> None:
        """Remove the bar."""
        self._bar.close()

    def show(self, share: float, line: str) -> None:
        """Show that `share` cells are done, fractions of those under way included, and what the newest does."""
        more, self._share = int(share) > int(self._share), share
        told = self._told()
        if self._of_lengths and more:
            self._log(told)
        self._bar.set_description_str(f"{told} · {line}", refresh=False)
        self._bar.update(int(share) - self._bar.n)
        self._process.worker.tell(min(1.0, share / max(1, self._cells)), f"{told}; {line}")

    def ended(self) -> None:
        """Show that a training has ended."""
        self._ended += 1
        self._log(self._told())

    def _told(self) -> str:
        """Return what is done and how long the rest takes."""
        return f"{self.count} done, about {self._left(self._share)} left"

    def _log(self, told: str) -> None:
        """Write a line where there is no bar."""
        if self._bar.disable:
            click.echo(told, err=True)

    def _left(self, share: float) -> str:
        """Return in words how long it will still take: as expected until a tenth is done, then by what it took."""
        spent = time.monotonic() - self._started
        part = share / max(1, self._cells)
        left = (
            self._expected - spent if part < 0.1 and not math.isnan(self._expected) else spent / max(part, 1e-9) - spent
        )
        return tables.duration(max(1.0, left))

    def print(self, line: str) -> None:
        """Print a result above the bar."""
        print_above(line)


def print_above(line: str) -> None:
    """Print a result above the bars."""
    with tqdm.external_write_mode(file=sys.stdout):
        click.echo(line)
