"""The table of jobs: what is written of each. Whether one lives is its executor's to say, see executors/queue.py."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coreset_engine.errors import JobError
from coreset_engine.faults import unwritable
from coreset_engine.names import counted
from coreset_engine.paths import cache_root, jobs_folder
from coreset_engine.store import row_sums
from coreset_engine.store.database import read, transaction

RESUMABLE = ("interrupted", "cancelled", "failed")
ENDED = ("done", *RESUMABLE)
LOCAL = "local"  # the executor of jobs that name none
LEASE_SECONDS = 60  # a worker that has not beaten for so long does not answer
_DAMAGED = "{job does|jobs do} not match {its|their} checksum and {is|are} left out"
_JOBS = """CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, arguments TEXT NOT NULL, state TEXT NOT NULL,
    created TEXT NOT NULL, started TEXT, ended TEXT, beat TEXT, pid INTEGER, progress REAL NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT '', cancelling INTEGER NOT NULL DEFAULT 0)"""


@dataclass(frozen=True)
class Job:
    """One job as it is now.

    Attributes:
        state: "waiting", "running", "done", "failed", "cancelled", or "interrupted": it should run but its worker is gone.
        arguments: of `python -m coreset_engine`.
        progress: 0..1.
        message: what it does, or why it failed.
        cancelling: it was asked to stop and has not yet.
        resumed_by: number of the job that went on with it, 0 without one.
        executor: name of the one that runs it.
        beat: when its worker last gave a sign of life; "" before the first.
        priority: of waiting jobs those of a higher one go first.
        paused: it does not begin before it is let go on.
        waits_for: numbers of the jobs that must be done before it begins.
    """

    id: int
    title: str
    arguments: tuple[str, ...]
    state: str
    created: str
    started: str
    ended: str
    pid: int
    progress: float
    message: str
    cancelling: bool
    resumed_by: int = 0
    executor: str = LOCAL
    beat: str = ""
    priority: int = 0
    paused: bool = False
    waits_for: tuple[int, ...] = ()

    @property
    def active(self) -> bool:
        """Return whether it waits or runs."""
        return self.state not in ENDED

    @property
    def resumable(self) -> bool:
        """Return whether starting it again goes on where it stopped; once another job has, that one may be resumed."""
        return self.state in RESUMABLE and not self.resumed_by

    @property
    def silence(self) -> float:
        """Return for how many seconds its worker has given no sign of life."""
        last = datetime.fromisoformat(self.beat or self.started or self.created)
        return max(0.0, (datetime.now(UTC) - last).total_seconds())

    @property
    def answers(self) -> bool:
        """Return whether its lease holds: its worker has beaten lately."""
        return self.silence <= LEASE_SECONDS

    @property
    def log(self) -> Path:
        """Return the file of its output."""
        return file_of(self.id, "log")


def _add_resumed_by(database: sqlite3.Connection) -> None:
    """Add the column `resumed_by`; tables of 0.1.0 may have it."""
    if "resumed_by" not in {column["name"] for column in database.execute("PRAGMA table_info(jobs)")}:
        database.execute("ALTER TABLE jobs ADD COLUMN resumed_by INTEGER NOT NULL DEFAULT 0")


def _add_turns(database: sqlite3.Connection) -> None:
    """Add the columns that decide when a job begins."""
    for column in ("priority INTEGER NOT NULL DEFAULT 0", "paused INTEGER NOT NULL DEFAULT 0"):
        database.execute(f"ALTER TABLE jobs ADD COLUMN {column}")
    database.execute("ALTER TABLE jobs ADD COLUMN waits_for TEXT NOT NULL DEFAULT '[]'")


_FLAGS = "CREATE TABLE flags (name TEXT PRIMARY KEY, value INTEGER NOT NULL, sum TEXT)"  # of the queue as a whole
_ADD_EXECUTOR = f"ALTER TABLE jobs ADD COLUMN executor TEXT NOT NULL DEFAULT '{LOCAL}'"
MIGRATIONS = (_JOBS, _add_resumed_by, _ADD_EXECUTOR, row_sums.add_column("jobs"), _add_turns, _FLAGS)


def rows() -> list[Job]:
    """Return every whole job as it was last written, the newest first."""
    found = read(table_path(), MIGRATIONS, "SELECT * FROM jobs ORDER BY id DESC")
    return [job for row in found if (job := _of_row(row)) is not None]


def damaged() -> list[str]:
    """Return the numbers of the jobs that are left out since their rows are damaged, the newest first."""
    found = read(table_path(), MIGRATIONS, "SELECT * FROM jobs ORDER BY id DESC")
    return [str(row[0]) for row in found if _of_row(row) is None]


def problems() -> list[str]:
    """Return one sentence for all jobs that are left out since their rows are damaged; none where all are whole."""
    numbers = damaged()
    if not numbers:
        return []
    return [
        f"{table_path()}: {counted(len(numbers), _DAMAGED)} ({', '.join(numbers)}). Restore the file from a copy, or go on "
        "without: what was made stays."
    ]


def row(number: int) -> Job:
    """Return one job as it was last written.

    Raises:
        JobError: there is none of this number, or its row is damaged.
    """
    found = read(table_path(), MIGRATIONS, "SELECT * FROM jobs WHERE id = ?", (number,))
    if not found:
        raise JobError(f"There is no job {number}. `jobs` lists those that exist.")
    job = _of_row(found[0])
    if job is None:
        raise JobError(
            f"The row of job {number} in {table_path()} does not match its checksum. `verify --all` tells more."
        )
    return job


@contextmanager
def entering(
    executor: str,
    arguments: Sequence[str],
    title: str,
    continues: Job | None = None,
    waits_for: Sequence[int] = (),
) -> Iterator[int]:
    """Enter a waiting job and yield its number; the row is committed at the end. What is done inside must not wait.

    A number is never given twice, not even where the table was deleted and logs of the jobs in it were left.

    Args:
        executor: name of the one that runs it.
        arguments: of `python -m coreset_engine`.
        title: what lists say of it.
        continues: the ended job that it goes on with, which then names this one: two clicks start one job.
        waits_for: numbers of the jobs that must be done before it begins.

    Raises:
        JobError: `continues` was resumed already.
    """
    known = max((int(path.stem) for path in jobs_folder().glob("*.*") if path.stem.isdecimal()), default=0)
    with table() as database:
        given = database.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = 'jobs'").fetchone()[0] or 0
        number = max(known, given) + 1
        words, awaited = json.dumps(list(arguments)), json.dumps(list(waits_for))
        values = (number, _storable(title), words, "waiting", utc_now(), executor, awaited)
        columns = "(id, title, arguments, state, created, executor, waits_for)"
        database.execute(f"INSERT INTO jobs {columns} VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        if continues is not None:
            _hand_over(database, continues, number)
        yield number


def _hand_over(database: sqlite3.Connection, old: Job, new: int) -> None:
    """Note that an ended job goes on as another.

    Raises:
        JobError: it was resumed already.
    """
    (before,) = database.execute("SELECT resumed_by FROM jobs WHERE id = ?", (old.id,)).fetchone()
    if before:
        raise JobError(f"Job {old.id} was resumed already, as job {before}.")
    values = (old.state, f"{old.message}; went on as job {new}".removeprefix("; "), new, old.id)
    database.execute("UPDATE jobs SET state = ?, message = ?, resumed_by = ? WHERE id = ?", values)


def write(number: int, **columns: Any) -> bool:
    """Write columns of one job's row; return whether it is still that job's: not gone, and not handed to another job.

    Raises:
        EngineError: the table can't be written.
    """
    names = ", ".join(f"{name} = ?" for name in columns)
    with table() as database:
        where = "WHERE id = ? AND resumed_by = 0"
        values = map(_storable, columns.values())
        return database.execute(f"UPDATE jobs SET {names} {where}", (*values, number)).rowcount > 0


def _storable(value: Any) -> Any:
    """Return a value as SQLite takes it: in a text what is none, as in names of files, becomes its number."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


@contextmanager
def table() -> Iterator[sqlite3.Connection]:
    """Yield a transaction on the job table; the sums of rows that it changed are written at its end.

    A row that was damaged before keeps its sum, so that a change of it does not hide the damage.

    Raises:
        EngineError: the table can't be written.
    """
    try:
        jobs_folder().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JobError(unwritable(f"The jobs' folder {jobs_folder()}", error)) from None
    with transaction(table_path(), MIGRATIONS) as database:
        kept = {row["id"] for row in _stored(database) if row_sums.state_of(row) != "whole"}
        yield database
        for row in _stored(database):
            if row["id"] not in kept and row_sums.state_of(row) != "whole":
                row_sums.seal(database, "jobs", "id = ?", (row["id"],))


def _stored(database: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return all rows of the table."""
    return database.execute("SELECT * FROM jobs").fetchall()


def _of_row(row: sqlite3.Row) -> Job | None:
    """Return a row as a Job; None for a damaged one."""
    try:
        return _job(row) if row_sums.state_of(row) != "damaged" else None
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def _job(row: sqlite3.Row) -> Job:
    """Return a row as a Job.

    Raises:
        ValueError: its command or a time can't be read.
        TypeError: a value has another type.
    """
    if not all(
        isinstance(row[name], str) for name in ("title", "arguments", "state", "created", "message", "executor")
    ):
        raise TypeError("a text is no text")
    for name in ("beat", "started", "created"):
        datetime.fromisoformat(row[name] or "2026-01-01")
    return Job(
        id=row["id"],
        title=row["title"],
        arguments=tuple(json.loads(row["arguments"])),
        state=row["state"],
        created=row["created"],
        started=row["started"] or "",
        ended=row["ended"] or "",
        pid=row["pid"] or 0,
        progress=row["progress"],
        message=row["message"],
        cancelling=bool(row["cancelling"]),
        resumed_by=row["resumed_by"],
        executor=row["executor"],
        beat=row["beat"] or "",
        priority=row["priority"],
        paused=bool(row["paused"]),
        waits_for=tuple(map(int, json.loads(row["waits_for"]))),
    )


def table_path() -> Path:
    """Return the job table's file."""
    return cache_root() / "jobs.db"


def file_of(number: int, kind: str) -> Path:
    """Return a job's log or lock file."""
    return jobs_folder() / f"{number}.{kind}"


def utc_now() -> str:
    """Return the time in UTC, as the table states it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
