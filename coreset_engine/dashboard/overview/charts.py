"""What coresets reach, at a glance, as an ECharts option."""

import pandas as pd

from coreset_engine import results
from coreset_engine.dashboard.charts import by_rate
from coreset_engine.dashboard.charts.spec import Option

FIGURE = "test_acc_best_val"


def means(rows: pd.DataFrame) -> list[tuple[str, float, float, int]]:
    """Return name, α, mean test accuracy at the best val epoch (0..1) and n of every method and rate."""
    found = results.ordered(results.summarise(rows))
    return list(zip(found["label"], found["rate"], found[FIGURE], found[f"{FIGURE}_n"], strict=True))


def chart(rows: pd.DataFrame) -> tuple[Option, str]:
    """Return accuracy against α, a line of means per method, a point per retraining, and its text.

    Args:
        rows: retrainings of one data set, network and number of epochs.
    """
    title = "test accuracy at the best val epoch"
    told = [f"{name} {100 * mean:.1f} % at α = {100 * rate:.3g} % (n = {n})" for name, rate, mean, n in means(rows)]
    spec = by_rate.of_summary(results.summarise(rows), FIGURE, title, retrainings=rows)
    return spec, f"{title.capitalize()} against the selection rate: {', '.join(told)}"
