"""What a training tells after an epoch; apart from the loop, so that it can be named without importing torch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One finished epoch.

    Attributes:
        epoch: from 1, of `epochs`.
        seconds: that it took.
        metrics: its figures by the names of `store.METRICS`.
    """

    epoch: int
    epochs: int
    seconds: float
    metrics: dict[str, float]
