"""Turns: which waiting job begins next, and what keeps the others from it."""

from collections.abc import Sequence

from coreset_engine.access import require_writable
from coreset_engine.errors import JobError
from coreset_engine.executors import table
from coreset_engine.executors.table import Job
from coreset_engine.store import row_sums
from coreset_engine.store.database import read

DEMO = "demo"  # the command that records a run of its own name
READERS = frozenset(  # commands whose first argument is the run that they read
    ["area", "explore", "filter", "map", "retrain", "sample", "score", "select", "suspects", "sweep", "umap"]
)
_PAUSED = "paused"  # the flag of the queue
_ENDED = {"failed": "failed", "cancelled": "was cancelled", "interrupted": "was interrupted"}


def place(job: Job) -> tuple[int, int]:
    """Return a job's place among those that wait, the smallest first: a higher priority goes first, then an older job."""
    return -job.priority, job.id


def hindrance(own: Job, jobs: Sequence[Job], *, paused: bool) -> str:
    """Return in words why a waiting job may not begin yet; "" when it is its turn.

    One job of an executor runs at a time. A job that is paused, or that waits for another one, holds up nobody.

    Args:
        own: the job.
        jobs: all of them as they are now.
        paused: whether the queue is.

    Raises:
        JobError: a job that it waits for has ended and is not done, or is gone.
    """
    for other in awaited(own, jobs):
        if other.active:
            return f"waits for job {other.id}: {other.title}"
        if other.state != "done":
            raise JobError(
                f"Job {other.id}, which this one waits for, {_ENDED[other.state]}: resume that one first, then this one."
            )
    if paused:
        return "waits, since the queue is paused"
    if own.paused:
        return "is paused"
    others = [other for other in jobs if other.executor == own.executor and other.active and other.id != own.id]
    running = [other for other in others if other.state == "running"]
    ahead = [other for other in others if place(other) < place(own) and is_ready(other, jobs)]
    first = (running or sorted(ahead, key=place))[:1]
    return f"waits for job {first[0].id}" if first else ""


def is_ready(job: Job, jobs: Sequence[Job]) -> bool:
    """Return whether nothing but its place keeps a waiting job from beginning."""
    try:
        return not job.paused and all(other.state == "done" for other in awaited(job, jobs))
    except JobError:  # it is about to end, since one is gone
        return False


def awaited(job: Job, jobs: Sequence[Job]) -> list[Job]:
    """Return the jobs that one waits for; of those that were resumed the one that went on.

    Raises:
        JobError: one is gone.
    """
    by_number, found = {other.id: other for other in jobs}, []
    for number in job.waits_for:
        while number in by_number and by_number[number].resumed_by:
            number = by_number[number].resumed_by
        if number not in by_number:
            raise JobError(f"Job {number}, which this one waits for, is not in the table of jobs. Start this one anew.")
        found.append(by_number[number])
    return found


def with_awaited(job: Job, jobs: Sequence[Job]) -> list[Job]:
    """Return a job after the waiting ones that it waits for, directly or through others."""
    before = [other for other in awaited(job, jobs) if other.active and other.state == "waiting"]
    return [*(found for other in before for found in with_awaited(other, jobs)), job]


def recorders(arguments: Sequence[str], jobs: Sequence[Job]) -> tuple[int, ...]:
    """Return the jobs under way that record a run which a command reads, the oldest first."""
    runs = runs_read(arguments)
    return tuple(sorted(job.id for job in jobs if job.active and run_recorded(job.arguments) in runs))


def run_recorded(arguments: Sequence[str]) -> str:
    """Return the run that a command records, "" where it records none."""
    words = _parted(arguments)
    if words[:1] == [DEMO]:
        return DEMO
    return words[words.index("--run") + 1] if words[:1] == ["record"] and "--run" in words[:-1] else ""


def runs_read(arguments: Sequence[str]) -> set[str]:
    """Return the runs that a command reads: the one it names first, and those averaged in."""
    if not arguments or arguments[0] not in READERS:
        return set()
    words = _parted(arguments[1:])
    found, option = set(words[:1]), ""
    for word in words[1:]:
        option = word if word.startswith("--") else option
        if option == "--average" and word != option:
            found.add(word)
    return found


def _parted(arguments: Sequence[str]) -> list[str]:
    """Return arguments in which an option and its value are two words, as `--run x` for `--run=x`."""
    return [part for word in arguments for part in (word.split("=", 1) if word.startswith("--") else [word])]


def is_paused() -> bool:
    """Return whether the queue is paused; a damaged flag counts as none."""
    found = read(table.table_path(), table.MIGRATIONS, "SELECT * FROM flags WHERE name = ?", (_PAUSED,))
    return any(row["value"] for row in found if row_sums.state_of(row) != "damaged")


def pause_all(paused: bool) -> None:
    """Let no further job begin, or let them begin again; those that run go on.

    Raises:
        ViewerError: this process only shows.
    """
    require_writable("pause the queue" if paused else "let the queue go on")
    with table.table() as database:
        database.execute("INSERT OR REPLACE INTO flags (name, value) VALUES (?, ?)", (_PAUSED, int(paused)))
        row_sums.seal(database, "flags", "name = ?", (_PAUSED,))
