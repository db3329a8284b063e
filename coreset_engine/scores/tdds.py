"""TDDS: how unevenly a sample's predictions move from epoch to epoch, late windows counting most."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine import compute
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import DynamicsError, WindowError
from coreset_engine.kernels.sliding import blocks, side_by_side, squared_deviations
from coreset_engine.registry import Within
from coreset_engine.scores import Score

DECAY = Within("a number above 0 and up to 1, or average=simple for a mean", 0, 1, above=True)
EPSILON = 1e-8  # of the released code, inside the logarithms
TINY = float(np.finfo(np.float32).tiny)  # keeps ln 0 away where Eq. 10 is followed to the letter
PresetName = Literal[
    "none", "cifar100-keep70", "cifar100-keep50", "cifar100-keep30", "cifar100-keep20", "cifar100-keep10",
    "cifar10-keep70", "cifar10-keep50", "cifar10-keep30", "cifar10-keep20", "cifar10-keep10",
    "imagenet-resnet34-keep70", "imagenet-resnet34-keep50", "imagenet-resnet34-keep30",
    "imagenet-swin-keep75", "imagenet-swin-keep70", "imagenet-swin-keep60", "imagenet-swin-keep50",
]  # fmt: skip


@dataclass(frozen=True)
class Preset:
    """Published settings of TDDS for one data set and selection rate.

    Attributes:
        rate: α they were chosen for, 0..1.
        epochs: T, the first epochs of the recording that are used.
        window: K, epochs per window.
    """

    rate: float
    epochs: int
    window: int


# Zhang et al. 2023, supplement. Recordings: 200 epochs of ResNet-18 on CIFAR, 90 of ResNet-34 and 300 of Swin-T on
# ImageNet-1K. The rates given for ResNet-34 are not those of the paper's result table (20 and 10 % are missing there).
PRESETS: dict[str, Preset] = {
    "cifar100-keep70": Preset(0.7, 90, 10),
    "cifar100-keep50": Preset(0.5, 70, 10),
    "cifar100-keep30": Preset(0.3, 60, 20),
    "cifar100-keep20": Preset(0.2, 20, 10),
    "cifar100-keep10": Preset(0.1, 10, 5),
    "cifar10-keep70": Preset(0.7, 70, 10),
    "cifar10-keep50": Preset(0.5, 90, 10),
    "cifar10-keep30": Preset(0.3, 80, 10),
    "cifar10-keep20": Preset(0.2, 30, 10),
    "cifar10-keep10": Preset(0.1, 10, 5),
    "imagenet-resnet34-keep70": Preset(0.7, 20, 10),
    "imagenet-resnet34-keep50": Preset(0.5, 20, 10),
    "imagenet-resnet34-keep30": Preset(0.3, 30, 20),
    "imagenet-swin-keep75": Preset(0.75, 200, 10),
    "imagenet-swin-keep70": Preset(0.7, 180, 10),
    "imagenet-swin-keep60": Preset(0.6, 150, 10),
    "imagenet-swin-keep50": Preset(0.5, 100, 10),
}


def tdds(
    dynamics: Dynamics,
    *,
    epochs: int | None = None,
    window: int = 10,
    decay: Annotated[float, DECAY] = 0.9,
    form: Literal["code", "paper"] = "code",
    average: Literal["moving", "simple"] = "moving",
    preset: PresetName = "none",
) -> NDArray[np.float64]:
    """Return the average over sliding windows of the spread of the predictions' epoch-to-epoch differences.

    With q_t = ln(p_t + 1e-8): d_t = sum_c |p_{t+1,c} (q_{t+1,c} - q_{t,c})|; a window of K epochs has K - 1 differences
    and R_k = sqrt(sum (d - mean d)^2); the score starts at 0 and becomes β R_k + (1 - β) score from window to window.
    `form="paper"` follows Eq. 10 and 11 to the letter: d_t = |sum_c p_{t+1,c} ln(p_{t+1,c} / p_{t,c})|
    and R_k without the root. The two forms
    share 67 to 90 % of a top 10 %; the released code made the published coresets, so it is the default.

    Args:
        dynamics: one run that kept its float32 probabilities. Of a multi-label run the sum goes over the labels' own
            probabilities.
        epochs: T, the first epochs that are used; None for all.
        window: K, epochs per window, 3..T; two epochs have a single difference, which has no spread.
        decay: β in 0 < β <= 1; at 0.9 the last two windows decide.
        form: "code" or "paper".
        average: "moving", or "simple": the mean over the windows. The paper calls the latter β = 0, at which its own
            formula would never leave 0.
        preset: name of one of `PRESETS`, which replaces `epochs` and `window`.

    Returns:
        (N,) float64 >= 0; high = still moving.

    Raises:
        DynamicsError: the run kept no float32 probabilities.
        WindowError: `epochs` or `window` does not fit the run.

    Source: Zhang et al. 2024 (arXiv:2311.13613), Eq. 9-12; code zhangxin-xd/Dataset-Pruning-TDDS.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.5, 0.5], [0.5, 0.5], [0.75, 0.5]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "tdds", window=3, decay=1).round(4).tolist()  # d = 0, then 0.4774 = 3/4 ln(3/2) + 1/4 ln 2
        [0.3376, 0.0]
    """
    if preset != "none":
        epochs, window = PRESETS[preset].epochs, PRESETS[preset].window
    epochs = dynamics.epochs if epochs is None else epochs
    if not 3 <= window <= epochs <= dynamics.epochs:
        raise WindowError(
            f"TDDS over epochs 1..{epochs} with windows of {window} does not fit {dynamics.name} with its "
            f"{dynamics.epochs} epochs. Give epochs up to {dynamics.epochs} and a window from 3 to that, or record longer."
        )
    weight = decay if average == "moving" else None
    return of_probabilities(kept_probabilities(dynamics)[:epochs], window, weight, form)


def of_probabilities(
    probabilities: NDArray[np.floating], window: int, decay: float | None, form: str = "code"
) -> NDArray[np.float64]:
    """Return the scores (N,) of (T, N, C) probabilities, block by block of samples; `decay` None is the mean."""
    scores = np.empty(probabilities.shape[1])

    def fill(part: slice) -> None:
        """Compute the scores of a block of samples."""
        spreads = squared_deviations(differences(probabilities[:, part], form), window - 1)
        parts = (values**0.5 for values in spreads) if form == "code" else spreads
        scores[part] = compute.host(combined(parts, decay))

    side_by_side(fill, blocks(probabilities.shape[1], probabilities.shape[2]))
    return scores


def kept_probabilities(dynamics: Dynamics) -> NDArray[np.float32]:
    """Return the (T, N, C) probabilities of a run.

    Raises:
        DynamicsError: it kept none, or only half-precision ones, whose steps of 5e-4 hide what settled samples do.
    """
    held = dynamics.probabilities.dtype if "probabilities" in dynamics.signals else "none"
    if held != np.float32:
        raise DynamicsError(
            f"TDDS needs every epoch's class probabilities in float32, but {dynamics.name} holds {held}. Record it "
            "again with --probabilities float32, or import logits or float32 probabilities."
        )
    return dynamics.probabilities


def differences(probabilities: NDArray[np.floating], form: str) -> Any:
    """Return d, (T - 1, n) float64 on the device of `compute`, of (T, n, C) probabilities."""
    epochs, samples, classes = probabilities.shape
    held = np.empty((classes, samples))  # transposed, so that sums over c are contiguous sweeps
    p = compute.place(held)
    xp, rows = compute.namespace(p), []
    before, logs = xp.empty_like(p), xp.empty_like(p)  # adding to what is not yet written warns of NaN by chance
    for number in range(epochs):
        np.copyto(held, probabilities[number].T)
        p = compute.place(held)
        if form == "code":
            xp.log(xp.add(p, EPSILON, out=logs), out=logs)
        else:
            xp.log(xp.clip(p, TINY, None, out=logs), out=logs)
        if number:
            before -= logs
            before *= p
            rows.append(xp.abs(before, out=before).sum(axis=0) if form == "code" else abs(before.sum(axis=0)))
        before, logs = logs, before
    return xp.stack(rows)


def combined(spreads: Iterable[Any], decay: float | None) -> Any:
    """Return (n,) moving average of the windows' spreads with weight `decay` on the newest, or their mean when None."""
    total, windows = 0.0, 0
    for windows, spread in enumerate(spreads, 1):  # noqa: B007 - the count is used behind the loop
        total = total + spread if decay is None else decay * spread + (1 - decay) * total
    return total / windows if decay is None else total


SCORE = Score(
    name="tdds",
    label="TDDS",
    compute=tdds,
    keep="highest",
    formula="moving average over windows of sqrt(sum (d_t - mean d)^2), d_t = sum_c |p_{t+1} (ln p_{t+1} - ln p_t)|",
    source="Zhang et al. 2024, Eq. 9-12, arXiv:2311.13613",
    order=30,
    colour=6,
    family="training dynamics",
    cost="O(T N (C + K)) time; a block of samples beside the (T, N, C) probabilities",
    measured="0.4 s of one core from the file at N = 34,561, T = 90, checksums included; 20 MB beside the run",
    differences="The paper takes |sum over classes| and squared deviations, its code sums |.| per class and takes the "
    "root: code is the default, form=paper the other. The paper calls a simple average β = 0: average=simple. A window "
    "of K epochs has K - 1 differences, as in the code.",
    checked="Released code on 11 settings within 1e-5, float64 loops within 1e-6, Eq. 10-12 read literally within 1e-5",
)
