"""Successive halving over epochs and seeds.

Source: Jamieson and Talwalkar 2016, AISTATS; asynchronous form and the choice of the rate: Li et al. 2020, MLSys.
"""

import math
from collections.abc import Sequence

import numpy as np

from coreset_engine.errors import ConfigError
from coreset_engine.names import counted
from coreset_engine.sweep.candidates import Evidence, Round, Trial

RATES = (
    2,
    3,
    4,
)  # of the candidates of a rung one in so many goes on: the first for which the budget bears all of them
SHORT = 4  # the first rung trains for 1 / SHORT of the epochs, the second for half
FINALISTS = 3  # at least, that are trained with every seed


class Halving:
    """Many short trainings first; the best part goes on to longer ones, the last ones to all seeds.

    Each rung takes the next seed, so that a candidate which one seed flatters meets another before the end.
    """

    name = "halving"
    label = "Successive halving"

    def next(self, evidence: Evidence, slots: int) -> Round | None:
        """Return the trainings of the first rung that is not complete.

        Raises:
            ConfigError: the budget bears no two candidates.
        """
        rate = rate_of(evidence)
        alive, total = _first(evidence, rate), len(evidence.candidates)
        planned = rungs(len(alive), evidence, rate)
        for number, (epochs, seeds, keep) in enumerate(planned, 1):
            own = evidence.seeds if seeds > 1 else [evidence.seeds[(number - 1) % len(evidence.seeds)]]
            asked = [Trial(one, seed, epochs) for seed in own for one in alive]
            missing = [trial for trial in asked if trial not in evidence.values]
            if missing:
                if number < len(planned):
                    why = f"rung {number}: {len(alive)} pairs of windows at {epochs} epochs, the best {keep} go on"
                else:
                    which = "the best" if number > 1 else "all" if len(alive) == total else "at even distances the"
                    why = f"{which} {len(alive)} with {counted(seeds, '{seed|seeds}')} at {epochs} epochs"
                return Round(tuple(missing), why)
            alive = _best(evidence, alive, epochs, own, keep)
        return None


STRATEGY = Halving()


def rate_of(evidence: Evidence) -> int:
    """Return one in how many candidates of a rung goes on; the last of `RATES` where the budget does not bear all."""
    fitting = (rate for rate in RATES if cost(len(evidence.candidates), evidence, rate) <= evidence.budget)
    return next(fitting, RATES[-1])


def rungs(count: int, evidence: Evidence, rate: int) -> list[tuple[int, int, int]]:
    """Return (epochs, seeds, candidates that go on) of every rung; one after which all would go on is left out.

    With a budget of the whole grid there is nothing to spare: all are trained to the end with every seed.

    Args:
        count: candidates on the first rung.
        evidence: says full length and seeds.
        rate: one in so many goes on.
    """
    full = evidence.epochs
    found, alive, seeds = list[tuple[int, int, int]](), count, len(evidence.seeds)
    if evidence.budget >= evidence.grid:
        return [(full, seeds, count)]
    for epochs in dict.fromkeys((max(1, full // SHORT), max(1, full // 2), full)):
        keep = max(min(alive, FINALISTS), math.ceil(alive / rate))
        if keep == alive:
            continue
        found.append((epochs, 1, keep))
        alive = keep
    return [*found, (full, seeds, alive)]


def cost(count: int, evidence: Evidence, rate: int) -> float:
    """Return what a search that begins with `count` candidates costs, in full trainings."""
    spent, alive = 0.0, count
    for epochs, seeds, keep in rungs(count, evidence, rate):
        first_at_full = any(known == evidence.epochs for known, _, _ in rungs(count, evidence, rate)[:-1])
        new = seeds - (1 if epochs == evidence.epochs and seeds > 1 and first_at_full else 0)
        spent += alive * new * epochs / evidence.epochs
        alive = keep
    return spent


def _first(evidence: Evidence, rate: int) -> list[int]:
    """Return the candidates of the first rung: all, or as many as the budget bears, evenly over the list.

    Raises:
        ConfigError: it bears no two, so that nothing would be compared.
    """
    total, seeds = len(evidence.candidates), len(evidence.seeds)
    fitting = next((n for n in range(total, 1, -1) if cost(n, evidence, rate) <= evidence.budget), 0)
    if not fitting:
        raise ConfigError(
            f"A budget of {counted(evidence.budget, '{training|trainings}')} of full length bears no two candidates of a "
            f"halving, whose last ones take every seed. Give --budget {2 * seeds} or more, or fewer --training-seeds."
        )
    return _evenly(total, fitting)


def _evenly(total: int, count: int) -> list[int]:
    """Return so many numbers below `total` at even distances, ascending."""
    return [int(number) for number in np.unique(np.linspace(0, total - 1, count).round())]


def _best(evidence: Evidence, alive: list[int], epochs: int, seeds: Sequence[int], keep: int) -> list[int]:
    """Return the `keep` candidates with the highest mean over a rung's own seeds, the better first; ties to the earlier one.

    Where none counts they are taken at even distances. Trainings of other seeds at the same length come later and must not
    change who went on.
    """
    found = [[evidence.values[Trial(one, seed, epochs)] for seed in seeds] for one in alive]
    known = [[value for value in values if not math.isnan(value)] for values in found]
    if not any(known):
        return [alive[place] for place in _evenly(len(alive), keep)]
    means = [float(np.mean(values)) if values else -math.inf for values in known]
    return [alive[place] for place in np.argsort(np.negative(means), kind="stable")[:keep]]
