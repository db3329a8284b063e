"""How long a sweep takes until its first row and until its last, with every executor that is installed, as JSON.

python benchmarks/sweep.py
"""

import json
import os
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from coreset_engine import pipeline
from coreset_engine.config import Recipe
from coreset_engine.datasets import demo
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.sweep import driver
from coreset_engine.sweep.executors import local

WAYS = (("local", "", ""), ("ray", "", "ray"), ("slurm", "local", "submitit"))  # executor, address, package it needs
SAMPLES, SEEDS, EPOCHS = (4_000, 500, 500), 8, 10


def record(cache: str) -> None:
    """Record LeNet on phantoms as the run `bench`."""
    file = Path(cache) / "phantoms.npz"
    np.savez(file, **demo.generate(sizes=SAMPLES))
    recipe = Recipe(epochs=5, batch_size=256, learning_rate=0.02)
    pipeline.record(pipeline.RecordingRequest("bench", str(file), "lenet", recipe, device="cpu"))


def measured(executor: str, address: str) -> dict[str, float]:
    """Return the seconds from asking to the first row and to the last, and the seconds of the trainings themselves."""
    # seeds of their own for each executor, since a row that exists is not trained again
    first = SEEDS * [name for name, *_ in WAYS].index(executor)
    request = SweepRequest(
        "bench", ("el2n",), (0.1,), options={"epochs": 3}, training_seeds=tuple(range(first, first + SEEDS)),
        epochs=EPOCHS, device="cpu", executor=executor, address=address, slots=local.slots_here(),
    )  # fmt: skip
    started, ends, trained = time.perf_counter(), [], 0.0
    for outcome in driver.train(request):
        ends.append(time.perf_counter() - started)
        trained += (outcome.row or {})["seconds"]
    return {"first": round(ends[0], 2), "last": round(ends[-1], 2), "training": round(trained, 2)}


def main() -> None:
    """Print the seconds of each executor."""
    with tempfile.TemporaryDirectory() as cache:
        os.environ["CORESET_CACHE"] = cache
        record(cache)
        found = {name: measured(name, address) for name, address, needed in WAYS if not needed or find_spec(needed)}
    print(json.dumps({"slots": local.slots_here(), "cells": SEEDS, "seconds": found}, indent=1))


if __name__ == "__main__":
    main()
