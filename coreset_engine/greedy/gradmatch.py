"""GradMatch: a weighted set whose gradients add up to the mean gradient of all samples."""

from typing import Annotated, Literal

import numpy as np

from coreset_engine.greedy import Greedy, Picks
from coreset_engine.kernels.gradients import Gradients
from coreset_engine.kernels.pursuit import pursue
from coreset_engine.registry import FROM_ZERO
from coreset_engine.snapshot import Snapshot


def gradmatch(
    group: Snapshot, size: int, *, lam: Annotated[float, FROM_ZERO] = 1.0, grad_scale: Literal["1/n", "none"] = "1/n"
) -> Picks:
    """Return the samples whose weighted last-layer gradients come closest to the mean gradient of the group.

    Orthogonal matching pursuit with a ridge λ; only samples of weight above 0 are returned, so fewer than `size` can be.
    If none has, the first one is returned with weight 1.

    Args:
        group: samples to choose from; their own mean gradient is matched (no val split is used).
        size: how many at most.
        lam: λ >= 0.
        grad_scale: "1/n" divides every gradient by the size of the group, as a criterion averaged over a batch of the
            whole group does in DeepCore: λ then weighs more. "none" leaves them as they are.

    Returns:
        Picks in the order of choice, with weights > 0.

    Raises:
        SelectionError: `size` is too large for the refits to fit into memory.
        DynamicsError: features are too large to multiply.

    Source: Killamsetty et al. 2021 (arXiv:2103.00123), Algorithm 2; Guo et al. 2022, DeepCore (arXiv:2204.08499).
    """
    gradients = Gradients.of(group, np.float64)
    if grad_scale == "1/n":
        gradients = Gradients(gradients.errors / len(gradients), gradients.inputs)
    rows, weights = pursue(gradients, gradients.total() / len(gradients), size, lam)
    kept = weights > 0
    if not kept.any():
        return Picks(rows[:1], np.ones(1))
    return Picks(rows[kept], weights[kept])


GREEDY = Greedy(
    "gradmatch",
    "GradMatch",
    gradmatch,
    "orthogonal matching pursuit of the mean gradient: argmax <g_j, residual>, refit with ridge λ, keep weights > 0",
    "Killamsetty et al. 2021, arXiv:2103.00123",
    exact_size=False,
    order=65,
    colour=30,
    family="gradients",
    cost="O(M (N C D + M²)) time, O(N (C + D) + M²) memory",
    measured="2.0 s class by class, 28 s over all, 0.3 GiB (N = 13,932, D = 512, 10 %, one thread of a busy machine); "
    "11 s and 172 s, 0.5 GiB at N = 35,000",
    differences="DeepCore's gradients are divided by the batch, which lets the ridge λ = 1 outweigh them: kept as the "
    "default with n instead of the batch (grad_scale=none for plain gradients). The largest, not the largest absolute "
    "projection is added, as in DeepCore. The sum is matched to the mean of the train split, not of val.",
    checked="DeepCore's selections of 10 and 30 % and float64 loops without the scale: the same sets, weights to "
    "1e-3; its matching pursuit alone to 1e-5",
)
