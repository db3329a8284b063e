"""Loops that kill a piece of work at random moments, look after every kill at what is left, and count what is not right.

After every kill: what was committed is there, `verify` finds nothing damaged, and no half run has a final name. After every
end: the dynamics are those of an undisturbed run to the byte, and each result row is there once with the same figures.
"""

import json
import os
import random
import signal
import time
from pathlib import Path

import numpy as np

from coreset_engine import paths, results, store, verification
from coreset_engine.executors import queue
from tests.browser import running_app
from tests.hard.nursery import Nursery

EPOCHS = 12
_LONG = 60  # epochs of a recording that takes some seconds
_TIMES = ("seconds", "energy_joules", "energy_of", "versions", "resumed", "created", "key")
_OPTIONS = ("--architecture", "lenet", "--batch-size", "64", "--lr", "0.02", "--device", "cpu")


def contents(run):
    """Every byte of a run that has nothing to do with time."""
    folder = paths.run_folder(run)
    file = store.RunFile(folder)
    # the sum over an epoch's metrics is one over its seconds, too
    timed = [name for name in file._arrays if name.endswith(("seconds", "metrics_crc32"))]
    rows = {name: file.read(name).tobytes() for name in file._arrays if name not in timed}
    return rows | {path.name: path.read_bytes() for path in folder.glob("model.safetensors")}


def figures():
    """Every result row without what depends on the clock, in the order of their texts."""
    return sorted(
        json.dumps({name: value for name, value in row.items() if not name.startswith(_TIMES)}, sort_keys=True)
        for row in results.rows()
    )


def damaged():
    """What `verify --all` finds damaged in the cache."""
    return [found for found in verification.verify_all() if found.state == "damaged"]


def recorded_epochs(run):
    """How many epochs of a run are whole, 0 where there is none."""
    return int(store.RunFile(paths.run_folder(run)).read("epochs/done").sum()) if run in store.run_names() else 0


def kill_recordings(images, tally, seed=0):
    """Kill a recording again and again; each that comes to its end must equal one that nobody disturbed."""
    draw, before = random.Random(seed), 0
    command = ["record", "--dataset", images, *_OPTIONS, "--epochs", EPOCHS, "--run"]
    with Nursery() as nursery:
        length = nursery.timed([*command, "whole"])
        whole, reached = contents("whole"), figures()
        _delete_rows(set())
        while tally.tries < tally.wanted:
            code = nursery.run([*command, "killed", "--resume"], draw.random() * length)
            now = recorded_epochs("killed")
            tally.keep(now >= before - 1, f"{before} epochs are {now}")  # one may just be written anew
            before = now
            _look(tally, code, whole, reached, "killed")
            if code == 0:
                before = 0
            tally.tried(counts=code != 0)
        code = nursery.run([*command, "killed", "--resume"])
        tally.expect(code == 0, "it can't be resumed")
        _look(tally, code, whole, reached, "killed")
    tally.note()


def _look(tally, code, whole, reached, run):
    """Look at a cache after a kill or an end; what came to its end is taken away, so that the next begins anew."""
    tally.expect(code in (0, -signal.SIGKILL), f"exit code {code}")
    tally.expect(not damaged(), f"{[found.detail for found in damaged()]}")
    tally.expect(set(figures()) <= set(reached), "a result row has other figures")
    if code == 0:
        tally.expect(contents(run) == whole, "the dynamics are others")
        tally.expect(figures() == reached, "result rows are missing, or there twice")
        store.delete_run(run, now=True)
        _delete_rows(set())


def _delete_rows(kept):
    """Delete every result row but some, by their keys."""
    results.delete([row["key"] for row in results.rows() if row["key"] not in kept])


def kill_imports(folder, tally, seed=0):
    """Kill an import again and again: there is the whole run, or none."""
    draw = random.Random(seed)
    logits = np.random.default_rng(0).normal(size=(60, 200, 5)).astype(np.float32)
    np.savez(folder / "foreign.npz", logits=logits, labels=np.arange(200) % 5)
    command = ["import", folder / "foreign.npz", "--run"]
    with Nursery() as nursery:
        length, whole = nursery.timed([*command, "whole"]), contents("whole")
        while tally.tries < tally.wanted:
            code = nursery.run([*command, "killed"], draw.random() * length)
            tally.expect(code in (0, -signal.SIGKILL), f"exit code {code}")
            found = "killed" in store.run_names()
            tally.keep(found or code != 0, "an import that ended well left no run")
            tally.expect(not found or contents("killed") == whole, "the run is half of one")
            tally.expect(not damaged(), f"{[one.detail for one in damaged()]}")
            if found:
                store.delete_run("killed", now=True)
            tally.tried(counts=code != 0)
        tally.expect(nursery.run([*command, "killed"]) == 0, "it can't be imported any more")
    store.sweep()  # as the app does at its start
    left = sorted(path.name for path in paths.runs_folder().iterdir() if path.name != ".trash")
    tally.expect(left == ["killed", "whole"], f"left: {left}")
    tally.note()


def kill_retrainings(tally, seed=0):
    """Kill retrainings of run `tiny` again and again: every row is there once, with the figures of an undisturbed one."""
    draw = random.Random(seed)
    command = ["retrain", "tiny", "--method", "random", "aum", "--rate", 0.3, "--seeds", 0, 1, "--epochs", 4,
               "--device", "cpu"]  # fmt: skip
    kept = {row["key"] for row in results.rows()}
    with Nursery() as nursery:
        length = nursery.timed(command)
        reached = figures()
        _delete_rows(kept)
        before = set(figures())
        while tally.tries < tally.wanted:
            code = nursery.run(command, draw.random() * length)
            tally.expect(code in (0, -signal.SIGKILL), f"exit code {code}")
            now = figures()
            tally.keep(before <= set(now), "a result row")
            tally.expect(
                set(now) <= set(reached) and len(set(now)) == len(now), "a result row is another, or there twice"
            )
            tally.expect(not damaged(), f"{[found.detail for found in damaged()]}")
            if code == 0:
                tally.expect(now == reached, "result rows are missing")
                _delete_rows(kept)
            before = set(figures())
            tally.tried(counts=code != 0)
        tally.expect(nursery.run(command) == 0, "it can't be started any more")
        tally.expect(figures() == reached, "result rows are missing at the end")
        left = [path.name for path in paths.retrainings_folder().glob("*")]
        tally.expect(not left, f"checkpoints are left: {left}")
    tally.note()


def _until(condition, seconds=300):
    """Wait for a condition and return whether it came; a busy machine may need long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def _start(images, run):
    """Start a recording of some seconds as a job and return its number."""
    arguments = ["record", "--dataset", str(images), *_OPTIONS, "--epochs", str(_LONG), "--run", run]
    return queue.start(arguments, f"Record {run}")


def _ends(number):
    """Wait for a job's end and return whether it is a good one."""
    return _until(lambda: not queue.job(number).active) and queue.job(number).state == "done"


def kill_workers(images, tally, seed=0):
    """Kill a job's worker again and again and resume it; each that comes to its end equals one that nobody disturbed."""
    draw = random.Random(seed)
    tally.expect(_ends(_start(images, "whole")), "the undisturbed job failed")
    whole, reached = contents("whole"), figures()
    _delete_rows(set())
    number, before = _start(images, "killed"), 0
    while tally.tries < tally.wanted:
        moment = _moment(draw, before)
        _until(lambda n=number, m=moment: m() or not queue.job(n).active)
        killed = _kill(number)
        tally.expect(_until(lambda n=number: not queue.job(n).active, 30), "a dead job seems alive")
        now = recorded_epochs("killed")
        tally.keep(now >= before - 1, f"{before} epochs are {now}")  # one may just be written anew
        state = queue.job(number).state
        tally.expect(state in (("interrupted", "done") if killed else ("done",)), f"the job is {state}")
        _look(tally, 0 if state == "done" else -signal.SIGKILL, whole, reached, "killed")
        tally.tried(counts=state == "interrupted")
        number, before = (_start(images, "killed"), 0) if state == "done" else (queue.resume(number), now)
    tally.expect(_ends(number), "the last job failed")
    _look(tally, 0, whole, reached, "killed")
    tally.note()


def _moment(draw, epochs):
    """A condition that comes true at a random moment: while it starts, or some epochs further on."""
    if draw.random() < 0.5:
        end = time.monotonic() + draw.random() * 4
        return lambda: time.monotonic() > end
    wanted = epochs + draw.randrange(1, 40)
    return lambda: recorded_epochs("killed") >= wanted


def _kill(number):
    """Kill a job's process group; return whether there was one."""
    pid = queue.job(number).pid
    try:
        os.killpg(pid or os.getpid() * 2**10, signal.SIGKILL)  # 0 would mean this process's own group
    except ProcessLookupError:
        return False
    return True


def kill_servers(images, cache, tally, seed=0):
    """Kill the app while a job runs, again and again: the job goes on, and ends well."""
    draw = random.Random(seed)
    number, runs = _start(images, "served"), ["served"]
    while tally.tries < tally.wanted:
        with running_app(cache):
            time.sleep(draw.random())
            os.kill(_server(), signal.SIGKILL)
        tally.tried()
        state = queue.job(number).state
        tally.expect(state in ("waiting", "running", "done"), f"the job is {state}")
        tally.expect(not damaged(), f"{[found.detail for found in damaged()]}")
        if state == "done":
            runs.append(f"served{tally.tries}")
            number = _start(images, runs[-1])
    tally.expect(_ends(number), "the last job failed")
    tally.expect(len({json.dumps(sorted(map(repr, contents(run).items()))) for run in runs}) == 1, "runs differ")
    tally.keep(all(recorded_epochs(run) == _LONG for run in runs), "epochs of a finished run")
    tally.note()


def _server():
    """The process number of the app that this process started."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    (server,) = [int(one) for one in children if b"streamlit" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return server
