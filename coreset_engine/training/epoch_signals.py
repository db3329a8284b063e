"""The signals of one epoch, computed batch by batch, so that the outputs of all samples are never held at once."""

from typing import Any, Self

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


def array_of(values: Any) -> NDArray[np.float32]:
    """Return nested lists of numbers as an array.

    Raises:
        DynamicsError: rows have different lengths, or hold something else.
    """
    try:
        return np.array([np.asarray(row, np.float32) for row in values], np.float32)
    except (TypeError, ValueError):
        raise DynamicsError("A batch's logits must be numbers, as many in every row.") from None


def rows_in(index: Any) -> int:
    """Return how many rows a batch's index has.

    Raises:
        DynamicsError: it is no list of them, as of a data set that gives samples one by one.
    """
    try:
        return len(index)
    except TypeError:
        raise DynamicsError(
            f"The index of a batch must be a list of rows of the train split; it is {index!r}."
        ) from None


def positive(name: str, value: Any) -> int:
    """Return a whole number from 1 on.

    Raises:
        DynamicsError: it is none.
    """
    if not isinstance(value, (int, np.integer)) or value < 1:
        raise DynamicsError(f"{name}={value!r} is not possible: give a whole number from 1 on.")
    return int(value)
