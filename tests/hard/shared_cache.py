"""Two Streamlit servers whose visitors enter jobs, and a worker that runs them, all on one cache."""

import subprocess
import sys
import textwrap
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from coreset_engine import verification
from coreset_engine.executors import table
from tests.browser import ROOT, running_app

VISITORS = 3  # of each server, at once
_APP = "tests/hard/jobs_app.py"
# imports once, then runs every job in a fork, as a process that knows which job it is
_WORKER = """
import os, sys, time
import coreset_engine.__main__ as main
from coreset_engine.cli import listing
from coreset_engine.executors import table
from coreset_engine.executors.base import ENVIRONMENT
wanted, log = int(sys.argv[1]), open(sys.argv[2], "a", buffering=1)
deadline = time.monotonic() + float(sys.argv[3])
while time.monotonic() < deadline:
    jobs = sorted(table.rows(), key=lambda job: job.id)
    if sum(not job.active for job in jobs) >= wanted:
        break
    for job in jobs:
        if job.state == "waiting":
            log.write(job.title + chr(10))
            child = os.fork()
            if not child:
                os.environ[ENVIRONMENT] = str(job.id)
                sys.argv = ["coreset_engine", *job.arguments]
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                main.main()
            os.waitpid(child, 0)
    time.sleep(0.01)
"""


def start_jobs(folder, tally, seconds=600):
    """Let two servers enter the jobs that are wanted, half each, and a worker run them; look at what became of them.

    Args:
        folder: that both servers use as their cache.
        tally: its tries are the jobs.
        seconds: after which the worker gives up.
    """
    half = tally.wanted // 2
    ran = Path(folder) / "ran"
    words = [sys.executable, "-c", textwrap.dedent(_WORKER), str(2 * half), str(ran), str(seconds)]
    worker = subprocess.Popen(words, cwd=ROOT)
    try:
        with running_app(folder, script=_APP) as one, running_app(folder, script=_APP, log="second.log") as other:
            _enter({"one": one, "other": other}, half)
            worker.wait(seconds + 60)
    finally:
        worker.kill()
        worker.wait()
    _look(tally, {f"{name}-{at}" for name in ("one", "other") for at in range(half)}, ran, Path(folder))


def _enter(addresses, half):
    """Let the visitors of all servers enter jobs at once."""
    visits = [
        (address, [f"{name}-{at}" for at in range(first, half, VISITORS)])
        for name, address in addresses.items()
        for first in range(VISITORS)
    ]
    with ThreadPoolExecutor(len(visits)) as pool:
        list(pool.map(lambda visit: _visit(*visit), visits))


def _visit(address, titles):
    """Let one visitor open the page once for every title, one after the other."""
    with connect(f"ws{address[4:]}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as socket:
        for title in titles:
            message = BackMsg()
            message.rerun_script.query_string = f"title={title}"
            socket.send(message.SerializeToString())
            while ForwardMsg.FromString(socket.recv(120)).WhichOneof("type") != "script_finished":
                pass


def _look(tally, titles, ran, folder):
    """Count jobs that are lost, ran twice or ended badly, damage, and errors of the servers."""
    jobs = table.rows()
    found, started = Counter(job.title for job in jobs), Counter(ran.read_text().split())
    for title in titles:
        tally.keep(found[title] == 1, f"{title} is there {found[title]} times")
        tally.expect(started[title] == 1, f"{title} ran {started[title]} times")
        tally.tried()
    for job in jobs:
        tally.expect(job.title in titles and job.state == "done", f"{job.title} is {job.state}: {job.message}")
    tally.expect({job.id for job in jobs} == set(range(1, len(titles) + 1)), "numbers are missing, or there twice")
    damaged = [one.detail for one in verification.verify_all() if one.state == "damaged"]
    tally.expect(not damaged, f"{damaged}")
    for log in ("app.log", "second.log"):
        tally.expect("Traceback" not in (folder / log).read_text(), f"{log} has a traceback")
    tally.note()
