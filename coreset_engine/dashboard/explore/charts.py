"""Charts that follow a slider, as ECharts options: a browser redraws these in a sixth of the time Plotly takes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dashboard.charts import window_shade
from coreset_engine.dashboard.charts.theme import ALL, CUT, KEPT, ink, palette
from coreset_engine.windows import Window

ENDLESS = {"showMinLabel": False, "showMaxLabel": False}  # the first and last edge have too many digits


def histogram(
    bins: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]], cut: float | None, label: str
) -> dict[str, Any]:
    """Return the histogram of the scores, those of the coreset marked.

    Args:
        bins: bin edges, samples and kept samples in each bin.
        cut: score at which a top selection ends, or None.
        label: name of the score.
    """
    edges, every, kept = bins
    cut_line = {"symbol": "none", "silent": True, "lineStyle": {"color": CUT, "type": "solid", "width": 2}}
    cut_line |= {"label": {"formatter": "cut", "color": ink()}, "data": [] if cut is None else [{"xAxis": cut}]}
    return _common() | {
        "legend": {"top": 0, "left": 0},
        "grid": {"left": 4, "right": 12, "top": 56, "bottom": 28, "containLabel": True},
        "xAxis": _axis(label, min=edges[0], max=edges[-1], splitLine={"show": False}) | {"axisLabel": ENDLESS},
        "yAxis": {"type": "log", "name": "samples (log)", "min": 0.7, "axisLabel": {"showMinLabel": False}}
        | {"nameTextStyle": {"align": "left", "padding": [0, 0, 0, -22]}},
        "series": [
            _steps("all data", edges, every, ALL),
            _steps("coreset", edges, kept, KEPT) | {"markLine": cut_line},
        ],
    }


def classes(counts: NDArray[np.int64], names: tuple[str, ...]) -> tuple[dict[str, Any], int]:
    """Return the share of every class in all data, in the coreset and in A where one is pinned, and the height in px.

    Args:
        counts: (C, 2 or 3) samples of every class in all data, in the coreset, and in A.
        names: of the classes.
    """
    groups = (("all data", ALL), ("coreset", KEPT), ("A", palette()[1]))[: counts.shape[1]]
    shares = 100 * counts / np.maximum(1, counts.sum(axis=0))
    spec = _common() | {
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "grid": {"left": 4, "right": 12, "top": 28, "bottom": 28, "containLabel": True},
        "xAxis": _axis("share of the samples (%)"),
        "yAxis": {"type": "category", "data": list(names), "inverse": True, "axisTick": {"show": False}},
        "series": [
            {"type": "bar", "name": name, "data": _rounded(shares[:, column], 2), "itemStyle": {"color": colour}}
            | {
                "barGap": "0%",
                "barCategoryGap": "30%",
                "selectedMode": "single",
                "select": {"itemStyle": {"borderWidth": 0}},
            }
            for column, (name, colour) in enumerate(groups)
        ],
    }
    return spec, (12 * len(groups) + 6) * len(names) + 80


def trajectories(
    norms: NDArray[np.float32], rows: list[int], captions: list[str], windows: Sequence[Window]
) -> dict[str, Any]:
    """Return the error norm of some samples over the epochs, the windows shaded.

    Args:
        norms: (T, B) error norms of these samples.
        rows: their row numbers.
        captions: their classes.
        windows: to shade.
    """
    epochs, colours = len(norms), palette()
    shown = [
        {
            "type": "line",
            "name": f"{row} {caption}",
            "data": [[epoch, value] for epoch, value in enumerate(_rounded(norms[:, number], 4), 1)],
            "symbol": "none",
            "lineStyle": {"width": 1.6},
            "itemStyle": {"color": colours[number % len(colours)]},
        }
        for number, (row, caption) in enumerate(zip(rows, captions, strict=True))
    ]
    if shown:
        shown[0]["markArea"] = window_shade.mark_area(windows, "insideTopLeft")
    return _common() | {
        "legend": {"type": "scroll", "top": 0, "left": 0},
        "grid": {"left": 4, "right": 12, "top": 56, "bottom": 28, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": _axis("epoch", min=0, max=epochs + 1, minInterval=1, splitLine={"show": False}),
        "yAxis": {"type": "value", "name": "error norm", "min": 0},
        "series": shown,
    }


def curves(
    metrics: dict[str, NDArray[np.float64]], epochs: int, others: dict[str, dict[str, NDArray[np.float64]]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return loss and accuracy of train and val over the epochs of a run; an epoch without a figure is a gap.

    Args:
        metrics: `train_loss`, `val_loss`, `train_accuracy` and `val_accuracy`, each (epochs so far,).
        epochs: T, of the longest run.
        others: the same of runs drawn beside it by their names: val as a line, train dashed.
    """
    specs = []
    for name, axis in (("loss", "loss (nats)"), ("accuracy", "accuracy (%)")):
        lines = [_course("train", metrics[f"train_{name}"], ALL), _course("val", metrics[f"val_{name}"], KEPT)]
        for number, (run, figures) in enumerate(others.items(), 1):
            colour = palette()[number]
            lines.append(_course(f"{run} train", figures[f"train_{name}"], colour, "dashed"))
            lines.append(_course(f"{run} val", figures[f"val_{name}"], colour))
        if name == "accuracy":
            for line in lines:
                line["data"] = [[epoch, round(100 * value, 4)] for epoch, value in line["data"]]
        specs.append(
            _common()
            | {
                "legend": {"type": "scroll", "top": 0, "left": 0},
                "grid": {"left": 4, "right": 12, "top": 56, "bottom": 28, "containLabel": True},
                "tooltip": {"trigger": "axis", "confine": True},
                "xAxis": _axis("epoch", min=0, max=epochs, minInterval=1, splitLine={"show": False}),
                "yAxis": {"type": "value", "name": axis, "scale": True, "nameTextStyle": {"align": "left"}},
                "series": lines,
            }
        )
    return specs[0], specs[1]


def _course(name: str, values: NDArray[np.float64], colour: str, dashes: str = "solid") -> dict[str, Any]:
    """Return a figure over the epochs as a line."""
    points = [[epoch, round(value, 6)] for epoch, value in enumerate(values.tolist(), 1) if np.isfinite(value)]
    line = {"type": "line", "name": name, "data": points, "symbol": "none", "itemStyle": {"color": colour}}
    return line | {"lineStyle": {"type": dashes}}


def _common() -> dict[str, Any]:
    """Return what all charts share: no animation, since the next move follows before it would end."""
    return {"animation": False, "tooltip": {"trigger": "item", "confine": True}}


def _axis(name: str, **more: Any) -> dict[str, Any]:
    """Return a value axis with its name in the middle below."""
    return {"type": "value", "name": name, "nameLocation": "middle", "nameGap": 26} | more


def _steps(name: str, edges: NDArray[np.float64], counts: NDArray[np.int64], colour: str) -> dict[str, Any]:
    """Return a histogram as a filled step line; a bin without samples is a gap, since a log axis has no zero."""
    heights = [int(count) or None for count in (*counts, counts[-1])]
    return {
        "type": "line",
        "name": name,
        "step": "end",
        "symbol": "none",
        "lineStyle": {"width": 0},
        "areaStyle": {"color": colour, "opacity": 1, "origin": "start"},
        "itemStyle": {"color": colour},
        "data": [list(point) for point in zip(edges.tolist(), heights, strict=True)],
    }


def _room(names: tuple[str, ...]) -> int:
    """Return the px that class names need left of their bars."""
    return min(190, 16 + 7 * max(len(name) for name in names))


def _rounded(values: NDArray[np.floating], digits: int) -> list[float]:
    """Return values as plain numbers with few digits: fewer bytes to send."""
    return np.round(values.astype(np.float64), digits).tolist()
