"""Exp-S: the error norm's mean in one window."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.kernels.sliding import by_blocks
from coreset_engine.scores import Score, window


def exp_single(dynamics: Dynamics, *, start: int = 1, length: int = 10) -> NDArray[np.float64]:
    """Return the mean error norm over epochs start .. start + length - 1; on epochs 1..10 it is EL2N.

    Args:
        dynamics: one run with T epochs and N samples.
        start: first epoch of the window, from 1.
        length: K, epochs in the window.

    Returns:
        (N,) float64 in 0..sqrt(2) (more for multi-label tasks); high = wrong for long.

    Raises:
        WindowError: the window leaves the recorded epochs or is empty.

    Source: Hong et al. 2024, ablation of Fig. 3 (arXiv:2406.05677).

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0, 1], [0.5, 1], [1, 0.5]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "exp-single", start=2, length=2).round(4).tolist()  # S = √2 (1 - p): √2 / 4 for both
        [0.3536, 0.3536]
    """
    norms = dynamics.error_norms
    return by_blocks(
        dynamics.n_samples, length, lambda part: window(norms[:, part], start, length, least=1).mean(axis=0)
    )


SCORE = Score(
    name="exp-single",
    label="Exp-S",
    compute=exp_single,
    keep="highest",
    formula="mean of S_t over start..start+K-1",
    source="Hong et al. 2024, Fig. 3, arXiv:2406.05677",
    windows="one",
    over_windows="mean",
    order=11,
    colour=14,
    family="training dynamics",
    cost="O(N K) time; a block of samples beside the (T, N) error norms",
    measured="1 ms of one core and 3 MB beside the run at N = 34,561, T = 200",
    checked="Float64 loops within 1e-6",
)
