"""How samples lie in arrays: the one file that knows the axes of images, for everybody who trains on or shows them.

All others handle a split's array by its first axis, the samples, and ask the array's modality for four forms of them:
a thumbnail to show, a tensor to train on, a grid of pixels to compare and to corrupt. Another kind of image is one object
with the methods of `Modality`: a file of this folder that defines one adds it, as does `register`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from coreset_engine import registry
from coreset_engine.datasets import resized_crops
from coreset_engine.errors import DatasetError

if TYPE_CHECKING:
    import torch

    from coreset_engine.config import Augmentation

Pixels = NDArray[np.uint8]


@runtime_checkable
class Modality(Protocol):
    """One way in which samples lie in arrays of uint8, the samples along the first axis.

    Every method takes some samples of one split, (n, ...); none keeps or changes them.
    """

    @property
    def name(self) -> str:
        """Return its name, e.g. "grey"."""

    @property
    def layout(self) -> str:
        """Return the shape of its arrays in words, e.g. "(N, H, W)"."""

    @property
    def channels(self) -> int:
        """Return C, the channels that a network reads."""

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Return whether an array of this shape is of this modality; no two modalities may claim the same shape."""

    def shape(self, images: Pixels) -> tuple[int, ...]:
        """Return height and width in pixels; of volumes depth, height and width."""

    def thumbnail(self, images: Pixels) -> Pixels:
        """Return what people are shown: grey values (n, H, W) or colours (n, H, W, 3)."""

    def slices(self, images: Pixels) -> Pixels:
        """Return all pictures that a sample has, (n, D, H, W) or (n, D, H, W, 3); D is 1 where it is flat."""

    def tensor(self, images: Pixels) -> Pixels:
        """Return what networks read, (n, C, H, W), not yet scaled."""

    def fingerprint(self, images: Pixels) -> Pixels:
        """Return the pixels (n, H, W, C) by which images are compared and corrupted."""

    def from_fingerprint(self, pixels: Pixels) -> Pixels:
        """Return the images that have these pixels (n, H, W, C): the way back from `fingerprint`."""

    def scale(self, batch: torch.Tensor) -> torch.Tensor:
        """Return tensors of `tensor` as float32 in -1..1, in the order of memory that suits convolutions."""

    def augment(self, batch: torch.Tensor, how: Augmentation = "crop-flip") -> torch.Tensor:
        """Return tensors of `tensor`, each changed at random as its label allows; `how` is the recipe's word."""


@dataclass(frozen=True)
class Planes:
    """Images of one channel, (N, H, W), or of several, (N, H, W, C); the modality of grey and of colour images."""

    name: str
    channels: int

    @property
    def layout(self) -> str:
        """Return the shape of its arrays in words."""
        return "(N, H, W)" if self.channels == 1 else f"(N, H, W, {self.channels})"

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Return whether an array has these axes."""
        return len(shape) == 3 if self.channels == 1 else len(shape) == 4 and shape[3] == self.channels

    def shape(self, images: Pixels) -> tuple[int, ...]:
        """Return height and width in pixels."""
        return images.shape[1:3]

    def slices(self, images: Pixels) -> Pixels:
        """Return the thumbnail as the only picture of each sample."""
        return self.thumbnail(images)[:, None]

    def thumbnail(self, images: Pixels) -> Pixels:
        """Return the images themselves, which grey and colour images can be shown as."""
        return images

    def tensor(self, images: Pixels) -> Pixels:
        """Return (n, C, H, W)."""
        return images[:, None] if self.channels == 1 else images.transpose(0, 3, 1, 2)

    def fingerprint(self, images: Pixels) -> Pixels:
        """Return a view (n, H, W, C)."""
        return images[..., None] if self.channels == 1 else images

    def from_fingerprint(self, pixels: Pixels) -> Pixels:
        """Return a view of the images of such pixels."""
        return pixels[..., 0] if self.channels == 1 else pixels

    def scale(self, batch: torch.Tensor) -> torch.Tensor:
        """Return uint8 images as (x - 0.5) / 0.5 with x in 0..1, see `scale`."""
        return scale(batch)

    def augment(self, batch: torch.Tensor, how: Augmentation = "crop-flip") -> torch.Tensor:
        """Return images moved by up to 4 px, flipped left to right, or both, or parts enlarged, see `augmented`."""
        return augmented(batch, how=how)


GREY, RGB = Planes("grey", 1), Planes("RGB", 3)
_known: dict[str, Modality] = {kind.name: kind for kind in (GREY, RGB)}


def register(new: Modality) -> None:
    """Make a modality known to this process."""
    _known[new.name] = new


def all_modalities() -> dict[str, Modality]:
    """Return every modality by name: grey, RGB, those registered, those that files of this folder define."""
    return _known | _of_files()


@cache
def _of_files() -> dict[str, Modality]:
    """Return the modalities that files of this folder define."""
    return registry.discover("coreset_engine.datasets", Modality)  # type: ignore[type-abstract]


def find(images: Pixels) -> Modality | None:
    """Return the modality of a split's array, by its axes; None where none fits."""
    own = [kind for kind in _known.values() if kind.fits(images.shape)]  # files are imported for other shapes only
    fitting = own or [kind for kind in _of_files().values() if kind.fits(images.shape)]
    return fitting[0] if fitting else None


def of(images: Pixels) -> Modality:
    """Return the modality of a split's array, by its axes.

    Raises:
        DatasetError: no modality has arrays of this shape.
    """
    found = find(images)
    if found is None:
        raise DatasetError(f"Images of shape {images.shape} are of no known kind. Known are {layouts()}.")
    return found


def layouts() -> str:
    """Return in words which shapes images can have, e.g. "(N, H, W) or (N, H, W, 3)"."""
    return " or ".join(kind.layout for kind in all_modalities().values())


def without_empty_axis(images: Pixels) -> Pixels:
    """Return images of one channel (N, H, W, 1) as (N, H, W), volumes alike; all others as they are."""
    return images[..., 0] if images.ndim in (4, 5) and images.shape[-1] == 1 else images


def thumbnail(images: Pixels, row: int) -> Pixels:
    """Return one image of a split as people are shown it, (H, W) or (H, W, 3)."""
    picture: Pixels = of(images).thumbnail(np.asarray(images[row])[None])[0]
    return picture


def slices(images: Pixels, row: int) -> Pixels:
    """Return all pictures of one sample of a split, (D, H, W) or (D, H, W, 3); D is 1 where it is flat."""
    found: Pixels = of(images).slices(np.asarray(images[row])[None])[0]
    return found


def thumbnails(images: Pixels, rows: NDArray[np.integer]) -> Pixels:
    """Return images of a split as people are shown them, (n, H, W) or (n, H, W, 3); `images` may be a memory map."""
    order = np.argsort(rows)  # a memory map is read faster in order
    taken = np.empty((len(rows), *images.shape[1:]), images.dtype)
    taken[order] = images[rows[order]]
    return of(images).thumbnail(taken)


def size(picture: Pixels) -> tuple[int, int]:
    """Return height and width of a thumbnail in pixels."""
    return picture.shape[0], picture.shape[1]


def is_coloured(picture: Pixels) -> bool:
    """Return whether a thumbnail has colours, not grey values."""
    return picture.ndim == 3


def png(picture: Pixels, compress_level: int = -1) -> bytes:
    """Return a thumbnail as a PNG, which keeps every value; a level of 1 is the fastest, -1 the usual one."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, "PNG", compress_level=compress_level)
    return buffer.getvalue()


def montage(pictures: Pixels, columns: int) -> Pixels:
    """Return thumbnails side by side as one, line by line, black where the last line has none."""
    height, width, *colour = pictures.shape[1:]
    lines = -(-len(pictures) // columns)
    filled = np.zeros((lines * columns, height, width, *colour), np.uint8)
    filled[: len(pictures)] = pictures
    grid = filled.reshape(lines, columns, height, width, *colour).swapaxes(1, 2)
    return grid.reshape(lines * height, columns * width, *colour)


def enlarged(picture: Pixels, factor: int) -> Pixels:
    """Return a thumbnail whose pixels are squares of `factor` pixels."""
    return picture.repeat(factor, 0).repeat(factor, 1)


def reduced(pictures: Pixels, step: int) -> Pixels:
    """Return the means of blocks of step x step pixels: nothing falls between two, as with every k-th row and column.

    A rest at the edges that fills no block is left out, half of it at each side. The range of grey values is the file's.
    """
    if step == 1:
        return pictures
    height, width = (side // step for side in pictures.shape[1:3])
    top, left = ((side % step) // 2 for side in pictures.shape[1:3])
    whole = pictures[:, top : top + height * step, left : left + width * step]
    blocks = whole.reshape(len(pictures), height, step, width, step, *pictures.shape[3:])
    means: Pixels = ((blocks.sum((2, 4), dtype=np.uint32) + step**2 // 2) // step**2).astype(np.uint8)
    return means


def noise(count: int, channels: int, *size: int) -> torch.Tensor:
    """Return images of noise as `Modality.tensor` gives them, to try out how fast a network is."""
    import torch

    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (count, channels, *size), np.uint8))


def scale(batch: torch.Tensor) -> torch.Tensor:
    """Return uint8 images (n, C, H, W) as (x - 0.5) / 0.5 with x in 0..1, float32, channels last."""
    import torch

    return batch.to(torch.float32, memory_format=torch.channels_last).div_(127.5).sub_(1.0)


def augmented(batch: torch.Tensor, padding: int = 4, how: Augmentation = "crop-flip") -> torch.Tensor:
    """Return images changed at random, on their device: moved by up to `padding` px, flipped left to right, or both.

    Beyond the edge there are zeros, or with "reflect-flip" what lies within it, mirrored at the outermost pixels. Those of
    "resized-crop-flip" are not moved: see `resized_crops`.
    """
    import torch
    from torch.nn import functional

    if how == "resized-crop-flip":
        return resized_crops.augmented(batch)
    count, _, height, width = batch.shape
    rows = torch.arange(height, device=batch.device).expand(count, -1)
    columns = torch.arange(width, device=batch.device).expand(count, -1)
    if how != "flip":
        top, left = torch.randint(0, 2 * padding + 1, (2, count), device=batch.device)
        rows, columns = rows + top[:, None], columns + left[:, None]
        if how == "reflect-flip":
            rows, columns = _mirrored(rows - padding, height), _mirrored(columns - padding, width)
        else:
            batch = functional.pad(batch, (padding,) * 4)
    if how != "crop":
        flip = torch.rand(count, device=batch.device) < 0.5
        columns = torch.where(flip[:, None], columns.flip(1), columns)
    sample = torch.arange(count, device=batch.device)[:, None, None]
    return batch[sample, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _mirrored(places: torch.Tensor, length: int) -> torch.Tensor:
    """Return places beyond an axis of a length as those within it, mirrored at its first and last one."""
    return (length - 1) - ((length - 1) - places.abs()).abs()
