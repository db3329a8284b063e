"""What the Windows page draws: its selectors, the map whose cells can be clicked, and what is said beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd
import streamlit as st

from coreset_engine import results, window_map
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.shell import changing, failing_gracefully, markdown_safe
from coreset_engine.dashboard.windows import charts, clicks, data, outcomes
from coreset_engine.dashboard.windows.charts import Cells, Marks
from coreset_engine.dashboard.windows.outcomes import Pair, PairAccuracy
from coreset_engine.papers import PaperWindow
from coreset_engine.window_map import Measure, WindowMap
from coreset_engine.window_map.inputs import MapRequest
from coreset_engine.windows import Windows

# val first: windows that are chosen by test look better on it than they are
LATER = "looked at after choosing"
ACCURACIES = {title: name for name, title in results.FIGURES.items() if name.startswith("val_acc")}
ACCURACIES |= {f"{title}, {LATER}": name for name, title in results.FIGURES.items() if name.startswith("test_acc")}
EVERY_PAIR = "1 epoch"
COMPARED = "against"  # in the URL: windows of the coreset that the 1-epoch map is compared with


@dataclass(frozen=True)
class MapChoice:
    """What was chosen above the map.

    Attributes:
        measure: what colours the cells.
        step: of the grid that is made while the page waits.
        every_pair: whether the map of every pair, made by a job, is wanted instead.
        metric: column of the accuracy.
        reached: by retrainings, pair by pair.
        shorter: pairs with other retrainings only, e.g. those of a search for fewer epochs.
    """

    measure: Measure
    step: int
    every_pair: bool
    metric: str
    reached: list[PairAccuracy]
    shorter: list[Pair]


def choose(wanted: MapRequest, epochs: int, samples: int) -> MapChoice:
    """Draw what is chosen above the map and return it.

    Raises:
        EngineError: the run is damaged, or the windows do not fit it.
    """
    current = wanted.windows
    step = data.step_at_once(epochs, current.length, samples)
    state, facts = outcomes.state_of(wanted.run), cached.info(wanted.run)
    rows = outcomes.accuracies(cached.result_table(), wanted.run, current.length, wanted.rate, state)
    groups = outcomes.trainings(rows, outcomes.group_of(facts.architecture, facts.epochs, facts.loss))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = choose_measure(wanted)
        every_pair = choose_grid(step, current)
        metric, group = choose_accuracy(groups)
    reached = outcomes.pair_accuracies(groups[group], metric) if group else []
    tried = {(one.early, one.late) for one in reached}
    others = {pair for name, some in groups.items() if name != group for pair in outcomes.pairs(some)}
    return MapChoice(measure, step, every_pair, metric, reached, sorted(others - tried))


def choose_measure(wanted: MapRequest) -> Measure:
    """Draw the choice of what colours the cells and return it under the label that this run gives it."""
    names = {label: name for name, label in data.offered(wanted).items()}
    label = st.selectbox("Colour of the cells", list(names), key="measure", bind="query-params", width=330)
    return replace(window_map.MEASURES[names[label]], label=label)


def choose_grid(step: int, current: Windows) -> bool:
    """Draw the choice of the grid where there is one; return whether the map of every pair, made by a job, is wanted.

    Args:
        step: of the grid that is made at once; with 1 it has every pair already.
        current: windows that such a map is compared with from then on.
    """
    coarse = f"{step} epochs"
    fine = False
    if step > 1:
        chosen = st.segmented_control(
            "Grid",
            (coarse, EVERY_PAIR),
            default=coarse,
            required=True,
            key="grid",
            bind="query-params",
            help="The windows start this many epochs apart. Every pair takes longer and is compared in the background.",
        )
        fine = chosen == EVERY_PAIR
    if fine and COMPARED not in st.query_params:
        _compare_with(current)
    elif not fine:
        st.query_params.pop(COMPARED, None)
    return fine


def choose_accuracy(groups: dict[str, pd.DataFrame]) -> tuple[str, str]:
    """Draw the choice of the accuracy and, where architectures or epochs differ, of the retrainings that are laid over.

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


def compared(wanted: MapRequest, choice: MapChoice, epochs: int) -> MapRequest:
    """Return the request, of every pair with the windows to compare with that the address holds."""
    if not choice.every_pair:
        return wanted
    return replace(wanted, windows=data.reference(st.query_params[COMPARED], epochs, wanted.windows))


def marks_of(
    choice: MapChoice,
    wanted: MapRequest,
    current: Windows,
    grid: Sequence[Pair],
    paper: PaperWindow | None,
    under_way: tuple[Sequence[Pair], Sequence[Pair]] = ((), ()),
) -> Marks:
    """Return what is drawn over the cells.

    Args:
        choice: what was chosen above the map.
        wanted: the map.
        current: windows of the controls.
        grid: pairs to mark as not trained on, where they are not.
        paper: the published windows that this run can have at this rate.
        under_way: pairs that are to be trained, and those that are being trained.
    """
    tried = {(one.early, one.late) for one in choice.reached} | {*choice.shorter, *under_way[0], *under_way[1]}
    return Marks(
        current=(current.early, current.late),
        reference=(wanted.windows.early, wanted.windows.late),
        measured=choice.reached,
        metric=results.FIGURES[choice.metric],
        untried=[pair for pair in grid if pair not in tried],
        published=(paper.early, paper.late) if paper else None,
        shorter=choice.shorter,
        waiting=under_way[0],
        running=under_way[1],
    )


def chart(shown: Cells, measure: Measure, length: int, marks: Marks) -> None:
    """Draw the map; a click on a cell or an accuracy moves the windows there.

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
    """Move the windows to the cell or the mark that was clicked.

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


def explain(shown: Cells | None, measure: Measure, wanted: MapRequest, current: Windows, marks: Marks) -> None:
    """Say what the map and its marks mean.

    Args:
        shown: the cells, or None while there is no map.
        measure: that colours them.
        wanted: what the map is compared with.
        current: windows of the controls.
        marks: what is drawn over the cells.
    """
    sentences = [data.meaning(measure, wanted)]
    if shown is not None:
        sentences += [data.value_at(shown, current), *data.tendency(shown, current.length)]
    reached = [one for one in marks.measured if (one.early, one.late) == (current.early, current.late)]
    text = f"{marks.metric} {reached[0].text}" if reached else "none yet"
    sentences.append(f"Retrainings with these windows: {text}.")
    for sentence in sentences:
        st.markdown(markdown_safe(sentence))
    st.caption("Orange frame: the current windows.", help=_legend(marks))


def tell_sample(made: WindowMap | None, samples: int) -> None:
    """Say where a map is made of a sample of a run's `samples` only."""
    if made is not None and made.samples < samples:
        st.caption(
            f"The map is of a sample of {made.samples:,} of {samples:,} images, in proportion by class, of which α is kept. "
            f"With grid {EVERY_PAIR} it is of all images."
        )


def _legend(marks: Marks) -> str | None:
    """Return what the other marks mean; None where there are no others."""
    texts = {
        "Pink frame: the windows compared with.": marks.reference != marks.current,
        "Filled circles: mean accuracy of retrainings.": any(one.n for one in marks.measured),
        "Hollow circles: no retraining yet on the coarse grid.": bool(marks.untried),
        "Small grey dots: trained for other epochs or another architecture only, e.g. briefly by a search.": bool(
            marks.shorter
        ),
        "Small triangles: waiting to be trained.": bool(marks.waiting),
        "Large triangles: being trained.": bool(marks.running),
        "Diamond: the paper's windows at this α.": bool(marks.published),
    }
    return " ".join(text for text, drawn in texts.items() if drawn) or None


def offer_job(wanted: MapRequest, epochs: int, current: Windows) -> None:
    """Say that the map of every pair is not made yet, and offer to start it.

    Args:
        wanted: the map.
        epochs: T.
        current: windows of the controls.
    """
    pair = wanted.windows
    count = data.pair_count(epochs, pair.length)
    st.info(
        f"The map of all {count:,} pairs, compared with the coreset of {pair.early}/{pair.late}, is not made yet. It is "
        "made in the background, seconds to minutes, with every measure, and then appears here.",
        icon=":material/grid_on:",
    )
    with failing_gracefully():
        running = data.is_under_way(wanted)
    label = "Under way …" if running else f"Compare all {count:,} pairs"
    state = changing(disabled=running)
    st.button(label, type="primary", key="window_map_fine", on_click=_start, args=(wanted,), **state)
    if pair != current:
        offer_comparison(current)


def offer_comparison(current: Windows) -> None:
    """Offer to compare the map of every pair with the coreset of the current windows."""
    label = f"Compare with {current.early}/{current.late} instead"
    st.button(label, key="window_map_compare", on_click=_compare_with, args=(current,))


def _compare_with(current: Windows) -> None:
    """Write into the URL what the map of every pair is compared with."""
    st.query_params[COMPARED] = f"{current.early}-{current.late}"


def _start(wanted: MapRequest) -> None:
    """Start the job that makes the map of every pair."""
    with failing_gracefully():
        data.start(wanted)
