"""What coresets reach, at a glance, as an ECharts option."""

import pandas as pd

from coreset_engine import results
from coreset_engine.dashboard.charts import by_rate
from coreset_engine.dashboard.charts.by_rate import Level, Line, Point
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import FULL_DATA

FIGURE = "test_acc_best_val"
FULL, RANDOM = results.REFERENCES


def means(rows: pd.DataFrame) -> list[tuple[str, float, float, int]]:
    """Return name, α, mean test accuracy at the best val epoch (0..1) and n of every method and rate, Random first."""
    grouped = rows.groupby(["label", "rate"])[FIGURE].agg(["mean", "count"]).reset_index()
    order = grouped["label"].map(lambda label: ({RANDOM: 0, FULL: 2}.get(label, 1), label))
    found = grouped.assign(order=order).sort_values(["order", "rate"])
    return list(zip(found["label"], found["rate"], found["mean"], found["count"], strict=True))


def chart(rows: pd.DataFrame) -> tuple[Option, str]:
    """Return accuracy against α, a line of means a method and a point a retraining, and its text.

    Args:
        rows: retrainings of one data set, network and number of epochs.
    """
    found = means(rows)
    drawn = []
    for name, (colour, kind) in by_rate.styles((name for name, *_ in found if name != FULL), RANDOM).items():
        points = [
            Point(100 * rate, 100 * mean, f"α = {100 * rate:.3g} %: {100 * mean:.1f} % (n = {n})")
            for other, rate, mean, n in found
            if other == name
        ]
        own = rows[rows["label"] == name]
        singles = [Point(100 * rate, 100 * value) for rate, value in zip(own["rate"], own[FIGURE], strict=True)]
        drawn.append(Line(name, colour, points, kind, singles=singles))
    levels = [
        Level(100 * mean, f"{FULL_DATA} {100 * mean:.1f} % (n = {n})") for name, _, mean, n in found if name == FULL
    ]
    told = [f"{name} {100 * mean:.1f} % at α = {100 * rate:.3g} % (n = {n})" for name, rate, mean, n in found]
    spec = by_rate.chart(drawn, "test accuracy at the best val epoch (%)", levels)
    return spec, "Test accuracy at the best val epoch against the selection rate: " + ", ".join(told)
