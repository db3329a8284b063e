"""The drawn map of the Data map page: densities, points with their images, areas drawn with a lasso or as a box."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from coreset_engine.data_map.areas import Shape

WANTED = "data_map_images_wanted"  # name of the images that the browser asked for last
_HERE = Path(__file__).parent
_HTML = """<div class="map">
<div class="bar">
<button type="button" data-tool="lasso">Lasso</button>
<button type="button" data-tool="box">Box</button>
<button type="button" class="dots" aria-pressed="true">Points</button>
<span class="said" role="status"></span>
</div>
<div class="field"><canvas role="img"></canvas><i class="ring" hidden></i></div>
<div class="legend" role="group" aria-label="What is shown; arrow keys go through it, Shift+Enter shows only one"></div>
<div class="note"><span role="status"></span> <button type="button" hidden>Show all</button></div>
<div class="tip" aria-hidden="true" hidden><canvas></canvas><i></i><b></b><span></span></div>
</div>"""


def _read(name: str) -> str:
    """Return the text of a file beside this one."""
    return (_HERE / name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "coreset_data_map", html=_HTML, css=_read("scatter_map.css"), js=_read("scatter_map.js")
)
_store = st.components.v2.component("coreset_data_map_store", js=_read("store.js"))
_images = st.components.v2.component("coreset_data_map_images", js=_read("images.js"))


@dataclass(frozen=True)
class MapProps:
    """What is drawn of a map, besides what `store` and `images` send.

    Attributes:
        name: of the map, as in what `data_map.data.constant_part` returned.
        images: name of the points' images, "" for none.
        kept: one bit per point, as text: whether the coreset keeps it.
        titles: of the x and the y axis.
        shapes: the areas selected.
        mark: place of a sample to point out.
        about: the map in words.
    """

    name: str
    images: str
    kept: str
    titles: tuple[str, str]
    shapes: tuple[Shape, ...]
    mark: tuple[float, float] | None
    about: str


def draw(props: MapProps, key: str, on_drawn: Callable[[], None]) -> None:
    """Draw a map whose constant part `store` sends.

    Args:
        props: the map.
        key: widget key; while `on_drawn` runs `st.session_state[key].drawn` holds `kind` ("lasso", "box", "click" or
            "clear"), the corners `x` and `y` in the map's numbers, and `more`: whether Shift was held, which adds to the
            area.
        on_drawn: called when an area was drawn or is to be cleared, or the map was clicked.
    """
    _component(key=key, data=asdict(props), on_drawn_change=on_drawn)


def store(plain: dict[str, Any]) -> None:
    """Send what `data_map.data.constant_part` returned; the same data are not sent again when the page runs again."""
    _store(key="data_map_store", data=plain)


@st.fragment
def images(name: str, content: Callable[[], bytes]) -> None:
    """Send the points' images once the browser asks for them, which it does when the page is drawn and the mouse can point.

    Only this part of the page runs for it. What was sent is not sent again when the page runs again.

    Args:
        name: of the images.
        content: gives what `data_map.thumbnails.packed` returns.
    """
    wanted = st.session_state.get(WANTED) == name
    _images(
        key="data_map_images",
        data=content() if wanted else None,
        on_wanted_change=lambda: st.session_state.update({WANTED: name}),
    )
