"""What the Sample page says of one sample, computed from plain arrays without Streamlit."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine import selection
from coreset_engine.analysis.duplicates import Nearest
from coreset_engine.analysis.samples import Rank, Stretch, Timeline, predicted
from coreset_engine.datasets import modality

FACTORS = (1, 4, 8)  # by which an image is enlarged
WIDEST = 640  # px, of an enlarged image
MANY = 10_000  # samples, above which slow methods wait to be asked for
STRETCHES = 12  # of equal predictions that are told in words


class Place(NamedTuple):
    """Where a sample stands in a ranking: `rank` from 1, the rows ranked before and after it, None at the ends."""

    rank: int
    before: int | None
    after: int | None


def place(ranking: NDArray[np.int64], row: int) -> Place:
    """Return where a row stands.

    Args:
        ranking: (N,) all rows, the first one kept first.
        row: one of them.
    """
    at = int(np.flatnonzero(ranking == row)[0])
    before = int(ranking[at - 1]) if at else None
    after = int(ranking[at + 1]) if at + 1 < len(ranking) else None
    return Place(at + 1, before, after)


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


def learnt(told: Timeline, names: Sequence[str], multi_label: bool) -> list[tuple[str, str]]:
    """Return how often a sample was predicted as labelled and what was predicted last, as names and plain text."""
    right = int(told.correct.sum())
    first = f"first in epoch {int(told.epochs[told.correct][0])}" if right else "never"
    last = predicted(int(told.prediction[-1]), names, multi_label)
    return [
        ("Predicted as labelled", f"{right} of {len(told.epochs)} epochs, {first}"),
        ("Predicted in the last epoch", last),
    ]


def told(stretches: Sequence[Stretch], names: Sequence[str], multi_label: bool) -> str:
    """Return which class was predicted in which epochs, in words; of many stretches the last ones."""
    shown = stretches[-STRETCHES:]
    words = []
    for one in shown:
        span = f"{one.start}" if one.start == one.stop else f"{one.start}–{one.stop}"
        words.append(f"{span} {predicted(one.predicted, names, multi_label)}")
    left_out = len(stretches) - len(shown)
    return (f"{left_out} earlier stretches; " if left_out else "") + ", ".join(words)


def rank_table(
    ranks: Sequence[Rank], options: Sequence[Mapping[str, Any]], rate: float, excluded: bool = False
) -> pd.DataFrame:
    """Return one line a method: score, rank, whether the first samples by rank include this one.

    Args:
        ranks: of one sample.
        options: those the scores were computed with, beside `ranks`.
        rate: α.
        excluded: whether the sample is never kept.
    """
    rows = []
    for one, given in zip(ranks, options, strict=True):
        first = not one.failure and one.rank <= selection.coreset_size(rate, one.of)
        kept = "" if one.failure else "excluded" if excluded else "kept" if first else "dropped"
        rows.append(
            {
                "Method": one.method,
                "Rank": None if one.failure else one.rank,
                "State": kept,
                "Score": None if one.failure else one.score,
                "Keeps": one.keep,
                "Options": ", ".join(f"{name}={value}" for name, value in given.items()),
            }
        )
    return pd.DataFrame(rows).astype({"Rank": "Int64"})


def failures(ranks: Sequence[Rank]) -> list[str]:
    """Return why methods give no score, a sentence each reason: "cal, grand: ..."."""
    reasons: dict[str, list[str]] = {}
    for one in ranks:
        if one.failure:
            reasons.setdefault(one.failure, []).append(one.method)
    return [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]


def neighbour_table(near: Nearest, labels: Sequence[str], kept: NDArray[np.bool_], value: str) -> pd.DataFrame:
    """Return one line a neighbour: row, class, how near, whether it is kept.

    Args:
        near: neighbours.
        labels: the name of each neighbour's class.
        kept: (N,) which samples are kept.
        value: what `near.values` are.
    """
    state = np.where(kept[near.rows], "kept", "dropped")
    return pd.DataFrame({"Row": near.rows, "Class": list(labels), value: near.values, "State": state})
