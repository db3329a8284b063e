"""What is asked of one retraining."""

from __future__ import annotations

from dataclasses import dataclass

from coreset_engine.config import DEVICES, WEIGHTINGS, check_choice, check_seed
from coreset_engine.coreset import CoresetSpec
from coreset_engine.errors import ConfigError


def check_weighting(weighting: str, weights: str) -> None:
    """Refuse a weighting that there is not, and a file of weights that enter no loss.

    Raises:
        ConfigError: it is one.
    """
    if ":" in weighting:
        raise ConfigError(
            f"These rows were trained with weights from a file ({weighting}). Give it again by --weights."
        )
    check_choice("weighting", weighting, WEIGHTINGS)
    if weights and weighting == "none":
        raise ConfigError(
            "--weights says how much samples weigh, not how that enters the loss. Add --weighting per-sample."
        )


@dataclass(frozen=True)
class Retraining:
    """One retraining: a coreset, the network trained on it from fresh weights, and its seed.

    `epochs`, `warmup` and `augment` of None take those of the run, `batch_size` of None a batch that fits the coreset,
    `learning_rate` of None the architecture's.

    Attributes:
        weighting: how the method's weights enter the loss, see `training.losses.weighted_loss`.
        weights: file with a weight of every train sample in place of the method's, see `sample_weights`; "" for none.
        test_every_epoch: look at test after every epoch, and tell the highest accuracy as `test_acc_best`: chosen by test,
            hence optimistic. It decides no row: one that exists stays as it is.
    """

    spec: CoresetSpec
    seed: int
    architecture: str
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    warmup: float | None = None
    augment: bool | None = None
    device: str = "auto"
    weighting: str = "none"
    weights: str = ""
    test_every_epoch: bool = False

    def __post_init__(self) -> None:
        """Refuse a seed, a weighting or a device that can't be.

        Raises:
            ConfigError: the seed is negative or too large, weighting or device are unknown, or weights enter no loss.
        """
        check_weighting(self.weighting, self.weights)
        check_seed(self.seed)
        check_choice("device", self.device, DEVICES)

    @property
    def title(self) -> str:
        """Return what a progress bar says of it."""
        return f"{self.spec.method} α={self.spec.rate:g} {self.architecture} seed {self.seed}"
