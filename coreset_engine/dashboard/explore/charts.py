"""What stands in the windows' place where a method reads none, as an ECharts option."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coreset_engine.analysis.trajectories import Trajectories
from coreset_engine.dashboard.charts import lines, spec
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import palette

HEIGHT = 338  # px, as the windows with their sliders and names take: so the page keeps its places from method to method


def courses(values: NDArray[np.floating], rows: Sequence[int], captions: Sequence[str], name: str) -> Option:
    """Return a signal of some samples, (T, R), over the epochs."""
    return lines.chart(lines.samples(values, rows, captions), spec.upwards(name), len(values), first=1)


def means(course: Trajectories, name: str) -> Option:
    """Return the mean of a signal of every class over the epochs, in the classes' colours."""
    shades = palette()
    each = zip(course.names, course.classes, course.means, strict=True)
    series = [lines.line(name, lines.points(values), shades[c % len(shades)]) for name, c, values in each]
    return lines.chart(series, spec.upwards(f"mean {name}", min=0), course.means.shape[1], first=1)
