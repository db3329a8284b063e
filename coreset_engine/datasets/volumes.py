"""Volumes, (N, D, H, W) or (N, D, H, W, 3): their samples have slices, of which people are shown the middle one first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coreset_engine.datasets.modality import Pixels
from coreset_engine.errors import ConfigError

if TYPE_CHECKING:
    import torch

    from coreset_engine.config import Augmentation

LEAST = 8  # voxels along each axis: fewer are channels
_MOVED = 2  # voxels by which augmentation moves a volume at most


@dataclass(frozen=True)
class Volumes:
    """Volumes of one channel, (N, D, H, W), or of several, (N, D, H, W, C); slices follow each other along D."""

    name: str = "volume"
    channels: int = 1

    @property
    def layout(self) -> str:
        """Return the shape of its arrays in words."""
        return "(N, D, H, W)" if self.channels == 1 else f"(N, D, H, W, {self.channels})"

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Return whether an array has these axes, those of space at least `LEAST` long each."""
        colours = () if self.channels == 1 else (self.channels,)
        return len(shape) == 4 + len(colours) and shape[4:] == colours and min(shape[1:4]) >= LEAST

    def shape(self, images: Pixels) -> tuple[int, ...]:
        """Return depth, height and width in voxels."""
        return images.shape[1:4]

    def thumbnail(self, images: Pixels) -> Pixels:
        """Return the middle slices, (n, H, W) or (n, H, W, 3)."""
        return images[:, images.shape[1] // 2]

    def slices(self, images: Pixels) -> Pixels:
        """Return all slices, (n, D, H, W) or (n, D, H, W, 3)."""
        return images

    def tensor(self, images: Pixels) -> Pixels:
        """Return (n, C, D, H, W)."""
        return images[:, None] if self.channels == 1 else np.moveaxis(images, 4, 1)

    def fingerprint(self, images: Pixels) -> Pixels:
        """Return (n, H, W, D C): slices are compared each with its like, and corrupted all alike."""
        slices = np.moveaxis(images, 1, 3)
        return slices.reshape(*slices.shape[:3], -1)

    def from_fingerprint(self, pixels: Pixels) -> Pixels:
        """Return the volumes of such pixels."""
        colours = () if self.channels == 1 else (self.channels,)
        return np.moveaxis(pixels.reshape(*pixels.shape[:3], pixels.shape[3] // self.channels, *colours), 3, 1)

    def scale(self, batch: torch.Tensor) -> torch.Tensor:
        """Return uint8 volumes as (x - 0.5) / 0.5 with x in 0..1, float32."""
        import torch

        return batch.to(torch.float32).div_(127.5).sub_(1.0)

    def augment(self, batch: torch.Tensor, how: Augmentation = "crop-flip") -> torch.Tensor:
        """Return volumes moved by up to 2 voxels along each axis, zeros outside; not mirrored, since organs have a side.

        Raises:
            ConfigError: `how` asks for what is not done with volumes.
        """
        import torch
        from torch.nn import functional

        if how not in ("crop-flip", "crop"):
            raise ConfigError(f"augmentation={how!r} is for images; volumes are moved only: give crop, or none.")

        padded = functional.pad(batch, (_MOVED,) * 6)
        sample = torch.arange(len(batch), device=batch.device)[:, None, None, None]
        places = []
        for axis, length in enumerate(batch.shape[2:]):
            start = torch.randint(0, 2 * _MOVED + 1, (len(batch), 1), device=batch.device)
            index = start + torch.arange(length, device=batch.device)
            places.append(index.reshape(len(batch), *[length if axis == other else 1 for other in range(3)]))
        return padded[sample, :, places[0], places[1], places[2]].permute(0, 4, 1, 2, 3)


VOLUME, RGB_VOLUME = Volumes(), Volumes("RGB volume", 3)
