"""Forgetting: how often a sample that was right turned wrong an epoch later."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.kernels.sliding import WIDTH, by_blocks
from coreset_engine.scores import Score


def forgetting(dynamics: Dynamics, *, never_learned: Literal["0", "max", "inf"] = "0") -> NDArray[np.float64]:
    """Count the forgetting events: correct in epoch t, wrong in epoch t + 1.

    A sample that was never correct has no event. The codes differ in what they give it: 0 in CCS, which EVA and TDDS
    build on, so that the hardest samples rank last; T in Toneva's own; infinity in the code of EL2N.

    Args:
        dynamics: one run with T epochs and N samples.
        never_learned: "0", "max" (T) or "inf".

    Returns:
        (N,) float64 in 0..T/2, or T or infinity for samples never learned; high = often forgotten.

    Source: Toneva et al. 2019 (arXiv:1812.05159); codes: CCS, example_forgetting, data_diet.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.75, 0.25], [0.25, 0.25], [0.75, 0.75], [0.25, 0.75]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "forgetting").tolist()  # right, wrong, right, wrong: forgotten twice
        [2.0, 0.0]
    """
    never = {"0": 0, "max": dynamics.epochs, "inf": np.inf}[never_learned]

    def count(part: slice) -> NDArray[np.float64]:
        """Return the events of some samples."""
        correct = dynamics.correct_in(part)
        events = (correct[:-1] > correct[1:]).sum(axis=0, dtype=np.int32)
        return np.where(correct.any(axis=0), events, never)

    return by_blocks(dynamics.n_samples, WIDTH, count)


SCORE = Score(
    name="forgetting",
    label="Forgetting",
    compute=forgetting,
    keep="highest",
    formula="number of t with right in epoch t and wrong in epoch t+1",
    source="Toneva et al. 2019, arXiv:1812.05159",
    order=20,
    colour=4,
    family="training dynamics",
    cost="O(T N) time; a block of samples beside the (T, N) predictions",
    measured="10 ms of one core and 14 MB beside the run at N = 34,561, T = 200",
    differences="Samples never classified rightly: 0 in CCS and DeepCore, T in the authors' code, infinity in the code of "
    "EL2N. Default 0; never_learned=max and inf are the others.",
    checked="The counts of four released codes exactly, with each of the three readings",
)
