"""Dyn-Unc: how much the probability of a sample's class varies within windows of epochs."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine import compute
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import WindowError
from coreset_engine.kernels.sliding import by_blocks, squared_deviations
from coreset_engine.scores import Score


def dyn_unc(
    dynamics: Dynamics, *, window: int = 10, over: Literal["windows", "whole"] = "windows"
) -> NDArray[np.float64]:
    """Return the mean over sliding windows of p_y's standard deviation, whose sum is divided by J - 1.

    U = 1/(T - J) sum_{k=1}^{T-J} std(p_y over epochs k..k+J-1). The released code leaves the last window out and so does
    this; it multiplies by 10, which this does not. `over="whole"` is one standard deviation over all T epochs, as the
    paper on TDDS describes the method.

    Args:
        dynamics: one run with T epochs; of a multi-label run p_y is the mean over the labels.
        window: J, epochs per window, 2..T-1; of no effect with over="whole".
        over: "windows" or "whole".

    Returns:
        (N,) float64 in 0..0.71; high = undecided while training.

    Raises:
        WindowError: no window fits the recorded epochs.

    Source: He et al. 2024 (arXiv:2306.05175); code BAAI-DCAI/Dataset-Pruning.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.5, 0.5], [1, 0.5], [0, 0]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "dyn-unc", window=2).round(4).tolist()  # epochs 1 and 2: sqrt(2/16); the last window is left out
        [0.3536, 0.0]
    """
    length = dynamics.epochs if over == "whole" else window
    if length < 2 or (over == "windows" and length >= dynamics.epochs):
        raise WindowError(
            f"Dyn-Unc with windows of {length} epochs does not fit {dynamics.name} with its {dynamics.epochs}. Give a "
            f"window of 2 to {dynamics.epochs - 1} epochs, because the last window is left out, or record a longer run."
        )
    own = dynamics.target_probability[: None if over == "whole" else -1]  # without its last epoch goes the last window

    def spread(part: slice) -> NDArray[np.float64]:
        """Return the mean standard deviation of some samples."""
        rows = compute.place(own[:, part].astype(np.float64))
        spreads = [(total / (length - 1)) ** 0.5 for total in squared_deviations(rows, length)]
        return compute.host(sum(spreads) / len(spreads))

    return by_blocks(dynamics.n_samples, length, spread)


SCORE = Score(
    name="dyn-unc",
    label="Dyn-Unc",
    compute=dyn_unc,
    keep="highest",
    formula="mean over windows k..k+J-1 of std(p_y), the last window left out",
    source="He et al. 2024, arXiv:2306.05175",
    order=31,
    colour=7,
    family="training dynamics",
    cost="O(T N J) time; a block of samples beside the (T, N) probabilities of the label",
    measured="170 ms of one core and 32 MB beside the run at N = 34,561, T = 200",
    differences="The code leaves the last window out and multiplies by 10: the first is done here, the second not. The "
    "code evaluates images without augmentation; here the recorded outputs count. The paper on TDDS describes one "
    "standard deviation over all epochs: over=whole.",
    checked="Released code for windows of 10 and 5 within 1e-6, its sets at 10, 30 and 50 %",
)
