"""What a training gives: the trained network with its history, and what the weights of one epoch give on val."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import nn

    from coreset_engine.training.best import Best


@dataclass
class TrainingResult:
    """A finished training: the model with its last weights, the best epochs by figures on val, and the history.

    Attributes:
        best: by the names of `best.FIGURES`, and `best.KAPPA` where classes are grades.
    """

    model: nn.Module
    best: dict[str, Best]
    history: list[dict[str, float]] = field(default_factory=list)


class Validation(NamedTuple):
    """What the weights of an epoch give on val.

    Attributes:
        figures: val loss and accuracy.
        per_class: `val_loss_per_class`, (C,) mean losses, NaN for a class that val has none of; empty where not recorded.
    """

    figures: dict[str, float]
    per_class: dict[str, NDArray[np.float64]]
