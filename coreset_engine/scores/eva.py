"""EVA: how much a sample's error moves in an early and in a late window of epochs."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.kernels.sliding import blocks, side_by_side
from coreset_engine.scores import Score, window_pair

SMALL = 200_000  # samples up to which threads take longer to start than they save


def eva(
    dynamics: Dynamics, *, early: int, late: int, length: int = 10, combine: Literal["sum", "normalized"] = "sum"
) -> NDArray[np.float64]:
    """Add the error norm's variance in an early and in a late window.

    V(n) = Var_early S_t(n) + Var_late S_t(n), with S_t(n) = ||p_t(n) - onehot(y(n))||_2 and the population variance
    (1/K) over the K = `length` epochs of a window. `combine="normalized"` is what the authors' released code does
    instead: half of each window's variance divided by that variance's sum over the samples.

    EVA per class, as code on graph coverage (zahiriddin-rustamov/graph-coverage-selection) has it, ranks this score within
    each class. That is rule `balanced`, with budget=equal for as many of every class: the sum of two variances of one sample
    reads no other, so computing it class by class gives the same numbers.

    Args:
        dynamics: one run with T epochs and N samples.
        early: t_e, first epoch of the early window, counted from 1.
        late: t_l, first epoch of the late window.
        length: K, epochs per window; the window is start .. start + length - 1.
        combine: "sum" (Eq. 6) or "normalized" (released code).

    Returns:
        (N,) float64 >= 0; high = unsettled sample.

    Raises:
        WindowError: a window leaves the recorded epochs, holds fewer than 2, or the windows overlap.

    Source: Hong et al. 2024, Eq. 3-6 (arXiv:2406.05677); code xxxx-Bella/EVA, which divides by K-1: no rank changes.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.5, 0.5], [0.75, 0.5], [0.75, 1], [1, 1]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "eva", early=1, late=3, length=2).round(4).tolist()  # S = √2 (1 - p), so 2 Var(p) of each window
        [0.0625, 0.0]
    """
    norms = dynamics.error_norms
    variances = np.empty((2, dynamics.n_samples))

    def work(part: slice) -> None:
        """Fill in some samples: a block of them stays in a core's cache, and of a run on the disk only it is in memory."""
        for number, rows in enumerate(window_pair(norms[:, part], early, late, length)):
            variances[number, part] = rows.var(axis=0)

    parts = list(blocks(dynamics.n_samples, 2 * max(1, length)))
    if dynamics.n_samples < SMALL:
        for part in parts:
            work(part)
    else:
        side_by_side(work, parts)
    if combine == "sum":
        return variances[0] + variances[1]
    halves: NDArray[np.float64] = 0.5 * variances / [[values.sum() or 1.0] for values in variances]
    return halves[0] + halves[1]


SCORE = Score(
    name="eva",
    label="EVA",
    compute=eva,
    keep="highest",
    formula="Var of S_t over t_e..t_e+K-1 + Var of S_t over t_l..t_l+K-1, S_t = ||softmax(f(x)) - onehot(y)||_2",
    source="Hong et al. 2024, Eq. 3-6, arXiv:2406.05677",
    windows="pair",
    over_windows="variance",
    order=1,
    colour=0,
    family="training dynamics",
    cost="O(N K) time and memory",
    measured="1.4 ms of one core and 1 MB beside the run at N = 35,000, T = 200",
    differences="The released code divides each window's variance by its sum over the samples and averages the two: "
    "combine=normalized; by default Eq. 6 is followed. Variances divide by K as in Eq. 4; the code divides by "
    "K - 1, which changes no rank. A window has K epochs (Algorithm 1 read literally has K - 1). The code counts a "
    "sample that is missing in an epoch as error 0; here every sample is recorded. EVA per class, as the code on graph "
    "coverage has it, is rule balanced.",
    checked="Float64 loops written from the equations within 1e-5, the rankings exactly; the released code within 5e-4 "
    "of the largest score",
)
