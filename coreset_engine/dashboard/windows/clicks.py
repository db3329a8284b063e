"""Which windows were clicked on the window map, told from what `st.echarts_chart` says is selected."""

from collections.abc import Mapping, Sequence
from typing import Any

from coreset_engine.dashboard.windows import charts
from coreset_engine.dashboard.windows.outcomes import Pair


def clicked(before: Mapping[int, int], after: Mapping[int, int]) -> tuple[int, int] | None:
    """Return series and data index of the mark that a click chose: the one that is new, or that it took back.

    Without a difference it is the one that is chosen: the page was left, and what it knew before is of no use.

    Args:
        before: data index chosen in every series, before the click.
        after: the same after it.
    """
    new = [(series, index) for series, index in after.items() if before.get(series) != index]
    gone = [(series, index) for series, index in before.items() if series not in after]
    return [*new, *gone, *after.items(), None][0]


def selected(groups: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Return the data index chosen in every series, from the groups that `st.echarts_chart` returns."""
    return {group["series_index"]: group["data_indices"][0] for group in groups if group["data_indices"]}


def pair_at(series: int, index: int, cells: Sequence[Pair], measured: Sequence[Pair]) -> Pair | None:
    """Return the windows of a cell or of an accuracy in the chart; None for one that is not there any more."""
    marks = measured if series == charts.MEASURED else cells
    return marks[index] if index < len(marks) else None
