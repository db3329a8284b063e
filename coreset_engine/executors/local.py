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
from pathlib import Path
from typing import cast

from coreset_engine.errors import JobError
from coreset_engine.executors.table import Job, alive, file_of, job, of_row, rows, table, utc_now, write
from coreset_engine.paths import cache_root

ENVIRONMENT = "CORESET_JOB"  # tells a process which job it is; see executors/worker.py
GRACE_SECONDS = 20  # between asking a job to stop and killing it
PROJECT = Path(__file__).resolve().parent.parent.parent
_children: list[subprocess.Popen[bytes]] = []


def start(arguments: list[str], title: str) -> int:
    """Start `python -m coreset_engine <arguments>` as a job and return its number.

    It waits for the jobs before it, one running at a time.

    Raises:
        JobError: the process can't be started.
    """
    with table() as database:
        return _begin(database, arguments, title)


def _begin(database: sqlite3.Connection, arguments: list[str], title: str) -> int:
    """Enter a job into the table, start its process and return its number.

    Raises:
        JobError: the process can't be started.
    """
    row = (title, json.dumps(arguments), "waiting", utc_now())
    added = database.execute("INSERT INTO jobs (title, arguments, state, created) VALUES (?, ?, ?, ?)", row)
    job = cast(int, added.lastrowid)  # an INSERT has one
    lock = os.open(file_of(job, "lock"), os.O_RDWR | os.O_CREAT, 0o644)
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


def _spawn(job: int, arguments: list[str], lock: int) -> subprocess.Popen[bytes]:
    """Return a process in a group of its own that keeps `lock` and writes to the job's log."""
    environment = os.environ | {ENVIRONMENT: str(job), "CORESET_CACHE": str(cache_root()), "PYTHONUNBUFFERED": "1"}
    with open(file_of(job, "log"), "wb") as log:
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
    return rows()


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
    while alive(number) and time.monotonic() < deadline:
        time.sleep(0.1)
    if alive(number):
        _signal(current, signal.SIGKILL)
        while alive(number):
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
    with table() as database:  # the state is read and changed in one transaction: two clicks start one job
        old = of_row(database.execute("SELECT * FROM jobs WHERE id = ?", (number,)).fetchone())
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


def log_tail(number: int, size: int = 8_000) -> str:
    """Return the end of a job's output."""
    path = file_of(number, "log")
    if not path.is_file():
        return ""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - size))
        return file.read().decode(errors="replace")


def _signal(target: Job, number: int) -> None:
    """Send a signal to a job's process group; it may have ended meanwhile."""
    try:
        os.killpg(target.pid, number)
    except ProcessLookupError:
        return
