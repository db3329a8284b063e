"""The queue: jobs are started, listed, cancelled and resumed here, whichever executor runs them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from coreset_engine import executors, registry
from coreset_engine.access import require_writable
from coreset_engine.errors import JobError
from coreset_engine.executors import local, table, turns
from coreset_engine.executors.base import Executor
from coreset_engine.executors.table import Job
from coreset_engine.faults import end_of

GRACE_SECONDS = 20  # between asking a job to stop and killing it


@cache
def all_executors() -> dict[str, Executor]:
    """Return every executor by name: those that files of this folder define as `EXECUTOR`."""
    return registry.discover(executors.__name__, Executor)  # type: ignore[type-abstract]


def executor(name: str) -> Executor:
    """Return one executor.

    Raises:
        UnknownNameError: there is none of this name.
    """
    return registry.lookup(all_executors(), name, "executor")


def start(arguments: Sequence[str], title: str, *, on: str = table.LOCAL, after: Sequence[int] = ()) -> int:
    """Start `python -m coreset_engine <arguments>` as a job and return its number.

    It waits for the jobs of its executor before it, one running at a time, and, whatever its place, for those under way
    that record a run which it selects from.

    Args:
        arguments: of the command.
        title: what lists say of it.
        on: name of the executor.
        after: numbers of further jobs that must be done before it begins.

    Raises:
        UnknownNameError: there is no such executor.
        JobError: it can't be started, or there is no job of a number in `after`.
        ViewerError: this process only shows.
    """
    require_writable("start a job")
    for number in after:
        job(number)
    awaited = sorted({*after, *turns.recorders(arguments, all_jobs())})
    return executor(on).submit(arguments, title, waits_for=awaited)


def start_demo() -> int:
    """Start the recording of the demo and retrainings on it, and return the job's number; where it is under way, that one's.

    Raises:
        JobError: the process can't be started.
    """
    under_way = [job for job in all_jobs() if job.active and job.arguments[0] == turns.DEMO]
    if under_way:  # the button of another tab, or of another server of this cache, was faster
        return under_way[-1].id
    return start([turns.DEMO], "Demo: record LeNet-5 on synthetic CT phantoms, retrain on coresets")


def all_jobs() -> list[Job]:
    """Return every job, the newest first."""
    local.reap()
    return [_now(job) for job in table.rows()]


def of_run(run: str) -> list[Job]:
    """Return the jobs whose command names a run, the newest first."""
    return [job for job in all_jobs() if run in job.arguments[1:]]


def recorder_of(run: str) -> Job | None:
    """Return the job under way that records a run, None where there is none."""
    return next((job for job in all_jobs() if job.active and turns.run_recorded(job.arguments) == run), None)


def job(number: int) -> Job:
    """Return one job.

    Raises:
        JobError: there is none of this number.
    """
    return _now(table.row(number))


def cancel(number: int, grace: float = GRACE_SECONDS) -> Job:
    """Ask a job to stop, end it when it has not within `grace` seconds, and return it.

    Raises:
        JobError: there is no such job, or it has ended.
    """
    current = _to_cancel(number)
    executor(current.executor).cancel(current, grace)
    return job(number)


def cancel_in_background(number: int) -> None:
    """Note that a job is to stop and let a process of its own see to it, so that a page need not wait for its end.

    Raises:
        JobError: there is no such job, or it has ended.
    """
    _to_cancel(number)
    local.spawn(["jobs", "cancel", str(number)])


def _to_cancel(number: int) -> Job:
    """Return a job that is noted as one to stop; a worker that has not begun reads it.

    Raises:
        JobError: there is no such job, or it has ended.
        ViewerError: this process only shows.
    """
    require_writable("cancel a job")
    current = job(number)
    if not current.active:
        raise JobError(f"Job {number} is {current.state}; only a waiting or running job can be cancelled.")
    table.write(number, cancelling=1)
    return current


def resume(number: int) -> int:
    """Start an ended job's command again, going on where it stopped, and return the new job's number.

    The old job then names the new one in `resumed_by` and is not resumable any more; should its worker come back, it stops.

    Raises:
        JobError: there is no such job, or it is still active, done or resumed already.
        ViewerError: this process only shows.
    """
    require_writable("resume a job")
    old = job(number)
    if old.resumed_by:
        raise JobError(f"Job {number} was resumed already, as job {old.resumed_by}.")
    if not old.resumable:
        raise JobError(
            f"Job {number} is {old.state}; only one that was cancelled, failed or interrupted can be resumed."
        )
    arguments = list(old.arguments)
    if arguments[0] == "record" and "--resume" not in arguments:
        arguments.append("--resume")
    awaited = sorted({*old.waits_for, *turns.recorders(arguments, all_jobs())})
    return executor(old.executor).submit(arguments, old.title, continues=old, waits_for=awaited)


def move_first(number: int) -> None:
    """Let a waiting job begin before all others that wait; waiting jobs that it waits for go before it.

    Raises:
        JobError: there is no such job, or it does not wait.
        ViewerError: this process only shows.
    """
    require_writable("move a job")
    jobs = all_jobs()
    moved = turns.with_awaited(_waiting(number, "moved"), jobs)
    top = 1 + max(one.priority for one in jobs if one.state == "waiting")
    with table.table() as database:
        values = [(top, one.id) for one in moved]
        database.executemany("UPDATE jobs SET priority = ? WHERE id = ? AND state = 'waiting'", values)


def pause(number: int, *, paused: bool = True) -> None:
    """Keep a waiting job from beginning, or let it begin in its turn again; others pass it meanwhile.

    Raises:
        JobError: there is no such job, or it does not wait.
        ViewerError: this process only shows.
    """
    require_writable("pause a job" if paused else "let a job go on")
    _waiting(number, "paused")
    with table.table() as database:
        values = (int(paused), number)
        database.execute("UPDATE jobs SET paused = ? WHERE id = ? AND state = 'waiting'", values)


def _waiting(number: int, what: str) -> Job:
    """Return a job that waits.

    Raises:
        JobError: there is none of this number, or it does not wait.
    """
    found = job(number)
    if found.state != "waiting" or found.cancelling:
        state = "asked to stop" if found.cancelling else found.state
        raise JobError(f"Job {number} is {state}; only a waiting job can be {what}.")
    return found


def log_tail(number: int, size: int = 8_000) -> str:
    """Return the end of a job's output.

    Raises:
        JobError: there is no such job.
    """
    found = table.row(number)
    return executor(found.executor).log(found, size)


def _now(written: Job) -> Job:
    """Return a job as it is now: its state follows its worker's life, not the last write."""
    if not written.active:
        cancelled = written.state == "interrupted" and written.cancelling
        return replace(written, state="cancelled" if cancelled else written.state, cancelling=False)
    known = all_executors().get(written.executor)
    if known.alive(written) if known else written.answers:
        return written
    if written.cancelling:
        return replace(written, state="cancelled", cancelling=False)
    gone = f"its worker has given no sign of life for {written.silence:.0f} s"
    if written.executor == table.LOCAL:
        code = local.code_of(written.pid)
        gone = f"its process {end_of(code) if code and code < 0 else 'ended unexpectedly'}"
    return replace(written, state="interrupted", message=f"{gone} ({written.message or 'before it began'})")
