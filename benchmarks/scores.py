"""Every score of dynamics and every selection rule at N = 34,561, T = 200, C = 11: milliseconds and memory beside the run.

python benchmarks/scores.py
"""

import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from coreset_engine import Dynamics, score, scores, selection

EPOCHS, SAMPLES, CLASSES, WIDTH, ROUNDS = 200, 34_561, 11, 512, 7
OPTIONS = {"eva": {"early": 1, "late": 190}, "exp-dual": {"early": 1, "late": 190}}


def made_up() -> Dynamics:
    """Return a run of random signals; what they hold does not change the time."""
    draws = np.random.default_rng(0)
    names = ("error_norm", "target_probability", "margin", "entropy", "loss")
    signals = {name: draws.random((EPOCHS, SAMPLES), np.float32) for name in names}
    signals["prediction"] = draws.integers(0, CLASSES, (EPOCHS, SAMPLES), np.uint8)
    rows = draws.dirichlet(np.ones(CLASSES), SAMPLES).astype(np.float32)
    signals["probabilities"] = np.stack([np.roll(rows, 97 * epoch, axis=0) for epoch in range(EPOCHS)])
    labels, losses = draws.integers(0, CLASSES, SAMPLES), draws.random((EPOCHS, CLASSES))
    run = Dynamics(labels, signals, CLASSES, EPOCHS, val_loss=losses)
    for name in signals:
        run.signal(name)  # checked here, once, so that no method's time holds it
    return run


def tell(what: str, call: Callable[[], object]) -> None:
    """Print the least processor time of some calls, the least time that passed, and the memory at its peak."""
    busy, passed = [], []
    for _ in range(ROUNDS):
        started, before = time.perf_counter(), time.process_time()
        call()
        busy.append(time.process_time() - before)
        passed.append(time.perf_counter() - started)
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{what:<22} {1e3 * min(busy):8.1f} ms of processor, {1e3 * min(passed):8.1f} ms, peak {peak / 1e6:7.1f} MB")


def main() -> None:
    """Print one line a score and one a rule, the latter at a rate of 10 %."""
    run = made_up()
    for name, entry in scores.all_scores().items():
        if entry.reads != "snapshot":
            tell(name, lambda name=name: score(run, name, **OPTIONS.get(name, {})))
    draws = np.random.default_rng(1)
    values, features = draws.random(SAMPLES), draws.normal(size=(SAMPLES, WIDTH)).astype(np.float32)
    parts = {"features": features, "probability": draws.random(SAMPLES)}
    for name, entry in selection.all_rules().items():
        part = {entry.needs: parts[entry.needs]} if entry.needs in parts else {}
        tell(f"rule {name}", lambda name=name, part=part: rule(values, run, name, **part))
    tell("aum, logits", lambda: score(run, "aum", space="logit"))


def rule(values: np.ndarray, run: Dynamics, name: str, **part: np.ndarray) -> np.ndarray:
    """Return the coreset of a rule at 10 %."""
    return selection.select_from_scores(values, run.labels, rate=0.1, rule=name, **part)


if __name__ == "__main__":
    main()
