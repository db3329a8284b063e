"""What is asked of one retraining."""

from __future__ import annotations

from dataclasses import dataclass

from coreset_engine import training_modes
from coreset_engine.config import check_seed
from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline.requests.training_options import TrainingOptions
from coreset_engine.training_modes import PLAIN


@dataclass(frozen=True)
class Retraining(TrainingOptions):
    """One retraining: a coreset, the network trained on it from fresh weights, and its seed.

    Attributes:
        mode: which samples each epoch takes, see `training_modes`; other than "plain" only on the full data.
    """

    spec: CoresetSpec
    seed: int
    architecture: str
    mode: str = PLAIN

    def __post_init__(self) -> None:
        """Refuse a seed, a weighting, a loss, a mode or a device that can't be.

        Raises:
            EngineError: the seed is negative or too large, weighting, loss, mode or device are unknown, weights enter no
                loss, or a mode is asked for on a coreset or without its last batches.
        """
        self.check_options((self.mode,))
        check_seed(self.seed)
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
