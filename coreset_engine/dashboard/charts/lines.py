"""Lines over the epochs: signals of samples, losses and accuracies."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coreset_engine.dashboard.charts import spec, window_shade
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import colours, ink
from coreset_engine.windows import Window


def line(
    name: str, points: Sequence[Any], colour: str, *, kind: str | list[int] = "solid", width: float = 1.8
) -> Option:
    """Return a line without marks; one of a single point is that point."""
    return {
        "type": "line",
        "name": name,
        "data": points,
        "symbol": "none" if len(points) > 1 else "circle",
        "lineStyle": {"width": width, "type": kind},
        "itemStyle": {"color": colour},
    }


def points(values: ArrayLike, digits: int = 4) -> list[list[float]]:
    """Return epoch and value of every epoch that has a value, with few digits: fewer bytes to send."""
    rounded = np.round(np.asarray(values, np.float64), digits)
    return [[epoch, value] for epoch, value in enumerate(rounded.tolist(), 1) if np.isfinite(value)]


def chart(
    series: Iterable[Option],
    y: Option,
    epochs: int,
    *,
    first: int = 0,
    windows: Sequence[Window] = (),
    zero: bool = False,
) -> Option:
    """Return lines over the epochs.

    Args:
        series: the lines.
        y: their axis.
        epochs: last epoch of the axis.
        first: its first one.
        windows: to shade.
        zero: whether a dashed line marks 0.
    """
    series = list(series)
    if series:
        more = {"markArea": window_shade.mark_area(windows, "insideTopLeft")} if windows else {}
        series = [series[0] | more | ({"markLine": level(0)} if zero else {}), *series[1:]]
    x = spec.across("epoch", min=first, max=epochs, minInterval=1, splitLine={"show": False})
    if windows:  # the last epoch is shaded up to its end
        x |= {"max": epochs + 1, "axisLabel": {"showMaxLabel": False}}
    return spec.chart(series, x, y, tooltip={"trigger": "axis"})


def samples(values: NDArray[np.floating], rows: Sequence[int], captions: Sequence[str]) -> list[Option]:
    """Return a line per sample.

    Args:
        values: (T, B) of these samples.
        rows: their row numbers.
        captions: their classes.
    """
    each = zip(rows, captions, values.T, colours(), strict=False)
    return [line(f"{row} {caption}", points(column), colour) for row, caption, column, colour in each]


def trajectories(
    norms: NDArray[np.float32], rows: Sequence[int], captions: Sequence[str], windows: Sequence[Window]
) -> Option:
    """Return the error norm of some samples over the epochs, the windows shaded; arguments as of `samples`."""
    y = spec.upwards("error norm", min=0)
    return chart(samples(norms, rows, captions), y, len(norms), windows=windows)


def level(
    value: float, text: str = "", colour: str = "#7F8C95", kind: str = "dashed", place: str = "StartTop"
) -> Option:
    """Return the `markLine` of a series: a line over the whole width at a value, with a text at its beginning or end."""
    label = {"show": bool(text), "formatter": text, "position": f"inside{place}", "color": ink()}
    style = {"color": colour, "type": kind, "width": 1.5}
    return {"silent": True, "symbol": "none", "label": label, "lineStyle": style, "data": [{"yAxis": value}]}
