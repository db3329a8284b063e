"""The charts of the Results page against the selection rate: a figure of quality, and its distance to Random."""

from collections.abc import Sequence

import pandas as pd

from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.results import charts
from coreset_engine.results.published import Published


def draw(
    summary: pd.DataFrame,
    figure: str,
    title: str,
    spread: str,
    published: Sequence[Published],
    retrainings: pd.DataFrame,
) -> None:
    """Draw a figure against α; the arguments are those of `charts.accuracy`."""
    draw_chart(
        charts.accuracy(summary, figure, title, spread, published, retrainings),
        height=440,
        key="results_chart",
        alt=f"{title} against selection rate, one line per method",
    )


def draw_difference(table: pd.DataFrame, figure: str, title: str) -> None:
    """Draw the difference to Random against α.

    Args:
        table: what `results.against_random` gives.
        figure: column of the figure.
        title: the figure in words.
    """
    draw_chart(
        charts.difference(table, figure),
        height=360,
        key="results_difference",
        alt=f"Difference to Random in {title} against selection rate, with 95 % intervals",
    )
