"""Variability: the standard deviation of the probability of a sample's class over the training."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.kernels.sliding import by_blocks
from coreset_engine.scores import Score


def variability(dynamics: Dynamics) -> NDArray[np.float64]:
    """Return the population standard deviation of p_y over all T epochs.

    Args:
        dynamics: one run with T epochs; of a multi-label run p_y is the mean over the labels.

    Returns:
        (N,) float64 in 0..0.5; high = ambiguous, the samples that the paper recommends to train on.

    Source: Swayamdipta et al. 2020, Dataset Cartography (arXiv:2009.10795).

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.5, 0.5], [1, 0.5]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "variability").tolist()  # 1/4 on either side of the mean 3/4
        [0.25, 0.0]
    """
    own = dynamics.target_probability
    return by_blocks(dynamics.n_samples, dynamics.epochs, lambda part: own[:, part].std(axis=0, dtype=np.float64))


SCORE = Score(
    name="variability",
    label="Variability",
    compute=variability,
    keep="highest",
    formula="population std over t of p_y",
    source="Swayamdipta et al. 2020, arXiv:2009.10795",
    order=33,
    colour=18,
    family="training dynamics",
    cost="O(T N) time, O(N) memory beside the (T, N) probabilities of the label",
    measured="20 ms of one core and 1 MB beside the run at N = 34,561, T = 200",
    checked="values worked by hand, and the standard deviation of the golden probabilities of the label within 1e-6",
)
