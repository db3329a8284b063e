"""How often a search ends within one point of the best of the whole grid, and at what share of its cost, as JSON.

The grid was trained once: EVA, K = 10, α = 10 %, LeNet, recordings of 40 epochs of four medical data sets, every pair of
windows with starts two epochs apart, two seeds, at 10, 20 and 40 epochs of retraining. What a search asks for is looked up
there (`search_grids.csv`), so nothing is trained. Repetitions differ in the order of the candidates and of the two seeds,
the second half of them also in the pairs that there are: a random two thirds, with a best pair of its own. They share the
same trainings, so they are not independent; of halving over all pairs, which begins with every one, no order matters and
two repetitions differ only by which seed comes first.

python benchmarks/search.py
"""

import csv
import json
import math
import sys
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from coreset_engine.coreset import CoresetSpec
from coreset_engine.sweep.candidates import Evidence
from coreset_engine.sweep.strategies import Strategy, all_strategies

GRIDS = Path(__file__).with_name("search_grids.csv")
EPOCHS, SEEDS, REPETITIONS, POINT = 40, (0, 1), 20, 0.01
PARTS = (1.0, 2 / 3)  # of the pairs that a repetition chooses among
SHARES = (0.2, 0.25, 0.3)  # of the grid's cost that a search may take
METRICS = ("val_acc_best", "val_bal_acc_best")

Key = tuple[int, int, int, int]  # t_e, t_l, seed, epochs


def grids(metric: str) -> dict[str, dict[Key, float]]:
    """Return what every training of the grid reached, by run."""
    found: dict[str, dict[Key, float]] = {}
    with GRIDS.open(newline="") as file:
        for row in csv.DictReader(file):
            key = (int(row["early"]), int(row["late"]), int(row["seed"]), int(row["epochs"]))
            found.setdefault(row["run"], {})[key] = float(row[metric])
    return found


def searched(
    strategy: Strategy, values: dict[Key, float], repetition: int, share: float, part: float
) -> tuple[float, float]:
    """Return how far what a search within a share of the grid's cost chose lies below the best, and the share it took."""
    draws = np.random.default_rng(repetition)
    pairs = sorted({key[:2] for key in values})
    order = [pairs[place] for place in draws.permutation(len(pairs))[: round(part * len(pairs))]]
    specs = [CoresetSpec("grid", "eva", {"early": early, "late": late}, rate=0.1) for early, late in order]
    seeds = SEEDS if repetition % 2 == 0 else SEEDS[::-1]
    known = Evidence(specs, EPOCHS, seeds, math.ceil(len(order) * len(SEEDS) * share))
    while asked := strategy.next(known, 2):
        known.values |= {trial: values[*order[trial.candidate], trial.seed, trial.epochs] for trial in asked.trials}
    best = known.best()
    assert best is not None
    means = [float(np.mean([values[*pair, seed, EPOCHS] for seed in SEEDS])) for pair in order]
    return max(means) - means[best], known.spent / known.grid


def compared(values: dict[Key, float]) -> dict[str, dict[str, float]]:
    """Return, by strategy and budget, how many searches end within a point of the grid's best, the mean gap and cost."""
    found = {}
    for (name, strategy), share, part in product(all_strategies().items(), SHARES, PARTS):
        ends = [searched(strategy, values, repetition, share, part) for repetition in range(REPETITIONS)]
        gaps = np.array([gap for gap, _ in ends])
        found[f"{name} within {share:.0%} of {part:.0%} of the pairs"] = {
            "within_a_point": float(np.mean(gaps <= POINT + 1e-9)),
            "mean_gap_points": round(100 * float(gaps.mean()), 2),
            "share_of_cost": round(float(np.mean([cost for _, cost in ends])), 3),
        }
    return found


if __name__ == "__main__":
    print(json.dumps({metric: {run: compared(values) for run, values in grids(metric).items()} for metric in METRICS},
                     indent=1))  # fmt: skip
