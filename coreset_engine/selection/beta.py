"""Beta: random draws whose weight is a score times a Beta density over how well a sample is known early."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import SelectionError
from coreset_engine.registry import POSITIVE
from coreset_engine.selection import Request, Rule, finite

_EDGE = 1e-4  # μ is kept this far from 0 and 1, where a density is 0 or infinite
_HARDEST = 10  # samples at the kept end whose mean μ is μ_D


def beta(
    request: Request,
    *,
    c_d: Annotated[float, POSITIVE] = 4.0,
    concentration: Annotated[float, POSITIVE] = 15.0,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Return M draws without replacement with weights Beta(μ; a, b) times the score: easy samples at small rates.

    μ is a sample's mean p_y over the first epochs, μ_D that of the ten samples of the request at the kept end of the
    scores. b = max(1, C (1 - μ_D) (1 - (1 - α)^c_D)) and a = C + 1 - b, so that the density moves from easy to hard samples
    as α grows. Adding Gumbel noise to the logarithms of the weights and taking the M largest gives draws one after another.
    μ is taken over the epochs of the method's option `epochs` where it has one, else over 15 % of the recorded ones.

    Importance is what is not negative: scores of which the highest are kept as they are where none is below 0, else less
    their minimum; the maximum less the scores where the lowest are kept; the greatest distance from the median less the own
    where the middle is. Samples of importance 0 are drawn, by their density alone, only when no others are left.

    Args:
        request: scores, size, rate and the probability μ. Of one class alone μ_D is that of the class.
        c_d: c_D > 0, how fast the density moves to hard samples; 4 is for CIFAR-100, the paper has 11 for ImageNet.
        concentration: C > 0, how narrow the density is.
        seed: of the draws.

    Raises:
        SelectionError: there are no probabilities.

    Source: Cho et al. 2025, DUAL (arXiv:2502.06905), for its scores; code behaapyy/dual-pruning. Kool et al. 2019
        (arXiv:1903.06059) for the Gumbel-top-k trick.
    """
    if request.probability is None:
        raise SelectionError(
            "Rule beta needs each sample's mean probability of its label over the first epochs. Select from a recorded run, "
            "or give probability= with one number per sample in 0..1."
        )
    known, value = log_density(request, c_d, concentration), importance(request)
    known = known + np.log(np.where(value > 0, value, 1.0))
    noise = np.random.default_rng(seed).gumbel(size=len(known))
    return np.lexsort((-(known + noise), value <= 0))[: request.size]


def log_density(request: Request, c_d: float, concentration: float) -> NDArray[np.float64]:
    """Return (N,) the logarithm of Beta(μ; a, b), but for a constant."""
    mu = np.clip(np.asarray(request.probability, np.float64), _EDGE, 1 - _EDGE)
    of_hardest = float(np.asarray(request.probability, np.float64)[request.ranking()[:_HARDEST]].mean())
    b = max(1.0, concentration * (1 - of_hardest) * (1 - (1 - request.rate) ** c_d))
    return (concentration - b) * np.log(mu) + (b - 1) * np.log1p(-mu)


def importance(request: Request) -> NDArray[np.float64]:
    """Return the scores as (N,) numbers from 0 on, high = preferred; an infinite one counts as 1 beyond the finite ones."""
    values = finite(request.scores)
    if request.keep == "highest":
        return values - min(0.0, values.min())
    distance = values if request.keep == "lowest" else np.abs(values - np.median(values))
    return distance.max() - distance


RULE = Rule(
    "beta",
    "Beta draws",
    beta,
    "M draws without replacement, p proportional to Beta(μ; a, b) times the score, μ the early mean of p_y",
    "Cho et al. 2025, arXiv:2502.06905",
    needs="probability",
    order=8,
    family="random draws",
    cost="O(N log N) time, O(N) memory",
    measured="6 ms of one core and 3 MB at N = 34,561, rate 10 %, beside other work",
    differences="The code lets b fall below 1, so that the density has no end at μ = 1, which happens at about 2 % with "
    "c_D = 4: here b is at least 1. It draws int(αN), one less where the product rounds down, takes μ over all recorded "
    "epochs on ImageNet, and its README gives the file of row numbers as that of the scores: here M = ceil(αN), μ over the "
    "epochs of the score, and the scores themselves. At small rates the rule draws easy samples by design.",
    checked="the code's weights on 7 settings within 1e-4, float64 weights within 1e-8, and how often its draws take each "
    "of 600 samples",
)
