"""What a process tells of itself when it runs as a job."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from coreset_engine.errors import EngineError, Interrupted, JobError
from coreset_engine.executors import queue, table, turns
from coreset_engine.executors.base import ENVIRONMENT

BEAT_SECONDS = 5


class Worker:
    """What a command tells about itself when it runs as a job; does nothing when it does not."""

    def __init__(self) -> None:
        """Read from the environment which job this process is."""
        number = os.environ.pop(ENVIRONMENT, "")
        self.number = int(number) if number.isdigit() else 0
        self._told = 0.0
        self._ended = threading.Event()

    def wait_for_turn(self, stopped: Callable[[], bool]) -> None:
        """Return when it is this job's turn, see `turns.hindrance`, or when `stopped()` says so.

        Raises:
            JobError: the table does not list this job, or lists it as one that another goes on with, or a job that it
                waits for has ended and is not done.
            Interrupted: it was cancelled before it began.
        """
        if not self.number:
            return
        if not table.write(self.number, pid=os.getpid(), beat=table.utc_now()):
            raise JobError(f"Job {self.number} is not in the table of jobs, so nothing is done. Start it again.")
        threading.Thread(target=self._beat, daemon=True).start()
        while not stopped():
            own = table.row(self.number)
            if own.cancelling:
                raise Interrupted("cancelled before it began")
            waits = turns.hindrance(own, queue.all_jobs(), paused=turns.is_paused())
            if not waits and self._begin():
                return
            self.tell(0.0, waits)
            time.sleep(0.3)

    def _begin(self) -> bool:
        """Write that the job runs and return True, unless another one has begun, or this was moved or paused, meanwhile.

        Raises:
            JobError: a job that it waits for has ended and is not done.
        """
        with table.table() as database:  # nobody else writes until its end, so of two jobs one begins
            own = table.row(self.number)
            if own.cancelling or turns.hindrance(own, queue.all_jobs(), paused=turns.is_paused()):
                return False
            begun = (
                "UPDATE jobs SET state = 'running', started = ?, message = 'starting' WHERE id = ? AND resumed_by = 0"
            )
            return database.execute(begun, (table.utc_now(), self.number)).rowcount > 0

    def tell(self, progress: float, message: str) -> None:
        """Write progress (0..1) and a message, at most twice a second; where that fails the work goes on untold.

        Raises:
            Interrupted: the table does not list this job any more, or another goes on with it.
        """
        if not self.number or (time.monotonic() - self._told <= 0.5 and progress < 1):
            return
        self._told = time.monotonic()
        if not self._write(progress=progress, message=message, beat=table.utc_now()):
            raise Interrupted(f"job {self.number} is not in the table of jobs any more, or goes on as another")

    def end(self, state: str, message: str) -> None:
        """Write how the job ended; where that fails its lock or its lease still tells that it has."""
        self._ended.set()
        if self.number:
            whole = {"progress": 1.0} if state == "done" else {}
            self._write(state=state, message=message, ended=table.utc_now(), **whole)

    def _beat(self) -> None:
        """Renew the job's lease until it ends, however long a step of its work takes."""
        while not self._ended.wait(BEAT_SECONDS):
            self._write(beat=table.utc_now())

    def _write(self, **columns: Any) -> bool:
        """Write columns of the job's row; return False where the row is another's or gone, not where the table fails."""
        with suppress(EngineError):
            return table.write(self.number, **columns)
        return True
