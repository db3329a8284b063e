"""Shifted: skip the hardest samples, then keep the next ones of the ranking."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import SelectionError
from coreset_engine.registry import PART
from coreset_engine.selection import Request, Rule, default_cutoff


def shifted(request: Request, *, cutoff: Annotated[float | None, PART] = None) -> NDArray[np.int64]:
    """Return ranks int(βN) + 1 .. int(βN) + M of the ranking: the top, shifted away from its end.

    Args:
        request: scores and size.
        cutoff: β, share of the ranking that is skipped, 0 <= β < 1; None takes 0.3 for α <= 0.1, 0.1 for α <= 0.3 and
            0 above, as the rule `ccs` does.

    Raises:
        SelectionError: β leaves fewer than M samples.

    Source: Paul et al. 2021 (arXiv:2107.07075), who slide a window of fixed size along the EL2N ranking.
    """
    beta = default_cutoff(request.rate) if cutoff is None else cutoff
    ranking = request.ranking()[int(beta * len(request.scores)) :]
    if len(ranking) < request.size:
        raise SelectionError(
            f"After skipping {beta:.0%} of the ranking {len(ranking):,} samples are left, fewer than the "
            f"{request.size:,} to keep. Lower the cut-off β or the selection rate α."
        )
    return ranking[: request.size]


RULE = Rule(
    "shifted",
    "Shifted top",
    shifted,
    "ranks int(βN) + 1 .. int(βN) + M",
    "Paul et al. 2021, arXiv:2107.07075",
    order=5,
    family="ranking",
    cost="O(N log N) time, O(N) memory",
    measured="4 ms of one core and 1 MB at N = 34,561, rate 10 %",
    differences="The paper reads the offset off a sweep; the default here is that of CCS for the same rate.",
    checked="rankings worked by hand",
)
