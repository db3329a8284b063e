"""Var-S: the error norm's variance in one window, half of EVA."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.kernels.sliding import by_blocks
from coreset_engine.scores import Score, window


def var_single(dynamics: Dynamics, *, start: int = 1, length: int = 10) -> NDArray[np.float64]:
    """Return the population variance of the error norm over epochs start .. start + length - 1.

    Args:
        dynamics: one run with T epochs and N samples.
        start: first epoch of the window, from 1; the paper's ablation uses an early window.
        length: K, epochs in the window.

    Returns:
        (N,) float64 >= 0; high = unsettled sample.

    Raises:
        WindowError: the window leaves the recorded epochs or holds fewer than 2.

    Source: Hong et al. 2024, Eq. 4 and the ablation of Fig. 3 (arXiv:2406.05677).

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.5, 0.5], [1, 0.5], [1, 1]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "var-single", start=2, length=2).round(4).tolist()  # S = √2 (1 - p), so 2 Var(p)
        [0.0, 0.125]
    """
    norms = dynamics.error_norms
    return by_blocks(dynamics.n_samples, length, lambda part: window(norms[:, part], start, length).var(axis=0))


SCORE = Score(
    name="var-single",
    label="Var-S",
    compute=var_single,
    keep="highest",
    formula="Var of S_t over start..start+K-1",
    source="Hong et al. 2024, Eq. 4 and Fig. 3, arXiv:2406.05677",
    windows="one",
    over_windows="variance",
    order=10,
    colour=13,
    family="training dynamics",
    cost="O(N K) time; a block of samples beside the (T, N) error norms",
    measured="2 ms of one core and 6 MB beside the run at N = 34,561, T = 200",
    checked="Float64 loops written from Eq. 4 within 1e-5",
)
