"""A sweep of many LeNet cells: wall time against the time trained, against one process per job, estimates, and kills.

python benchmarks/sweep_cells.py --cache CACHE --run RUN [--cells 200] [--alone 10] [--estimates 10] [--kills 50]

The cache is copied first and stays as it is. Each part prints one line of JSON.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from coreset_engine import paths, results, store, verification
from coreset_engine.pipeline.requests import RetrainingRequest, SweepRequest
from coreset_engine.sweep.executors import local
from coreset_engine.sweep.plan import plan

ROOT = Path(__file__).resolve().parent.parent
FACTOR = 1.5  # within which an estimate is to lie


def command(request: SweepRequest | RetrainingRequest) -> list[str]:
    """Return what a person would type."""
    return [sys.executable, "-m", "coreset_engine", request.COMMAND, *request.to_argv()]


def sweep_of(run: str, cells: int, first: int, **given) -> SweepRequest:
    """Return a sweep of LeNet cells: windows 1/21 and 2/21, training seeds from `first` on."""
    asked = {"windows": ("1/21", "2/21"), "architectures": ("lenet",), "device": "cpu", "epochs": 20} | given
    return SweepRequest(run, ("eva",), (0.1,), training_seeds=tuple(range(first, first + cells // 2)), **asked)


def timed(request: SweepRequest | RetrainingRequest) -> float:
    """Return the seconds that a command takes."""
    begun = time.perf_counter()
    subprocess.run(command(request), cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - begun


def wall(run: str, cells: int) -> dict:
    """Return the wall time of a sweep, and the share of its slots' time that was training."""
    before = results.keys()
    planned = plan(request := sweep_of(run, cells, 1000))
    took = timed(request)
    trained = [row["seconds"] for row in results.rows() if row["key"] not in before]
    share = sum(trained) / (took * planned.slots)
    return {"cells": len(trained), "slots": planned.slots, "estimated_s": planned.seconds, "wall_s": took,
            "trained_s": sum(trained), "share_of_slots": share}  # fmt: skip


def alone(run: str, jobs: int) -> dict:
    """Return the seconds of jobs of one cell each, a process per job, one after another."""
    took = []
    for number in range(jobs):
        request = RetrainingRequest(
            run, ("eva",), (0.1,), options={"early": 1, "late": 21}, architectures=("lenet",), seeds=(3000 + number,),
            epochs=20, device="cpu",
        )  # fmt: skip
        took.append(timed(request))
    return {"jobs": jobs, "seconds_per_job": sum(took) / max(1, jobs)}


def estimates(run: str, count: int) -> dict:
    """Return what sweeps of several sizes, rates and epochs were said to take, and what they took."""
    draw, pairs = random.Random(0), []
    for number in range(count):
        request = sweep_of(
            run, draw.choice((4, 8, 16, 32)), 5000 + 100 * number, epochs=draw.choice((10, 20, 40)),
        )  # fmt: skip
        pairs.append((plan(request).seconds, timed(request)))
    good = sum(1 / FACTOR <= said / took <= FACTOR for said, took in pairs)
    return {
        "sweeps": count,
        "within_factor_1.5": good,
        "said_and_took_s": [[round(a, 1), round(b, 1)] for a, b in pairs],
    }


def children(pid: int) -> list[int]:
    """Return the processes that a process started and that live, none once it has ended."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def kills(run: str, cells: int, wanted: int) -> dict:
    """Return what is left of a sweep whose workers, or whose own process, are killed again and again."""
    draw, before = random.Random(0), results.keys()
    request = sweep_of(run, cells, 9000)
    killed = {"workers": 0, "sweeps": 0}
    while sum(killed.values()) < wanted:
        process = subprocess.Popen(
            command(request), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        while process.poll() is None and sum(killed.values()) < wanted:
            time.sleep(draw.uniform(1, 6))
            workers = children(process.pid)
            if draw.random() < 0.3 or not workers:
                os.kill(process.pid, signal.SIGKILL)
                killed["sweeps"] += 1
                break
            os.kill(draw.choice(workers), signal.SIGKILL)
            killed["workers"] += 1
        process.wait()
    code = subprocess.run(command(request), cwd=ROOT, capture_output=True).returncode
    made = [row for row in results.rows() if row["key"] not in before]
    places = {(row["seed"], row["options"]["early"], row["options"]["late"]) for row in made}
    damaged = [found.detail for found in verification.verify_all() if found.state == "damaged"]
    left = [path.name for path in paths.retrainings_folder().glob("*")]
    return {"killed": killed, "last_exit": code, "cells": cells, "rows": len(made), "distinct": len(places),
            "missing_after": len(plan(request).to_train), "damaged": damaged, "checkpoints_left": left}  # fmt: skip


def main() -> None:
    """Measure on a copy of a cache and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--run", default="demo")
    for name, usual in (("cells", 200), ("alone", 10), ("estimates", 10), ("kills", 50)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        shutil.copytree(given.cache, cache)
        os.environ["CORESET_CACHE"] = str(cache)
        facts = store.RunFile(paths.run_folder(given.run)).info
        print(json.dumps({"run": given.run, "samples": facts.samples, "slots": local.slots_here()}), flush=True)
        parts = {"wall": (wall, given.cells), "alone": (alone, given.alone), "estimates": (estimates, given.estimates)}
        for name, (part, count) in parts.items():
            if count:
                print(json.dumps({name: part(given.run, count)}), flush=True)
        if given.kills:
            print(json.dumps({"kills": kills(given.run, given.cells, given.kills)}), flush=True)


if __name__ == "__main__":
    main()
