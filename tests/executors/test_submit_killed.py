"""The app dies at any point of submitting a job: there is a row that can be resumed, or nothing at all."""

import os
import subprocess
import sys
import time

import pytest

from coreset_engine.executors import local, queue

TRIES = 25
# For every line of stdin, a number n, a fork of it is an app that submits a job and ends hard at the n-th line of our own
# code that it runs; prints the exit code, and how many lines there are without n.
_APPS = """
import os, sys
from coreset_engine.executors import local, queue
queue.all_executors()
local.sys.executable = sys.argv[1]
end, count = 0, 0
def trace(frame, event, argument):
    global count
    if "coreset_engine" not in frame.f_code.co_filename:
        return None
    if event == "line":
        count += 1
        if count == end:
            os._exit(9)
    return trace
for line in sys.stdin:
    end, os.environ["CORESET_CACHE"] = int(line.split()[0]), line.split()[1]
    child = os.fork()
    if not child:
        sys.settrace(trace)
        queue.start(["methods"], "a list")
        sys.settrace(None)
        print(count, end=" ", flush=True)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def submitted(tmp_path, monkeypatch):
    """Submit a job in an app of its own that ends at a line; return its exit code and what it printed."""
    # a worker that ends at once, so that the tries take no second each
    python, quick = sys.executable, tmp_path / "python"
    code = (
        "import sys; from coreset_engine.executors.worker import Worker; w = Worker(); "
        "w.wait_for_turn(lambda: False); w.end('done', '')"
    )
    quick.write_text(f'#!/bin/sh\nexec "{python}" -c "{code}"\n')
    quick.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(local.PROJECT))
    monkeypatch.setattr(local.sys, "executable", str(quick))
    command, pipes = [python, "-c", _APPS, str(quick)], {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}

    def submit(end):
        print(end, os.environ["CORESET_CACHE"], file=process.stdin, flush=True)
        *printed, code = process.stdout.readline().split()
        return int(code), *map(int, printed)

    with subprocess.Popen(command, text=True, **pipes) as process:
        yield submit
        process.stdin.close()


def settled(seconds=60):
    """Wait until no job is active and return all."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = queue.all_jobs()
        if not any(job.active for job in found):
            return found
        time.sleep(0.05)
    return pytest.fail(f"a job is active for ever: {queue.all_jobs()}")


def test_an_app_that_dies_while_it_submits_leaves_no_job_that_waits_for_ever(submitted, tmp_path, monkeypatch):
    code, lines = submitted(0)
    assert code == 0
    states = []
    for end in range(1, lines + 1, max(1, lines // TRIES)):
        monkeypatch.setenv("CORESET_CACHE", str(tmp_path / f"cache{end}"))  # a longer table has more lines to run
        assert submitted(end) == (9,)
        new = settled(10)
        assert len(new) <= 1
        assert all(job.state in ("done", "interrupted") and (job.state == "done" or job.resumable) for job in new)
        states += [job.state for job in new]
        later = queue.start(["methods"], "a later one")  # none of them blocks the queue
        settled(10)
        assert (queue.job(later).state, len(queue.all_jobs())) == ("done", len(new) + 1)
    assert {"done", "interrupted"} <= set(states)  # killed before the worker was started, and after
