"""What is asked of one retraining."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coreset_engine import training_modes
from coreset_engine.config import (
    CHOICES,
    DEVICES,
    IN_WORDS,
    WEIGHTINGS,
    Augmentation,
    check_choice,
    check_seed,
    check_switch,
    lowest_rate,
)
from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.errors import ConfigError
from coreset_engine.training_modes import PLAIN

OF_RECIPE = {name: f"--{name}" for name in IN_WORDS}  # options in words


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


def check_of_recipe(asked: Any, modes: Sequence[str]) -> None:
    """Refuse words for parts of a recipe that there are not, wrong switches, and modes without last batches.

    Args:
        asked: a retraining, or a request of retrainings or of a sweep; what is None there is the run's.
        modes: of its trainings.

    Raises:
        ConfigError: it has one.
    """
    for name, known in CHOICES.items():
        if getattr(asked, name) is not None:
            check_choice(name, getattr(asked, name), known)
    if asked.schedule is not None:
        lowest_rate(asked.schedule)
    for name in ("augment", "nesterov"):
        if getattr(asked, name) is not None:
            check_switch(name, getattr(asked, name))
    for name in ("drop_last", "test_every_epoch"):
        check_switch(name, getattr(asked, name))
    planned = [mode for mode in modes if mode != PLAIN]
    if planned and asked.drop_last:
        raise ConfigError(f"Mode {planned[0]} plans the samples of every epoch. Leave out --drop-last, or the mode.")


@dataclass(frozen=True)
class Retraining:
    """One retraining: a coreset, the network trained on it from fresh weights, and its seed.

    `epochs`, `warmup`, `augment`, `augmentation`, `schedule`, `loss`, `normalisation`, `nesterov` and `view` of None take
    those of the run, `batch_size` of None a batch that fits the coreset, `learning_rate` of None the architecture's.
    `drop_last` is as of `Recipe`.

    Attributes:
        weighting: how the method's weights enter the loss, see `training.losses.weighted_loss`.
        weights: file with a weight of every train sample in place of the method's, see `sample_weights`; "" for none.
        test_every_epoch: look at test after every epoch, and tell the highest accuracy as `test_acc_best`: chosen by test,
            hence optimistic. It decides no row: one that exists stays as it is.
        mode: which samples each epoch takes, see `training_modes`; other than "plain" only on the full data.
    """

    spec: CoresetSpec
    seed: int
    architecture: str
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    warmup: float | None = None
    augment: bool | None = None
    augmentation: Augmentation | None = None
    schedule: str | None = None
    device: str = "auto"
    weighting: str = "none"
    weights: str = ""
    test_every_epoch: bool = False
    mode: str = PLAIN
    loss: str | None = None
    drop_last: bool = False
    normalisation: str | None = None
    nesterov: bool | None = None
    view: str | None = None

    def __post_init__(self) -> None:
        """Refuse a seed, a weighting, a loss, a mode or a device that can't be.

        Raises:
            EngineError: the seed is negative or too large, weighting, loss, mode or device are unknown, weights enter no
                loss, or a mode is asked for on a coreset or without its last batches.
        """
        check_weighting(self.weighting, self.weights)
        check_seed(self.seed)
        check_choice("device", self.device, DEVICES)
        check_of_recipe(self, (self.mode,))
        if self.mode != PLAIN and (self.spec.method != FULL or self.weighting != "none"):
            raise ConfigError(
                f"Mode {self.mode} trains on the full data, without weights; it can't train on a coreset."
            )
        object.__setattr__(self, "mode", str(training_modes.parse(self.mode)))

    @property
    def title(self) -> str:
        """Return what a progress bar says of it."""
        if self.mode != PLAIN:
            return f"{training_modes.parse(self.mode).label} {self.architecture} seed {self.seed}"
        return f"{self.spec.method} α={self.spec.rate:g} {self.architecture} seed {self.seed}"
