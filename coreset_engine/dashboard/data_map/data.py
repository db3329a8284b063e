"""What the Data map page shows, computed from plain arrays without Streamlit."""

import base64
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from coreset_engine import paths, scores, store, windows
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.charts.theme import ALL, CUT, KEPT, RIGHT, palette
from coreset_engine.data_map import areas, density
from coreset_engine.data_map.areas import Shape
from coreset_engine.data_map.density import Limits
from coreset_engine.datasets import ImageSet
from coreset_engine.dynamics import Dynamics

CELLS = (120, 90)
POINTS = 3000
GREY = (118, 130, 140)
FULL_SCALE = 65_535  # a point's place is sent as two whole numbers up to this
PAPER = ("variability", "confidence")  # x and y of Swayamdipta et al. 2020
REGIONS = (
    "Top left *easy to learn*: right in nearly every epoch. Right *ambiguous*: the probability of the label keeps moving. "
    "Bottom left *hard to learn*: wrong in nearly every epoch, often wrong labels."
)
Colouring = Literal["class", "correctness", "coreset", "injected", "filter"]


@dataclass(frozen=True)
class Axis:
    """One number per sample: a scoring method with its options, and its scores (N,)."""

    name: str
    label: str
    keep: str
    options: dict[str, Any]
    values: NDArray[np.float64]

    @property
    def title(self) -> str:
        """Return the label with the options, e.g. "EVA (early 1, late 21, length 10)"."""
        given = ", ".join(f"{name} {value}" for name, value in self.options.items())
        return f"{self.label} ({given})" if given else self.label


@dataclass(frozen=True)
class MapView:
    """What the page works on.

    Attributes:
        spec: the coreset of the sidebar, with its run.
        dynamics, images, names: of the run; no images for imported dynamics.
        kept: (N,) the coreset.
        excluded: rows that are never kept.
        x, y: the axes.
        filter: what the samples selected must fulfil besides lying in the area, "" for nothing.
        found: (N,) the samples that do, None without a filter.
    """

    spec: CoresetSpec
    dynamics: Dynamics
    images: ImageSet | None
    names: tuple[str, ...]
    kept: NDArray[np.bool_]
    excluded: NDArray[np.int64]
    x: Axis
    y: Axis
    filter: str = ""
    found: NDArray[np.bool_] | None = None

    @property
    def what(self) -> str:
        """Return what is selected, in words."""
        return "found samples" if self.filter else "area"

    @property
    def truth(self) -> dict[str, NDArray]:
        """Return what was injected into the images."""
        return {} if self.images is None else self.images.truth


def axis_names(run: str) -> list[str]:
    """Return the scoring methods that can read a run; those that read features need its snapshot."""
    has_snapshot = (paths.run_folder(run) / store.SNAPSHOT_NAME).is_file()
    return [name for name, entry in scores.all_scores().items() if has_snapshot or entry.reads != "snapshot"]


def axis_options(name: str, epochs: int, spec: CoresetSpec) -> dict[str, Any]:
    """Return the options of a method as an axis: those chosen for it, else windows as chosen, else its defaults.

    Raises:
        WindowError: two windows are needed, and the run is too short for them.
    """
    if name == spec.method:
        return dict(spec.options)
    if not any(option.required for option in scores.get(name).options.values()):
        return {}
    if epochs < 4:
        raise windows.too_short(epochs)
    pair = windows.pair_of(spec.windows) or windows.default_pair(epochs)
    return {"early": pair.early, "late": pair.late, "length": pair.length}


@dataclass(frozen=True)
class Field:
    """What a map shows of all samples: rows (P,) of those drawn as points, and how many there are in each cell."""

    rows: NDArray[np.int64]
    cells: density.Raster
    limits: Limits
    outside: int  # samples that are not on the map


def field(x: NDArray, y: NDArray, limits: Limits) -> Field:
    """Return the density of a map and at most POINTS samples of it; x and y (N,)."""
    cells = density.raster(x, y, CELLS, limits)
    (left, right), (low, high) = limits
    shown = np.flatnonzero((x >= left) & (x <= right) & (y >= low) & (y <= high))
    everything = len(shown) == len(x)
    few = density.sample_points(*((x, y) if everything else (x[shown], y[shown])), POINTS)
    return Field(few if everything else shown[few], cells, limits, len(x) - len(shown))


@dataclass(frozen=True)
class Colours:
    """The colour of each point, (P,) a place in the legend, which holds (text, colour)."""

    of_point: NDArray[np.uint16]
    legend: list[tuple[str, str]]


def colours(
    by: Colouring,
    rows: NDArray[np.int64],
    dynamics: Dynamics,
    names: tuple[str, ...],
    kept: NDArray[np.bool_],
    truth: dict[str, NDArray],
) -> Colours:
    """Return the colours of some samples.

    Args:
        by: "class" (not of a multi-label run), "correctness" (share of the epochs right), "coreset" or "injected".
        rows: (P,) the samples.
        dynamics: of the run.
        names: of the classes; colours repeat after 14.
        kept: (N,) the coreset.
        truth: what was injected, as of `ImageSet`.
    """
    if by == "class":
        shades = palette()
        every = [(name, shades[c % len(shades)]) for c, name in enumerate(names)]
        return Colours(dynamics.labels[rows].astype(np.uint16), every)
    if by == "correctness":
        share = dynamics.correct_in(rows).mean(axis=0)
        texts = ("0–20 % of epochs right", "20–40 % right", "40–60 % right", "60–80 % right", "80–100 % right")
        return Colours(np.minimum(share * 5, 4).astype(np.uint16), list(zip(texts, RIGHT, strict=True)))
    if by == "coreset":
        return Colours((~kept[rows]).astype(np.uint16), [("in the coreset", KEPT), ("not in the coreset", ALL)])
    return _injected(rows, truth)


def _injected(rows: NDArray[np.int64], truth: dict[str, NDArray]) -> Colours:
    """Return colours by what was injected: nothing, a corrupted image, a near-duplicate, a label error; the last counts.

    Where the kinds overlap, the legend says how many samples of a kind are drawn as a later one.
    """
    shades, found = palette(), np.zeros(len(rows), np.uint16)
    kinds = [
        (text, shade, (truth[name] > none)[rows])
        for name, text, shade, none in (
            ("corrupted", "corrupted", shades[3], 0),
            ("duplicate_of", "near-duplicate", shades[2], -1),
            ("wrong_label", "label error", CUT, 0),
        )
        if name in truth and (truth[name] > none).any()
    ]
    legend = [("as it should be", ALL)]
    for place, (text, shade, members) in enumerate(kinds, 1):
        found[members] = place
        later = [(other, int((members & more).sum())) for other, _, more in kinds[place:]]
        overlap = ", ".join(f"{count:,} drawn as {other}" for other, count in later if count)
        legend.append((f"{text} (overlaps: {overlap})" if overlap else text, shade))
    return Colours(found, legend)


def filter_colours(rows: NDArray[np.int64], found: NDArray[np.bool_]) -> Colours:
    """Return the colours of some samples, (P,) rows, by whether a filter found them, (N,)."""
    return Colours((~found[rows]).astype(np.uint16), [("found by the filter", CUT), ("not found", ALL)])


def colourings(dynamics: Dynamics, truth: dict[str, NDArray], filtered: bool = False) -> list[Colouring]:
    """Return by what the points of a run can be coloured."""
    injected = {"wrong_label", "duplicate_of", "corrupted"} & set(truth)
    offered: dict[Colouring, bool] = {"class": not dynamics.multi_label, "correctness": True, "coreset": True}
    offered |= {"injected": bool(injected), "filter": filtered}
    return [name for name, there in offered.items() if there]


def constant_part(shown: Field, x: NDArray, y: NDArray, coloured: Colours, captions: list[str]) -> dict[str, Any]:
    """Return what the browser draws of a map and what selections don't change, with a name that tells it from others.

    Args:
        shown: of `field`.
        x: (N,) across.
        y: (N,) upwards.
        coloured: the points' colours.
        captions: (P,) what is said of each point.
    """
    places = [
        np.rint((values[shown.rows] - low) / (high - low) * FULL_SCALE).astype("<u2")
        for values, (low, high) in zip((x, y), shown.limits, strict=True)
    ]
    texts = sorted(set(captions))
    number = {text: place for place, text in enumerate(texts)}
    plain = {
        "picture": picture(shown.cells),
        "limits": [*shown.limits[0], *shown.limits[1]],
        "x": _packed(places[0]),
        "y": _packed(places[1]),
        "rows": _packed(shown.rows.astype("<u4")),
        "colour": _packed(coloured.of_point.astype("<u2")),
        "legend": [list(entry) for entry in coloured.legend],
        "caption": _packed(np.array([number[text] for text in captions], "<u2")),
        "texts": texts,
    }
    return plain | {"name": hashlib.sha256(repr(plain).encode()).hexdigest()[:16]}


def _packed(values: NDArray) -> str:
    """Return an array's bytes as text."""
    return base64.b64encode(values.tobytes()).decode()


def picture(cells: density.Raster) -> str:
    """Return a map of densities as a PNG for a page: one pixel per cell, the highest y above, clear where it is empty.

    All cells have one grey, the more opaque the more samples they hold, so that it suits a light and a dark page.
    """
    shades = cells.picture[::-1]
    image = Image.fromarray(shades, "L")
    image.putpalette(bytes(GREY) * 256)
    opacity = np.concatenate([[0], np.linspace(50, 235, 255)]).astype(np.uint8)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=opacity.tobytes())
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def mean_trajectories(signal: NDArray[np.floating], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return (T, 2): the mean of a signal (T, N) in every epoch over the samples in `mask` (N,) and over the rest.

    NaN where a side holds no sample. A million samples of 20 epochs take 15 ms.
    """
    weight = mask.astype(signal.dtype)
    sums = np.stack([signal @ weight, signal @ (1 - weight)], axis=1).astype(np.float64)
    counts = np.array([np.count_nonzero(mask), np.count_nonzero(~mask)])
    return np.where(counts > 0, sums / np.maximum(1, counts), np.nan)


def region_table(
    regions: dict[str, Shape], x: Axis, y: Axis, kept: NDArray[np.bool_], truth: dict[str, NDArray]
) -> list[dict[str, Any]]:
    """Return one line per region: its samples, how many the coreset keeps of them, and how many labels were made wrong."""
    lines = []
    for name, shape in regions.items():
        mask = areas.inside([shape], x.values, y.values)
        line = {"Region": name, "Samples": int(mask.sum()), "In the coreset": int((mask & kept).sum())}
        if "wrong_label" in truth:
            line["Injected label errors"] = int((mask & truth["wrong_label"].astype(bool)).sum())
        lines.append(line)
    return lines


def inside(shapes: Sequence[Shape], x: Axis, y: Axis, found: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """Return (N,) which samples an area holds, of those that a filter found; without an area all of these."""
    return areas.inside(shapes, x.values, y.values, found)


def text(shapes: Sequence[Shape]) -> str:
    """Return an area as it stands in the link."""
    return areas.to_text(shapes)


def ordered(rows: NDArray[np.int64], by: str, x: NDArray, y: NDArray) -> NDArray[np.int64]:
    """Return rows in the order of the gallery: "row", or "x" or "y" with "↑" (lowest first) or "↓"; ties by lower row."""
    if by == "row":
        return rows
    values = (x if by[0] == "x" else y)[rows]
    return rows[np.argsort(values if by[-1] == "↑" else -values, kind="stable")]
