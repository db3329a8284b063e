"""Two servers on one cache: of the jobs that both start, and a worker runs, none is lost and none runs twice."""

import subprocess
import sys
import textwrap

import pytest

from coreset_engine.executors import table
from tests.browser import ROOT

SERVER = """
import os, sys
from coreset_engine.executors import table
for at in range(int(sys.argv[2])):
    with table.entering("shared", ["noop", f"{sys.argv[1]}-{at}"], f"{sys.argv[1]}-{at}"):
        pass
"""
WORKER = """
import sys, time
from coreset_engine.executors import table
wanted, log = int(sys.argv[1]), open(sys.argv[2], "a", buffering=1)
deadline = time.monotonic() + float(sys.argv[3])
ended = 0
while ended < wanted and time.monotonic() < deadline:
    jobs = sorted(table.rows(), key=lambda job: job.id)
    ended = sum(job.state == "done" for job in jobs)
    for job in jobs:
        if job.state == "waiting":
            log.write(job.title + chr(10))
            assert table.write(job.id, state="done", ended=table.utc_now(), progress=1.0)
    time.sleep(0.01)
"""


def started(text, *words):
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(text), *map(str, words)], cwd=ROOT)


@pytest.mark.parametrize("count", [20, pytest.param(100, marks=pytest.mark.hard)])
def test_two_servers_and_a_worker_lose_no_job_and_run_none_twice(count, tmp_path):
    ran = tmp_path / "ran"
    servers = [started(SERVER, name, count) for name in ("one", "two")]
    worker = started(WORKER, 2 * count, ran, 300)
    assert [process.wait(330) for process in (*servers, worker)] == [0, 0, 0]
    expected = sorted(f"{name}-{at}" for name in ("one", "two") for at in range(count))
    assert sorted(ran.read_text().split()) == expected
    jobs = table.rows()
    assert sorted(job.title for job in jobs) == expected
    assert sorted(job.id for job in jobs) == list(range(1, 2 * count + 1))
    assert {job.state for job in jobs} == {"done"}
