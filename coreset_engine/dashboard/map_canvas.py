"""The drawn map of the Data map page: densities, points, areas drawn with a lasso or as a box."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from coreset_engine.insight.areas import Shape

_HERE = Path(__file__).with_name("components")
_HTML = """<div class="map">
<div class="bar">
<button type="button" data-tool="lasso">Lasso</button>
<button type="button" data-tool="box">Box</button>
<button type="button" class="dots" aria-pressed="true">Points</button>
<span class="said" role="status"></span>
</div>
<canvas role="img"></canvas>
<div class="legend"></div>
</div>"""
_component = st.components.v2.component(
    "coreset_data_map",
    html=_HTML,
    css=(_HERE / "data_map.css").read_text(encoding="utf-8"),
    js=(_HERE / "data_map.js").read_text(encoding="utf-8"),
)
_store = st.components.v2.component(
    "coreset_data_map_store", js=(_HERE / "data_map_store.js").read_text(encoding="utf-8")
)


def draw(
    name: str,
    titles: tuple[str, str],
    shapes: Sequence[Shape],
    mark: tuple[float, float] | None,
    about: str,
    key: str,
    on_drawn: Callable[[], None],
) -> None:
    """Draw a map whose constant part `store` sends.

    Args:
        name: of the map, as in what `data_map.constant_part` returned.
        titles: of the x and the y axis.
        shapes: the areas selected.
        mark: place of a sample to point out.
        about: the map in words.
        key: widget key; while `on_drawn` runs `st.session_state[key].drawn` holds `kind` ("lasso", "box" or "click"), the
            corners `x` and `y` in the map's numbers, and `more`: whether Shift was held, which adds to the area.
        on_drawn: called when an area was drawn or the map was clicked.
    """
    data = {"name": name, "titles": list(titles), "mark": mark and list(mark), "about": about}
    _component(key=key, data=data | {"shapes": [asdict(shape) for shape in shapes]}, on_drawn_change=on_drawn)


def store(plain: dict[str, Any]) -> None:
    """Send what `data_map.constant_part` returned; the same data are not sent again when the page runs again."""
    _store(key="data_map_store", data=plain)
