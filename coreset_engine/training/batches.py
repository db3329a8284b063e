"""Images on their device: a split and its batches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from coreset_engine.config import Recipe
from coreset_engine.datasets import modality, resized_crops
from coreset_engine.datasets.channels import Channels
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
        centred: whether images that are not augmented are shown by their middle, see `resized_crops.centred`.
        channels: mean and deviation of each channel on the device, shaped to go with a batch, of pixels from 0 to 1; None
            where pixels go from -1 to 1 instead.
    """

    images: torch.Tensor | DiskImages
    labels: torch.Tensor
    truth: NDArray[np.integer]
    modality: Modality = GREY
    centred: bool = False
    channels: tuple[torch.Tensor, torch.Tensor] | None = None

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
        return replace(self, images=images, labels=self.labels[rows], truth=self.truth[rows])

    def seen_by(self, recipe: Recipe, channels: Channels | None) -> Split:
        """Return the split as networks of a recipe see it.

        Args:
            recipe: that says whether images are normalised, and how much is shown of them.
            channels: of the train split, for a recipe that normalises.

        Raises:
            ConfigError: volumes are to be shown by their middle.
        """
        axes = len(self.images.shape)
        if recipe.view == "centre" and axes != 4:
            raise ConfigError("view='centre' is for flat images; volumes are shown whole. Give view='whole'.")
        if channels is None or recipe.normalisation == "none":
            return replace(self, centred=recipe.view == "centre", channels=None)
        mean, deviation = (
            torch.tensor(values, dtype=torch.float32, device=self.images.device).reshape(1, -1, *[1] * (axes - 2))
            for values in (channels.mean, channels.deviation)
        )
        return replace(self, centred=recipe.view == "centre", channels=(mean, deviation))

    def check(self, recipe: Recipe) -> None:
        """Refuse a recipe whose networks would see the images otherwise.

        Raises:
            ConfigError: they would.
        """
        if (self.centred, self.channels is None) != (recipe.view == "centre", recipe.normalisation == "none"):
            raise ConfigError("These images are not normalised or shown as the recipe says. Prepare them by `seen_by`.")

    def inputs(self, index: torch.Tensor, recipe: Recipe, share: slice = slice(None)) -> torch.Tensor:
        """Return what a network reads of a batch while it is trained, or of some places in it; all of it is drawn."""
        images = self.images[index]
        if not recipe.augment:
            return self.seen(images[share])
        return self.scaled(self.modality.augment(images, recipe.augmentation)[share])

    def seen(self, batch: torch.Tensor) -> torch.Tensor:
        """Return some of the images, not augmented, as a network reads them."""
        return self.scaled(resized_crops.centred(batch) if self.centred else batch)

    def scaled(self, batch: torch.Tensor) -> torch.Tensor:
        """Return images, augmented or whole, as the numbers that a network reads: normalised, or from -1 to 1."""
        found = self.modality.scale(batch)
        if self.channels is None:
            return found
        mean, deviation = self.channels
        return found.add_(1.0).mul_(0.5).sub_(mean).div_(deviation)

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
