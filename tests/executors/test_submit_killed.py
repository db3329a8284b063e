"""The app dies at any point of submitting a job: there is a row that can be resumed, or nothing at all."""

import subprocess
import sys
import time

import pytest

from coreset_engine.executors import local, queue

TRIES = 25
# Submits a job and ends hard at the n-th line of our own code that it runs; prints how many lines there are without n.
_APP = """
import os, sys
from coreset_engine.executors import local, queue
queue.all_executors()
end, count = int(sys.argv[1]), 0
def trace(frame, event, argument):
    global count
    if "coreset_engine" not in frame.f_code.co_filename:
        return None
    if event == "line":
        count += 1
        if count == end:
            os._exit(9)
    return trace
sys.settrace(trace)
queue.start(["methods"], "a list")
sys.settrace(None)
print(count)
"""


def submitted(end):
    """Submit a job in an app of its own that ends at a line; return its exit code and what it printed."""
    done = subprocess.run([sys.executable, "-c", _APP, str(end)], capture_output=True, text=True)
    return done.returncode, done.stdout


def settled(seconds=60):
    """Wait until no job is active and return all."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = queue.all_jobs()
        if not any(job.active for job in found):
            return found
        time.sleep(0.05)
    return pytest.fail(f"a job is active for ever: {queue.all_jobs()}")


def test_an_app_that_dies_while_it_submits_leaves_no_job_that_waits_for_ever(cache, tmp_path, monkeypatch):
    # a worker that ends at once, so that the tries take no second each
    quick = tmp_path / "python"
    code = (
        "import sys; from coreset_engine.executors.worker import Worker; w = Worker(); "
        "w.wait_for_turn(lambda: False); w.end('done', '')"
    )
    quick.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}"\n')
    quick.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(local.PROJECT))
    monkeypatch.setitem(
        globals(), "_APP", _APP.replace("end, count", f"local.sys.executable = {str(quick)!r}; end, count")
    )
    lines, states = int(submitted(0)[1]), []
    for end in range(1, lines + 1, max(1, lines // TRIES)):
        monkeypatch.setenv("CORESET_CACHE", str(tmp_path / f"cache{end}"))  # a longer table has more lines to run
        assert submitted(end)[0] == 9
        new = settled(10)
        assert len(new) <= 1
        assert all(job.state in ("done", "interrupted") and (job.state == "done" or job.resumable) for job in new)
        states += [job.state for job in new]
        later = queue.start(["methods"], "a later one")  # none of them blocks the queue
        settled(10)
        assert (queue.job(later).state, len(queue.all_jobs())) == ("done", len(new) + 1)
    assert {"done", "interrupted"} <= set(states)  # killed before the worker was started, and after
