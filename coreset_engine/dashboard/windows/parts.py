"""What the Window map page draws: its selectors, the chart whose cells can be pressed, and what is said beside it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from coreset_engine import window_map
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.results.comparison import FIGURES
from coreset_engine.dashboard.shell import failing_gracefully
from coreset_engine.dashboard.windows import charts, clicks, data
from coreset_engine.dashboard.windows.charts import Cells, Marks
from coreset_engine.dashboard.windows.data import Asked
from coreset_engine.dashboard.windows.outcomes import Pair
from coreset_engine.window_map import Measure
from coreset_engine.windows import Windows

ACCURACIES = {title: name for name, title in FIGURES.items() if "_acc_" in name and "bal" not in name}
GRIDS = ("10 epochs", "1 epoch")
FEWEST = 3  # neighbouring cells in either direction from which a tendency is told
COMPARED = "against"  # in the URL: windows of the coreset that the 1-epoch map is held against


def choose_measure(offered: dict[str, str]) -> Measure:
    """Draw the choice of what colours the cells and return it under the label that this run gives it.

    Args:
        offered: name -> label of the measures that there is input for.
    """
    names = {label: name for name, label in offered.items()}
    label = st.selectbox("Colour of the cells", list(names), key="measure", bind="query-params", width=330)
    return replace(window_map.MEASURES[names[label]], label=label)


def choose_grid(step: int, current: Windows) -> bool:
    """Draw the choice of the grid where there is one; return whether the map of every pair, made by a job, is wanted.

    Args:
        step: of the grid that is made at once; with 1 it has every pair already.
        current: windows that such a map is held against from then on.
    """
    fine = step > 1 and GRIDS[1] == st.segmented_control(
        "Grid",
        GRIDS,
        default=GRIDS[0],
        required=True,
        key="grid",
        bind="query-params",
        help="The windows start this many epochs apart. Every pair takes longer and is compared in the background.",
    )
    if fine and COMPARED not in st.query_params:
        _compare_with(current)
    elif not fine:
        st.query_params.pop(COMPARED, None)
    return fine


def choose_accuracy(groups: dict[str, pd.DataFrame]) -> tuple[str, str]:
    """Draw the choice of the accuracy and, where networks or epochs differ, of the retrainings that are laid over.

    Returns:
        The column of the accuracy and the name of the group, "" without retrainings.
    """
    title = st.selectbox("Accuracy of retrainings", list(ACCURACIES), key="accuracy", bind="query-params", width=290)
    if not groups:
        return ACCURACIES[title], ""
    name = next(iter(groups))
    if len(groups) > 1:
        name = st.selectbox("Retrained", list(groups), key="retrained", bind="query-params", width=200)
    return ACCURACIES[title], name


def chart(shown: Cells, measure: Measure, length: int, marks: Marks) -> None:
    """Draw the map; pressing a cell or an accuracy moves the windows there.

    Args:
        shown: the cells.
        measure: that colours them.
        length: K.
        marks: what is drawn over them.
    """
    # another grid has other cells: a chart of its own, so that no index is read as that of another cell
    key = f"window_map_chart_{length}_{len(shown.starts)}"
    at = [(one.early, one.late) for one in marks.measured]
    draw_chart(
        charts.spec(shown, measure.label, length, marks),
        height=charts.HEIGHT,
        key=key,
        on_select=partial(_jump, key, shown.pairs, at),
        alt=f"{measure.label} of {len(shown.values):,} pairs of an early and a late window; the sliders in the sidebar "
        "choose a pair, too",
    )


def _jump(key: str, cells: Sequence[Pair], at: Sequence[Pair]) -> None:
    """Move the windows to the cell or the mark that was pressed.

    Args:
        key: of the chart.
        cells: windows of every cell as drawn.
        at: windows of every accuracy as drawn.
    """
    after = clicks.selected(st.session_state[key].selection.selected)
    before = st.session_state.get(f"{key}_before", {})
    st.session_state[f"{key}_before"] = after
    hit = clicks.clicked(before, after)
    pair = clicks.pair_at(*hit, cells, at) if hit else None
    if pair:
        st.session_state["early"], st.session_state["late"] = pair


def explanation(shown: Cells | None, measure: Measure, wanted: Asked, current: Windows, marks: Marks) -> list[str]:
    """Return what the map and its marks say, in sentences.

    Args:
        shown: the cells, or None while there is no map.
        measure: that colours them.
        wanted: what the map is held against.
        current: windows of the controls.
        marks: what is drawn over the cells.
    """
    said = [data.meaning(measure, wanted)]
    if shown is not None:
        said += [_here(shown, current), *tendency(shown)]
    reached = [one for one in marks.measured if (one.early, one.late) == (current.early, current.late)]
    told = f"{marks.figure} {reached[0].text}" if reached else "none yet"
    said.append(f"Retrainings with these windows: {told}.")
    legend = "Orange frame: the current windows."
    legend += " Pink frame: those compared with." if marks.reference != marks.current else ""
    legend += " Filled circles: mean accuracy of retrainings." if any(one.n for one in marks.measured) else ""
    legend += " Hollow circles: no retraining yet on the 10-epoch grid." if marks.untried else ""
    legend += " Diamond: the paper's windows at this α." if marks.published else ""
    return [*said, legend]


def tendency(shown: Cells) -> list[str]:
    """Return which of the two starts decides more, from what one cell further changes on average; nothing for few cells."""
    place = {start: number for number, start in enumerate(shown.starts.tolist())}
    grid = np.full((len(place), len(place)), np.nan)
    grid[[place[t] for t in shown.early.tolist()], [place[t] for t in shown.late.tolist()]] = shown.values
    steps = [np.abs(np.diff(grid, axis=axis)) for axis in (0, 1)]
    if min(np.isfinite(step).sum() for step in steps) < FEWEST:
        return []
    early, late = (float(np.nanmean(step)) for step in steps)
    unit = "points" if shown.unit == "%" else shown.unit
    text = f"One cell further in t_e changes it by {early:.2g} {unit} on average, in t_l by {late:.2g} {unit}"
    if max(early, late) < 1.5 * min(early, late):
        return [f"{text}: both matter alike."]
    return [f"{text}: here {'t_e' if early > late else 't_l'} decides."]


def _here(shown: Cells, current: Windows) -> str:
    """Return the value of the current windows, or which cell is nearest to them."""
    at = (shown.early == current.early) & (shown.late == current.late)
    early, late = (charts.span(start, current.length) for start in (current.early, current.late))
    if at.any():
        return f"Now at t_e {early}, t_l {late}: {shown.values[at][0]:g} {shown.unit}."
    near = [charts.nearest(shown.starts, start) for start in (current.early, current.late)]
    return (
        f"The current windows, t_e {early} and t_l {late}, lie between the cells; the nearest is {near[0]}/{near[1]}."
    )


def offer_job(wanted: Asked, epochs: int, current: Windows) -> None:
    """Say that the map of every pair is not made yet, and offer to start it.

    Args:
        wanted: the map.
        epochs: T.
        current: windows of the controls.
    """
    pair = wanted.windows
    count = window_map.pair_count(window_map.starts(epochs, pair.length, 1), pair.length)
    st.info(
        f"The map of all {count:,} pairs, held against the coreset of {pair.early}/{pair.late}, is not made yet. It is "
        "made in the background, seconds to minutes, with every measure, and then appears here.",
        icon=":material/grid_on:",
    )
    with failing_gracefully():
        running = data.is_under_way(wanted)
    label = "Under way …" if running else f"Compare all {count:,} pairs"
    st.button(label, type="primary", key="window_map_fine", on_click=_start, args=(wanted,), disabled=running)
    if pair != current:
        offer_comparison(current)


def offer_comparison(current: Windows) -> None:
    """Offer to hold the map of every pair against the coreset of the current windows."""
    label = f"Compare with {current.early}/{current.late} instead"
    st.button(label, key="window_map_compare", on_click=_compare_with, args=(current,))


def _compare_with(current: Windows) -> None:
    """Write into the URL what the map of every pair is held against."""
    st.query_params[COMPARED] = f"{current.early}-{current.late}"


def _start(wanted: Asked) -> None:
    """Start the job that makes the map of every pair."""
    with failing_gracefully():
        data.start(wanted)
