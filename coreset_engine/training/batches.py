"""Images on their device: a split and its batches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from coreset_engine.datasets import modality
from coreset_engine.datasets.modality import GREY, Modality
from coreset_engine.errors import ConfigError
from coreset_engine.training.disk_images import DiskImages, is_held


@dataclass(frozen=True)
class Split:
    """One split on the device.

    Attributes:
        images: (N, ...) uint8, as `Modality.tensor` gives them; on the disk where they are larger than memory bears.
        labels: (N,) int64 or (N, L) float32.
        truth: the labels as they came.
        modality: scales and augments the images.
    """

    images: torch.Tensor | DiskImages
    labels: torch.Tensor
    truth: NDArray[np.integer]
    modality: Modality = GREY

    def __len__(self) -> int:
        """Return N."""
        return len(self.images)

    @property
    def is_held(self) -> bool:
        """Return whether the images are in memory."""
        return isinstance(self.images, torch.Tensor)

    def take(self, rows: NDArray[np.integer]) -> Split:
        """Return the split of some samples only."""
        images = self.images.take(rows) if isinstance(self.images, DiskImages) else self.images[rows]
        return Split(images, self.labels[rows], self.truth[rows], self.modality)

    def expect(self, batches: Iterable[torch.Tensor]) -> None:
        """Let images on the disk be read ahead: `batches` are the rows of those that are asked for next, in order."""
        if isinstance(self.images, DiskImages):
            self.images.expect(batches)


def put_on(device: torch.device, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Split:
    """Return a split as tensors on the device; images stay uint8 there and are scaled batch by batch.

    Images that are larger than memory bears stay on the disk, see `memory.room_bytes`.

    Raises:
        ConfigError: the GPU has no room for the images.
    """
    kind = modality.of(images)
    pixels: torch.Tensor | DiskImages
    if not is_held(images.nbytes, device):
        pixels = DiskImages(images, device)
    else:
        try:
            pixels = torch.from_numpy(np.array(kind.tensor(images), order="C")).to(
                device
            )  # a copy: caches are read-only maps
        except torch.cuda.OutOfMemoryError:
            raise ConfigError(
                f"The images need {images.nbytes / 2**30:.1f} GiB on the GPU. Use --device cpu."
            ) from None
    target = torch.from_numpy(np.ascontiguousarray(labels)).to(device)
    return Split(pixels, target.float() if labels.ndim == 2 else target, np.asarray(labels), kind)


def batch_bounds(samples: int, batch: int, *, drop_last: bool = False) -> list[tuple[int, int]]:
    """Return start and stop of every batch of an epoch: every sample once, the last batch short.

    A last batch of one sample joins the one before: batch normalisation of a 1x1 map can't train on a single sample. With
    `drop_last` a last batch that is short is left out.
    """
    if drop_last:
        samples -= samples % batch
    starts = list(range(0, samples, batch))
    if len(starts) > 1 and samples - starts[-1] == 1:
        starts.pop()
    return list(pairwise([*starts, samples]))
