"""RS2: each epoch trains on another random subset of the samples."""

from typing import Annotated

import numpy as np

from coreset_engine.registry import Within
from coreset_engine.selection import coreset_size
from coreset_engine.training_modes import EpochPlan, Moment, TrainingMode, shuffled

RATE = Within("a share above 0 and up to 1", 0, 1, above=True)


def rs2(moment: Moment, *, rate: Annotated[float, RATE], replacement: bool = False) -> EpochPlan:
    """Return the M samples of an epoch: another random subset of all samples each time.

    Without replacement over epochs a permutation of all samples is cut into ⌈N/M⌉ runs of M, one per epoch, and then
    another permutation begins. Where M does not divide N, the last run is filled up from the permutation's beginning, so
    that every epoch has M samples and none of them twice. With replacement every epoch draws its M samples from all.

    Args:
        moment: N, seed and epoch.
        rate: share of the samples per epoch, above 0 and up to 1; M as of a coreset of that rate.
        replacement: whether samples of the epochs before may be drawn again at once; never twice within an epoch.

    Source: Okanovic et al. 2024, RS2 (arXiv:2305.18424). Its learning rate ends with the last step taken, here too.
    """
    size = coreset_size(rate, moment.samples)
    if replacement:
        return EpochPlan(moment.order[:size])
    passed, run = divmod(moment.epoch - 1, -(-moment.samples // size))
    order = shuffled(moment.samples, moment.seed, passed + 1)
    return EpochPlan(np.take(order, np.arange(run * size, (run + 1) * size), mode="wrap"))


MODE = TrainingMode(
    "rs2",
    "RS2",
    rs2,
    "epoch t trains on another M random samples of all N; without replacement over epochs, or with",
    "Okanovic et al. 2024, arXiv:2305.18424",
    family="training modes",
    cost="M of N gradients per epoch; O(N) time and memory to draw",
    measured="0.8 ms of one core and 1 MB per epoch at N = 34,561, rate 10 %",
    differences="The paper's subsets are of the nearest whole size; here M is rounded up, as of a coreset, and the last "
    "subset of a permutation is filled up from its beginning. Batches shrink as on a coreset of M samples.",
    checked="subsets of two passes against the permutations they are cut from",
)
