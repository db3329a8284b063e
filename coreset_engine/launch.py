"""Jobs: starts `python -m coreset_engine ...` as processes of their own and reads how they are.

A job outlives the app and the browser. It is alive as long as its lock is held: the lock is passed to the process at its
start and freed by the kernel at its end, however that comes.
"""

import fcntl
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coreset_engine.database import read, transaction
from coreset_engine.errors import JobError
from coreset_engine.paths import cache_root, jobs_folder

_SCHEMA = """CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, arguments TEXT NOT NULL, state TEXT NOT NULL,
    created TEXT NOT NULL, started TEXT, ended TEXT, beat TEXT, pid INTEGER, progress REAL NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT '', cancelling INTEGER NOT NULL DEFAULT 0, resumed_by INTEGER NOT NULL DEFAULT 0)"""
ENVIRONMENT = "CORESET_JOB"  # tells a process which job it is; see worker.py
RESUMABLE = ("interrupted", "cancelled", "failed")
ENDED = ("done", *RESUMABLE)
GRACE_SECONDS = 20  # between asking a job to stop and killing it
PROJECT = Path(__file__).resolve().parent.parent
_children: list[subprocess.Popen] = []


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
        return _file(self.id, "log")


def start(arguments: list[str], title: str) -> int:
    """Start `python -m coreset_engine <arguments>` as a job and return its number.

    It waits for the jobs before it, one running at a time.

    Raises:
        JobError: the process can't be started.
    """
    with _table() as database:
        return _begin(database, arguments, title)


def _begin(database: sqlite3.Connection, arguments: list[str], title: str) -> int:
    """Enter a job into the table, start its process and return its number.

    Raises:
        JobError: the process can't be started.
    """
    row = (title, json.dumps(arguments), "waiting", utc_now())
    job = database.execute("INSERT INTO jobs (title, arguments, state, created) VALUES (?, ?, ?, ?)", row).lastrowid
    lock = os.open(_file(job, "lock"), os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        _children.append(_spawn(job, arguments, lock))
    except OSError as error:
        raise JobError(f"The job can't be started: {error}.") from None
    finally:
        os.close(lock)
    database.execute("UPDATE jobs SET pid = ? WHERE id = ?", (_children[-1].pid, job))
    return job


def start_demo() -> int:
    """Start the recording of the demo and retrainings on it, and return the job's number.

    Raises:
        JobError: the process can't be started.
    """
    return start(["demo"], "Demo: record LeNet-5 on synthetic CT phantoms, retrain on coresets")


def _spawn(job: int, arguments: list[str], lock: int) -> subprocess.Popen:
    """Return a process in a group of its own that keeps `lock` and writes to the job's log."""
    environment = os.environ | {ENVIRONMENT: str(job), "CORESET_CACHE": str(cache_root()), "PYTHONUNBUFFERED": "1"}
    with open(_file(job, "log"), "wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "coreset_engine", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=PROJECT,
            start_new_session=True,
            pass_fds=(lock,),
        )


def all_jobs() -> list[Job]:
    """Return every job, the newest first."""
    for child in _children:
        child.poll()  # reaps those that ended
    _children[:] = [child for child in _children if child.returncode is None]
    return [_job(row) for row in read(_path(), "SELECT * FROM jobs ORDER BY id DESC")]


def job(number: int) -> Job:
    """Return one job.

    Raises:
        JobError: there is none of this number.
    """
    found = read(_path(), "SELECT * FROM jobs WHERE id = ?", (number,))
    if not found:
        raise JobError(f"There is no job {number}. `jobs` lists those that exist.")
    return _job(found[0])


def cancel(number: int, grace: float = GRACE_SECONDS) -> Job:
    """Ask a job to stop, kill it when it has not within `grace` seconds, and return it.

    Raises:
        JobError: there is no such job, or it has ended.
    """
    current = job(number)
    if not current.active:
        raise JobError(f"Job {number} is {current.state}; only a waiting or running job can be cancelled.")
    write(number, cancelling=1)
    _signal(current, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while _alive(number) and time.monotonic() < deadline:
        time.sleep(0.1)
    if _alive(number):
        _signal(current, signal.SIGKILL)
        while _alive(number):
            time.sleep(0.05)
    return job(number)


def cancel_in_background(number: int) -> None:
    """Let a process of its own cancel a job, so that a page need not wait for the job's end.

    Raises:
        JobError: there is no such job, or it has ended.
    """
    if not job(number).active:
        raise JobError(f"Job {number} has ended already.")
    _children.append(
        subprocess.Popen(
            [sys.executable, "-m", "coreset_engine", "jobs", "cancel", str(number)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"CORESET_CACHE": str(cache_root())},
            cwd=PROJECT,
            start_new_session=True,
        )
    )


def resume(number: int) -> int:
    """Start an ended job's command again, going on where it stopped, and return the new job's number.

    The old job then names the new one in `resumed_by` and is not resumable any more.

    Raises:
        JobError: there is no such job, or it is still active, done or resumed already.
    """
    job(number)
    with _table() as database:  # the state is read and changed in one transaction: two clicks start one job
        _know_resumed(database)
        old = _job(database.execute("SELECT * FROM jobs WHERE id = ?", (number,)).fetchone())
        if old.resumed_by:
            raise JobError(f"Job {number} was resumed already, as job {old.resumed_by}.")
        if not old.resumable:
            raise JobError(
                f"Job {number} is {old.state}; only one that was cancelled, failed or interrupted can be resumed."
            )
        arguments = list(old.arguments)
        if arguments[0] == "record" and "--resume" not in arguments:
            arguments.append("--resume")
        new = _begin(database, arguments, old.title)
        told = (old.state, f"{old.message}; went on as job {new}".removeprefix("; "), new, number)
        database.execute("UPDATE jobs SET state = ?, message = ?, resumed_by = ? WHERE id = ?", told)
    return new


def write(number: int, **columns: Any) -> None:
    """Write columns of one job's row.

    Raises:
        EngineError: the table can't be written.
    """
    names = ", ".join(f"{name} = ?" for name in columns)
    with _table() as database:
        database.execute(f"UPDATE jobs SET {names} WHERE id = ?", (*columns.values(), number))


def log_tail(number: int, size: int = 8_000) -> str:
    """Return the end of a job's output."""
    path = _file(number, "log")
    if not path.is_file():
        return ""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - size))
        return file.read().decode(errors="replace")


def _job(row: Any) -> Job:
    """Return a row as a Job; its state follows the lock, not the last write."""
    state, message = row["state"], row["message"]
    if state == "interrupted" and row["cancelling"]:
        state = "cancelled"
    elif state not in ENDED and not _alive(row["id"]):
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
        resumed_by=row["resumed_by"] if "resumed_by" in set(row.keys()) else 0,
    )


def _know_resumed(database: sqlite3.Connection) -> None:
    """Add the column `resumed_by` to a table that was made before there was one."""
    if "resumed_by" not in {column["name"] for column in database.execute("PRAGMA table_info(jobs)")}:
        database.execute("ALTER TABLE jobs ADD COLUMN resumed_by INTEGER NOT NULL DEFAULT 0")


def _alive(number: int) -> bool:
    """Return whether a job's process holds its lock."""
    path = _file(number, "lock")
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


def _signal(target: Job, number: int) -> None:
    """Send a signal to a job's process group; it may have ended meanwhile."""
    try:
        os.killpg(target.pid, number)
    except ProcessLookupError:
        return


def _table() -> AbstractContextManager[sqlite3.Connection]:
    """Return a transaction on the job table."""
    jobs_folder().mkdir(parents=True, exist_ok=True)
    return transaction(_path(), _SCHEMA)


def _path() -> Path:
    """Return the job table's file."""
    return cache_root() / "jobs.db"


def _file(number: int, kind: str) -> Path:
    """Return a job's log or lock file."""
    return jobs_folder() / f"{number}.{kind}"


def utc_now() -> str:
    """Return the time in UTC, as the table states it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
