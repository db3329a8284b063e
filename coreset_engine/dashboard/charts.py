"""Charts: plain arrays in, Plotly figures out; colours are those of the theme, the same for an idea on every page."""

from typing import Any

import numpy as np
import pandas as pd
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


def accuracy_by_rate(summary: pd.DataFrame, figure_name: str, axis: str) -> go.Figure:
    """Return accuracy against α: a line a method with the standard deviation over seeds, the full data as a level line.

    `summary` is what `results.summarise` gives, for one data set, architecture and number of epochs.
    """
    lines = summary[summary["method"] != "full"]
    order = sorted(lines["label"].unique(), key=lambda label: (not label.startswith("random"), label))
    data = [
        _accuracy_line(lines[lines["label"] == label].sort_values("rate"), figure_name, label, number)
        for number, label in enumerate(order)
    ]
    levels = summary[summary["method"] == "full"].to_dict("records")
    shapes = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": 100 * level[figure_name],
            "y1": 100 * level[figure_name],
        }
        | {"line": {"dash": "dot", "color": CUT, "width": 1.5}}
        for level in levels
    ]
    notes = [
        {"text": f"all data {100 * level[figure_name]:.1f} % (n = {level['n']})", "y": 100 * level[figure_name]}
        | {"xref": "paper", "x": 1, "xanchor": "right", "yanchor": "bottom", "showarrow": False}
        for level in levels
    ]
    # without a line a shape alone would leave the axis without a range
    anchor = [
        {"type": "scatter", "x": [100], "y": [note["y"]], "mode": "markers", "showlegend": False} for note in notes
    ]
    x = "selection rate α (% of the train split)"
    return _figure(data or anchor, 420, x, axis, shapes=shapes, annotations=notes)


def _accuracy_line(line: pd.DataFrame, figure_name: str, label: str, number: int) -> dict[str, Any]:
    """Return one method's line; Random is grey and dashed."""
    random = label.startswith("random")
    colour = "#6E6E6E" if random else PALETTE[(number - 1) % 13]
    return {
        "type": "scatter",
        "x": 100 * line["rate"],
        "y": 100 * line[figure_name],
        "error_y": {"array": 100 * line[f"{figure_name}_std"], "thickness": 1.2, "width": 3},
        "name": label,
        "mode": "lines+markers",
        "line": {"color": colour, "dash": "dash" if random else "solid"},
        "customdata": line["n"],
        "hovertemplate": "α = %{x:.3g} %: %{y:.2f} % (n = %{customdata})",
    }
