"""EL2N: the mean error norm of the first epochs."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.kernels.sliding import by_blocks
from coreset_engine.scores import Score, window


def el2n(dynamics: Dynamics, *, epochs: int = 10) -> NDArray[np.float64]:
    """Return the mean of ||p_t - onehot(y)||_2 over epochs 1 .. `epochs`.

    The original takes one checkpoint early in training and averages 10 networks; CCS, on which the later papers build,
    sums the first 10 epochs of one run, which ranks as this mean does. Averaging several runs is an option of `score`.

    Args:
        dynamics: one run with T epochs and N samples.
        epochs: how many epochs from the first on.

    Returns:
        (N,) float64 in 0..sqrt(2) (more for multi-label tasks); high = hard early.

    Raises:
        WindowError: the run has fewer epochs.

    Source: Paul et al. 2021 (arXiv:2107.07075); epochs as in CCS (arXiv:2210.15809).

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.5, 1], [1, 1], [0, 0]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "el2n", epochs=2).round(4).tolist()  # norms √2 / 2 and 0, both 0
        [0.3536, 0.0]
    """
    norms = dynamics.error_norms
    return by_blocks(dynamics.n_samples, epochs, lambda part: window(norms[:, part], 1, epochs, least=1).mean(axis=0))


SCORE = Score(
    name="el2n",
    label="EL2N",
    compute=el2n,
    keep="highest",
    formula="mean of S_t over epochs 1..10",
    source="Paul et al. 2021, arXiv:2107.07075",
    windows="one",
    over_windows="mean",
    order=22,
    colour=2,
    family="training dynamics",
    cost="O(N K) time, K epochs; a block of samples beside the (T, N) error norms",
    measured="1 ms of one core and 3 MB beside the run at N = 34,561, T = 200",
    differences="The original averages 10 networks at one early checkpoint in eval mode; CCS sums the first 10 epochs of "
    "one run, which ranks as the mean here does. Averaging over several runs is an option of score.",
    checked="CCS's sums within 2e-3, float64 loops within 1e-6",
)
