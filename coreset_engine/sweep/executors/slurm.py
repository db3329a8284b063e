"""Slurm: cells are command lines of job arrays on a shared cache, and their rows say that they have ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coreset_engine import paths, pipeline, results
from coreset_engine.errors import ConfigError, Interrupted
from coreset_engine.executors.base import PROJECT, for_controllers
from coreset_engine.pipeline.cell import Cell
from coreset_engine.pipeline.requests import Retraining, SweepRequest
from coreset_engine.pipeline.requests.sweep_place import HERE, slurm_options
from coreset_engine.sweep.executors import local
from coreset_engine.sweep.pool import Outcome, Watch, is_installed, to_plain

NEEDED = "submitit is not installed here, so --executor slurm is not possible. Run: pip install coreset-explorer[slurm]"
_NO_SLURM = (
    "Slurm's sbatch is not here. Start the sweep on a machine that submits to the cluster, or try the same jobs on this one "
    f"with --address {HERE}."
)
SLOTS = 16  # jobs at once unless told
JOBS_PER_SLOT = 4  # small arrays for many cells: a job that trains several loads everything once
MOST_JOBS = 1000  # of an array; Slurm's own limit is 1001 unless it is raised
MINUTES = (
    60  # of a job, unless it is told or $SBATCH_TIMELIMIT says otherwise; one that runs out is queued again and goes on
)
_TIMEOUTS = 100  # so often
_VARIABLES = {
    "partition": "SBATCH_PARTITION",
    "account": "SBATCH_ACCOUNT",
    "qos": "SBATCH_QOS",
    "minutes": "SBATCH_TIMELIMIT",
    "mem": "SBATCH_MEM_PER_NODE",
    "constraint": "SBATCH_CONSTRAINT",
}
_LOOK_SECONDS = 0.5  # between two looks at the rows
_QUEUE_SECONDS = 5.0  # between two looks at the queue
_STOP_SECONDS = 20.0  # that jobs on this machine get for the end of their epoch


class SlurmExecutor:
    """Arrays of jobs, one CPU each and with `--device cuda` one GPU; what Slurm preempts goes on from its checkpoint.

    Partition, account, time limit and the like are the request's, and else those of Slurm's own variables, such as
    `SBATCH_PARTITION`.
    """

    name = "slurm"

    def missing(self, address: str = "") -> str:
        """Return what to install, or where to start it, where submitit or Slurm are not; "" where they are."""
        if not is_installed("submitit"):
            return NEEDED
        return "" if address or shutil.which("sbatch") else _NO_SLURM

    def count(self, request: SweepRequest, cells: int) -> int:
        """Return the jobs at once for so many cells."""
        here = request.address == HERE
        return request.slots or max(1, min(cells, local.slots_here() if here else SLOTS))

    @contextmanager
    def open(self, request: SweepRequest, *, cells: int) -> Iterator[SlurmPool]:
        """Yield a pool on the cluster that this machine submits to; at the address "local", on this machine itself.

        Raises:
            ConfigError: submitit is not installed, or Slurm is not here.
        """
        if lacks := self.missing(request.address):
            raise ConfigError(lacks)
        import submitit

        yield SlurmPool(submitit, request, self.count(request, cells))


EXECUTOR = SlurmExecutor()


@dataclass
class Command:
    """A job: a command line, which submitit runs again from its checkpoint where Slurm took the machine away.

    Attributes:
        words: of the command line.
    """

    words: Sequence[str]

    def __call__(self) -> int:
        """Run the command and return its exit code; where this process is asked to end, the command is, too."""
        with subprocess.Popen(self.words, cwd=PROJECT) as process:
            try:
                return process.wait()
            finally:
                process.terminate()

    def checkpoint(self) -> Any:
        """Return what is run when the job is queued again: the same, since rows and checkpoints lie in the cache."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


@dataclass
class _Array:
    """The jobs of one call: every `len(jobs)`-th cell of the file is one job's.

    Attributes:
        folder: of the file of cells, the logs, and a file for each cell that can't be trained.
        jobs: of submitit.
        here: they run on this machine.
        gone: numbers of the jobs that were not in the queue when it was last looked at.
    """

    folder: Path
    jobs: list[Any]
    here: bool
    gone: set[int] = field(default_factory=set)
    _asked: float = field(default_factory=time.monotonic)

    def error_of(self, number: int) -> str:
        """Return why a cell can't be trained, "" where nothing is known against it."""
        file = error_file(self.folder, number)
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def log_of(self, number: int) -> Path:
        """Return the log of a cell's job."""
        return Path(self.jobs[number % len(self.jobs)].paths.stdout)

    def look(self) -> set[int]:
        """Return the jobs that had ended at the look before, and look at the queue again now and then.

        Between the two their rows have been looked for, so that what has none now will not get one.
        """
        before = set(self.gone)
        if time.monotonic() - self._asked > (_LOOK_SECONDS if self.here else _QUEUE_SECONDS):
            self._asked = time.monotonic()
            self.gone = self._ended()
            return before & self.gone
        return set()

    def _ended(self) -> set[int]:
        """Return the numbers of the jobs that are in the queue no more."""
        if self.here:
            return {number for number, job in enumerate(self.jobs) if job.done()}
        command = ["squeue", "--noheader", "--array", "--format", "%i", "--jobs", self._id]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
        if asked.returncode and "Invalid job id" not in asked.stderr:
            return set()  # the controller is busy or away: nothing is known
        queued = set(asked.stdout.split())
        return {number for number, job in enumerate(self.jobs) if job.job_id not in queued}

    @property
    def _id(self) -> str:
        """Return Slurm's number of the array."""
        return str(self.jobs[0].job_id).partition("_")[0]

    def cancel(self) -> None:
        """Ask the jobs to stop at the end of their epoch; Slurm ends those that do not."""
        if not self.here:
            subprocess.run(["scancel", self._id], capture_output=True, check=False)
            return
        for job in self.jobs:
            if not job.done():
                job.cancel()
        self.wait()

    def wait(self) -> None:
        """Return when jobs on this machine have ended, at the latest after some seconds."""
        until = time.monotonic() + _STOP_SECONDS
        while self.here and time.monotonic() < until and not all(job.done() for job in self.jobs):
            time.sleep(0.1)


class SlurmPool:
    """Job arrays for one run, of which at most `count` jobs run at a time."""

    def __init__(self, submitit: Any, request: SweepRequest, count: int) -> None:
        """Open the run; coresets are selected on the CPU, here to know the rows' keys and in the jobs to be trained on.

        Raises:
            EngineError: the run or its images are missing.
        """
        self.count = count
        self._submitit, self._run, self._device = submitit, request.run, request.device
        self._here, self._told = request.address == HERE, slurm_options(request.slurm)
        self._bench = pipeline.Bench(request.run, "cpu")

    def train(
        self, items: Sequence[Retraining], *, watch: Watch, should_stop: Callable[[], bool], note: dict[str, Any]
    ) -> Iterator[Outcome]:
        """Train cells, see `pool.Pool`; its watch is told where the logs are."""
        cells = self._bench.plan(items, on="numpy")
        known = results.keys()
        existing, waiting = [c for c in cells if c.key in known], [c for c in cells if c.key not in known]
        yield from (Outcome(one.item, results.get(one.key)) for one in existing)
        if not waiting:
            return
        array = self._submit(waiting, note)
        left = dict(enumerate(waiting))
        try:
            while left:
                done = len(items) - len(left)
                if should_stop():
                    raise Interrupted(f"stopped after {done} of {len(items)} trainings")
                watch(done, f"logs in {array.folder}")
                ended = list(_ended(array, left))
                for number, outcome in ended:
                    del left[number]
                    watch(len(items) - len(left), outcome.item.title)
                    yield outcome
                if not ended:
                    time.sleep(_LOOK_SECONDS)
        finally:
            if left:
                array.cancel()
        array.wait()

    def _submit(self, cells: Sequence[Cell], note: dict[str, Any]) -> _Array:
        """Write the cells into a file and submit the jobs that train them.

        Raises:
            ConfigError: Slurm takes no such job.
        """
        folder = paths.cache_root() / "slurm" / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{time.monotonic_ns()}"
        folder.mkdir(mode=0o700, parents=True)  # what submitit pickles there is run by the jobs
        file = folder / "cells.json"
        content = {"items": [to_plain(one.item) for one in cells], "note": note}
        paths.write_atomically(file, json.dumps(content).encode())
        jobs = min(len(cells), self.count if self._here else self.count * JOBS_PER_SLOT, MOST_JOBS)
        try:
            executor = self._executor(folder)
            aside = for_controllers(folder / "controllers.log") if self._here else nullcontext()
            with without_variables(self._told), aside, executor.batch():  # one array
                submitted = [executor.submit(Command(self._words(file, number, jobs))) for number in range(jobs)]
        except (self._submitit.core.utils.FailedJobError, OSError) as error:
            said = " ".join(str(error).split())
            raise ConfigError(f"Slurm does not take the jobs: {said[:300]}") from None
        return _Array(folder, submitted, self._here)

    def _executor(self, folder: Path) -> Any:
        """Return submitit's executor."""
        cluster = "local" if self._here else "slurm"
        executor = self._submitit.AutoExecutor(folder=folder, cluster=cluster, slurm_max_num_timeout=_TIMEOUTS)
        given: dict[str, Any] = {"name": "coreset-sweep", "cpus_per_task": 1}
        given |= {"slurm_array_parallelism": self.count, "slurm_additional_parameters": {"requeue": True}}
        given |= {f"slurm_{name}": value for name, value in self._told.items() if name != "minutes"}
        given["timeout_min"] = int(self._told.get("minutes", MINUTES))
        executor.update_parameters(**given | ({"gpus_per_node": 1} if self._device == "cuda" else {}))
        return executor

    def _words(self, file: Path, number: int, jobs: int) -> list[str]:
        """Return the command line of a job."""
        threads = [f"{name}=1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")]
        return [
            "env", f"CORESET_CACHE={paths.cache_root()}", "PYTHONUNBUFFERED=1", *threads,
            sys.executable, "-m", "coreset_engine", "cells", self._run, "--device", self._device,
            "--file", str(file), "--first", str(number), "--every", str(jobs),
        ]  # fmt: skip


@contextmanager
def without_variables(told: Mapping[str, str]) -> Iterator[None]:
    """Set aside Slurm's variables for what is told: they would count more than what a job's script says.

    Args:
        told: options by name, see `slurm_options`.
    """
    before = {name: os.environ.pop(_VARIABLES[name]) for name in told if _VARIABLES[name] in os.environ}
    try:
        yield
    finally:
        os.environ.update({_VARIABLES[name]: value for name, value in before.items()})


def _ended(array: _Array, left: dict[int, Cell]) -> Iterator[tuple[int, Outcome]]:
    """Yield the cells that have ended, by their numbers: those with a row, with an error, or whose job is gone."""
    gone, rows = array.look(), results.keys()
    for number, one in left.items():
        if one.key in rows:
            yield number, Outcome(one.item, results.get(one.key))
        elif error := array.error_of(number):
            yield number, Outcome(one.item, error=error)
        elif number % len(array.jobs) in gone:
            yield number, Outcome(one.item, error=f"its job ended without a row; its log is {array.log_of(number)}")


def error_file(folder: Path, number: int) -> Path:
    """Return the file in which a job writes why it can't train a cell."""
    return folder / f"{number}.error"
