"""What a UMAP of three snapshots takes, by the number of samples: time, time of the processor, memory; one process each.

python benchmarks/umap_layout.py [N ...]
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from coreset_engine.explorer import umap_layout

SAMPLES, WIDTH, CLASSES = (6_000, 35_000), 84, 11


def measure(samples: int) -> None:
    """Print what the first layout takes, with and without compiling, and what each later one takes."""
    draws = np.random.default_rng(0)
    centres = draws.normal(scale=3, size=(CLASSES, WIDTH))
    final = centres[np.arange(samples) % CLASSES] + draws.normal(size=(samples, WIDTH))
    features = {epoch: final + draws.normal(scale=1 / epoch, size=final.shape) for epoch in (10, 20, 30)}
    umap_layout.layouts({1: final[:100]})  # compiles
    passed, busy = [time.perf_counter()], [time.process_time()]

    def watch(_done: int, _total: int) -> None:
        """Note the time."""
        passed.append(time.perf_counter())
        busy.append(time.process_time())

    places = umap_layout.layouts(features, watch=watch)
    moved = np.hypot(*(places[1:] - places[:-1]).transpose(1, 0, 2)).mean(axis=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{samples:>7,} samples: {np.diff(passed).round(1)} s, {np.diff(busy).round(1)} s of processor, {peak:,.0f} MiB; a "
        f"sample moves by {moved.round(2)}, of a map {np.ptp(places[-1], axis=1).round(0)} wide"
    )


def main() -> None:
    """Measure each number of samples in a process of its own."""
    if not umap_layout.is_installed():
        print(umap_layout.NEEDED)
        return
    if sys.argv[1:2] == ["one"]:
        measure(int(sys.argv[2]))
        return
    for samples in map(int, sys.argv[1:] or SAMPLES):
        subprocess.run([sys.executable, __file__, "one", str(samples)], check=True)


if __name__ == "__main__":
    main()
