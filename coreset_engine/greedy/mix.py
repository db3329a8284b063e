"""Mix: a part of each class by an importance, the rest near the class's centre."""

from math import floor
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from coreset_engine.greedy import Greedy, Picks, checked_importance
from coreset_engine.kernels.herding import around_centre, herded
from coreset_engine.registry import Within
from coreset_engine.snapshot import Snapshot

OF_IMPORTANCE = Within("a number from 0 (herding alone) to 1 (importance alone), or leave it out", 0, 1)
EASY, SPAN, MOST = 0.1, 0.4, 0.5  # λ is 0 up to α = 10 %, grows by 1 for 40 points of α, and is 0.5 from 30 % on


def mix(
    group: Snapshot,
    size: int,
    rate: float,
    *,
    importance: str | NDArray[np.float64] = "dual",
    share: Annotated[float | None, OF_IMPORTANCE] = None,
) -> Picks:
    """Return the samples of highest importance for a share λ of the places, the others by herding among what is left.

    Of the m places of a class ⌊λ m⌋ go to the samples of highest importance, ties to the lower row. The others go to
    "fair cover", herding towards the geometric median: for t = 0, 1, … the sample j that is not chosen yet with the least
    ||(t + 1) μ - Σ h - h_j||, where μ is the geometric median of all that can be chosen of the class and Σ h the sum of
    what herding has chosen, without the samples of highest importance.

    Args:
        group: the samples to choose from; features h (N, D).
        size: m, how many to choose.
        rate: α, share of all samples kept.
        importance: high for samples that are taken first: name of a method that scores, turned where it keeps the lowest,
            with the first epochs of the windows behind one that has two, as eva:21/31, and K behind them, as eva:21/31/5;
            or in Python (N,) numbers of all samples.
        share: λ from 0 (fair cover alone) to 1 (importance alone); None takes (α - 0.1) / 0.4, but 0 to 0.5: none up to
            10 % kept, half from 30 % on.

    Returns:
        Picks, those by importance first, from the highest; then the others in the order of choice.

    Raises:
        ConfigError: the importance is missing or not finite.

    Source: our recipe "mix" (R6), from herding, Welling 2009 (doi:10.1145/1553374.1553517), towards the geometric median,
        Acharya et al. 2025 (arXiv:2504.00564), and DUAL, Cho et al. 2025 (arXiv:2502.06905), or EVA (arXiv:2406.05677).

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Snapshot, select
        >>> h = np.array([[0.0], [1.0], [2.0], [3.0], [9.0]])
        >>> snapshot = Snapshot.from_arrays(features=h, logits=np.zeros((5, 1)), labels=np.zeros(5, int))
        >>> hard = np.array([0.0, 0.0, 0.0, 1.0, 3.0])  # the highest is kept; then the sample nearest to the median
        >>> select(snapshot, method="mix", rate=0.4, importance=hard, share=0.5).tolist()
        [2, 4]
    """
    of_importance = share_of(rate) if share is None else share
    scores = checked_importance("mix", importance, group.n_samples)
    first = np.argsort(-scores, kind="stable")[: floor(round(of_importance * size, 9))]
    left = np.setdiff1d(np.arange(group.n_samples), first)
    around = around_centre(group.features, "geometric-median")
    return Picks(np.concatenate([first, left[herded(around[left], size - len(first))]]))


def share_of(rate: float) -> float:
    """Return λ, the share of the places that go to importance at a rate.

    Example:
        >>> from coreset_engine.greedy.mix import share_of
        >>> [round(share_of(rate), 3) for rate in (0.05, 0.1, 0.2, 0.3, 0.9)]
        [0.0, 0.0, 0.25, 0.5, 0.5]
    """
    return min(MOST, max(0.0, (rate - EASY) / SPAN))


GREEDY = Greedy(
    "mix",
    "Mix of importance and cover",
    mix,
    "⌊λ m⌋ of highest importance, the rest by argmin_j ||(t + 1) μ - Σ h - h_j||, μ the geometric median; "
    "λ = clip((α - 0.1) / 0.4, 0, 0.5)",
    "Acharya et al. 2025, arXiv:2504.00564, for herding; Cho et al. 2025, arXiv:2502.06905, or arXiv:2406.05677, for the "
    "importance; mixed as our recipe",
    needs="importance",
    by_rate=True,
    order=73,
    colour=37,
    family="geometry",
    cost="O(M N D) time, O(N D) memory; within classes O(Σ m_c n_c D)",
    measured="0.6 s of processor time on one thread within classes at N = 35,000, D = 512, C = 11, 10 %, idle; 1.1 s at "
    "30 %, where half go by importance, beside other work; 0.65 GiB peak with the snapshot",
    differences="No paper has it. The recipe says the rest is chosen by herding on what is left and does not say whether "
    "what importance took counts: here μ is that of the whole pool, as in fair cover, and the sum begins empty, so that "
    "the rest by itself stands for the class, and the mean of the whole coreset is drawn towards the samples of high "
    "importance. The recipe wants the hard cut-off first (hard_cutoff) and budgets by class (class_budget).",
    checked="plain float64 loops for λ = 0, 0.1, 0.25 and 0.5, within classes, behind a cut and under tempered budgets: the "
    "same rows in the same order; at λ = 0 the rows of herding towards the geometric median, at λ = 1 the top importance",
)
