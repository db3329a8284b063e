"""What an executor is: who takes jobs, ends them, and knows whether they live.

A job is a command of the engine. Its row in the table of jobs is committed before anything is started, and is the only
record of it: the worker waits for its turn, beats, and writes progress and end there, wherever it runs.
"""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread
from typing import Protocol, runtime_checkable

from coreset_engine.executors.table import Job
from coreset_engine.paths import cache_root

ENVIRONMENT = "CORESET_JOB"  # tells a process which job it is; see executors/worker.py
PROJECT = Path(__file__).resolve().parent.parent.parent


@runtime_checkable
class Executor(Protocol):
    """Where jobs run. A file of this folder that defines `EXECUTOR` adds one.

    Attributes:
        name: as the table of jobs states it.
    """

    name: str

    def submit(
        self, arguments: Sequence[str], title: str, *, continues: Job | None = None, waits_for: Sequence[int] = ()
    ) -> int:
        """Enter `python -m coreset_engine <arguments>` into the table, start its worker and return its number.

        The row is committed before the worker starts, see `table.entering`; the worker finds its number in `ENVIRONMENT`.

        Raises:
            JobError: it can't be started, or `continues` was resumed already.
        """
        ...

    def cancel(self, job: Job, grace: float) -> None:
        """Ask a job's worker to stop, and end it when it has not within `grace` seconds."""
        ...

    def alive(self, job: Job) -> bool:
        """Return whether a job that has not ended has a worker; where nothing better is known, `job.answers` says so."""
        ...

    def log(self, job: Job, size: int) -> str:
        """Return the last `size` bytes of a job's output."""
        ...


def environment(job: int | None = None) -> dict[str, str]:
    """Return the environment of a process of the engine on the same cache, which is `job` where one is given."""
    named = {} if job is None else {ENVIRONMENT: str(job)}
    return os.environ | named | {"CORESET_CACHE": str(cache_root()), "PYTHONUNBUFFERED": "1"}


@contextmanager
def for_controllers(log: Path) -> Iterator[None]:
    """Start submitit's controllers here, which stop at an interrupt: it reaches them, and their tracebacks go into a file.

    A process put in the background by a script ignores interrupts, and so would all that it starts. Only the main thread may
    change that; a sweep of another thread has to be started where they are not ignored.
    """
    deaf = signal.getsignal(signal.SIGINT) is signal.SIG_IGN and current_thread() is main_thread()
    sys.stderr.flush()
    before = os.dup(2)
    try:
        if deaf:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        with log.open("ab") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        if deaf:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
