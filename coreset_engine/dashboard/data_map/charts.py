"""Charts beside the data map, as ECharts options: what an area holds of every class, and how it learns."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dashboard.charts import bars, lines, spec
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import ALL, FULL_DATA, KEPT, full_data
from coreset_engine.windows import Window


def classes(counts: NDArray[np.int64], names: tuple[str, ...]) -> tuple[Option, int]:
    """Return the share of every class in all data and in an area, and the height in px.

    Args:
        counts: (C, 2) samples of every class in all data and in the area.
        names: of the classes.
    """
    return bars.shares(counts, ((FULL_DATA, full_data()), ("area", KEPT)), names)


def trajectories(means: NDArray[np.float64], windows: Sequence[Window]) -> Option:
    """Return the mean error norm of an area and of the rest over the epochs, the windows shaded.

    Args:
        means: (T, 2) of the area and of the rest; a side without samples, NaN, is left out.
        windows: to shade.
    """
    series = [
        lines.line(name, lines.points(means[:, column]), colour, width=2)
        for column, (name, colour) in enumerate((("area", KEPT), ("rest", ALL)))
        if np.isfinite(means[:, column]).all()
    ]
    return lines.chart(series, spec.upwards("mean error norm", min=0), len(means), windows=windows)
