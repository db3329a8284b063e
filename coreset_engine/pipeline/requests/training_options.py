"""How networks are to be trained on coresets: what one retraining, a request of several and a sweep say alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from coreset_engine.config import (
    ASKED,
    DEVICES,
    IN_WORDS,
    WEIGHTINGS,
    Augmentation,
    Recipe,
    check_choice,
    check_switch,
)
from coreset_engine.errors import ConfigError
from coreset_engine.training_modes import PLAIN

OF_RECIPE = {name: f"--{name}" for name in IN_WORDS}  # options in words


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """What is asked of trainings in place of the run's recipe.

    None takes the run's `epochs`, `warmup`, `augment`, `augmentation`, `schedule`, `loss`, `normalisation`, `nesterov` and
    `view`; `batch_size` of None is a batch that fits the coreset, `learning_rate` of None the architecture's. `drop_last`
    is as of `Recipe`.

    Attributes:
        device: "auto", "cpu" or "cuda".
        weighting: how the method's weights enter the loss, see `training.losses.weighted_loss`.
        weights: file with a weight of every train sample in place of the method's, see `sample_weights`; "" for none.
        test_every_epoch: look at test after every epoch, and tell the highest accuracy as `test_acc_best`: chosen by test,
            hence optimistic. It decides no row: one that exists stays as it is.
    """

    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    warmup: float | None = None
    augment: bool | None = None
    augmentation: Augmentation | None = None
    schedule: str | None = None
    loss: str | None = None
    drop_last: bool = False
    normalisation: str | None = None
    nesterov: bool | None = None
    view: str | None = None
    device: str = "auto"
    weighting: str = "none"
    weights: str = ""
    test_every_epoch: bool = False

    def training_options(self, *, weighted: bool = True) -> dict[str, Any]:
        """Return these options as keyword arguments of a `Retraining`; for references without weights."""
        plain = {} if weighted else {"weighting": "none", "weights": ""}
        return {one.name: getattr(self, one.name) for one in fields(TrainingOptions)} | plain

    def check_options(self, modes: Sequence[str]) -> None:
        """Refuse parts of a recipe that can't be, wrong switches, and modes without last batches.

        Args:
            modes: of the trainings.

        Raises:
            ConfigError: it has one, or a device or weighting that there is not, or weights that enter no loss.
        """
        self._check_weighting()
        check_choice("device", self.device, DEVICES)
        Recipe(**{name: value for name in ASKED if (value := getattr(self, name)) is not None})  # refuses what can't be
        check_switch("test_every_epoch", self.test_every_epoch)
        planned = [mode for mode in modes if mode != PLAIN]
        if planned and self.drop_last:
            raise ConfigError(
                f"Mode {planned[0]} plans the samples of every epoch. Leave out --drop-last, or the mode."
            )

    def _check_weighting(self) -> None:
        """Refuse a weighting that there is not, and a file of weights that enter no loss."""
        if ":" in str(self.weighting):
            raise ConfigError(
                f"These rows were trained with weights from a file ({self.weighting}). Give it again by --weights."
            )
        check_choice("weighting", self.weighting, WEIGHTINGS)
        if self.weights and self.weighting == "none":
            raise ConfigError(
                "--weights says how much samples weigh, not how that enters the loss. Add --weighting per-sample."
            )
