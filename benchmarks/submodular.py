"""Selections on last-layer gradients, beside the published algorithms written plainly, each in a process of its own.

python benchmarks/submodular.py [--samples 13932] [--features 512] [--rate 0.1] [--repeat 1] [--skip-plain] [--device cuda]

Plainly means: gradients of C (D + 1) numbers a sample, a dense matrix of similarities, lazy greedy with an array of gains
for Facility Location, and the gains of all samples at every step for Graph Cut. Where other jobs run beside, trust the
times on the processor, with OMP_NUM_THREADS=1. With --device cuda ours runs there, and its memory is the GPU's.
"""

import argparse
import multiprocessing
import resource
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from coreset_engine import Snapshot, compute, greedy

CLASSES = 11
OURS = [
    ("graph-cut", False),
    ("facility-location", False),
    ("graph-cut", True),
    ("facility-location", True),
    ("craig", True),
    ("gradmatch", True),
    ("glister", True),
    ("craig", False),
    ("gradmatch", False),
    ("glister", False),
]
PLAIN = [("graph-cut", False), ("facility-location", False), ("facility-location", True)]


def snapshot_of(samples: int, features: int) -> Snapshot:
    """Return clustered features after a ReLU, and logits of a random head that is mostly right."""
    draws = np.random.default_rng(0)
    labels = draws.integers(0, CLASSES, samples)
    h = np.maximum(draws.normal(size=(CLASSES, features))[labels] + draws.normal(size=(samples, features)), 0)
    logits = h @ draws.normal(size=(features, CLASSES)) * 0.08 + 2 * np.eye(CLASSES)[labels]
    return Snapshot.from_arrays(features=h, logits=logits, labels=labels)


def ours(name: str, balanced: bool, device: str, samples: int, features: int, rate: float) -> dict:
    """Return rows, seconds and the peak memory in GiB of a method of the registry."""
    snapshot = snapshot_of(samples, features)
    with compute.on(device):
        if device == "cuda":  # libraries load before the clock starts
            greedy.pick(snapshot.take(np.arange(1000)), name, rate=rate, balanced=balanced)
        started = clock()
        rows = greedy.pick(snapshot, name, rate=rate, balanced=balanced).rows
    return {"rows": rows, "seconds": clock() - started, "peak": peak(device)}


def plain(name: str, columns: bool, samples: int, features: int, rate: float) -> dict:
    """Return rows, seconds, those of the greedy part alone, and the peak memory in GiB of the plain algorithm.

    `columns` lets Facility Location read columns of the matrix, as the released code does, instead of rows.
    """
    snapshot, size = snapshot_of(samples, features), round(rate * samples)
    started = clock()
    inputs = np.hstack([snapshot.features, np.ones((samples, 1), np.float32)])
    g = (snapshot.error_vectors.astype(np.float32)[:, :, None] * inputs[:, None]).reshape(samples, -1)
    g /= np.linalg.norm(g, axis=1, keepdims=True)
    similarities = g @ g.T
    similarities += 1
    similarities *= 0.5
    between = clock()
    if name == "graph-cut":
        rows = plain_graph_cut(similarities, size)
    else:
        rows = plain_facility_location(similarities.T if columns else similarities, size)
    ended = clock()
    return {"rows": rows, "seconds": ended - started, "greedy": ended - between, "peak": peak()}


def plain_facility_location(similarities: np.ndarray, size: int) -> np.ndarray:
    """Return the lazy greedy choice: the best known gain is computed again until it stays the best."""
    best = np.zeros(len(similarities), np.float32)
    gains, chosen = similarities.sum(axis=1), []
    while len(chosen) < size:
        candidate, fresh = int(gains.argmax()), -1
        while candidate != fresh:
            gains[candidate] = np.maximum(similarities[candidate] - best, 0).sum()
            fresh, candidate = candidate, int(gains.argmax())
        best = np.maximum(best, similarities[candidate])
        gains[candidate] = -np.inf
        chosen.append(candidate)
    return np.array(chosen)


def plain_graph_cut(similarities: np.ndarray, size: int) -> np.ndarray:
    """Return the greedy choice with all gains computed from the definition at every step."""
    totals, chosen = similarities.sum(axis=0), []
    for _ in range(size):
        gains = totals - 2 * similarities[chosen].sum(axis=0)
        gains[chosen] = -np.inf
        chosen.append(int(gains.argmax()))
    return np.array(chosen)


def clock() -> np.ndarray:
    """Return the time on the wall and that of this process's threads on the processor, in seconds."""
    return np.array([time.perf_counter(), time.process_time()])


def peak(device: str = "numpy") -> float:
    """Return this process's largest memory so far in GiB, or what it had on the GPU."""
    if device == "cuda":
        import torch

        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def apart(function, *given, repeat: int = 1) -> dict:
    """Return the fastest of some runs of a function, each in a fresh process."""
    results = []
    for _ in range(repeat):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            results.append(pool.submit(function, *given).result())
    return min(results, key=lambda result: result["seconds"][0])


def main() -> None:
    """Print one line a method, and one a plain algorithm with the ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=13932)
    parser.add_argument("--features", type=int, default=512)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--skip-plain", action="store_true")
    parser.add_argument("--device", default="numpy", choices=("numpy", "cuda"))
    parser.add_argument("--methods", nargs="*", default=sorted({name for name, _ in OURS}))
    given = parser.parse_args()
    sizes = (given.samples, given.features, given.rate)
    found = {}
    for name, balanced in OURS:
        if name not in given.methods:
            continue
        run = found[name, balanced] = apart(ours, name, balanced, given.device, *sizes, repeat=given.repeat)
        where = "per class" if balanced else "over all"
        print(f"{name:<18} {where}: {told(run['seconds'])}, peak {run['peak']:5.2f} GiB", flush=True)
    for name, columns in () if given.skip_plain else PLAIN:
        if name not in given.methods:
            continue
        run, mine = apart(plain, name, columns, *sizes, repeat=given.repeat), found[name, False]
        same = len(set(run["rows"].tolist()) & set(mine["rows"].tolist())) / len(run["rows"])
        ratio, alone = run["seconds"] / mine["seconds"], run["greedy"] / mine["seconds"]
        how = "plainly, by columns" if columns else "plainly"
        print(
            f"{name:<18} {how}: {told(run['seconds'])}, peak {run['peak']:5.2f} GiB; {same:.2%} of the samples the same"
        )
        print(
            f"  {ratio[0]:.1f} times ours on the wall, {ratio[1]:.1f} on the processor; greedy part alone "
            f"{told(run['greedy'])}: {alone[0]:.1f} and {alone[1]:.1f} times all of ours",
            flush=True,
        )


def told(seconds: np.ndarray) -> str:
    """Return both times as text."""
    return f"{seconds[0]:7.2f} s ({seconds[1]:7.2f} s of processor)"


if __name__ == "__main__":
    main()
