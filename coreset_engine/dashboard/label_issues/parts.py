"""The parts of the Suspects page."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.analysis.classes import captions
from coreset_engine.analysis.duplicates import Duplicates
from coreset_engine.analysis.label_issues import EVIDENCE, RULES, Confusion, Rule
from coreset_engine.analysis.samples import parse_rows
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts import lines
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.controls.exclusions import Work
from coreset_engine.dashboard.label_issues import data
from coreset_engine.dashboard.label_issues.charts import margin_chart, pair_chart
from coreset_engine.dashboard.shell.frame import failing_gracefully
from coreset_engine.dashboard.widgets import cards
from coreset_engine.dashboard.widgets.cards import Group
from coreset_engine.datasets import ImageSet
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import DatasetError

ALL = "all"
CARDS, GROUPS = 24, 12  # a page of suspects; of groups of near-duplicates
KEY, CHART, TABLE = "suspects_cards", "suspects_pairs", "suspects_pair_table"


def first_page() -> None:
    """Begin with the first page of cards again; a callback."""
    st.session_state.pop("page", None)


def choose_rule() -> tuple[Rule, float | None]:
    """Draw by which evidence labels are suspected, and how many; return the rule and the share of samples, or None."""
    rule = st.selectbox(
        "Evidence", RULES, RULES.index("combined"), key="evidence", bind="query-params", on_change=first_page, width=180
    )
    share = st.selectbox(
        "How many",
        list(data.SHARES),
        key="top",
        bind="query-params",
        on_change=first_page,
        width=140,
        help="As many as the rule itself suspects, or the share of all samples with the strongest evidence.",
    )
    return rule, data.SHARES[share]


def explain(rule: Rule, count: int) -> None:
    """Say how many labels are suspected, why, and how far that can be trusted."""
    st.caption(
        f"{count:,} suspects, the strongest evidence first: {EVIDENCE[rule]}. The evidence is in-sample, since the network "
        "was trained on these very labels: look before you tick. Hard and badly cut images are among the suspects. "
        "Beside each stands the image of the proposed class of which the run is surest."
    )


def choose_class(names: tuple[str, ...]) -> int | None:
    """Draw the choice of a class and return its number; None for all."""
    chosen = st.selectbox("Class", [ALL, *names], key="class", bind="query-params", on_change=first_page, width=160)
    return None if chosen == ALL else names.index(chosen)


def choose_pair(pairs: Mapping[str, tuple[int, int]]) -> tuple[int, int] | None:
    """Draw the choice of a pair of classes and return it; None for all."""
    chosen = st.selectbox(
        "Given → proposed", [ALL, *pairs], key="pair", bind="query-params", on_change=first_page, width=260
    )
    return pairs.get(chosen)


def page_of(count: int, size: int) -> slice:
    """Draw the pages of a list where it has several and return the part that is shown."""
    pages = max(1, -(-count // size))
    page = st.pagination(pages, max_visible_pages=5, key="page", bind="query-params") if pages > 1 else 1
    return slice((page - 1) * size, page * size)


def gallery(
    work: Work,
    groups: Sequence[Group],
    images: ImageSet | None,
    reasons: Mapping[int, str],
    extra: Sequence[int],
    every: Sequence[int] = (),
) -> int | None:
    """Draw buttons that tick what is shown, and the cards; return the row that is to be opened.

    Args:
        work: the set in which rows are ticked.
        groups: cards.
        images: of the run, None without.
        reasons: why a row is excluded when it is ticked.
        extra: rows of every group but its first one; [] where groups have one card each.
        every: rows of all pages, to be ticked at once.
    """
    rows = [card.row for group in groups for card in group.cards]
    if not rows:
        st.info("Nothing is suspected here. Choose another class or pair, or more samples.", icon=":material/info:")
        return None
    with st.container(horizontal=True):
        offers = {"Tick all shown": (rows, True), "Untick all shown": (rows, False)}
        if extra:
            offers = {"Tick all but the first of each": (extra, True), "Untick all shown": (rows, False)}
        for text, (of, on) in offers.items():
            st.button(text, key=f"suspects_{text}", on_click=work.tick, args=(dict.fromkeys(of, on), reasons))
        if len(every) > len(rows):
            text = f"Tick all {len(every):,}"
            st.button(text, key="suspects_every", on_click=work.tick, args=(dict.fromkeys(every, True), reasons))
    return cards.draw(
        groups,
        images.images["train"] if images else None,
        ticked=work.rows.keys(),
        courses=[
            int(word) for word in st.session_state.get("samples", "").replace(",", " ").split() if word.isdecimal()
        ],
        key=KEY,
        on_ticks=lambda ticks: work.tick(ticks, reasons),
    )


def course(dynamics: Dynamics, names: tuple[str, ...], shown: Sequence[int]) -> None:
    """Draw what became of some samples over the epochs: of those asked for, or of the first three shown."""
    text = st.text_input(
        "Course of rows", key="samples", bind="query-params", placeholder="e.g. 12, 345; empty: the first three"
    )
    with failing_gracefully():
        rows = parse_rows(text, dynamics.n_samples) or list(shown[:3])
        labels = captions(dynamics, rows, names)
        if dynamics.multi_label:
            spec = lines.trajectories(dynamics.error_norms[:, rows], rows, labels, [])
        else:
            spec = margin_chart(dynamics.margin[:, rows], rows, labels)
    draw_chart(
        spec,
        height=260,
        key="suspects_course",
        alt=f"Course over the epochs of samples {', '.join(map(str, rows))}",
    )
    if not dynamics.multi_label:
        st.caption("Margin: probability of the label minus the highest other. Below 0 another class is predicted.")


def confusions(
    found: Sequence[Confusion], names: tuple[str, ...], table: pd.DataFrame, chosen: tuple[int, int] | None
) -> None:
    """Draw which classes are taken for which, as a chart and a table from which a pair can be chosen."""
    st.markdown("## Classes taken for each other")
    if not found:
        st.caption("None in the last third of the epochs.")
        return
    pairs = [data.pair_text(one, names) for one in found]
    spec, height = pair_chart(found, names, chosen)
    draw_chart(
        spec, height=height, key=CHART, on_select=lambda: _take(pairs, _cells()),
        alt="Share of predictions of every other class for every label; the table below has the same numbers",
    )  # fmt: skip
    st.caption(
        "Share of a label's predictions in the last third of the epochs. Choose a cell or a row to see its suspects."
    )
    st.dataframe(
        table.assign(share=100 * table["share"]),
        hide_index=True,
        height=220,
        key=TABLE,
        selection_mode="single-row",
        on_select=lambda: _take(pairs, st.session_state[TABLE].selection.rows),
        column_order=["class_name", "predicted_name", "share", "suspects"],
        column_config={
            "class_name": "given",
            "predicted_name": "predicted",
            "share": st.column_config.NumberColumn("rate (%)", format="%.1f"),
        },
    )


def _cells() -> list[int]:
    """Return the numbers of the cells that are selected in the chart."""
    return [place for part in st.session_state[CHART].selection.selected for place in part["data_indices"]]


def _take(pairs: Sequence[str], places: Sequence[int]) -> None:
    """Filter by the pair just chosen; by none where the choice was taken back; a callback."""
    st.session_state["pair"] = pairs[places[0]] if places else ALL
    st.session_state["class"] = ALL
    first_page()


def choose_likeness() -> tuple[float, bool]:
    """Draw how alike images must be, and whether only those with different labels are shown; return both."""
    threshold = st.slider(
        "Correlation of the pixels, at least",
        0.9,
        0.999,
        0.97,
        0.001,
        format="%.3f",
        key="alike",
        bind="query-params",
        on_change=first_page,
        width=300,
        help="Brighter, darker or stronger copies are the same picture; moved, turned or mirrored ones are not. Real "
        "images of one organ can be alike without being copies: begin high and go down.",
    )
    differ = st.checkbox("Only where labels differ", key="differ", bind="query-params", on_change=first_page)
    return threshold, differ


def duplicates(run: str, images: ImageSet | None, threshold: float) -> Duplicates:
    """Return which train images are almost the same, with a spinner while they are compared.

    Raises:
        DatasetError: there are no images.
        EngineError: too many pairs are alike.
    """
    if images is None:
        raise DatasetError(
            "This run has no images here (imported, or the image cache was removed), so none can be compared. Choose "
            "another run, or look for wrong labels."
        )
    with st.spinner("Images are being compared …", show_time=True):
        return cached.near_duplicates(run, threshold)


def quality(table: pd.DataFrame, what: str) -> None:
    """Draw how well suspects meet errors that were planted on purpose."""
    st.markdown(f"### Against {what}")
    share = st.column_config.NumberColumn(format="%.2f")
    names = {"suspected_by": "suspected by", "precision": share, "recall": share}
    st.dataframe(table, hide_index=True, key="suspects_quality", column_config=names)
    st.caption(
        "These errors were planted on purpose, so it is known which suspects are right. Precision: share of the suspected "
        "that are; recall: share of the planted that are suspected; n: how many are suspected."
    )


def ticked_mask(work: Work) -> NDArray[np.bool_] | None:
    """Return (N,) which rows are ticked, None where none is."""
    found = np.zeros(work.facts.samples, bool)
    found[list(work.rows)] = True
    return found if work.rows else None
