"""TDDS from files: our reading and scoring against the published algorithm written plainly, on the same two cores.

python benchmarks/tdds.py

Each side runs in a process of its own, several times in turn. The plain side does what the paper's code does: one file
an epoch with logits in the order of that epoch's batches, sorted back, and for every window the logarithms of its epochs
anew. Our side loads a run with float32 probabilities and calls `score`.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

EPOCHS, SAMPLES, CLASSES, WINDOW, DECAY = 90, 34_561, 11, 10, 0.9
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
            np.savez(folder / f"epoch_{epoch}.npz", logits=logits, order=order)


def plain(folder: Path) -> np.ndarray:
    """Return the scores by the published algorithm, window by window, in PyTorch."""
    import torch

    history = []
    for epoch in range(1, EPOCHS + 1):
        with np.load(folder / f"epoch_{epoch}.npz") as file:
            probs = torch.softmax(torch.from_numpy(file["logits"]), dim=1)
            history.append(probs[torch.from_numpy(np.argsort(file["order"]))])
    score = torch.zeros(SAMPLES)
    for start in range(EPOCHS - WINDOW + 1):
        moved = []
        for epoch in range(start, start + WINDOW - 1):
            before, after = history[epoch], history[epoch + 1]
            moved.append((after * (torch.log(after + 1e-8) - torch.log(before + 1e-8))).abs().sum(dim=1))
        stacked = torch.stack(moved)
        spread = (stacked - stacked.mean(dim=0)).pow(2).sum(dim=0).sqrt()
        score = DECAY * spread + (1 - DECAY) * score
    return score.numpy()


def ours(_: Path) -> np.ndarray:
    """Return the scores of the run in the cache."""
    from coreset_engine import load_run, score

    return score(load_run("bench"), "tdds", window=WINDOW, decay=DECAY)


def measure(side: str, folder: Path) -> None:
    """Print the seconds from the files to the scores, without imports, those of the processor, and the peak memory in MB."""
    if side == "plain":
        import torch

        torch.set_num_threads(2)
    else:
        import coreset_engine.scores

        coreset_engine.scores.all_scores()
    started, busy = time.perf_counter(), time.process_time()
    scores = {"plain": plain, "ours": ours}[side](folder)
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
        found: dict[str, list[tuple[float, ...]]] = {"plain": [], "ours": []}
        for _ in range(ROUNDS):
            for side, results in found.items():
                command = [sys.executable, __file__, side, name]
                ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
                results.append(tuple(map(float, ended.stdout.split())))
        for side, results in found.items():
            seconds, busy, memory = zip(*results, strict=True)
            spread = f"{min(seconds):6.2f} to {max(seconds):6.2f} s ({min(busy):.2f} to {max(busy):.2f} s of processor)"
            print(f"{side:<6} {spread}, peak {max(memory):,.0f} MB")
        print(f"{min(found['plain'])[0] / min(found['ours'])[0]:.1f} times as fast, best against best")
        slow, fast = (np.load(folder / f"{side}.npy") for side in found)
        top = [set(np.argsort(-values)[: SAMPLES // 10].tolist()) for values in (slow, fast)]
        print(
            f"top 10 %: {len(top[0] & top[1]) / len(top[0]):.2%} the same; largest difference {abs(slow - fast).max():.1e}"
        )


if __name__ == "__main__":
    measure(sys.argv[1], Path(sys.argv[2])) if len(sys.argv) == 3 else main()
