"""CCS: drop the hardest samples, then cover the rest of the score range evenly."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import SelectionError
from coreset_engine.selection import Request, Rule


def ccs(request: Request, *, cutoff: float | None = None, strata: int = 50, seed: int = 0) -> NDArray[np.int64]:
    """Return a stratified sample of the scores after cutting off the hardest share β.

    1) Drop the int(βN) samples of lowest hardness value (AUM when scores come from dynamics; else the kept end of the
    scores). 2) Cut the remaining range of scores into equal-width strata, half-open. 3) Visit the strata by size, the
    smallest first: each gets min(its size, places left // strata left). 4) Draw that many of it uniformly.

    Args:
        request: scores and size.
        cutoff: β, share of the hardest dropped first; None takes 0.3 for α <= 0.1, 0.1 for α <= 0.3 and 0 above.
        strata: number of strata.
        seed: of the draws.

    Raises:
        SelectionError: β is not in 0 <= β < 1, there is no stratum, or fewer than M samples are left after the cut-off
            (the released code then returns fewer than asked for).

    Source: Zheng et al. 2023 (arXiv:2210.15809), Alg. 1. Its code puts the last edge at 1.0001 max, which loses the
        maximum when that is not positive; then the edge lies 1e-4 of the range above it.
    """
    samples = len(request.scores)
    beta = default_cutoff(request.rate) if cutoff is None else cutoff
    if not 0 <= beta < 1 or strata < 1:
        raise SelectionError(f"CCS needs a cut-off in 0 <= β < 1 and at least 1 stratum; it got {beta} and {strata}.")
    hardness = request.hardness
    if hardness is None:
        hardness = -request.scores if request.keep == "highest" else request.scores
    kept = np.sort(np.argsort(hardness, kind="stable")[int(beta * samples) :])
    if len(kept) < request.size:
        raise SelectionError(
            f"After cutting off {beta:.0%} of the samples {len(kept):,} are left, fewer than the {request.size:,} to "
            "keep. Lower the cut-off β or the selection rate α."
        )
    stratum = stratify(request.scores[kept], strata)
    budgets = stratum_budgets(np.bincount(stratum, minlength=strata), request.size)
    draws = np.random.default_rng(seed)
    parts = [draws.choice(kept[stratum == s], budgets[s], replace=False) for s in range(strata) if budgets[s]]
    return np.concatenate(parts)


def default_cutoff(rate: float) -> float:
    """Return β for the selection rate: the README of CCS gives 0.3 at α = 0.1; keeping more cuts off less."""
    if rate <= 0.1:
        return 0.3
    return 0.1 if rate <= 0.3 else 0.0


def stratify(scores: NDArray[np.float64], strata: int) -> NDArray[np.int64]:
    """Return each score's stratum, (N,) in 0..strata-1; an infinite score counts as 1 beyond the finite ones."""
    finite = scores[np.isfinite(scores)]
    values = np.clip(scores, finite.min() - 1, finite.max() + 1) if len(finite) else np.sign(scores)
    return np.clip(np.searchsorted(strata_edges(values, strata), values, side="right") - 1, 0, strata - 1)


def strata_edges(scores: NDArray[np.float64], strata: int) -> NDArray[np.float64]:
    """Return the (strata + 1,) edges of equal widths from the minimum to just above the maximum."""
    low, high = scores.min(), scores.max()
    return np.linspace(low, high * 1.0001 if high > 0 else high + 1e-4 * (high - low), strata + 1)


def stratum_budgets(counts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return how many samples each stratum gives: the smallest first, the rest shared evenly."""
    budgets = np.zeros_like(counts)
    left = size
    for visited, stratum in enumerate(np.argsort(counts, kind="stable")):
        budgets[stratum] = min(counts[stratum], left // (len(counts) - visited))
        left -= budgets[stratum]
    return budgets


RULE = Rule(
    "ccs",
    "CCS",
    ccs,
    "cut off the hardest share β, then stratified uniform draws",
    "Zheng et al. 2023, arXiv:2210.15809",
    needs="hardness",
    order=3,
)
