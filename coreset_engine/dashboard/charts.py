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


def scores_and_classes(
    histogram: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
    cut: float | None,
    label: str,
    counts: NDArray[np.int64],
    names: tuple[str, ...],
) -> go.Figure:
    """Return the histogram of the scores above the share of every class, in one figure: a browser draws it in half the time.

    Args:
        histogram: bin edges, samples and kept samples in each bin.
        cut: score at which a top selection ends, or None.
        label: name of the score.
        counts: (C, 2) samples of every class in all data and in the coreset.
        names: of the classes.
    """
    edges, every, kept = histogram
    middle = (edges[:-1] + edges[1:]) / 2
    bars = (("all data", every, ALL, "%{y:,} samples around %{x:.3g}"), ("coreset", kept, KEPT, "%{y:,} of them kept"))
    data = [
        {"type": "bar", "x": middle, "y": y, "name": name, "marker": {"color": colour}, "hovertemplate": hover}
        | {"legendgroup": name, "offsetgroup": "scores"}
        for name, y, colour, hover in bars
    ]
    above, below = 230, 34 * len(names) + 20
    height = above + below + 130
    top, bottom = 1 - above / (height - 60), below / (height - 60)
    line = {
        "type": "line",
        "x0": cut,
        "x1": cut,
        "y0": top,
        "y1": 1,
        "yref": "paper",
        "line": {"color": CUT, "width": 2},
    }
    note = {"x": cut, "y": 1, "yref": "paper", "yanchor": "bottom", "text": "cut", "showarrow": False}
    return _figure(
        data + _class_bars(counts, names),
        height,
        label,
        "samples (log)",
        barmode="overlay",
        bargap=0,
        yaxis={"type": "log", "dtick": 1, "exponentformat": "none", "domain": [top, 1]},
        xaxis={"anchor": "y"},
        xaxis2={"anchor": "y2", "title": {"text": "share of the samples (%)"}, "rangemode": "tozero"},
        yaxis2={
            "anchor": "x2",
            "domain": [0, bottom],
            "range": [len(names) - 0.5, -0.5],
            "tickvals": list(range(len(names))),
            "ticktext": list(names),
        },
        shapes=[] if cut is None else [line],
        annotations=[] if cut is None else [note],
    )


def _class_bars(counts: NDArray[np.int64], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return bars of each class's share of all data and, just below, of the coreset."""
    shares = 100 * counts / np.maximum(1, counts.sum(axis=0))
    places = np.arange(len(names))
    return [
        {
            "type": "bar",
            "orientation": "h",
            "xaxis": "x2",
            "yaxis": "y2",
            "x": shares[:, column],
            "y": places + (column - 0.5) * 0.38,
            "width": 0.38,
            "name": label,
            "legendgroup": label,
            "showlegend": False,
            "marker": {"color": colour},
            "customdata": counts[:, column],
            "hovertemplate": "%{customdata:,} samples, %{x:.1f} %",
        }
        for column, (label, colour) in enumerate((("all data", ALL), ("coreset", KEPT)))
    ]


def trajectories(norms: NDArray[np.float32], rows: list[int], captions: list[str], spans: list[Windows]) -> go.Figure:
    """Return the error norm of some samples over the epochs, the windows shaded.

    Args:
        norms: (T, B) error norms of these samples.
        rows: their row numbers.
        captions: their classes.
        spans: windows to shade: [] for none; a single window has early == late.
    """
    epochs = np.arange(1, len(norms) + 1)
    data = [
        {
            "type": "scatter",
            "x": epochs,
            "y": norms[:, number],
            "name": f"{row} {caption}",
            "mode": "lines",
            "line": {"width": 1.6, "color": PALETTE[number % len(PALETTE)]},
            "hovertemplate": "epoch %{x}: %{y:.3f}",
        }
        for number, (row, caption) in enumerate(zip(rows, captions, strict=True))
    ]
    marks = [(span.early, span.length, EARLY, "t_e") for span in spans]
    marks += [(span.late, span.length, LATE, "t_l") for span in spans if span.late != span.early]
    return _figure(
        data,
        300,
        "epoch",
        "error norm",
        yaxis={"rangemode": "tozero"},
        shapes=[_shade(start, length, colour) for start, length, colour, _ in marks],
        annotations=[_named(start, length, name) for start, length, _, name in marks],
    )


def _shade(start: int, length: int, colour: str) -> dict[str, Any]:
    """Return a rectangle over the epochs start .. start + length - 1."""
    ends = {"x0": start - 0.5, "x1": start + length - 0.5, "y0": 0, "y1": 1, "yref": "paper"}
    return {"type": "rect", "fillcolor": colour, "line": {"width": 0}, "layer": "below", **ends}


def _named(start: int, length: int, name: str) -> dict[str, Any]:
    """Return the name of a window at its upper left corner."""
    text = f"{name} {start}–{start + length - 1}"
    place = {"x": start - 0.5, "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "top"}
    return {"text": text, "showarrow": False, **place}


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
