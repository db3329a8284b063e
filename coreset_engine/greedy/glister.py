"""GLISTER: samples whose gradient steps lower the loss of all samples most."""

from typing import Annotated, Any, Literal

import numpy as np

from coreset_engine import compute
from coreset_engine.greedy import Greedy, Picks
from coreset_engine.kernels.gradients import Gradients
from coreset_engine.registry import FROM_ZERO
from coreset_engine.snapshot import Snapshot


def glister(
    group: Snapshot,
    size: int,
    *,
    eta: Annotated[float, FROM_ZERO] = 0.1,
    grad_scale: Literal["1/n", "none"] = "1/n",
    static: bool = False,
) -> Picks:
    """Return the samples picked one after another by <g_i, mean gradient after a step on those picked before>.

    After each pick the logits are moved by -η times the mean gradient of the picked samples, z_i - η (Ḡ [h_i, 1]), and
    the mean gradient of the group is computed again from them. Every gain is evaluated at every step.

    Args:
        group: samples to choose from; their own loss is lowered (no val split is used).
        size: how many.
        eta: η >= 0, length of the step.
        grad_scale: "1/n" divides the picked gradients by the size of the group, as a criterion averaged over a batch of
            the whole group does in DeepCore, which makes the step small; "none" leaves them as they are.
        static: leave the mean gradient as it is at the start, which is what DeepCore's code does because of a misspelt
            argument: the samples of largest <g_i, mean g>.

    Returns:
        Picks in the order of choice.

    Raises:
        DynamicsError: features are too large to multiply.

    Source: Killamsetty et al. 2021 (arXiv:2012.10630), Eq. 4 and Algorithm 2; Guo et al. 2022 (arXiv:2204.08499).
    """
    gradients = Gradients.of(group)
    if static:
        gains = compute.host(gradients.along(gradients.total() / len(gradients)))
        return Picks(np.argsort(-gains, kind="stable")[:size])
    return Picks(_stepwise(gradients, group, size, eta / (len(gradients) if grad_scale == "1/n" else 1)))


def _stepwise(gradients: Gradients, group: Snapshot, size: int, eta: float) -> np.ndarray:
    """Return the rows picked with the mean gradient computed again after each pick; O(N C D) a pick, O(N (C + D)) memory."""
    logits = compute.place(group.logits)
    targets = compute.place((group.probabilities - group.error_vectors).astype(np.float32))
    pushed, taken = gradients.errors * 0, gradients.errors[:, 0] > np.inf
    mean, rows = gradients.total() / len(gradients), np.empty(size, np.int64)
    for step in range(size):
        gains = gradients.along(mean)
        gains[taken] = -np.inf
        best = rows[step] = int(gains.argmax())
        taken[best] = True
        pushed += (gradients.inputs @ gradients.inputs[best])[:, None] * gradients.errors[best]
        errors = _probabilities(logits - eta / (step + 1) * pushed, group.multi_label) - targets
        mean = errors.T @ gradients.inputs / len(gradients)
    return rows


def _probabilities(logits: Any, multi_label: bool) -> Any:
    """Return (N, C) softmax of the logits, or the sigmoid of each for a multi-label task."""
    xp = compute.namespace(logits)
    if multi_label:
        return (1 + xp.tanh(logits / 2)) / 2  # exp would overflow
    powers = xp.exp(logits - xp.amax(logits, axis=1)[:, None])
    return powers / powers.sum(axis=1)[:, None]


GREEDY = Greedy(
    "glister",
    "GLISTER",
    glister,
    "argmax <g_i, mean g>, the mean taken at logits moved by -η (mean g of those picked)",
    "Killamsetty et al. 2021, arXiv:2012.10630",
    order=66,
    colour=31,
    family="gradients",
    cost="O(M N C D) time, O(N (C + D)) memory",
    measured="2.2 s class by class, 29 s over all, 0.2 GiB (N = 13,932, D = 512, 10 %, one thread of a busy machine); "
    "11 s and 174 s, 0.3 GiB at N = 35,000",
    differences="DeepCore's code never updates the gradient because of a misspelt argument (static=true). It is "
    "updated here, after every pick, and all gains are computed at every step. The step is divided by n as DeepCore's "
    "by the batch (grad_scale=none for the undivided one). The gradient of the train split is used, not that of val.",
    checked="DeepCore's static selections and float64 loops with updates, 10 and 30 %, balanced and not: the same sets",
)
