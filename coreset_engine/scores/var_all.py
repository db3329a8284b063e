"""Var-all: the error norm's variance over the entire training process."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.kernels.sliding import by_blocks
from coreset_engine.scores import Score, window


def var_all(dynamics: Dynamics) -> NDArray[np.float64]:
    """Return the population variance of the error norm over all T epochs.

    Returns:
        (N,) float64 >= 0; high = unsettled sample.

    Raises:
        WindowError: the run has fewer than 2 epochs.

    Source: Hong et al. 2024, ablation "entire process" of Fig. A2 (arXiv:2406.05677).

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.5, 0.5], [1, 0.5]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "var-all").round(4).tolist()  # S = √2 (1 - p), so 2 Var(p) = 2/16
        [0.125, 0.0]
    """
    norms, epochs = dynamics.error_norms, dynamics.epochs
    return by_blocks(dynamics.n_samples, epochs, lambda part: window(norms[:, part], 1, epochs).var(axis=0))


SCORE = Score(
    name="var-all",
    label="Entire process",
    compute=var_all,
    keep="highest",
    formula="Var of S_t over 1..T",
    source="Hong et al. 2024, Fig. A2, arXiv:2406.05677",
    order=13,
    colour=9,
    family="training dynamics",
    cost="O(T N) time; a block of samples beside the (T, N) error norms",
    measured="35 ms of one core at N = 34,561, T = 200",
    checked="Float64 loops within 1e-5",
)
