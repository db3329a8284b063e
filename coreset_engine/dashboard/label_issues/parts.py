"""The parts of the Label issues page that both of its lists share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from coreset_engine.analysis.classes import captions
from coreset_engine.analysis.samples import parse_rows
from coreset_engine.dashboard.charts import lines
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.controls.choices import ALL
from coreset_engine.dashboard.coresets import code_tabs, export_panel
from coreset_engine.dashboard.label_issues import code
from coreset_engine.dashboard.label_issues.charts import margin_chart
from coreset_engine.dashboard.label_issues.code import ListSpec
from coreset_engine.dashboard.label_issues.data import IssueView
from coreset_engine.dashboard.shell.frame import failing_gracefully
from coreset_engine.dashboard.widgets import cards
from coreset_engine.dashboard.widgets.cards import Group

LABELS, ALIKE = "wrong labels", "near-duplicates"  # the lists, as the address names them
KEY = "suspects_cards"


@dataclass(frozen=True)
class ListView:
    """A list as it is drawn.

    Attributes:
        spec: what decides it.
        count: its rows, on all its pages.
        table: makes the whole of it.
        rows: shown on this page.
        opened: the row that is to be opened, None for none.
    """

    spec: ListSpec
    count: int
    table: Callable[[], pd.DataFrame]
    rows: Sequence[int]
    opened: int | None


def choose_list() -> str:
    """Draw which list is shown and return it, LABELS or ALIKE."""
    return st.segmented_control(
        "Look for",
        [LABELS, ALIKE],
        default=LABELS,
        required=True,
        key="look",
        bind="query-params",
        on_change=first_page,
    )


def first_page() -> None:
    """Begin with the first page of cards again; a callback."""
    st.session_state.pop("page", None)


def choose_class(names: tuple[str, ...]) -> int | None:
    """Draw the choice of a class and return its number; None for all."""
    chosen = st.selectbox("Class", [ALL, *names], key="class", bind="query-params", on_change=first_page, width=160)
    return None if chosen == ALL else names.index(chosen)


def page_of(count: int, size: int) -> slice:
    """Draw the pages of a list where it has several and return the part that is shown."""
    pages = max(1, -(-count // size))
    page = st.pagination(pages, max_visible_pages=5, key="page", bind="query-params") if pages > 1 else 1
    return slice((page - 1) * size, page * size)


def gallery(
    view: IssueView,
    groups: Sequence[Group],
    reasons: Mapping[int, str],
    extra: Sequence[int],
    every: Sequence[int] = (),
) -> int | None:
    """Draw buttons that tick what is shown, and the cards; return the row that is to be opened.

    Args:
        view: what the page works on.
        groups: cards.
        reasons: why a row is excluded when it is ticked.
        extra: rows of every group but its first one; [] where groups have one card each.
        every: rows of all pages, to be ticked at once.
    """
    work, images = view.work, view.images
    rows = [card.row for group in groups for card in group.cards]
    if not rows:
        st.info("Nothing is suspected here. Choose another class or pair, or more samples.", icon=":material/info:")
        return None
    with st.container(horizontal=True):
        tick = ("Tick all but the first of each", extra) if extra else ("Tick all shown", rows)
        for text, of, on in ((*tick, True), ("Untick all shown", rows, False)):
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


def margins(view: IssueView, shown: Sequence[int]) -> None:
    """Draw the margin of some samples over the epochs: of those asked for, or of the first three shown."""
    dynamics = view.dynamics
    text = st.text_input(
        "Margin over epochs",
        key="samples",
        bind="query-params",
        placeholder="e.g. 12, 345; empty: the first three",
        help="Of these rows. The margin is the probability of the label minus the highest other.",
    )
    with failing_gracefully():
        rows = parse_rows(text, dynamics.n_samples) or list(shown[:3])
        if not rows:
            st.caption("Nothing is shown: write rows to see theirs.")
            return
        labels = captions(dynamics, rows, view.names)
        if dynamics.multi_label:
            spec, what = lines.trajectories(dynamics.error_norms[:, rows], rows, labels, []), "Error norm"
        else:
            spec, what = margin_chart(dynamics.margin[:, rows], rows, labels), "Margin"
    draw_chart(
        spec,
        height=260,
        key="suspects_course",
        alt=f"{what} over the epochs of samples {', '.join(map(str, rows))}",
    )
    if not dynamics.multi_label:
        st.caption("Below 0 another class is predicted.")


def quality(table: pd.DataFrame, what: str) -> None:
    """Draw how well suspects meet errors that were injected."""
    st.markdown(f"### Compared with {what}")
    share = st.column_config.NumberColumn(format="%.2f")
    columns: dict[str, Any] = {"suspected_by": "suspected by", "precision": share, "recall": share}
    st.dataframe(table, hide_index=True, key="suspects_quality", column_config=columns)
    st.caption(
        "These errors were injected, so it is known which suspects are right.",
        help="Precision: share of the suspected that are right; recall: share of the injected that are suspected; n: how "
        "many are suspected.",
    )


def export_list(shown: ListView) -> None:
    """Draw the download of the whole list, of all its pages, and the command and the Python that make it."""
    spec = shown.spec
    st.markdown("## Export list")
    if shown.count:
        export_panel.rows_button(shown.count, shown.table, f"{spec.run}-{code.kind_of(spec)}", "suspects_csv")
    code_tabs.draw(code.command(spec), code.python(spec))
    if spec.unsaved:
        st.caption("Unsaved ticks are measured above but not copied: save the set first.")
