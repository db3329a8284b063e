"""Sampled: random draws in which better-ranked samples are likelier."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from coreset_engine.registry import POSITIVE
from coreset_engine.selection import Request, Rule, finite


def sampled(request: Request, *, temperature: Annotated[float, POSITIVE] = 1.0, seed: int = 0) -> NDArray[np.int64]:
    """Return M draws without replacement, each with probability softmax(z / τ) over the samples not yet drawn.

    z are the standardised scores; their sign is turned where the lowest are kept, and they are -|z - median| where the
    middle is. Adding independent Gumbel noise to z / τ and taking the M largest gives these draws in one pass.

    Args:
        request: scores, size and the end to prefer.
        temperature: τ > 0 in standard deviations of the scores; small is nearly the rule `top`, large nearly uniform.
        seed: of the draws.

    Source: Kool et al. 2019 (arXiv:1903.06059) for the Gumbel-top-k trick.
    """
    noise = np.random.default_rng(seed).gumbel(size=len(request.scores))
    return np.argsort(-(preference(request) / temperature + noise), kind="stable")[: request.size]


def preference(request: Request) -> NDArray[np.float64]:
    """Return z, (N,): the standardised scores, high = preferred; an infinite score counts as 1 beyond the finite ones."""
    values = finite(request.scores)
    centre = np.median(values) if request.keep == "middle" else values.mean()
    z = (values - centre) / (values.std() or 1.0)
    return {"highest": z, "lowest": -z, "middle": -np.abs(z)}[request.keep]


RULE = Rule(
    "sampled",
    "Weighted draws",
    sampled,
    "M draws without replacement, p proportional to exp(standardised score / τ)",
    "Kool et al. 2019, arXiv:1903.06059",
    order=6,
    family="random draws",
    cost="O(N log N) time, O(N) memory",
    measured="6 ms of one core and 3 MB at N = 34,561, rate 10 %",
    checked="frequencies over 8,000 seeds against the probabilities worked out for five samples",
)
