"""What a window map costs at N = 34,561, T = 200 and K = 10, and whether its sets are those that `select` makes.

python benchmarks/window_map.py
"""

import argparse
import time

import numpy as np

from coreset_engine import select
from coreset_engine.dynamics import Dynamics
from coreset_engine.selection import coreset_size
from coreset_engine.window_map import eva_coreset, starts, variances, window_map

SAMPLES, CLASSES, EPOCHS, LENGTH, RATE = 34_561, 11, 200, 10, 0.1
CHECKED = 200  # random pairs that are compared with `select`


def synthetic(seed: int = 0) -> np.ndarray:
    """Return error norms (T, N) float32 of samples that are learned one after another and then settle.

    They fall from sqrt(2) around a sample's own epoch and fluctuate with the cosine-shaped learning rate, so that late
    variances are as small as those of a real run: 1e-17 to 1e-7 from the 10th to the 90th percentile.
    """
    draws = np.random.default_rng(seed)
    epoch = np.arange(1, EPOCHS + 1)[:, None]
    learned = np.minimum(draws.lognormal(2.2, 1.3, SAMPLES), 400)
    level = np.sqrt(2) / (1 + np.exp(np.clip((epoch - learned) * 6 / (learned + 6), -60, 60)))
    level += 0.1 * np.exp(draws.normal(-3, 2.5, SAMPLES) - epoch / draws.uniform(8, 80, SAMPLES))
    spread = 0.05 + 0.3 * (1 + np.cos(np.pi * epoch / EPOCHS))
    noise = np.exp(draws.normal(0, 0.6, (EPOCHS, SAMPLES))) - 1
    return np.clip(level * (1 + noise * spread), 1e-9, np.sqrt(2)).astype(np.float32)


def timed(what: str, repeats: int, **settings: object) -> dict[str, np.ndarray]:
    """Print the best wall and processor time of a map in milliseconds, and return its matrices."""
    taken = []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        made = window_map(length=LENGTH, rate=RATE, **settings)
        taken.append((1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - processor)))
    best = [min(column) for column in zip(*taken, strict=True)]
    print(f"{what:<44} {made.pairs:>6,} pairs  {best[0]:7.0f} ms, {best[1]:7.0f} ms of processor", flush=True)
    return made.matrices


def wrong_sets(run: Dynamics, overlaps: np.ndarray, current: np.ndarray) -> int:
    """Return how many of `CHECKED` random pairs have another overlap than the coresets of `select`."""
    draws, wrong = np.random.default_rng(1), 0
    for _ in range(CHECKED):
        early = int(draws.integers(1, EPOCHS - 2 * LENGTH + 2))
        late = int(draws.integers(early + LENGTH, EPOCHS - LENGTH + 2))
        rows = select(run, method="eva", rate=RATE, early=early, late=late, length=LENGTH)
        kept = np.isin(np.arange(SAMPLES), rows)
        wrong += overlaps[early - 1, late - 1] != np.float32((kept & current).sum() / (kept | current).sum())
    return wrong


def misplaced(norms: np.ndarray) -> int:
    """Return in how many pairs sums of float32 variances reach the threshold for other samples than float64 sums."""
    first = starts(EPOCHS, LENGTH, 1)
    exact = variances(norms, first, LENGTH)
    rounded, size, found = exact.astype(np.float32), coreset_size(RATE, SAMPLES), 0
    for early in range(len(first)):
        for late in range(early + LENGTH, len(first)):
            sums = rounded[early] + rounded[late], exact[early] + exact[late]
            kept = [values >= np.partition(values, -size)[-size] for values in sums]
            found += not np.array_equal(*kept)
    return found


def main() -> None:
    """Print the times of coarse and fine maps, and how exact they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    draws = np.random.default_rng(0)
    norms, labels = synthetic(), draws.integers(0, CLASSES, SAMPLES)
    run = Dynamics(labels, {"error_norm": norms}, CLASSES, EPOCHS)
    current, scores = eva_coreset(run, early=1, late=190, length=LENGTH, rate=RATE)
    data = {"norms": norms, "labels": labels, "current": current}
    more = {"suspects": draws.random(SAMPLES) < 0.04, "scores": scores}
    timed("coarse: overlap", 2 * repeats, **data, measures=["overlap"])
    timed("coarse: all measures of one run", 2 * repeats, **data, **more)
    overlaps = timed("fine: overlap", repeats, **data, step=1, measures=["overlap"])["overlap"]
    timed("fine: all measures of one run", repeats, **data, **more, step=1)
    print(f"pairs in which float32 alone would keep somebody else: {misplaced(norms)} of 16,471")
    print(f"sets unlike those of select: {wrong_sets(run, overlaps, current)} of {CHECKED}")


if __name__ == "__main__":
    main()
