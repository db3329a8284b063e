"""How a change of the confusion reads: which class is taken for which."""

from typing import Any

import numpy as np

from coreset_engine.results.confusions import Change, weights_of

LESS, SAME, MORE = "#4E9BD1", "#F7F7F7", "#F28E2B"  # blue and orange, told apart with any colour vision
INK = "#1B2730"  # 4.5 : 1 on all of them
FEW = 14  # classes up to which every cell says its change
TOLD = 3  # changes in the sentence
LEAST = 0.5  # points from which a change is told


def title_of(figure: str) -> str:
    """Return split and epoch rule of the confusion that goes with a figure."""
    return {"last": "test, last epoch", "best_val": "test, best val epoch"}[weights_of(figure)]


def sentence(found: Change, names: tuple[str, ...]) -> str:
    """Return the largest changes of one class being taken for another in words, with n."""
    wrong = np.where(np.eye(len(names), dtype=bool), 0.0, np.nan_to_num(found.points))
    order = np.argsort(-np.abs(wrong), axis=None, kind="stable")[:TOLD]
    told = []
    for label, predicted in zip(*np.unravel_index(order, wrong.shape), strict=True):
        points = wrong[label, predicted]
        if abs(points) >= LEAST:
            more = "more" if points > 0 else "less"
            told.append(f"{names[label]} is taken for {names[predicted]} in {abs(points):.0f} points {more}")
    seeds = f"n = {found.n}" + (f", all data n = {found.full_n}" if found.full_n != found.n else "")
    if not told:
        return (
            f"No class is taken for another in more than {LEAST:g} points more or less than after all data ({seeds})."
        )
    return f"Largest changes: {'; '.join(told)} ({seeds})."


def chart(found: Change, names: tuple[str, ...]) -> tuple[dict[str, Any], int]:
    """Return ECharts options of the change as a heat map, colours symmetric about 0, and the height in px."""
    few = len(names) <= FEW
    top = max(1.0, float(np.ceil(np.nanmax(np.abs(found.points), initial=0.0))))
    short = [name if len(name) <= 16 else f"{name[:15]}…" for name in names]
    room = 20 + 7 * max(len(name) for name in short)
    axis = {"type": "category", "data": short, "axisTick": {"show": False}}
    spec = {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{@[4]}<br><b>{@[3]} points</b>"},
        "grid": {"left": 8, "right": 8, "top": 62, "bottom": 4},
        "xAxis": axis | {"axisLabel": {"rotate": 90, "interval": 0 if few else "auto"}},
        "yAxis": axis
        | {"inverse": True, "name": "true ↓  predicted →", "nameLocation": "start", "nameGap": 10}
        | {"nameTextStyle": {"align": "left"}, "axisLabel": {"interval": 0 if few else "auto"}},
        "visualMap": {"min": -top, "max": top, "calculable": False, "orient": "horizontal", "left": 0, "top": 0}
        | {"text": [f"+{top:.0f} points, more often", f"less often, −{top:.0f}"], "itemHeight": 90, "itemWidth": 12}
        | {"dimension": 2, "inRange": {"color": [LESS, SAME, MORE]}},
        "series": [
            {"type": "heatmap", "progressive": 0, "data": _cells(found, names)}
            | {"itemStyle": {"borderColor": "#FFFFFF", "borderWidth": 1}}
            | {"label": {"show": few, "formatter": "{@[5]}", "color": INK, "fontSize": 10}}
        ],
    }
    return spec, min(640, 26 * len(names)) + room + 70


def _cells(found: Change, names: tuple[str, ...]) -> list[list[Any]]:
    """Return one cell a pair: class across, class down, points, the same as text, the pair, and what the cell says."""
    return [
        _cell(label, predicted, float(points), names)
        for label, row in enumerate(found.points)
        for predicted, points in enumerate(row)
        if points == points
    ]


def _cell(label: int, predicted: int, points: float, names: tuple[str, ...]) -> list[Any]:
    """Return one cell; a change of less than half a point leaves it empty."""
    about = f"{names[label]} taken for {names[predicted]}" if label != predicted else f"{names[label]} recognised"
    return [
        predicted,
        label,
        round(points, 2),
        f"{points:+.1f}",
        about,
        f"{points:+.0f}" if abs(points) >= LEAST else "",
    ]
