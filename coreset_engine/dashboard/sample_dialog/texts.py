"""A sample in words and as pictures, as the dialog and the Sample page show it; without Streamlit."""

import base64
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coreset_engine.analysis.samples import Stretch, Timeline, predicted
from coreset_engine.datasets import modality

FACTORS = (1, 4, 8)  # by which an image is enlarged
WIDEST = 640  # px, of an enlarged image
STRETCHES = 12  # of equal predictions that are told in words


def stretched(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image whose darkest value is 0 and whose brightest is 255, all channels alike; one grey stays as it is."""
    low, high = int(image.min()), int(image.max())
    if low == high:
        return image
    return np.round((image.astype(np.float64) - low) * (255 / (high - low))).astype(np.uint8)


def sizes(width: int) -> list[int]:
    """Return the factors by which an image is shown: 1, 4 and 8, those that no screen holds left out."""
    return [factor for factor in FACTORS if factor == 1 or factor * width <= WIDEST] if 4 * width <= WIDEST else [1, 2]


def ends(image: NDArray[np.uint8]) -> list[int]:
    """Return the smallest and the largest factor by which an image is shown."""
    return [1, sizes(modality.size(image)[1])[-1]]


def pictures(image: NDArray[np.uint8], about: str, factors: Sequence[int] = ()) -> str:
    """Return HTML that shows an image at several sizes; the browser repeats its pixels and never mixes them.

    Args:
        image: a thumbnail.
        about: what it shows, for people who can't see it; numbers and plain words only, since it is not escaped.
        factors: by which it is enlarged; without any, those of `sizes`.
    """
    source = "data:image/png;base64," + base64.b64encode(modality.png(image)).decode()
    height, width = modality.size(image)
    shown = "".join(
        f'<figure style="margin:0"><img src="{source}" alt="{about}, {factor} times its size" '
        f'width="{factor * width}" height="{factor * height}" '
        f'style="image-rendering:pixelated;display:block;max-width:none">'
        f'<figcaption style="font-size:12px;opacity:0.75">{factor}×</figcaption></figure>'
        for factor in factors or sizes(width)
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:12px;align-items:flex-end;overflow-x:auto">{shown}</div>'


def grey_range(image: NDArray[np.uint8], is_stretched: bool) -> str:
    """Return which values an image has and how they are shown, in words."""
    low, high = int(image.min()), int(image.max())
    height, width = modality.size(image)
    kind = "colour values" if modality.is_coloured(image) else "grey values"
    if is_stretched:
        return f"**Contrast stretched**: {low}–{high} is shown as 0–255. {width} × {height} px, not interpolated."
    return f"{width} × {height} px, {kind} {low}–{high} of 0–255 as in the file, not interpolated."


def planes(volume: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
    """Return the pictures of a sample along each axis of its slices, (n, height, width), by what moves along it.

    Args:
        volume: (D, H, W) or (D, H, W, 3), as `modality.slices` gives it.
    """
    return {"depth": volume, "height": np.moveaxis(volume, 1, 0), "width": np.moveaxis(volume, 2, 0)}


def learnt(timeline: Timeline, names: Sequence[str], multi_label: bool) -> list[tuple[str, str]]:
    """Return how often a sample was predicted as labelled and what was predicted last, as names and plain text."""
    right = int(timeline.correct.sum())
    first = f"first in epoch {int(timeline.epochs[timeline.correct][0])}" if right else "never"
    last = predicted(int(timeline.prediction[-1]), names, multi_label)
    return [
        ("Predicted as labelled", f"{right} of {len(timeline.epochs)} epochs, {first}"),
        ("Predicted in the last epoch", last),
    ]


def stretch_text(stretches: Sequence[Stretch], names: Sequence[str], multi_label: bool) -> str:
    """Return which class was predicted in which epochs, in words; of many stretches the last ones."""
    shown = stretches[-STRETCHES:]
    words = []
    for one in shown:
        span = f"{one.start}" if one.start == one.stop else f"{one.start}–{one.stop}"
        words.append(f"{span} {predicted(one.predicted, names, multi_label)}")
    left_out = len(stretches) - len(shown)
    return (f"{left_out} earlier stretches; " if left_out else "") + ", ".join(words)
