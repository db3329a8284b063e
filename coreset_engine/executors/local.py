"""Jobs as processes of their own on this machine; they outlive the app and the browser.

A job is alive as long as its lock is held: the lock is passed to the process at its start and freed by the kernel at its
end, however that comes.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from coreset_engine.errors import JobError
from coreset_engine.executors import table
from coreset_engine.executors.base import PROJECT, environment
from coreset_engine.executors.table import Job, file_of

_children: list[subprocess.Popen[bytes]] = []
_codes: dict[int, int] = {}  # how processes started here ended, by their numbers


class LocalExecutor:
    """One process per job, in a group of its own."""

    name = table.LOCAL

    def submit(
        self, arguments: Sequence[str], title: str, *, continues: Job | None = None, waits_for: Sequence[int] = ()
    ) -> int:
        """Enter a job into the table, then start its process and return its number.

        Raises:
            JobError: the process can't be started, or `continues` was resumed already.
        """
        with table.entering(self.name, arguments, title, continues, waits_for) as number:
            lock = _new_lock(number)  # before anyone can read the row: none of them finds it without its lock
        try:
            pid = _spawn(number, arguments, lock)
        except OSError as error:
            message = f"The job can't be started: {error}."
            table.write(number, state="failed", message=message, ended=table.utc_now())
            raise JobError(message) from None
        finally:
            os.close(lock)
        table.write(number, pid=pid)
        return number

    def cancel(self, job: Job, grace: float) -> None:
        """Ask a job's process to stop, and kill it when it has not within `grace` seconds."""
        deadline = time.monotonic() + grace
        asked = _signal(job.id, signal.SIGTERM)
        while self.alive(job) and time.monotonic() < deadline:
            time.sleep(0.1)
            asked = asked or _signal(job.id, signal.SIGTERM)
        while self.alive(job):
            _signal(job.id, signal.SIGKILL)
            time.sleep(0.05)

    def alive(self, job: Job) -> bool:
        """Return whether a job's process holds its lock."""
        path = file_of(job.id, "lock")
        if not path.is_file():
            return False
        descriptor = os.open(path, os.O_RDONLY)
        try:
            # shared, so that two who ask do not meet each other
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def log(self, job: Job, size: int) -> str:
        """Return the last `size` bytes of a job's output."""
        if not job.log.is_file():
            return ""
        with open(job.log, "rb") as file:
            file.seek(max(0, job.log.stat().st_size - size))
            return file.read().decode(errors="replace")


EXECUTOR = LocalExecutor()


def spawn(arguments: Sequence[str]) -> None:
    """Start a command of the engine that is no job and whose output is of no account."""
    nowhere = subprocess.DEVNULL
    _start(arguments, None, stdout=nowhere, stderr=nowhere)


def reap() -> None:
    """Forget the processes started here that have ended, so that the kernel does, too; how they ended is kept."""
    for child in _children:
        if child.poll() is not None:
            _codes[child.pid] = child.returncode
    _children[:] = [child for child in _children if child.returncode is None]


def code_of(pid: int) -> int | None:
    """Return the exit code of a process started here that has ended, -9 for SIGKILL; None where it isn't known."""
    if pid in _codes or not pid:
        return _codes.get(pid)
    try:
        found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:  # another process started it
        return None
    if found is None:
        return None
    return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status


def _new_lock(number: int) -> int:
    """Return a new job's lock, held; it never waits, since nobody else knows the number yet."""
    lock = os.open(file_of(number, "lock"), os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return lock


def _spawn(number: int, arguments: Sequence[str], lock: int) -> int:
    """Start a job's process, which keeps `lock` and writes to the job's log, and return its number."""
    with open(file_of(number, "log"), "wb") as log:
        return _start(arguments, number, stdout=log, stderr=subprocess.STDOUT, pass_fds=(lock,))


def _start(arguments: Sequence[str], job: int | None, **streams: object) -> int:
    """Start a command of the engine in a group of its own and return its process number."""
    child: subprocess.Popen[bytes] = subprocess.Popen(
        [sys.executable, "-m", "coreset_engine", *arguments],
        stdin=subprocess.DEVNULL,
        env=environment(job),
        cwd=PROJECT,
        start_new_session=True,
        **streams,  # type: ignore[call-overload]
    )
    _codes.pop(child.pid, None)  # the kernel gives numbers again
    _children.append(child)
    return child.pid


def _signal(number: int, sign: int) -> bool:
    """Send a signal to a job's process group, which may have ended; return whether the group is known yet."""
    pid = table.row(number).pid
    if pid:
        try:
            os.killpg(pid, sign)
        except ProcessLookupError:
            return True
    return bool(pid)
