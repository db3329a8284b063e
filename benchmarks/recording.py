"""What recording adds to an epoch at N = 34,561 and C = 11, and what a score costs on the recorded run.

python benchmarks/recording.py
"""

import os
import statistics
import tempfile
import time

import numpy as np

SAMPLES, CLASSES, EPOCHS, BATCH = 34_561, 11, 40, 256


def main() -> None:
    """Print medians in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CORESET_CACHE"] = folder
        from coreset_engine import Recorder, load_run, score, select

        draws = np.random.default_rng(0)
        labels = draws.integers(0, CLASSES, SAMPLES)
        logits = draws.normal(0, 3, (SAMPLES, CLASSES)).astype(np.float32)
        order = np.array_split(draws.permutation(SAMPLES), SAMPLES // BATCH)
        batches = [logits[index] for index in order]
        during, ending, behind = [], [], []
        with Recorder("bench", labels=labels, classes=CLASSES, epochs=EPOCHS) as recorder:
            for epoch in range(1, EPOCHS + 1):
                started = time.perf_counter()
                for index, batch in zip(order, batches, strict=True):
                    recorder.record(epoch, index, batch)
                during.append(time.perf_counter() - started)
                started = time.perf_counter()
                recorder.end_epoch(epoch)
                ending.append(time.perf_counter() - started)
                started = time.perf_counter()
                recorder.flush()
                behind.append(time.perf_counter() - started)
        for what, values in (
            (f"record(), {len(order)} batches", during),
            ("end_epoch()", ending),
            ("writing, behind the next epoch", behind),
        ):
            print(f"{what:<34} {1e3 * statistics.median(values):6.2f} ms an epoch")
        dynamics = load_run("bench")
        dynamics.error_norms  # noqa: B018 - read from the disk before the clock starts
        for what, call in (
            ("EVA score", lambda: score(dynamics, "eva", early=1, late=31, length=10)),
            ("EVA coreset of 10 %", lambda: select(dynamics, method="eva", rate=0.1, early=1, late=31, length=10)),
        ):
            taken = []
            for _ in range(30):
                started = time.perf_counter()
                call()
                taken.append(time.perf_counter() - started)
            print(f"{what:<34} {1e3 * statistics.median(taken):6.2f} ms")


if __name__ == "__main__":
    main()
