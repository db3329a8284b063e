"""Racing: a candidate drops out when it is clearly worse than the best.

Source: Maron and Moore 1993, NeurIPS; with paired differences as in Birattari et al. 2002, GECCO (F-Race).
"""

from collections.abc import Sequence

import numpy as np

from coreset_engine.results import statistics
from coreset_engine.sweep.candidates import Evidence, Round, Trial

LEAST = 2  # seeds before anything is dropped


class Racing:
    """All with one seed after the other; who is clearly behind the best, seed by seed, gets no further seed."""

    name = "racing"
    label = "Racing"

    def next(self, evidence: Evidence, slots: int) -> Round | None:
        """Return the next seed of every candidate still in the race, as far as the budget goes."""
        alive = list(range(len(evidence.candidates)))
        for number, seed in enumerate(evidence.seeds):
            if number >= LEAST:
                alive = survivors(evidence, alive, evidence.seeds[:number])
                if len(alive) == 1:
                    return None
            missing = [Trial(one, seed, evidence.epochs) for one in alive]
            missing = [trial for trial in missing if trial not in evidence.values]
            left = int(evidence.budget - evidence.spent)
            if missing and left < 1:
                return None
            if missing:
                return Round(
                    tuple(missing[:left]), f"seed {seed} of the {len(alive)} that are not clearly behind the best"
                )
        return None


STRATEGY = Racing()


def survivors(evidence: Evidence, alive: list[int], seeds: Sequence[int]) -> list[int]:
    """Return the candidates whose difference to the best, paired by seed, has an interval that reaches zero.

    The spread of the differences is pooled over the candidates, since two or three seeds tell little of one.

    Args:
        evidence: values of all.
        alive: candidates still in the race.
        seeds: that all of them have been trained with.
    """
    table = np.array(
        [[evidence.values.get(Trial(one, seed, evidence.epochs), np.nan) for seed in seeds] for one in alive]
    )
    table = np.where(np.isnan(table), -1.0, table)
    best = int(table.mean(axis=1).argmax())
    differences = table[best] - table
    others = np.arange(len(alive)) != best
    residuals = differences[others] - differences[others].mean(axis=1, keepdims=True)
    freedom = residuals.size - len(residuals)
    if freedom < 1:
        return alive
    half = statistics.quantile(freedom) * np.sqrt((residuals**2).sum() / freedom / len(seeds))
    return [one for place, one in enumerate(alive) if place == best or differences[place].mean() <= half]
