"""Areas of a map that a person draws: boxes and free-hand lines, as text that fits into a link."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine.data_map import geometry
from coreset_engine.data_map.density import Limits
from coreset_engine.errors import ConfigError

MOST_SHAPES = 20
MOST_CORNERS = 80  # of a line, so that its text stays below about 1,000 characters
STEPS = 5000  # corners are rounded to such a part of the map or finer: a tenth of a pixel
APART = 1 / 300  # of the map's width and height: corners of a line that lie nearer are left out
HELP = "Write box_left_right_low_high, or lasso_x_y_x_y_x_y with 3 corners or more; put ~ between several."


@dataclass(frozen=True)
class Shape:
    """A box, given by two opposite corners, or a closed free-hand line, given by its corners in order."""

    kind: Literal["box", "lasso"]
    x: tuple[float, ...]
    y: tuple[float, ...]


def parse(text: str) -> list[Shape]:
    """Return the shapes that a text such as "box_0.1_0.3_0_0.5~lasso_0_0_1_0_1_1" names; [] for an empty text.

    Raises:
        ConfigError: it names something else.
    """
    parts = [part for part in text.strip().split("~") if part.strip()]
    if len(parts) > MOST_SHAPES:
        raise ConfigError(f"An area has {len(parts)} parts; at most {MOST_SHAPES} are possible. Draw fewer.")
    return [_shape(part) for part in parts]


def _shape(part: str) -> Shape:
    """Return the shape that one part of a text names."""
    kind, *words = re.split(r"[_,\s]+", part.strip())
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        raise ConfigError(f"{_short(part)} is no area: it holds something else than numbers. {HELP}") from None
    if not all(map(math.isfinite, numbers)):
        raise ConfigError(f"{_short(part)} is no area: its numbers must be finite. {HELP}")
    if kind == "box" and len(numbers) == 4:
        return Shape("box", tuple(numbers[:2]), tuple(numbers[2:]))
    if kind == "lasso" and len(numbers) % 2 == 0 and 6 <= len(numbers) <= 2 * MOST_CORNERS:
        return Shape("lasso", tuple(numbers[::2]), tuple(numbers[1::2]))
    raise ConfigError(f"{_short(part)} is no area. {HELP}")


def _short(text: str) -> str:
    """Return a text for a message, cut where it is long."""
    return repr(text if len(text) <= 40 else text[:40] + "…")


def to_text(shapes: Sequence[Shape]) -> str:
    """Return shapes as a text that `parse` reads; `drawn` makes shapes whose text is short and exact."""
    return "~".join(_text(shape) for shape in shapes)


def _text(shape: Shape) -> str:
    """Return one shape as a text."""
    corners = zip(shape.x, shape.y, strict=True)
    numbers = (*shape.x, *shape.y) if shape.kind == "box" else [value for corner in corners for value in corner]
    # a plus sign in a link stands for a space
    return "_".join([shape.kind, *(f"{value:.15g}".replace("+", "") for value in numbers)])


def drawn(kind: str, x: Sequence[float], y: Sequence[float], limits: Limits) -> Shape:
    """Return what was drawn on a map, rounded to what can be seen of it and with so few corners that a link holds it.

    Args:
        kind: "box" or "lasso".
        x: corners, in the map's numbers.
        y: see x.
        limits: what the map shows.

    Raises:
        ConfigError: it is neither a box of two corners nor a line of at least 3.
    """
    if len(x) != len(y) or not np.isfinite([*x, *y]).all():
        raise ConfigError("The drawn area has corners that are no numbers. Draw it again.")
    across, upwards = (_rounded(values, span) for values, span in zip((x, y), limits, strict=True))
    if kind == "box" and len(x) == 2:
        return Shape("box", across, upwards)
    keep = _apart(across, upwards, limits) if kind == "lasso" else []
    if len(keep) < 3:
        raise ConfigError("The drawn area is too small. Draw a line around the samples, or a box across them.")
    return Shape("lasso", *(tuple(values[corner] for corner in keep) for values in (across, upwards)))


def _rounded(values: Sequence[float], span: tuple[float, float]) -> tuple[float, ...]:
    """Return numbers of an axis without digits that can't be seen."""
    digits = -math.floor(math.log10((span[1] - span[0]) / STEPS))
    return tuple(round(float(value), digits) + 0.0 for value in values)


def _apart(x: tuple[float, ...], y: tuple[float, ...], limits: Limits) -> list[int]:
    """Return which corners of a line are kept, at most MOST_CORNERS: each some way from the one kept before."""
    across, upwards = (high - low for low, high in limits)
    least = APART
    while True:
        kept: list[int] = []
        for corner in range(len(x)):
            if not kept or math.hypot((x[corner] - x[kept[-1]]) / across, (y[corner] - y[kept[-1]]) / upwards) >= least:
                kept.append(corner)
        if len(kept) <= MOST_CORNERS:
            return kept
        least *= 1.5


def shared(shapes: Sequence[Shape], x: NDArray, y: NDArray) -> int:
    """Return how many samples lie in two or more of some shapes; x and y (N,)."""
    return int(
        (sum((inside([shape], x, y).astype(np.int64) for shape in shapes), np.zeros(len(x), np.int64)) > 1).sum()
    )


def inside(
    shapes: Sequence[Shape], x: NDArray, y: NDArray, among: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Return (N,) whether a sample lies in any of the shapes.

    Args:
        shapes: drawn on the map.
        x: (N,) samples; NaN lies outside.
        y: see x.
        among: (N,) the samples that come into question, None for all; where nothing is drawn, all of these lie inside.
    """
    if among is not None:
        return among & inside(shapes, x, y) if shapes else among
    found = np.zeros(x.shape, bool)
    for shape in shapes:
        if shape.kind == "box":
            found |= geometry.inside_box(x, y, *shape.x, *shape.y)
        else:
            found |= geometry.inside_polygon(x, y, np.array(shape.x), np.array(shape.y))
    return found


def bounds(shapes: Sequence[Shape], margin: float = 0.05) -> Limits | None:
    """Return what a map shows that holds all shapes and `margin` of their size around; None without an extent."""
    if not shapes:
        return None
    spans = []
    for values in ([v for s in shapes for v in s.x], [v for s in shapes for v in s.y]):
        room = margin * (max(values) - min(values))
        spans.append((min(values) - room, max(values) + room))
    (left, right), (low, high) = spans
    return ((left, right), (low, high)) if left < right and low < high else None


def limits_of(x: NDArray, y: NDArray, margin: float = 0.02) -> Limits:
    """Return what a map of all finite samples shows, `margin` of it free at each edge; x and y (N,)."""
    shown = np.isfinite(x) & np.isfinite(y)
    spans = []
    for values in (x, y):
        low = float(np.min(values, where=shown, initial=np.inf))
        high = float(np.max(values, where=shown, initial=-np.inf))
        low, high = (low, high) if low <= high else (0.0, 1.0)
        room = margin * (high - low) or 0.5
        spans.append((low - room, high + room))
    return spans[0], spans[1]


def regions(variability: NDArray, confidence: NDArray) -> dict[str, Shape]:
    """Return the three regions of a data map as boxes, x variability and y confidence: about a third of all samples each.

    Args:
        variability: (N,) standard deviation of p_y over the epochs.
        confidence: (N,) mean of p_y over the epochs.

    Returns:
        "easy to learn": the highest confidence, "ambiguous": the highest variability, "hard to learn": the lowest
        confidence. The regions may overlap, and ties can make them larger.

    Source: Swayamdipta et al. 2020, Section 3, which trains on 33 % of either kind (arXiv:2009.10795).
    """
    limits = limits_of(variability, confidence)
    across, upwards = limits
    hard, easy = np.quantile(confidence, [1 / 3, 2 / 3])
    boxes = {
        "easy to learn": (across, (easy, upwards[1])),
        "ambiguous": ((np.quantile(variability, 2 / 3), across[1]), upwards),
        "hard to learn": (across, (upwards[0], hard)),
    }
    return {name: drawn("box", *corners, limits) for name, corners in boxes.items()}


def swapped(shape: Shape) -> Shape:
    """Return a shape on the map whose axes have changed places."""
    return Shape(shape.kind, shape.y, shape.x)


def nearest(x: NDArray, y: NDArray, at: tuple[float, float], limits: Limits, reach: float = 0.03) -> int | None:
    """Return the row of the sample nearest to a place of the map; None where none lies within `reach` of its width.

    Args:
        x: (N,) samples; those of which a number is NaN or infinite are never found.
        y: see x.
        at: the place.
        limits: what the map shows, width and height of which count 1.
        reach: how far away a sample may be.
    """
    (left, right), (low, high) = limits
    with np.errstate(invalid="ignore"):
        far = ((x - at[0]) / (right - left)) ** 2 + ((y - at[1]) / (high - low)) ** 2
    row = int(np.argmin(np.where(np.isnan(far), np.inf, far)))
    return row if far[row] <= reach**2 else None
