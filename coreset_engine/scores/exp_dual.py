"""Exp-D: the error norm's means in an early and in a late window, added."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.kernels.sliding import by_blocks
from coreset_engine.scores import Score, window_pair


def exp_dual(dynamics: Dynamics, *, early: int, late: int, length: int = 10) -> NDArray[np.float64]:
    """Add the mean error norm of an early and of a late window: EVA with means in place of variances.

    Args:
        dynamics: one run with T epochs and N samples.
        early: t_e, first epoch of the early window, from 1.
        late: t_l, first epoch of the late window.
        length: K, epochs per window.

    Returns:
        (N,) float64; high = wrong in both windows.

    Raises:
        WindowError: a window leaves the recorded epochs, is empty, or the windows overlap.

    Source: Hong et al. 2024, ablation of Fig. 3 (arXiv:2406.05677).

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.5, 1], [0.5, 1], [0.5, 1], [1, 1]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "exp-dual", early=1, late=3, length=2).round(4).tolist()  # S = √2 (1 - p): √2 (1/2 + 1/4)
        [1.0607, 0.0]
    """
    norms = dynamics.error_norms

    def add(part: slice) -> NDArray[np.float64]:
        """Return the sum of some samples."""
        first, second = window_pair(norms[:, part], early, late, length, least=1)
        return first.mean(axis=0) + second.mean(axis=0)

    return by_blocks(dynamics.n_samples, 2 * length, add)


SCORE = Score(
    name="exp-dual",
    label="Exp-D",
    compute=exp_dual,
    keep="highest",
    formula="mean of S_t over t_e..t_e+K-1 + mean of S_t over t_l..t_l+K-1",
    source="Hong et al. 2024, Fig. 3, arXiv:2406.05677",
    windows="pair",
    over_windows="mean",
    order=12,
    colour=10,
    family="training dynamics",
    cost="O(N K) time; a block of samples beside the (T, N) error norms",
    measured="2 ms of one core and 6 MB beside the run at N = 34,561, T = 200",
    checked="Float64 loops within 1e-6",
)
