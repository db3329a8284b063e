"""Mean and deviation of the channels of images, over all pixels: what a recipe with `normalisation="channels"` takes off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coreset_engine.datasets import modality

if TYPE_CHECKING:
    from coreset_engine.datasets import ImageSet

PART_BYTES = 2**23  # of images that are counted together: they take eight times as much meanwhile
_known: dict[str, Channels] = {}  # of train splits, by the sum of their images


@dataclass(frozen=True)
class Channels:
    """Mean and standard deviation of every channel, of pixels from 0 to 1, as papers and torchvision give them."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]


def of(images: NDArray[np.uint8]) -> Channels:
    """Return the channels' mean and deviation over all pixels of some images, part by part, so that they may be a map.

    Values are counted, so that nothing is rounded before the end: the same images give the same numbers anywhere. A channel
    of one value only has the deviation 1, so that it can be divided by.
    """
    kind = modality.of(images)
    counts = np.zeros((kind.channels, 256), np.int64)
    step = max(1, PART_BYTES // max(1, images[:1].nbytes))
    for start in range(0, len(images), step):
        values = kind.tensor(np.asarray(images[start : start + step]))
        for channel in range(kind.channels):
            counts[channel] += np.bincount(values[:, channel].ravel(), minlength=256)
    found = [_moments([int(count) for count in line]) for line in counts]
    return Channels(tuple(mean for mean, _ in found), tuple(deviation for _, deviation in found))


def _moments(counts: list[int]) -> tuple[float, float]:
    """Return mean and deviation, of values from 0 to 1, of how often each of 0 to 255 occurs."""
    total = sum(counts)
    first = sum(value * count for value, count in enumerate(counts))
    second = sum(value**2 * count for value, count in enumerate(counts))
    variance = (total * second - first**2) / total**2  # whole numbers up to here
    return first / total / 255, variance**0.5 / 255 if variance else 1.0


def of_train(images: ImageSet) -> Channels:
    """Return the channels' mean and deviation over the train split of a data set, counted once per process."""
    if images.sha256 not in _known:
        _known[images.sha256] = of(images.images["train"])
    return _known[images.sha256]
