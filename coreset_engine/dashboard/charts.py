"""Charts: plain arrays in, Plotly figures out; colours are those of the theme, the same for an idea on every page."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

PALETTE = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#882255",
    "#999933",
    "#44AA99",
    "#332288",
    "#DDCC77",
    "#117733",
    "#AA4499",
    "#6E6E6E",
)
KEPT, ALL, CUT = "#0072B2", "#A9B4BC", "#D55E00"
CONFIG = {"displaylogo": False, "displayModeBar": False, "showSendToCloud": False}


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
