"""The trainer of a training mode: each epoch takes the samples that the mode plans, of all that there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from coreset_engine.training.batches import batch_bounds
from coreset_engine.training.losses import sample_losses
from coreset_engine.training.replay import Step
from coreset_engine.training.trainer import Trainer
from coreset_engine.training_modes import ModeSpec, Moment, get


class SampledTrainer(Trainer):
    """Trains one network on samples that a mode plans anew for every epoch.

    The history says of every epoch how many samples its steps took, as `samples`, and how many steps, as `steps`.
    """

    def __init__(self, mode: ModeSpec, *given: Any, **more: Any) -> None:
        """Prepare a training.

        Args:
            mode: which one.
            *given: as of `Trainer`.
            **more: the same, without weights.

        Raises:
            ConfigError: an option of the mode is out of range.
        """
        super().__init__(*given, **more)
        self.sampling = mode
        self._observes = get(mode.name).reads_losses
        self._losses = torch.full((len(self.train),), float("nan"), dtype=torch.float64, device=self.device)
        planned = mode.plan(self._moment(1))
        self._plan = planned
        if self._observes:  # a captured step reads them where they lie
            self.weights, self.weighting = torch.ones(len(self.train), device=self.device), "per-sample"
        self.batches = batch_bounds(len(planned.rows), self.recipe.batch_size)  # the learning rate's steps per epoch

    def epoch_rows(self, epoch: int) -> NDArray[np.int64]:
        """Return the rows that the mode plans for an epoch, in their order, and set their weights."""
        self._plan = self.sampling.plan(self._moment(epoch))
        if self.weights is not None:
            weights = self._plan.weights
            self.weights.copy_(torch.ones_like(self.weights) if weights is None else torch.from_numpy(weights))
        return self._plan.rows

    def saw(self, rows: torch.Tensor, logits: torch.Tensor) -> None:
        """Keep the losses of samples as they were before the update."""
        if self._observes:
            self._losses[rows] = sample_losses(logits, self.train.labels[rows], self.recipe.loss).double()

    def further_state(self) -> dict[str, Any]:
        """Return the losses, on which the epochs to come depend."""
        return {"losses": self._losses}

    def take_state(self, state: dict[str, Any]) -> None:
        """Go on with the losses of a checkpoint."""
        self._losses.copy_(state["losses"])

    def _moment(self, epoch: int) -> Moment:
        """Return what the mode knows at the beginning of an epoch."""
        return Moment(len(self.train), self.seed, epoch, self.recipe.epochs, self._losses.cpu().numpy())

    def _train_epoch(self, epoch: int, step: Step) -> dict[str, float]:
        """Train on the samples that the mode plans, and say how many they were, and in how many steps."""
        figures = super()._train_epoch(epoch, step)
        size = len(self._plan.rows)
        return figures | {"samples": size, "steps": len(batch_bounds(size, self.recipe.batch_size))}

    def _asked(self) -> dict[str, Any]:
        """Return what a checkpoint must agree on."""
        asked = {"recipe": self.recipe.to_dict(), "seed": self.seed, "samples": len(self.train)}
        return asked | {"mode": str(self.sampling)}
