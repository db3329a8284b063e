"""Charts: plain arrays in, Plotly figures out; colours are those of the theme, the same for an idea on every page."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from coreset_engine.dashboard.windows import Windows

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
EARLY, LATE = "rgba(230,159,0,0.18)", "rgba(0,158,115,0.18)"
CONFIG = {"displaylogo": False, "displayModeBar": False, "showSendToCloud": False}


def _layout(figure: go.Figure, height: int, x: str, y: str) -> go.Figure:
    """Return a figure with the common layout."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis_title=x,
        yaxis_title=y,
        bargap=0,
        uirevision="keep",
    )
    return figure


def score_histogram(
    edges: NDArray[np.float64], every: NDArray[np.int64], kept: NDArray[np.int64], cut: float | None, name: str
) -> go.Figure:
    """Return how many samples have which score, and how many of them are kept; a line at the cut."""
    middle = (edges[:-1] + edges[1:]) / 2
    figure = go.Figure()
    figure.add_bar(x=middle, y=every, name="all", marker_color=ALL, hovertemplate="%{y:,} samples around %{x:.3g}")
    figure.add_bar(x=middle, y=kept, name="kept", marker_color=KEPT, hovertemplate="%{y:,} of them kept")
    figure.update_layout(barmode="overlay", hovermode="x unified")
    if cut is not None:
        line = {
            "type": "line",
            "x0": cut,
            "x1": cut,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {"color": CUT, "width": 2},
        }
        note = {"x": cut, "y": 1, "yref": "paper", "yanchor": "bottom", "text": "cut", "showarrow": False}
        figure.update_layout(shapes=[line], annotations=[note])
    figure.update_yaxes(type="log", dtick=1, exponentformat="none")
    return _layout(figure, 270, name, "samples (log)")


def class_shares(counts: NDArray[np.int64], names: tuple[str, ...]) -> go.Figure:
    """Return each class's share of all data and of the coreset, from `counts` (C, 2)."""
    shares = 100 * counts / np.maximum(1, counts.sum(axis=0))
    figure = go.Figure()
    for column, (label, colour) in enumerate((("all data", ALL), ("coreset", KEPT))):
        figure.add_bar(
            x=shares[:, column],
            y=list(names),
            name=label,
            orientation="h",
            marker_color=colour,
            customdata=counts[:, column],
            hovertemplate="%{customdata:,} samples, %{x:.1f} %",
        )
    figure.update_yaxes(autorange="reversed", title=None)
    figure = _layout(figure, max(180, 34 * len(names) + 70), "share (%)", "")
    return figure.update_layout(bargap=0.25)


def trajectories(norms: NDArray[np.float32], rows: list[int], captions: list[str], spans: list[Windows]) -> go.Figure:
    """Return the error norm of some samples over the epochs, the windows shaded.

    Args:
        norms: (T, B) error norms of these samples.
        rows: their row numbers.
        captions: their classes.
        spans: windows to shade: [] for none; a single window has early == late.
    """
    figure = go.Figure()
    epochs = np.arange(1, len(norms) + 1)
    for number, (row, caption) in enumerate(zip(rows, captions, strict=True)):
        figure.add_scatter(
            x=epochs,
            y=norms[:, number],
            name=f"{row} {caption}",
            mode="lines",
            line={"width": 1.6, "color": PALETTE[number % len(PALETTE)]},
            hovertemplate="epoch %{x}: %{y:.3f}",
        )
    marks = [(span.early, span.length, EARLY, "t_e") for span in spans]
    marks += [(span.late, span.length, LATE, "t_l") for span in spans if span.late != span.early]
    figure.update_layout(shapes=[_shade(*mark) for mark in marks], annotations=[_named(*mark) for mark in marks])
    figure.update_yaxes(rangemode="tozero")
    return _layout(figure, 300, "epoch", "error norm")


def _shade(start: int, length: int, colour: str, name: str) -> dict[str, Any]:
    """Return a rectangle over the epochs start .. start + length - 1; plain shapes are 10x cheaper than `add_vrect`."""
    ends = {"x0": start - 0.5, "x1": start + length - 0.5, "y0": 0, "y1": 1, "yref": "paper"}
    return {"type": "rect", "fillcolor": colour, "line_width": 0, "layer": "below", **ends}


def _named(start: int, length: int, colour: str, name: str) -> dict[str, Any]:
    """Return the name of a window at its upper left corner."""
    text = f"{name} {start}–{start + length - 1}"
    place = {"x": start - 0.5, "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "top"}
    return {"text": text, "showarrow": False, **place}


def curves(metrics: dict[str, NDArray[np.float64]], epochs: int) -> tuple[go.Figure, go.Figure]:
    """Return loss and accuracy of train and val over the epochs of a run."""
    figures = []
    for name, axis in (("loss", "loss (nats)"), ("accuracy", "accuracy")):
        figure = go.Figure()
        for split, colour in (("train", ALL), ("val", KEPT)):
            values = metrics[f"{split}_{name}"]
            figure.add_scatter(
                x=np.arange(1, len(values) + 1),
                y=values,
                name=split,
                mode="lines",
                line={"color": colour, "width": 2},
                hovertemplate="epoch %{x}: %{y:.4f}",
            )
        figure.update_xaxes(range=[0.5, epochs + 0.5])
        figures.append(_layout(figure, 260, "epoch", axis))
    return figures[0], figures[1]


def accuracy_by_rate(summary: pd.DataFrame, figure_name: str, axis: str) -> go.Figure:
    """Return accuracy against α: a line a method with the standard deviation over seeds, the full data as a level line.

    `summary` is what `results.summarise` gives, for one data set, architecture and number of epochs.
    """
    figure = go.Figure()
    levels = summary[summary["method"] == "full"]
    lines = summary[summary["method"] != "full"]
    order = sorted(lines["label"].unique(), key=lambda label: (not label.startswith("random"), label))
    for number, label in enumerate(order):
        line = lines[lines["label"] == label].sort_values("rate")
        random = label.startswith("random")
        figure.add_scatter(
            x=100 * line["rate"],
            y=100 * line[figure_name],
            error_y={"array": 100 * line[f"{figure_name}_std"], "thickness": 1.2, "width": 3},
            name=label,
            mode="lines+markers",
            line={"color": "#6E6E6E" if random else PALETTE[(number - 1) % 13], "dash": "dash" if random else "solid"},
            customdata=line["n"],
            hovertemplate="α = %{x:.3g} %: %{y:.2f} % (n = %{customdata})",
        )
    for level in levels.to_dict("records"):
        text = f"all data {100 * level[figure_name]:.1f} % (n = {level['n']})"
        figure.add_hline(y=100 * level[figure_name], line={"dash": "dot", "color": "#1B2730"}, annotation_text=text)
    return _layout(figure, 420, "selection rate α (% of the train split)", axis)
