"""The signals of one epoch, computed batch by batch, so that the outputs of all samples are never held at once."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from coreset_engine import signals
from coreset_engine.errors import DynamicsError

HELD = 2**26  # bytes of outputs after which their signals are computed, while the epoch goes on


class EpochSignals:
    """What has been computed of an epoch so far: a few numbers per sample instead of one per sample and class."""

    def __init__(self, labels: NDArray[np.integer]) -> None:
        """Begin an epoch of samples with these labels, (N,) or (N, L)."""
        self._labels = labels
        self.seen = np.zeros(len(labels), bool)  # of whom something was taken
        self.is_begun = False  # whether anything was handed over, though it may not be computed yet
        self.rows: dict[str, NDArray] = {}  # every signal, (N,)

    def __bool__(self) -> bool:
        """Return whether it is begun."""
        return self.is_begun

    def add(self, parts: list[tuple[NDArray[np.int64], NDArray[np.float32]]]) -> Self:
        """Return itself with further batches: rows (B,) and outputs (B, C); of a sample that comes twice the last count.

        Raises:
            DynamicsError: a logit is not finite.
        """
        for index, logits in parts:
            self._add(index, logits)
        return self

    def _add(self, index: NDArray[np.int64], logits: NDArray[np.float32]) -> None:
        """Take one batch."""
        bad = np.flatnonzero(~np.isfinite(logits).all(axis=1))
        if len(bad):
            raise DynamicsError(
                f"The logits of sample {index[bad[0]]} are NaN or infinite. The training diverged: lower the learning rate "
                "or add a warm-up."
            )
        for name, values in signals.from_logits(logits, self._labels[index]).items():
            self.rows.setdefault(name, np.zeros(len(self._labels), values.dtype))[index] = values
        self.seen[index] = True
