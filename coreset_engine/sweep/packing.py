"""Packing: how many trainings run at once on each GPU, found out while they run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coreset_engine.sweep.gpus import VISIBLE, Gpu

MARGIN = 0.9  # of the free memory that trainings are given; the rest is for what they take only now and then
GAIN = 1.05  # that twice as many trainings must be worth, else half of them stay
READINGS = 2  # epochs per slot before a number of slots is judged


class Packing:
    """One training per GPU at first, then twice as many as long as they fit and together train faster.

    What fits follows from the most memory that a training has taken until its epoch's end, capped by the machine's cores
    and memory. How fast a number of slots is, is measured over epochs of one kind of training while all slots are busy.
    Slot i is on GPU i modulo their number.
    """

    def __init__(self, gpus: Sequence[Gpu], most: int, per_device: int | None = None) -> None:
        """Begin.

        Args:
            gpus: at least one.
            most: trainings per GPU that cores and memory of the machine bear.
            per_device: trainings per GPU where that is told, and nothing is to be found out.
        """
        self.gpus = gpus
        self.per_device = per_device or 1
        self._told, self._most, self._peak = per_device is not None, most, 0
        self._settled = self._told or most < 2
        self._heard: set[int] = set()  # slots of which an epoch has ended since their number changed
        self._seconds: dict[tuple[str, int], list[float]] = {}  # of epochs, by kind and trainings per GPU

    @property
    def learns(self) -> bool:
        """Return whether the trainings per GPU are found out; else they are told."""
        return not self._told

    @property
    def count(self) -> int:
        """Return the trainings at once."""
        return self.per_device * len(self.gpus)

    @property
    def fitting(self) -> int:
        """Return how many trainings fit on a GPU, one before it is known what a training takes."""
        free = min(gpu.free for gpu in self.gpus)
        return max(1, min(self._most, int(MARGIN * free) // self._peak)) if self._peak else 1

    def environment(self, slot: int) -> dict[str, str]:
        """Return the variables that keep a worker on its GPU."""
        return {VISIBLE: self.gpus[slot % len(self.gpus)].name}

    def hear(self, slot: int, kind: str, *, taken: int, seconds: float, first: bool, busy: int) -> None:
        """Take into account that a training has ended an epoch.

        Args:
            slot: of its worker.
            kind: what trainings must share for their seconds to be compared.
            taken: bytes of the GPU at most until now, 0 where it is not trained on one.
            seconds: of the epoch.
            first: whether it was the training's first epoch, in which much is set up.
            busy: slots that train now.
        """
        self._peak = max(self._peak, taken)
        self.per_device = min(self.per_device, self.fitting) if self.learns else self.per_device
        counts = slot in self._heard and not first and busy == self.count
        self._heard.add(slot)
        if self._settled or not counts:
            return
        readings = self._seconds.setdefault((kind, self.per_device), [])
        readings.append(seconds)
        if len(readings) >= READINGS * self.count:
            self._judge(kind)

    def _judge(self, kind: str) -> None:
        """Double the trainings per GPU, keep them, or go back to half where that was as fast."""
        before = self._seconds.get((kind, self.per_device // 2))
        if before is None and self.per_device > 1:
            return  # nothing of this kind to compare with
        if before is not None and self._speed(kind, self.per_device) < GAIN * self._speed(kind, self.per_device // 2):
            self.per_device //= 2
            self._settled = True
            return
        wanted = 2 * self.per_device
        if wanted > self.fitting:
            self._settled = True
            return
        self.per_device = wanted
        self._heard.clear()

    def _speed(self, kind: str, per_device: int) -> float:
        """Return the epochs per second of a GPU with so many trainings at once."""
        return per_device / max(1e-9, float(np.median(self._seconds[kind, per_device])))

    def lose(self) -> None:
        """Take fewer trainings per GPU from now on: a worker has ended by itself, as for want of memory.

        While it is still found out how many are fastest, those are half, which were measured; afterwards one less.
        """
        if self.learns:
            fewer = self.per_device - 1 if self._settled else self.per_device // 2
            self._most = self.per_device = max(1, fewer)
            self._settled = True
