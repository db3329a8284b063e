"""Successive halving over epochs and seeds.

Source: Jamieson and Talwalkar 2016, AISTATS; asynchronous form and the choice of the rate: Li et al. 2020, MLSys.
"""

import math
from itertools import islice

import numpy as np

from coreset_engine.sweep.candidates import Evidence, Round, Trial

RATE = 4  # of the candidates of a rung one in so many goes on
SHORT = 4  # the first rung trains for 1 / SHORT of the epochs, the second for half
FINALISTS = 3  # at least, that are trained with every seed


class Halving:
    """Many short trainings first; the best quarter goes on to longer ones, the last ones to all seeds."""

    name = "halving"
    label = "Successive halving"

    def next(self, evidence: Evidence, slots: int) -> Round | None:
        """Return the trainings of the first rung that is not complete."""
        alive = _first(evidence)
        for number, (epochs, seeds, keep) in enumerate(rungs(len(alive), evidence), 1):
            asked = [Trial(one, seed, epochs) for seed in evidence.seeds[:seeds] for one in alive]
            missing = [trial for trial in asked if trial not in evidence.values]
            if missing:
                why = f"rung {number}: {len(alive)} pairs of windows at {epochs} epochs, the best {keep} go on"
                last = keep == len(alive)
                return Round(
                    tuple(missing), f"the best {len(alive)} with {seeds} seeds at {epochs} epochs" if last else why
                )
            alive = _best(evidence, alive, epochs, keep)
        return None


STRATEGY = Halving()


def rungs(count: int, evidence: Evidence) -> list[tuple[int, int, int]]:
    """Return (epochs, seeds, candidates that go on) of every rung.

    Args:
        count: candidates on the first rung.
        evidence: says full length and seeds.
    """
    full = evidence.epochs
    found, alive, seeds = [], count, len(evidence.seeds)
    for epochs in dict.fromkeys((max(1, full // SHORT), max(1, full // 2), full)):
        keep = max(min(alive, FINALISTS), math.ceil(alive / RATE))
        if epochs == full and keep == alive:
            break
        found.append((epochs, 1, keep))
        alive = keep
    return [*found, (full, seeds, alive)]


def cost(count: int, evidence: Evidence) -> float:
    """Return what a search that begins with `count` candidates costs, in full trainings."""
    spent, alive = 0.0, count
    for epochs, seeds, keep in rungs(count, evidence):
        first_at_full = any(known == evidence.epochs for known, _, _ in rungs(count, evidence)[:-1])
        new = seeds - (1 if epochs == evidence.epochs and seeds > 1 and first_at_full else 0)
        spent += alive * new * epochs / evidence.epochs
        alive = keep
    return spent


def _first(evidence: Evidence) -> list[int]:
    """Return the candidates of the first rung: all, or as many as the budget bears, evenly over the list."""
    total = len(evidence.candidates)
    fitting = next(islice((n for n in range(total, 0, -1) if cost(n, evidence) <= evidence.budget), 1), 1)
    return [int(number) for number in np.unique(np.linspace(0, total - 1, fitting).round())]


def _best(evidence: Evidence, alive: list[int], epochs: int, keep: int) -> list[int]:
    """Return the `keep` candidates with the highest mean at a length, the better first; ties to the earlier one."""
    means = [float(np.mean(values)) if (values := evidence.of(one, epochs)) else -math.inf for one in alive]
    return [alive[place] for place in np.argsort(np.negative(means), kind="stable")[:keep]]
