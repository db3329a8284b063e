"""DUAL: how undecided and how hard a sample is at once, within windows of the first epochs."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine import compute
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import WindowError
from coreset_engine.kernels.sliding import by_blocks, squared_deviations
from coreset_engine.scores import Score, first_epochs


def dual(dynamics: Dynamics, *, epochs: int | None = None, window: int = 10) -> NDArray[np.float64]:
    """Return the mean over sliding windows of p_y's standard deviation times 1 - p_y's mean.

    D = 1/(T - J + 1) sum_{k=1}^{T-J+1} σ_k (1 - μ_k), with σ_k (whose sum is divided by J - 1) and μ_k of p_y over epochs
    k..k+J-1: all windows of the first T epochs count. The released code multiplies by 10, which this does not.
    With rule `beta`, whose μ is taken over the same T epochs, it is DUAL+β as published.

    Args:
        dynamics: one run; of a multi-label run p_y is the mean over the labels.
        epochs: T, the first epochs that are used; None takes 15 % of the recorded ones, which are the published 30 of 200,
            but at least one more than a window has.
        window: J, epochs per window, 2..T.

    Returns:
        (N,) float64 in 0..0.36; high = undecided and hard.

    Raises:
        WindowError: no window fits the first T epochs, or the run has fewer.

    Source: Cho et al. 2025 (arXiv:2502.06905), ICML 2025; code behaapyy/dual-pruning.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.5, 0.5], [0, 0.5], [0.5, 0.5]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "dual", epochs=3, window=2).round(4).tolist()  # σ = sqrt(2/16), μ = 1/4 in both windows
        [0.2652, 0.0]
    """
    used = first_epochs(dynamics.epochs, window) if epochs is None else epochs
    if not 2 <= window <= used <= dynamics.epochs:
        raise WindowError(
            f"DUAL over epochs 1..{used} with windows of {window} does not fit {dynamics.name} with its "
            f"{dynamics.epochs} epochs. Give epochs up to {dynamics.epochs} and a window from 2 to that, or record longer."
        )
    own = dynamics.target_probability[:used]

    def product(part: slice) -> NDArray[np.float64]:
        """Return the mean product of some samples."""
        rows = compute.place(own[:, part].astype(np.float64))
        products = [
            (total / (window - 1)) ** 0.5 * (1 - rows[start : start + window].mean(axis=0))
            for start, total in enumerate(squared_deviations(rows, window))
        ]
        return compute.host(sum(products) / len(products))

    return by_blocks(dynamics.n_samples, window, product)


SCORE = Score(
    name="dual",
    label="DUAL",
    compute=dual,
    keep="highest",
    formula="mean over windows k..k+J-1 of the first T epochs of std(p_y) (1 - mean(p_y))",
    source="Cho et al. 2025, arXiv:2502.06905",
    windows="one",
    order=32,
    colour=15,
    family="training dynamics",
    cost="O(T N J) time for the first T epochs; a block of samples beside the (T, N) probabilities of the label",
    measured="10 ms of one core and 5 MB beside the run at N = 34,561, T = 200, beside other work",
    differences="The code multiplies by 10, which changes no rank. Its README gives the file of row numbers as that of the "
    "scores to the β draws, which then weigh by row: not done here (rule beta). T is given for 200 epochs; a run of "
    "another length takes the same share, which is ours. The columns TDDS, AUM and EL2N of the paper's tables come from "
    "re-implementations that are not those methods.",
    checked="Released code on 9 settings within 1e-5 (times 10), float64 loops within 1e-9",
)
