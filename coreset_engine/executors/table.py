"""The table of jobs: what is written of each, and what its lock says of it now."""

import fcntl
import json
import os
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coreset_engine.errors import JobError
from coreset_engine.paths import cache_root, jobs_folder
from coreset_engine.store.database import read, transaction

RESUMABLE = ("interrupted", "cancelled", "failed")
ENDED = ("done", *RESUMABLE)
_JOBS = """CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, arguments TEXT NOT NULL, state TEXT NOT NULL,
    created TEXT NOT NULL, started TEXT, ended TEXT, beat TEXT, pid INTEGER, progress REAL NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT '', cancelling INTEGER NOT NULL DEFAULT 0)"""


@dataclass(frozen=True)
class Job:
    """One job as it is now.

    Attributes:
        state: "waiting", "running", "done", "failed", "cancelled", or "interrupted": it should run but its process is gone.
        arguments: of `python -m coreset_engine`.
        progress: 0..1.
        message: what it does, or why it failed.
        cancelling: it was asked to stop and has not yet.
        resumed_by: number of the job that went on with it, 0 without one.
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

    @property
    def active(self) -> bool:
        """Return whether it waits or runs."""
        return self.state not in ENDED

    @property
    def resumable(self) -> bool:
        """Return whether starting it again goes on where it stopped; once another job has, that one may be resumed."""
        return self.state in RESUMABLE and not self.resumed_by

    @property
    def log(self) -> Path:
        """Return the file of its output."""
        return file_of(self.id, "log")


def _add_resumed_by(database: sqlite3.Connection) -> None:
    """Add the column `resumed_by`; tables of 0.1.0 may have it."""
    if "resumed_by" not in {column["name"] for column in database.execute("PRAGMA table_info(jobs)")}:
        database.execute("ALTER TABLE jobs ADD COLUMN resumed_by INTEGER NOT NULL DEFAULT 0")


MIGRATIONS = (_JOBS, _add_resumed_by)


def rows() -> list[Job]:
    """Return every job, the newest first."""
    return [of_row(row) for row in read(table_path(), MIGRATIONS, "SELECT * FROM jobs ORDER BY id DESC")]


def job(number: int) -> Job:
    """Return one job.

    Raises:
        JobError: there is none of this number.
    """
    found = read(table_path(), MIGRATIONS, "SELECT * FROM jobs WHERE id = ?", (number,))
    if not found:
        raise JobError(f"There is no job {number}. `jobs` lists those that exist.")
    return of_row(found[0])


def write(number: int, **columns: Any) -> None:
    """Write columns of one job's row.

    Raises:
        EngineError: the table can't be written.
    """
    names = ", ".join(f"{name} = ?" for name in columns)
    with table() as database:
        database.execute(f"UPDATE jobs SET {names} WHERE id = ?", (*columns.values(), number))


def table() -> AbstractContextManager[sqlite3.Connection]:
    """Return a transaction on the job table."""
    jobs_folder().mkdir(parents=True, exist_ok=True)
    return transaction(table_path(), MIGRATIONS)


def of_row(row: Any) -> Job:
    """Return a row as a Job; its state follows the lock, not the last write."""
    state, message = row["state"], row["message"]
    if state == "interrupted" and row["cancelling"]:
        state = "cancelled"
    elif state not in ENDED and not alive(row["id"]):
        state = "cancelled" if row["cancelling"] else "interrupted"
        message = (
            message if state == "cancelled" else f"its process ended unexpectedly ({message or 'before it began'})"
        )
    return Job(
        id=row["id"],
        title=row["title"],
        arguments=tuple(json.loads(row["arguments"])),
        state=state,
        created=row["created"],
        started=row["started"] or "",
        ended=row["ended"] or "",
        pid=row["pid"] or 0,
        progress=row["progress"],
        message=message,
        cancelling=bool(row["cancelling"]) and state not in ENDED,
        resumed_by=row["resumed_by"],
    )


def alive(number: int) -> bool:
    """Return whether a job's process holds its lock."""
    path = file_of(number, "lock")
    if not path.is_file():
        return False
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared, so that two who ask do not meet each other
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def table_path() -> Path:
    """Return the job table's file."""
    return cache_root() / "jobs.db"


def file_of(number: int, kind: str) -> Path:
    """Return a job's log or lock file."""
    return jobs_folder() / f"{number}.{kind}"


def utc_now() -> str:
    """Return the time in UTC, as the table states it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
