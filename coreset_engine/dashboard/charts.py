"""Charts: plain arrays in, Plotly figures out; colours are those of the theme, the same for an idea on every page."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

# 14 classes, in one hue each on a light and on a dark page: at least 3 : 1 against both backgrounds of the theme (WCAG
# 1.4.11) and as far apart as a search found, for protanopic and deuteranopic eyes, too; tests/dashboard/test_charts.py
LIGHT = (
    "#0072B2",
    "#9E540C",
    "#047E64",
    "#AF7DA4",
    "#2F8BFE",
    "#EC5E14",
    "#8B0D7A",
    "#504401",
    "#034144",
    "#6410BF",
    "#879068",
    "#259A0D",
    "#DD4ADE",
    "#585858",
)
DARK = (
    "#46A4F8",
    "#FE9007",
    "#08DA8F",
    "#9951A4",
    "#3E5AFE",
    "#F91408",
    "#FBD8F5",
    "#F8DD27",
    "#219F97",
    "#BEACD0",
    "#518201",
    "#A2F9B1",
    "#F44CCF",
    "#717171",
)
KEPT, ALL, CUT = "#0072B2", "#7F8C95", "#D55E00"  # 3 : 1 on a light and on a dark page
CONFIG = {"displaylogo": False, "displayModeBar": False, "showSendToCloud": False}


def palette() -> tuple[str, ...]:
    """Return the 14 colours of classes, methods and selections for the page as it is shown, light or dark."""
    return DARK if _is_dark() else LIGHT


def ink() -> str:
    """Return the colour of words in a chart, the theme's: no grey has 4.5 : 1 on a light and on a dark page."""
    return "#E6ECF0" if _is_dark() else "#1B2730"


def _is_dark() -> bool:
    """Return whether the page is shown in the dark theme; the page runs again when that changes."""
    return st.context.theme.type == "dark"


def _figure(data: list[dict[str, Any]], height: int, x: str, y: str, **layout: Any) -> go.Figure:
    """Return a figure with the common layout, made in one call: Plotly's `add_` and `update_` methods cost 5 ms each."""
    common = {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 24, "b": 8},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "uirevision": "keep",
    }
    axes = {"xaxis": {"title": {"text": x}, **layout.pop("xaxis", {})}}
    axes |= {"yaxis": {"title": {"text": y}, **layout.pop("yaxis", {})}}
    return go.Figure({"data": data, "layout": common | axes | layout})


def curves(metrics: dict[str, NDArray[np.float64]], epochs: int) -> tuple[go.Figure, go.Figure]:
    """Return loss and accuracy of train and val over the epochs of a run."""
    figures = []
    for name, axis in (("loss", "loss (nats)"), ("accuracy", "accuracy")):
        data = [
            {
                "type": "scatter",
                "x": np.arange(1, len(metrics[f"{split}_{name}"]) + 1),
                "y": metrics[f"{split}_{name}"],
                "name": split,
                "mode": "lines",
                "line": {"color": colour, "width": 2},
                "hovertemplate": "epoch %{x}: %{y:.4f}",
            }
            for split, colour in (("train", ALL), ("val", KEPT))
        ]
        figures.append(_figure(data, 260, "epoch", axis, xaxis={"range": [0.5, epochs + 0.5]}))
    return figures[0], figures[1]
