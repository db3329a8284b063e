"""Racing: a candidate drops out when it is clearly worse than the best.

Source: Maron and Moore 1993, NeurIPS; with paired differences as in Birattari et al. 2002, GECCO (F-Race).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coreset_engine.results import statistics
from coreset_engine.sweep.candidates import Evidence, Round, Trial

LEAST = 2  # seeds before anything is dropped


class Racing:
    """All with one seed after the other; who is clearly behind the best, seed by seed, gets no further seed."""

    name = "racing"
    label = "Racing"

    def next(self, evidence: Evidence, slots: int) -> Round | None:
        """Return the next seed of every candidate still in the race, or of as many as the budget bears."""
        alive = list(range(len(evidence.candidates)))
        for number, seed in enumerate(evidence.seeds):
            if number >= LEAST:
                alive = survivors(evidence, alive, evidence.seeds[:number])
                if len(alive) == 1:
                    return None
            done = sum(Trial(one, seed, evidence.epochs) in evidence.values for one in alive)
            left = int(evidence.budget - evidence.spent)
            if done == len(alive):
                continue
            if left < 1:
                return None
            asked, which = borne(evidence, alive, evidence.seeds[:number], left + done)
            trials = tuple(Trial(one, seed, evidence.epochs) for one in asked)
            missing = tuple(trial for trial in trials if trial not in evidence.values)
            return Round(missing, f"seed {seed} of {which}") if missing else None
        return None


STRATEGY = Racing()


def borne(evidence: Evidence, alive: list[int], before: Sequence[int], room: int) -> tuple[list[int], str]:
    """Return the candidates that get a seed, and which these are in words: all, or as many as there is room for.

    Of the first seed they lie at even distances; of a further one they are the best so far, since the winner is one of those
    with most seeds.

    Args:
        evidence: values of all.
        alive: candidates still in the race, in the order of the list.
        before: seeds that all of them have been trained with.
        room: trainings that the budget bears of this seed.
    """
    if room >= len(alive):
        return alive, f"the {len(alive)} that are not clearly behind the best"
    if not before:
        places = np.linspace(0, len(alive) - 1, room).round().astype(int)
        return [alive[place] for place in places], f"{room} at even distances, which the budget bears"
    means = np.nan_to_num(_table(evidence, alive, before).mean(axis=1), nan=-np.inf)
    ranked = np.argsort(-means, kind="stable")[:room]
    return [alive[place] for place in ranked], f"the best {room}, which the budget bears"


def survivors(evidence: Evidence, alive: list[int], seeds: Sequence[int]) -> list[int]:
    """Return the candidates whose difference to the best, paired by seed, has an interval that reaches zero.

    The spread of the differences is pooled over the candidates, since two or three seeds tell little of one. A candidate of
    which a training failed drops out, and says nothing of the spread.

    Args:
        evidence: values of all.
        alive: candidates still in the race.
        seeds: that all of them have been trained with.
    """
    reached = _table(evidence, alive, seeds)
    whole = np.flatnonzero(~np.isnan(reached).any(axis=1))
    alive, table = [alive[place] for place in whole], reached[whole]
    if len(alive) < 2:
        return alive
    best = int(table.mean(axis=1).argmax())
    differences = table[best] - table
    others = np.arange(len(alive)) != best
    residuals = differences[others] - differences[others].mean(axis=1, keepdims=True)
    freedom = residuals.size - len(residuals)
    if freedom < 1:
        return alive
    half = statistics.quantile(freedom) * np.sqrt((residuals**2).sum() / freedom / len(seeds))
    return [one for place, one in enumerate(alive) if place == best or differences[place].mean() <= half]


def _table(evidence: Evidence, alive: list[int], seeds: Sequence[int]) -> NDArray[np.float64]:
    """Return what candidates reached, (candidates, seeds); NaN where a training failed."""
    return np.array([[evidence.values[Trial(one, seed, evidence.epochs)] for seed in seeds] for one in alive])
