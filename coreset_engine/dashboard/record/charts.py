"""Learning curves of recordings, as ECharts options."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dashboard.charts.theme import ALL, KEPT, palette


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
        lines = [_line("train", metrics[f"train_{name}"], ALL), _line("val", metrics[f"val_{name}"], KEPT)]
        for number, (run, figures) in enumerate(others.items(), 1):
            colour = palette()[number]
            lines.append(_line(f"{run} train", figures[f"train_{name}"], colour, "dashed"))
            lines.append(_line(f"{run} val", figures[f"val_{name}"], colour))
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


def _line(name: str, values: NDArray[np.float64], colour: str, dashes: str = "solid") -> dict[str, Any]:
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
