"""Charts that follow a slider, as ECharts options: a browser redraws these in a sixth of the time Plotly takes."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dashboard.charts import bars, spec
from coreset_engine.dashboard.charts.spec import ENDLESS, Option
from coreset_engine.dashboard.charts.theme import ALL, CUT, FULL_DATA, KEPT, full_data, ink, palette


def histogram(
    bins: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]], cut: float | None, label: str
) -> Option:
    """Return the histogram of the scores, those of the coreset marked.

    Args:
        bins: bin edges, samples and kept samples in each bin.
        cut: score at which a top selection ends, or None.
        label: name of the score.
    """
    edges, every, kept = bins
    cut_line = {"symbol": "none", "silent": True, "lineStyle": {"color": CUT, "type": "solid", "width": 2}}
    cut_line |= {"label": {"formatter": "cut", "color": ink()}, "data": [] if cut is None else [{"xAxis": cut}]}
    series = [
        bars.steps(FULL_DATA, edges, every, ALL),
        bars.steps("coreset", edges, kept, KEPT) | {"markLine": cut_line},
    ]
    x = spec.across(label, min=edges[0], max=edges[-1], splitLine={"show": False}, axisLabel=ENDLESS)
    y = spec.upwards("samples (log)", type="log", min=0.7, axisLabel={"showMinLabel": False})
    return spec.chart(series, x, y)


def classes(counts: NDArray[np.int64], names: tuple[str, ...]) -> tuple[Option, int]:
    """Return the share of every class in all data, in the coreset and in A where one is pinned, and the height in px.

    Args:
        counts: (C, 2 or 3) samples of every class in all data, in the coreset, and in A.
        names: of the classes.
    """
    groups = ((FULL_DATA, full_data()), ("coreset", KEPT), ("A", palette()[1]))[: counts.shape[1]]
    return bars.shares(counts, groups, names, clickable=True)
