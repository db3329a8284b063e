"""The sweeps among the jobs, read back from their commands; without Streamlit."""

from collections.abc import Iterable, Iterator

from coreset_engine.errors import EngineError
from coreset_engine.executors.table import Job
from coreset_engine.pipeline.requests import SweepRequest


def over(jobs: Iterable[Job], run: str) -> Iterator[tuple[Job, SweepRequest]]:
    """Yield the sweeps over a run with what they ask for, in the order of the jobs.

    A command of another version, which can't be read here, is passed over.

    Args:
        jobs: among which they are.
        run: its name.
    """
    for job in jobs:
        if job.arguments[:1] != (SweepRequest.COMMAND,) or run not in job.arguments:
            continue
        try:
            asked = SweepRequest.from_argv(job.arguments[1:])
        except EngineError:
            continue
        if asked.run == run:
            yield job, asked
