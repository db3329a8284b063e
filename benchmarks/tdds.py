"""TDDS from files: our reading and scoring against the published algorithm written plainly, on the same two cores.

python benchmarks/tdds.py

Each side runs in a process of its own, several times in turn. Ours loads a run with float32 probabilities, checksums
included, and calls `score`. The two plain sides read what the paper's code reads: an epoch's logits, losses and rows in
the order of its batches. "published" takes the steps of the released code: for every window the softmax of its epochs,
their sorting and their logarithms anew. "once" is a first improvement of that: softmax and sorting once an epoch, only
the logarithms for every window anew. Where other jobs run beside, trust the times on the processor, with
OMP_NUM_THREADS=1.
"""

import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

EPOCHS, SAMPLES, CLASSES, WINDOW, DECAY = 90, 34_561, 11, 10, 0.9
SIDES = ("published", "once", "ours")
ROUNDS = 3


def write(folder: Path) -> None:
    """Write the same outputs as a run of ours and as one file an epoch."""
    from coreset_engine import Recorder

    draws = np.random.default_rng(0)
    labels = draws.integers(0, CLASSES, SAMPLES)
    skill = np.zeros((SAMPLES, CLASSES), np.float32)
    with Recorder("bench", labels=labels, classes=CLASSES, epochs=EPOCHS, probabilities="float32") as recorder:
        for epoch in range(1, EPOCHS + 1):
            skill[np.arange(SAMPLES), labels] += 0.1 * draws.random(SAMPLES, np.float32)
            order = draws.permutation(SAMPLES)
            logits = (skill + draws.normal(0, 1, skill.shape).astype(np.float32))[order]
            recorder.record(epoch, order, logits)
            recorder.end_epoch(epoch)
            np.save(folder / f"{epoch}_Output.npy", logits)
            np.save(folder / f"{epoch}_Loss.npy", logits.max(axis=1))
            np.save(folder / f"{epoch}_Index.npy", order)


def files(folder: Path, what: str) -> np.ndarray:
    """Return what the epochs' files hold, (T, N, ...)."""
    return np.array([np.load(folder / f"{epoch}_{what}.npy") for epoch in range(1, EPOCHS + 1)])


def published(folder: Path) -> np.ndarray:
    """Return the scores by the steps of the released code, everything anew for every window."""
    import torch
    from scipy.special import softmax

    logits, _, rows = (files(folder, what) for what in ("Output", "Loss", "Index"))
    weighted = []
    for start in range(EPOCHS - WINDOW + 1):
        probs = softmax(logits[start : start + WINDOW], axis=2)
        empty, order = torch.zeros(SAMPLES, CLASSES), rows[start : start + WINDOW]
        history = [empty.index_add(0, *map(torch.from_numpy, epoch)) for epoch in zip(order, probs, strict=True)]
        moved = np.stack([divergence(*pair).numpy() for pair in itertools.pairwise(history)])
        spread = np.linalg.norm(moved - moved.sum(axis=0) / (WINDOW - 1), axis=0)
        weighted.append(spread * DECAY * (1 - DECAY) ** (EPOCHS - WINDOW - start))
    return np.array(weighted).sum(axis=0)


def once(folder: Path) -> np.ndarray:
    """Return the scores with one softmax and one sorting an epoch, window by window."""
    import torch

    history = []
    for logits, rows in zip(files(folder, "Output"), files(folder, "Index"), strict=True):
        probs = torch.softmax(torch.from_numpy(logits), dim=1)
        history.append(probs[torch.from_numpy(np.argsort(rows))])
    score = torch.zeros(SAMPLES)
    for start in range(EPOCHS - WINDOW + 1):
        moved = torch.stack([divergence(*pair) for pair in itertools.pairwise(history[start : start + WINDOW])])
        spread = (moved - moved.mean(dim=0)).pow(2).sum(dim=0).sqrt()
        score = DECAY * spread + (1 - DECAY) * score
    return score.numpy()


def divergence(before, after):
    """Return sum_c |p_after (ln p_after - ln p_before)|, (N,)."""
    import torch

    return (after * (torch.log(after + 1e-8) - torch.log(before + 1e-8))).abs().sum(dim=1)


def ours(_: Path) -> np.ndarray:
    """Return the scores of the run in the cache."""
    from coreset_engine import load_run, score

    return score(load_run("bench"), "tdds", window=WINDOW, decay=DECAY)


def measure(side: str, folder: Path) -> None:
    """Print the seconds from the files to the scores, without imports, those of the processor, and the peak memory in MB."""
    if side == "ours":
        import coreset_engine.scores

        coreset_engine.scores.all_scores()
    else:
        import scipy.special  # noqa: F401 - so that importing it is not measured
        import torch

        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 2)))
    started, busy = time.perf_counter(), time.process_time()
    scores = {"published": published, "once": once, "ours": ours}[side](folder)
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    np.save(folder / f"{side}.npy", scores)
    print(seconds, busy, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    """Print the seconds and the peak memory of both sides, best and worst, their ratio, and how well they agree."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = os.environ | {"CORESET_CACHE": str(folder / "cache")}
        os.environ["CORESET_CACHE"] = environment["CORESET_CACHE"]
        write(folder)
        found: dict[str, list[tuple[float, ...]]] = {side: [] for side in SIDES}
        for _ in range(ROUNDS):
            for side, results in found.items():
                command = [sys.executable, __file__, side, name]
                ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
                results.append(tuple(map(float, ended.stdout.split())))
        scores = {side: np.load(folder / f"{side}.npy") for side in SIDES}
    best = {side: np.min(results, axis=0) for side, results in found.items()}
    for side, results in found.items():
        seconds, busy, memory = zip(*results, strict=True)
        spread = f"{min(seconds):6.2f} to {max(seconds):6.2f} s ({min(busy):.2f} to {max(busy):.2f} s of processor)"
        print(f"{side:<9} {spread}, peak {max(memory):,.0f} MB")
    top = {side: set(np.argsort(-values)[: SAMPLES // 10].tolist()) for side, values in scores.items()}
    for side in SIDES[:-1]:
        seconds, busy, _ = best[side] / best["ours"]
        print(
            f"{side}: {seconds:.1f} times ours, {busy:.1f} in time of the processor, best against best; top 10 % "
            f"{len(top[side] & top['ours']) / len(top['ours']):.2%} the same, largest difference "
            f"{abs(scores[side] - scores['ours']).max():.1e}"
        )


if __name__ == "__main__":
    measure(sys.argv[1], Path(sys.argv[2])) if len(sys.argv) == 3 else main()
