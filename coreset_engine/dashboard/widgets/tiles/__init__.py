"""Galleries: images as buttons, shown at a whole multiple of their own size, that tell which of them was chosen."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.datasets import modality
from coreset_engine.explorer import texts

SIDE = 84  # px, wished width of a tile
SIZES = {"small": 56, "medium": SIDE, "large": 2 * SIDE}  # px, that can be chosen
COLUMNS = 16  # images per row of the one picture that is sent
MARKS = {"kept": "#0072B2", "dropped": "#7F8C95", "entering": "#009E73", "leaving": "#D55E00", "": "transparent"}
_HERE = Path(__file__).parent
# stands before the code of each component that opens a dialog, since a component is one text
AFTER_DIALOG = (_HERE / "after_dialog.js").read_text(encoding="utf-8")
_WAIT = """
export default function start(component) {
  if (window.coresetTiles) return window.coresetTiles(component);
  const later = setTimeout(() => start(component), 10);
  return () => clearTimeout(later);
}
"""
_component = st.components.v2.component(
    "coreset_tiles",
    html='<div class="tiles" role="group" aria-label="Images; the arrow keys go from one to the next"></div>',
    js=_WAIT,
)
# script and style in an element of their own, which stays: the gallery's would bring them with every change of its images
_script = st.components.v2.component(
    "coreset_tiles_script",
    js=f"const STYLE = {json.dumps(texts.style('tiles'))};\n"
    + AFTER_DIALOG
    + (_HERE / "tiles.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Tile:
    """One image of a gallery.

    Attributes:
        row: of the train split.
        state: a key of MARKS: what the coloured bar below the image says.
        label: its class, for the tooltip and for people who can't see the image.
    """

    row: int
    state: str
    label: str


def draw(
    images: NDArray[np.uint8],
    tiles: list[Tile],
    key: str,
    on_choice: Callable[[], None] | None = None,
    live: Mapping[str, Any] | None = None,
    *,
    size: str = "medium",
    classes: bool = False,
) -> int | None:
    """Draw a gallery and return the row that was just chosen, by a click or with Enter; None otherwise.

    Args:
        images: of the split, may be a memory map.
        tiles: what to show, in order.
        key: widget key.
        on_choice: called before the page runs again.
        live: what the gallery holds, so that it follows a hand that moves windows or α: run, group, number of its class (-1
            for all), images shown and passed over, and whether the browser has the run's images as they are, which then are
            not sent; see `scripts/gallery.js`.
        size: of the images, a key of SIZES.
        classes: whether the class stands under each image, too.
    """
    data = {} if live and live["held"] else sheet(images, [tile.row for tile in tiles], SIZES[size])
    data |= {"rows": [tile.row for tile in tiles], "marks": MARKS, "names": classes}
    data |= {"states": _once([tile.state for tile in tiles]), "labels": _once([tile.label for tile in tiles])}
    if live is not None:
        data["live"] = {**live, "side": SIZES[size]}
    _script(key=f"{key}_gallery_script")
    result = _component(key=key, data=data, on_chosen_change=on_choice or (lambda: None))
    return None if result.chosen is None else int(result.chosen)


def _once(values: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return the different ones of some values, and the place of each value among them."""
    different = list(dict.fromkeys(values))
    return different, [different.index(value) for value in values]


def sheet(images: NDArray[np.uint8], rows: list[int], side: int = SIDE) -> dict[str, Any]:
    """Return some images of a split as one PNG at their own size, and how to cut and enlarge it.

    Args:
        images: of the split.
        rows: which, in order.
        side: px, wished width of an image.
    """
    pictures = modality.thumbnails(images, np.asarray(rows, np.int64))
    height, width = modality.size(pictures[0])
    picture = modality.png(modality.montage(pictures, COLUMNS), compress_level=1)
    return {
        "sprite": "data:image/png;base64," + base64.b64encode(picture).decode(),
        "columns": COLUMNS,
        "width": width,
        "height": height,
        "zoom": max(1, round(side / width)),
    }
