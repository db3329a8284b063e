"""What a process tells of itself when it runs as a job."""

import os
import time
from collections.abc import Callable
from contextlib import suppress

from coreset_engine.errors import EngineError
from coreset_engine.executors import local, table


class Worker:
    """What a command tells about itself when it runs as a job; does nothing when it does not."""

    def __init__(self) -> None:
        """Read from the environment which job this process is."""
        number = os.environ.pop(local.ENVIRONMENT, "")
        self.number = int(number) if number.isdigit() else 0
        self._told = 0.0

    def wait_for_turn(self, stopped: Callable[[], bool]) -> None:
        """Return when no older job waits or runs, or when `stopped()` says so."""
        while self.number and not stopped():
            older = [other for other in local.all_jobs() if other.id < self.number and other.active]
            if not older:
                table.write(self.number, state="running", started=table.utc_now(), message="starting")
                return
            self.tell(0.0, f"waits for job {older[-1].id}")
            time.sleep(0.3)

    def tell(self, progress: float, message: str) -> None:
        """Write progress (0..1) and a message, at most twice a second; where that fails the work goes on untold."""
        if self.number and (time.monotonic() - self._told > 0.5 or progress >= 1):
            self._told = time.monotonic()
            with suppress(EngineError):
                table.write(self.number, progress=progress, message=message, beat=table.utc_now())

    def end(self, state: str, message: str) -> None:
        """Write how the job ended; where that fails its lock still tells that it has."""
        if not self.number:
            return
        with suppress(EngineError):
            table.write(
                self.number,
                state=state,
                message=message,
                ended=table.utc_now(),
                **({"progress": 1.0} if state == "done" else {}),
            )
