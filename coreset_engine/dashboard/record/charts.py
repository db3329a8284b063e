"""Learning curves of recordings, as ECharts options."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dashboard.charts import lines, spec
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import ALL, KEPT, palette

Metrics = dict[str, NDArray[np.float64]]


def curves(
    metrics: Metrics, epochs: int, others: dict[str, Metrics], loss: str = "loss (nats)"
) -> tuple[Option, Option]:
    """Return loss and accuracy of train and val over the epochs of a run; an epoch without a figure is a gap.

    Args:
        metrics: `train_loss`, `val_loss`, `train_accuracy` and `val_accuracy`, each (epochs so far,).
        epochs: T, of the longest run.
        others: the same of runs drawn beside it by their names: val as a line, train dashed.
        loss: title of its axis.
    """
    specs = []
    for name, axis, factor in (("loss", loss, 1), ("accuracy", "accuracy (%)", 100)):
        drawn = [("train", ALL, "solid", metrics[f"train_{name}"]), ("val", KEPT, "solid", metrics[f"val_{name}"])]
        for (run, found), colour in zip(others.items(), palette()[1:], strict=False):
            drawn.append((f"{run} train", colour, "dashed", found[f"train_{name}"]))
            drawn.append((f"{run} val", colour, "solid", found[f"val_{name}"]))
        series = [
            lines.line(title, lines.points(factor * values), colour, kind=kind) for title, colour, kind, values in drawn
        ]
        specs.append(lines.chart(series, spec.upwards(axis, scale=True), epochs))
    return specs[0], specs[1]
