"""Charts of the Label issues page, as ECharts options."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.analysis.label_issues import Confusion
from coreset_engine.dashboard.charts import heatmap, lines, spec, theme
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import CUT
from coreset_engine.dashboard.label_issues.data import pair_text

ROW = 26  # px, height of a class in the chart of pairs
MOST = 60  # classes in it


def pair_chart(
    found: Sequence[Confusion], names: tuple[str, ...], chosen: tuple[int, int] | None
) -> tuple[Option, int]:
    """Return which classes are taken for which, as cells to choose from, and the height in px.

    Of more than `MOST` classes only those of the first pairs are drawn, so many that `MOST` have a row or a column.

    Args:
        found: pairs that occur, the most frequent first.
        names: of the classes.
        chosen: the pair that is outlined.
    """
    shown = _classes(found, len(names))
    place = {label: number for number, label in enumerate(shown)}
    short = spec.short([names[label] for label in shown])
    drawn = [one for one in found if one.label in place and one.predicted in place]
    cells = [_cell(one, names, chosen, place) for one in drawn]
    colours = heatmap.scale(0, max([cell["value"][2] for cell in cells], default=1.0) or 1.0, theme.ramp())
    chart = heatmap.chart(cells, short, short, colours, corner="given ↓  predicted →", selectedMode="single")
    return chart, min(700, ROW * len(shown)) + spec.margin(short) + 30


def _classes(found: Sequence[Confusion], classes: int) -> list[int]:
    """Return the classes that are drawn, ascending: all where there are few."""
    if classes <= MOST:
        return list(range(classes))
    shown: set[int] = set()
    for one in found:
        more = shown | {one.label, one.predicted}
        if len(more) > MOST:
            break
        shown = more
    return sorted(shown)


def _cell(
    one: Confusion, names: tuple[str, ...], chosen: tuple[int, int] | None, place: Mapping[int, int]
) -> dict[str, Any]:
    """Return one cell: class across, class down, share in %; its name says the pair."""
    border = {"borderColor": CUT, "borderWidth": 3} if (one.label, one.predicted) == chosen else {}
    return {
        "name": pair_text(one, names),
        "value": [place[one.predicted], place[one.label], round(100 * one.rate, 2)],
        "itemStyle": {"borderColor": theme.page(), "borderWidth": 1} | border,
    }


def margin_chart(margins: NDArray[np.float32], rows: Sequence[int], captions: Sequence[str]) -> Option:
    """Return the margin of some samples over the epochs: below 0 another class is more probable than the label.

    Args:
        margins: (T, B) p_y - max other p of these samples.
        rows: their row numbers.
        captions: what they are labelled.
    """
    y = spec.upwards("margin", min=-1, max=1)
    return lines.chart(lines.samples(margins, rows, captions), y, len(margins), first=1, zero=True)
