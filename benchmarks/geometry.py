"""k-center, herding, contextual diversity, CAL, D2, graph cover, BWS, mix and the snapshot scores against plain versions.

The plain versions do what the papers and their released code describe: k-center with a matrix of the distances of all
chosen samples, compared anew at every step, CAL and D2 with the matrix of all distances sorted, graph cover with all of
A + A² and one gain at a time, BWS with a fit of its own for every window. Both sides see
the same arrays, each in a process of its own, whose peak memory is shown above that with the arrays loaded. Ours is the
best of several runs, the plain one runs once. Where other work shares the machine, compare the processor seconds of one
thread (--threads 1) instead of the time that passed.

    python benchmarks/geometry.py [--samples 13932] [--width 512] [--classes 11] [--rate 0.1] [--runs 3] [--full]
                                  [--device cuda]

With --device cuda ours runs there, and the memory is the GPU's.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch

from coreset_engine import Snapshot, compute, score
from coreset_engine.greedy import pick

FULL = (35_000, 512)


def clusters(samples: int, width: int, classes: int) -> Snapshot:
    """Return a snapshot of Gaussian clusters, one a class, cut at 0 as the features of a ReLU network are."""
    draws = np.random.default_rng(0)
    labels = draws.integers(0, classes, samples)
    centres = draws.normal(size=(classes, width)).astype(np.float32)
    features = np.maximum(centres[labels] + draws.standard_normal((samples, width), np.float32), 0)
    weight = draws.normal(0, 0.05, (classes, width)).astype(np.float32) + 0.05 * centres
    return Snapshot.from_arrays(features=features, logits=features @ weight.T, labels=labels, head_weight=weight)


def lengths(points: torch.Tensor, row: int, others: torch.Tensor) -> torch.Tensor:
    """Return the Euclidean distances of one row to some others."""
    own = points[others]
    squared = own.pow(2).sum(dim=1) + points[row].pow(2).sum() - 2 * own @ points[row]
    return squared.clamp(min=1e-12).sqrt()


def divergences(p: torch.Tensor, row: int, others: torch.Tensor) -> torch.Tensor:
    """Return the symmetric Kullback-Leibler divergences of one row from some others."""
    apart = (p[row] / p[others]).log()
    return ((p[row] - p[others]) * apart).sum(dim=1) / 2


def plain_centers(points: torch.Tensor, size: int, first: int, distance: Callable) -> list[int]:
    """Return the farthest-first order by a matrix of distances: a row for each chosen sample, all compared every step."""
    left = torch.ones(len(points), dtype=torch.bool)
    matrix = torch.full((size, len(points)), -1, dtype=points.dtype)
    rows = [first]
    while True:
        left[rows[-1]] = False
        others = torch.nonzero(left)[:, 0]
        if len(rows) == size:
            return rows
        matrix[len(rows) - 1, others] = distance(points, rows[-1], others)
        nearest = matrix[: len(rows)][:, left].min(dim=0).values
        rows.append(int(others[nearest.argmax()]))


def plain_herding(points: torch.Tensor, size: int) -> list[int]:
    """Return the rows chosen by ||(i + 1) mean - sum of chosen - h|| over all that are left, written out."""
    mean, total, rows = points.mean(dim=0), torch.zeros(points.shape[1]), []
    left = torch.ones(len(points), dtype=torch.bool)
    for step in range(size):
        missing = (step + 1) * mean - total
        distances = torch.linalg.norm(missing - points[left], dim=1)
        rows.append(int(torch.nonzero(left)[:, 0][distances.argmin()]))
        total += points[rows[-1]]
        left[rows[-1]] = False
    return rows


def plain_cal(points: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """Return the mean divergence from the 10 nearest of a sorted matrix of distances, sample by sample."""
    own = points.pow(2).sum(dim=1)
    matrix = (own[:, None] + own[None] - 2 * points @ points.T).clamp(min=1e-12).sqrt()
    order = matrix.fill_diagonal_(torch.inf).argsort(dim=1)[:, :10]
    p = p.clamp(min=1e-12)
    scores = torch.empty(len(p), dtype=p.dtype)
    for row, own in enumerate(p):
        others = p[order[row]]
        scores[row] = ((own - others) * (own / others).log()).sum(dim=1).mean() / 2
    return scores


def plain_d2(points: torch.Tensor, hard: np.ndarray, size: int) -> list[int]:
    """Return the picks of D2 with the rows of a sorted matrix of distances and lists of neighbours."""
    own = points.pow(2).sum(dim=1)
    matrix = (own[:, None] + own[None] - 2 * points @ points.T).clamp(min=1e-12).sqrt()
    matrix.fill_diagonal_(torch.inf)
    order = matrix.argsort(dim=1)[:, :5]
    distances = torch.gather(matrix, 1, order).numpy()
    near, scale = [{} for _ in hard], np.median(distances)
    for row, (others, lengths) in enumerate(zip(order.tolist(), (distances / scale).tolist(), strict=True)):
        for other, length in zip(others, lengths, strict=True):
            near[row][other] = near[other][row] = length
    left = np.array(
        [s + sum(np.exp(-d) * hard[j] for j, d in around.items()) for s, around in zip(hard, near, strict=True)]
    )
    rows = []
    for _ in range(size):
        rows.append(int(left.argmax()))
        for other, length in near[rows[-1]].items():
            left[other] -= np.exp(-0.1 * length) * left[rows[-1]]
        left[rows[-1]] = -np.inf
    return rows


def plain_cover(points: torch.Tensor, size: int) -> list[int]:
    """Return the picks of graph cover: all of A + A² is kept, and the best known gain is computed again until it stays."""
    from scipy.sparse import csr_array, diags_array

    unit = torch.nn.functional.normalize(points, dim=1)
    cosines = unit @ unit.T
    top = cosines.fill_diagonal_(-torch.inf).topk(10, dim=1)
    samples = len(points)
    rows, columns = np.repeat(np.arange(samples), 10), top.indices.numpy().ravel()
    joined = csr_array((top.values.clamp(0, 1).numpy().ravel(), (rows, columns)), (samples, samples))
    joined = joined.maximum(joined.T)
    scales = diags_array(1 / np.sqrt(joined.sum(axis=1)))
    step = scales @ joined @ scales
    kernel = (step + step @ step).tocsr()
    gains, best, chosen = kernel.sum(axis=1), np.zeros(samples), []
    while len(chosen) < size:
        candidate, fresh = int(gains.argmax()), -1
        while candidate != fresh:
            row = slice(kernel.indptr[candidate], kernel.indptr[candidate + 1])
            gains[candidate] = np.maximum(kernel.data[row] - best[kernel.indices[row]], 0).sum()
            fresh, candidate = candidate, int(gains.argmax())
        best[kernel.indices[row]] = np.maximum(best[kernel.indices[row]], kernel.data[row])
        gains[candidate] = -np.inf
        chosen.append(candidate)
    return chosen


def plain_windows(snapshot: Snapshot, hard: np.ndarray, size: int) -> list[int]:
    """Return the best of 11 windows of difficulty, a ridge head fitted anew to each."""
    x = np.hstack([snapshot.features, np.ones((snapshot.n_samples, 1))])
    order, found = np.argsort(hard, kind="stable"), []
    for start in np.rint(np.linspace(0, len(x) - size, 11)).astype(int):
        rows = order[start : start + size]
        squares = x[rows].T @ x[rows] + np.eye(x.shape[1])
        head = np.linalg.solve(squares, x[rows].T @ np.eye(snapshot.classes)[snapshot.labels[rows]])
        found.append(((x @ head).argmax(axis=1) == snapshot.labels).mean())
    start = round(int(np.argmax(found)) * (len(x) - size) / 10)
    return order[start : start + size].tolist()


def pairs(snapshot: Snapshot, size: int, rate: float) -> dict[str, tuple[Callable, Callable | None]]:
    """Return (ours, the plain algorithm) of every part, both over all samples without classes."""
    points, p = torch.from_numpy(snapshot.features), torch.from_numpy(snapshot.probabilities)
    first = int(np.random.RandomState(0).randint(0, snapshot.n_samples))

    hard = np.linalg.norm(snapshot.error_vectors, axis=1)

    def ours(name: str, balanced: bool = False, **options: object) -> Callable:
        options |= {"importance": hard} if name in ("d2", "bws", "mix") else {}
        return lambda: pick(snapshot, name, rate=rate, balanced=balanced, **options).rows

    found = {
        "k-center": (ours("k-center"), lambda: plain_centers(points, size, first, lengths)),
        "contextual-diversity": (
            ours("contextual-diversity"), lambda: plain_centers(p.clamp(min=1e-12), size, first, divergences),
        ),
        "herding": (ours("herding"), lambda: plain_herding(points, size)),
        "cal": (lambda: score(snapshot, "cal"), lambda: plain_cal(points, p)),
        "cal within classes": (lambda: score(snapshot, "cal", within="class"), None),
        "d2": (ours("d2"), lambda: plain_d2(points, hard, size)),
        "graph-cover": (ours("graph-cover"), lambda: plain_cover(points, size)),
        "bws": (ours("bws"), lambda: plain_windows(snapshot, hard, size)),
        "herding, geometric median": (ours("herding", centre="geometric-median"), None),
        "herding, geometric median, within classes": (ours("herding", True, centre="geometric-median"), None),
        "graph-cover, k = 50": (ours("graph-cover", neighbours=50), None),
    }  # fmt: skip
    for name in ("k-center", "contextual-diversity", "herding", "d2", "graph-cover", "bws", "mix"):
        found[f"{name} within classes"] = (ours(name, True), None)
    for name in ("moderate", "prototypes", "zcore", "least-confidence", "margin", "deepfool", "entropy"):
        found[name] = (lambda name=name: score(snapshot, name), None)
    found["prototypes of clusters"] = (lambda: score(snapshot, "prototypes", centre="clusters"), None)
    return found


def best(call: Callable, runs: int) -> tuple[float, float, object]:
    """Return the shortest of several times in seconds, passed and of the processors, and what was returned."""
    times = []
    for _ in range(runs):
        start, used = time.perf_counter(), time.process_time()
        result = call()
        times.append((time.perf_counter() - start, time.process_time() - used))
    return min(seconds for seconds, _ in times), min(used for _, used in times), result


def peak_memory(device: str) -> float:
    """Return the largest memory so far in KiB, of this process or of what it has on the GPU."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(part: str, side: int, arguments: argparse.Namespace) -> None:
    """Print seconds, MiB at the peak above the snapshot and the result of one side of one part, as JSON."""
    snapshot = clusters(arguments.samples, arguments.width, arguments.classes)
    size = max(1, round(arguments.rate * arguments.samples))
    torch.set_num_threads(arguments.threads)
    call = pairs(snapshot, size, arguments.rate)[part][side]
    before = peak_memory(arguments.device)
    with compute.on("numpy" if side else arguments.device):
        seconds, used, result = best(call, arguments.runs if not side else 1)
    peak = peak_memory(arguments.device)
    values = np.asarray(result).tolist()
    found = {"seconds": seconds, "used": used, "above": (peak - before) / 1024, "peak": peak / 1024, "result": values}
    print(json.dumps(found))


def agreement(ours: list, plain: list) -> str:
    """Return in words how far two results agree: the share of the same rows, or of scores that are nearly equal."""
    if isinstance(ours[0], int):
        return f"{len(set(ours) & set(plain)) / len(plain):.2%} the same rows"
    return f"{np.isclose(ours, plain, rtol=1e-5).mean():.2%} equal scores"


def in_a_process(rest: list[str], threads: int) -> dict:
    """Return what `measure` prints in a process of its own with so many threads."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = os.environ | {name: str(threads) for name in names}
    return json.loads(subprocess.check_output([sys.executable, __file__, *rest], env=environment))


def main() -> None:
    """Run every part in a process of its own and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=13_932)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--classes", type=int, default=11)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="numpy", choices=("numpy", "cuda"))
    parser.add_argument("--full", action="store_true", help="35,000 samples, ours only")
    parser.add_argument("--parts", nargs="*", help="only these")
    parser.add_argument("--one", nargs=2, metavar=("PART", "SIDE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.full:
        arguments.samples, arguments.width = FULL
    if arguments.one:
        measure(arguments.one[0], int(arguments.one[1]), arguments)
        return
    known = pairs(clusters(50, 4, 2), 5, 0.1)
    print(f"N = {arguments.samples:,}, D = {arguments.width}, C = {arguments.classes}, rate {arguments.rate:.0%}")
    for part in arguments.parts or known:
        sides = [0] if arguments.full or known[part][1] is None else [0, 1]
        rest = [
            f"--{name}={getattr(arguments, name)}"
            for name in ("samples", "width", "classes", "rate", "runs", "threads", "device")
        ]
        runs = [in_a_process([*rest, "--one", part, str(side)], arguments.threads) for side in sides]
        line = f"{part:42} " + "   plain ".join(
            f"{run['seconds']:8.3f} s (processor {run['used']:8.3f} s) +{run['above']:5.0f} MiB" for run in runs
        )
        if len(runs) == 2:
            ratios = [runs[1][what] / runs[0][what] for what in ("seconds", "used")]
            line += (
                f"   {ratios[0]:.1f} times (processor {ratios[1]:.1f}), {agreement(*(run['result'] for run in runs))}"
            )
        else:
            line += f", peak {runs[0]['peak']:.0f} MiB"
        print(line, flush=True)


if __name__ == "__main__":
    main()
