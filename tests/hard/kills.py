"""Loops that kill a piece of work at random moments, look after every kill at what is left, and count what is not right."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from coreset_engine import paths, results, store
from coreset_engine.executors import queue
from tests.browser import ROOT, running_app

EPOCHS = 12
_LONG = 60  # epochs of a recording that takes some seconds
# Imports once, then runs the command line in a fork for every list of arguments on stdin; checkpoints every 0.1 s.
_NURSERY = """
import json, os, signal, sys, time
import torch._dynamo, coreset_engine.__main__ as main
from coreset_engine import export
from coreset_engine.cli import jobs, record, retrain
from coreset_engine.pipeline import importing, recording, retraining
from coreset_engine.training import trainer
trainer.CHECKPOINT_SECONDS = 0.1
for line in sys.stdin:
    sys.argv, seconds = json.loads(line)
    child = os.fork()
    if not child:
        main.main()
    end = time.monotonic() + seconds
    while not os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            break
        time.sleep(0.001)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=sys.stderr, flush=True)
"""
_TIMES = ("seconds", "energy_joules", "energy_of", "versions", "resumed", "created", "key", "curve")


@dataclass
class Tally:
    """What a loop found: tries; pieces of work once there and then gone; states that should not be."""

    fault: str
    tries: int = 0
    lost: int = 0
    wrong: int = 0

    def note(self, folder: Path) -> None:
        """Write it as a line of JSON beside those of other loops."""
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "kills.jsonl", "a") as file:
            file.write(json.dumps(asdict(self)) + "\n")


class Nursery:
    """A process that starts commands without importing torch each time."""

    def __enter__(self):
        """Start it on the cache of now."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _NURSERY], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        return self

    def __exit__(self, *error):
        """End it."""
        self._process.kill()
        self._process.communicate()

    def run(self, arguments, seconds=None):
        """Run a command, killed after some seconds; return its exit code."""
        line = ["coreset_engine", *map(str, arguments)], 600 if seconds is None else seconds
        print(json.dumps(line), file=self._process.stdin, flush=True)
        while not (text := self._process.stderr.readline().strip()).lstrip("-").isdecimal():
            assert self._process.poll() is None
        return int(text)

    def timed(self, arguments):
        """Run a command to its end and return the seconds it took."""
        began = time.monotonic()
        assert self.run(arguments) == 0
        return time.monotonic() - began


def contents(run):
    """Every byte of a run that has nothing to do with time."""
    folder = paths.run_folder(run)
    file = store.RunFile(folder)
    rows = {name: file.read(name).tobytes() for name in file._arrays if not name.endswith("seconds")}
    return rows | {path.name: path.read_bytes() for path in folder.glob("model.safetensors")}


def _recorded_epochs(run):
    """How many epochs of a run are whole, 0 where there is none."""
    return int(store.RunFile(paths.run_folder(run)).read("epochs/done").sum()) if run in store.run_names() else 0


def kill_recordings(images, count, seed=0):
    """Kill a recording again and again; each that comes to its end must equal one that nobody disturbed."""
    tally, draw = Tally("SIGKILL of record"), random.Random(seed)
    options = ["--architecture", "lenet", "--epochs", EPOCHS, "--batch-size", 64, "--lr", 0.02, "--device", "cpu"]
    command = ["record", "--dataset", images, *options, "--run"]
    with Nursery() as nursery:
        length = nursery.timed([*command, "whole"])
        whole, before = contents("whole"), 0
        while tally.tries < count:
            code = nursery.run([*command, "killed", "--resume"], draw.random() * length)
            tally.tries += code != 0
            now = _recorded_epochs("killed")
            tally.lost += now < before - 1  # one epoch may just be written anew
            tally.wrong += bool(now and store.verify("killed")["damaged"])
            before = now
            if code == 0:
                before = 0
                tally.wrong += contents("killed") != whole
                store.delete_run("killed", now=True)
        assert nursery.run([*command, "killed", "--resume"]) == 0
        tally.wrong += contents("killed") != whole
    tally.wrong += len(results.rows()) != 1
    return tally


def kill_imports(count, folder, seed=0):
    """Kill an import again and again: there is the whole run, or none."""
    tally, draw = Tally("SIGKILL of import"), random.Random(seed)
    logits = np.random.default_rng(0).normal(size=(60, 200, 5)).astype(np.float32)
    np.savez(folder / "foreign.npz", logits=logits, labels=np.arange(200) % 5)
    command = ["import", folder / "foreign.npz", "--run"]
    with Nursery() as nursery:
        length, whole = nursery.timed([*command, "whole"]), contents("whole")
        while tally.tries < count:
            code = nursery.run([*command, "killed"], draw.random() * length * 1.2)
            tally.tries += code != 0
            found = "killed" in store.run_names()
            tally.lost += code == 0 and not found
            tally.wrong += found and contents("killed") != whole
            if found:
                store.delete_run("killed", now=True)
        assert nursery.run([*command, "killed"]) == 0
    left = sorted(path.name for path in paths.runs_folder().iterdir() if path.name != ".trash")
    tally.wrong += left != ["killed", "whole"]
    return tally


def _figures():
    """Every result row without what depends on the clock, by its configuration."""
    return sorted(
        json.dumps({name: value for name, value in row.items() if not name.startswith(_TIMES)}, sort_keys=True)
        for row in results.rows()
    )


def kill_retrainings(count, seed=0):
    """Kill retrainings of run `tiny` again and again: every row is there once, with the figures of an undisturbed one."""
    tally, draw = Tally("SIGKILL of retrain"), random.Random(seed)
    command = ["retrain", "tiny", "--method", "random", "aum", "--rate", 0.3, "--seeds", 0, 1, "--epochs", 4,
               "--device", "cpu"]  # fmt: skip
    with Nursery() as nursery:
        length = nursery.timed(command)
        whole = _figures()
        keys = [row["key"] for row in results.rows() if row["run"] or row["method"] == "random"]
        results.delete(keys)
        kept = len(results.rows())
        before = kept
        while tally.tries < count:
            code = nursery.run(command, draw.random() * length)
            tally.tries += code != 0
            now = len(results.rows())
            tally.lost += now < before
            before = now
            tally.wrong += not set(_figures()) <= set(whole)
            if code == 0:
                tally.wrong += _figures() != whole
                results.delete(keys)
                before = kept
        assert nursery.run(command) == 0
        tally.wrong += _figures() != whole
    return tally


def _until(condition, seconds=60):
    """Wait for a condition and return whether it came."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def _recording(images, run):
    """The arguments of a recording of run `run` that takes some seconds."""
    return ["record", "--dataset", str(images), "--architecture", "lenet", "--epochs", str(_LONG), "--batch-size", "64",
            "--lr", "0.02", "--device", "cpu", "--run", run]  # fmt: skip


def kill_workers(images, count, seed=0):
    """Kill a job's worker again and again and resume it; the last one comes to its end."""
    tally, draw = Tally("SIGKILL of a worker"), random.Random(seed)
    number, before, written = queue.start(_recording(images, "own"), "a recording"), 0, 0
    while tally.tries < count:
        tally.wrong += not _until(lambda n=number: not queue.job(n).active or queue.job(n).pid)
        _until(lambda n=number, w=written: _recorded_epochs("own") > w or not queue.job(n).active, draw.random() * 2)
        if queue.job(number).active:
            os.killpg(queue.job(number).pid, signal.SIGKILL)
            tally.tries += 1
            tally.wrong += not _until(lambda n=number: queue.job(n).state == "interrupted", 5)
            now = _recorded_epochs("own")
            tally.lost += now < before - 1
            before = now
            number = queue.resume(number)
        else:
            tally.wrong += queue.job(number).state != "done"
            store.delete_run("own", now=True)
            results.delete([row["key"] for row in results.rows() if row["dataset"] == "phantom"])
            number, before = queue.start(_recording(images, "own"), "a recording"), 0
        written = _recorded_epochs("own")
    tally.wrong += not _until(lambda: not queue.job(number).active, 120) or queue.job(number).state != "done"
    tally.wrong += store.verify("own")["damaged"] != []
    return tally


def kill_servers(images, cache, count, seed=0):
    """Kill the app while a job runs, again and again: the job goes on, and ends well."""
    tally, draw = Tally("SIGKILL of the server"), random.Random(seed)
    number = queue.start(_recording(images, "served"), "a recording")
    for _ in range(count):
        with running_app(cache):
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            (server,) = [int(one) for one in children if b"streamlit" in Path(f"/proc/{one}/cmdline").read_bytes()]
            time.sleep(draw.random())
            os.kill(server, signal.SIGKILL)
        tally.tries += 1
        job = queue.job(number)
        tally.wrong += job.state not in ("waiting", "running", "done")
        if job.state == "done":
            number = queue.start(_recording(images, f"served{tally.tries}"), "a recording")
    tally.wrong += not _until(lambda: not queue.job(number).active, 120) or queue.job(number).state != "done"
    tally.lost += any(
        store.verify(run)["epochs_done"] != _LONG for run in store.run_names() if run.startswith("served")
    )
    return tally
