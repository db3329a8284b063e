"""The same set recorded and retrained with its images in memory and as a map of their file, which is warm.

python benchmarks/large.py pace          # all kinds, about two minutes

Both sides take turns, the first of each round the other one, with one thread of torch, and must reach the same figures.
The larger images lie in files of 16 MiB, as those of more than 2 GiB do in files of 2 GiB.
What is told are medians over rounds, the first of which is not counted: seconds in memory, and how many times as long it
took from the map, of the processor and of the clock.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

# kind -> architecture, images, their shape, epochs
KINDS: dict[str, tuple[str, int, tuple[int, ...], int]] = {
    "lenet, 28 px": ("lenet", 8_000, (28, 28), 2),
    "resnet8, 28 px": ("resnet8", 1_500, (28, 28), 1),
    "lenet, 224 px": ("lenet", 300, (224, 224, 3), 1),
    "pooled pixels, 224 px": ("pooled", 1_000, (224, 224, 3), 2),
}
BUDGETS = {"held": "1 TiB", "map": "1 MiB"}  # what train, val, test and a coreset may take, a quarter each
ROUNDS, RATE, BATCH = 4, 0.5, 128


def pace(kind: str, _: int, folder: Path) -> Callable[[], Any]:
    """Return the rounds of one kind; the images of both sides lie in caches of their own."""
    import torch

    from benchmarks import large
    from coreset_engine import pieces
    from coreset_engine.datasets import library
    from coreset_engine.training import batches

    torch.set_num_threads(1)
    pieces.PIECE = 2**24
    large.add_pooled()
    architecture, count, shape, epochs = KINDS[kind]
    source = folder / f"{kind}.npz"
    large.write_images(source, count, shape)
    for side in BUDGETS:
        os.environ |= {"CORESET_CACHE": str(folder / kind / side), "CORESET_MEMORY": BUDGETS[side]}
        loaded = library.load(str(source))
        train = batches.put_on(torch.device("cpu"), loaded.images["train"], loaded.labels["train"])
        assert train.is_held == (side == "held")

    def rounds() -> dict[str, Any]:
        """Record and retrain on both sides, as often as there are rounds."""
        taken: dict[tuple[str, str, str], list[float]] = {}
        for number in range(ROUNDS):
            figures = []
            for side in sorted(BUDGETS, reverse=bool(number % 2)):
                os.environ |= {"CORESET_CACHE": str(folder / kind / side), "CORESET_MEMORY": BUDGETS[side]}
                times, reached = once(f"run-{number}", source, architecture, epochs, number)
                figures.append(reached)
                for (step, clock), seconds in times.items():
                    taken.setdefault((step, clock, side), []).append(seconds)
            assert figures[0] == figures[1], figures
        found = {}
        for step, clock in dict.fromkeys(key[:2] for key in taken):
            held, mapped = (taken[step, clock, side][1:] for side in BUDGETS)
            found[f"{step}_{clock}_held"] = round(median(held), 3)
            found[f"{step}_{clock}_ratio"] = round(median(b / a for a, b in zip(held, mapped, strict=True)), 3)
        return found

    return rounds


def once(
    run: str, source: Path, architecture: str, epochs: int, seed: int
) -> tuple[dict[tuple[str, str], float], list[float]]:
    """Return how long recording and retraining took, by step and clock, and what they reached."""
    from coreset_engine import pipeline, results, store
    from coreset_engine.config import Recipe
    from coreset_engine.paths import run_folder

    recipe = Recipe(epochs=epochs, batch_size=BATCH, learning_rate=0.001)
    wanted = pipeline.RetrainingRequest(
        run, ("random",), (RATE,), architectures=(architecture,), seeds=(seed,), epochs=2 * epochs, device="cpu"
    )
    steps: dict[str, Callable[[], Any]] = {
        "record": lambda: pipeline.record(
            pipeline.RecordingRequest(run, str(source), architecture, recipe, seed=seed, device="cpu")
        ),
        "retrain": lambda: list(pipeline.retrain(wanted)),
    }
    times = {}
    for name, step in steps.items():
        started, busy = time.perf_counter(), time.process_time()
        step()
        times[name, "cpu"], times[name, "clock"] = time.process_time() - busy, time.perf_counter() - started
    recorded = store.RunFile(run_folder(run)).read("epochs/train_loss").ravel().tolist()
    return times, [*recorded, *(row["test_acc_last"] for row in results.rows())]
