"""Five ways to spoil images: arrays in, arrays out, all images of a block at once."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from coreset_engine.datasets import modality

# Takes (B, H, W, C) float32 in 0..1, the strength in 0..1 and a generator; returns the same shape, not yet clipped.
Spoil = Callable[[NDArray[np.float32], float, np.random.Generator], NDArray[np.floating]]

BLOCK_VALUES = 1 << 22  # pixel values spoiled at once: 16 MB as float32, so that 224-px sets need little memory
DIRECTIONS = 8  # of motion, evenly over the half circle
FOG_LIGHT = 0.85  # brightness of thick fog, 0 = black, 1 = white
DARK = 0.1  # below this a black square would not show


def gaussian_noise(images: NDArray[np.float32], strength: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the images with independent normal noise on every value, standard deviation 0.4 `strength`."""
    return images + np.float32(0.4 * strength) * rng.standard_normal(images.shape, np.float32)


def occlusion(images: NDArray[np.float32], strength: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the images with one square of black at a random place; white where over half of the place is dark already.

    The square's side is 0.2 + 0.4 `strength` of the shorter side.
    """
    count, height, width = images.shape[:3]
    side = max(1, round((0.2 + 0.4 * strength) * min(height, width)))
    top = rng.integers(0, height - side + 1, count)[:, None, None]
    left = rng.integers(0, width - side + 1, count)[:, None, None]
    rows, columns = np.arange(height)[:, None], np.arange(width)
    inside = (rows >= top) & (rows < top + side) & (columns >= left) & (columns < left + side)
    dark = ((images.mean(3) < DARK) & inside).sum((1, 2)) > side * side / 2
    spoiled = images.copy()
    spoiled[inside] = np.broadcast_to(dark[:, None, None], inside.shape)[inside][:, None]
    return spoiled


def low_resolution(images: NDArray[np.float32], strength: float, rng: np.random.Generator) -> NDArray[np.floating]:
    """Return the images averaged down to 1 / (1 + 3 `strength`) of their sides, shown in squares of the old size."""
    kept = [min(length - 1, max(2, round(length / (1 + 3 * strength)))) for length in images.shape[1:3]]
    down, across = map(_reduce, images.shape[1:3], kept)
    return np.moveaxis(down @ np.moveaxis(images, 3, 1) @ across.T, 1, 3)


def fog(images: NDArray[np.float32], strength: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the images behind uneven fog: x t + FOG_LIGHT (1 - t), transmission t = exp(-2 `strength` d).

    The thickness d of the fog is 1 on average and varies slowly over the image. It is the usual model of scattered
    light (Koschmieder's law).
    """
    count, height, width = images.shape[:3]
    y, x = np.linspace(-1, 1, height, dtype=np.float32)[:, None], np.linspace(-1, 1, width, dtype=np.float32)
    thickness = np.ones((count, height, width), np.float32)
    for _ in range(3):
        fy, fx, phase = rng.uniform((-3, -3, 0), (3, 3, 2 * np.pi), (count, 3)).astype(np.float32).T[..., None, None]
        thickness += np.float32(0.2) * np.sin(fy * y + fx * x + phase)
    through = np.exp(np.float32(-2 * strength) * thickness)[..., None]
    return FOG_LIGHT + (images - np.float32(FOG_LIGHT)) * through


def motion_blur(images: NDArray[np.float32], strength: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the images averaged along a line in a random direction, 0.4 `strength` of the shorter side long."""
    length = max(3, round(0.4 * strength * min(images.shape[1:3])))
    direction = rng.integers(0, DIRECTIONS, len(images))
    spoiled = np.full_like(images, np.nan)
    for number in range(DIRECTIONS):
        chosen = direction == number
        spoiled[chosen] = _smear(images[chosen], _line(length, number))
    return spoiled


SPOILS: dict[str, Spoil] = {
    "gaussian-noise": gaussian_noise,
    "occlusion": occlusion,
    "low-resolution": low_resolution,
    "fog": fog,
    "motion-blur": motion_blur,
}


def spoil(images: NDArray[np.uint8], kind: str, strength: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return images spoiled in one way.

    Args:
        images: (B, ...) uint8 of any modality.
        kind: a key of SPOILS.
        strength: in 0..1; what it does stands at each of the five functions.
        rng: draws noise, places and directions.

    Returns:
        The same shape, uint8.
    """
    grids = modality.of(images)
    spoiled = np.empty_like(images)
    step = max(1, BLOCK_VALUES // max(1, images[0].size)) if len(images) else 1
    for start in range(0, len(images), step):
        block = grids.fingerprint(images[start : start + step]).astype(np.float32) / np.float32(255)
        values = np.rint(SPOILS[kind](block, strength, rng).clip(0, 1) * np.float32(255))
        spoiled[start : start + step] = grids.from_fingerprint(values)
    return spoiled


@cache
def _reduce(length: int, kept: int) -> NDArray[np.float32]:
    """Return the (length, length) matrix that averages `length` values to `kept` and repeats them to `length` again.

    Value i of the small row covers length / kept values of the large one, the outer two of them partly.
    """
    edges = np.arange(kept + 1) * length / kept
    cells = np.arange(length)
    low, high = np.maximum(edges[:-1, None], cells), np.minimum(edges[1:, None], cells + 1)
    average = np.clip(high - low, 0, None) * kept / length
    nearest = ((cells + 0.5) * kept / length).astype(int)
    return average[nearest].astype(np.float32)


@cache
def _line(length: int, number: int) -> dict[tuple[int, int], float]:
    """Return the weight of each (row, column) offset on a line through (0, 0); the weights add up to 1.

    Args:
        length: points on the line, one pixel apart.
        number: the line's direction, in steps of 180 / DIRECTIONS degrees.
    """
    angle = np.pi * number / DIRECTIONS
    weights: dict[tuple[int, int], float] = {}
    for step in np.arange(length) - (length - 1) / 2:
        y, x = round(step * np.sin(angle), 6), round(step * np.cos(angle), 6)
        for row, column in ((dy, dx) for dy in (0, 1) for dx in (0, 1)):  # shared out over the four pixels around
            place = (int(np.floor(y)) + row, int(np.floor(x)) + column)
            share = (1 - abs(y - place[0])) * (1 - abs(x - place[1])) / length
            if share:
                weights[place] = weights.get(place, 0) + share
    return weights


def _smear(images: NDArray[np.float32], weights: dict[tuple[int, int], float]) -> NDArray[np.float32]:
    """Return the weighted sum of shifted images; beyond the edge the edge goes on."""
    height, width = images.shape[1:3]
    reach = max(max(abs(y), abs(x)) for y, x in weights)
    wide = np.pad(images, [(0, 0), (reach, reach), (reach, reach), (0, 0)], mode="edge")
    total = np.zeros_like(images)
    for (y, x), weight in weights.items():
        total += np.float32(weight) * wide[:, reach + y : reach + y + height, reach + x : reach + x + width]
    return total
