"""The list of labels that are likely wrong, with the classes that are taken for each other."""

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from coreset_engine.analysis.label_issues import EVIDENCE, RULES, Confusion, Rule
from coreset_engine.dashboard import cached_issues
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.controls.choices import ALL
from coreset_engine.dashboard.label_issues import code, data, parts
from coreset_engine.dashboard.label_issues.charts import pair_chart
from coreset_engine.dashboard.label_issues.data import IssueView
from coreset_engine.dashboard.label_issues.parts import ListView
from coreset_engine.dashboard.shell.frame import failing_gracefully
from coreset_engine.export.label_issues import label_quality_table, label_table, pair_table
from coreset_engine.names import counted

CARDS = 24  # of a page
PAIRS = 1000  # of classes that can be chosen: 1,000 classes have a million
CHART, TABLE = "suspects_pairs", "suspects_pair_table"


def draw(view: IssueView, top: DeltaGenerator, left: DeltaGenerator, right: DeltaGenerator) -> ListView:
    """Draw the list and return it.

    Args:
        view: what the page works on.
        top: where the selectors go.
        left: where the cards go.
        right: where charts and tables go.
    """
    names, labels = view.names, view.dynamics.labels
    with top:
        rule, share = choose_rule()
    with left, failing_gracefully():
        found, all_confused = cached_issues.suspected(view.run, share), cached_issues.confusions(view.run)
    confused = all_confused[:PAIRS]
    with top:
        label = parts.choose_class(names)
        pair = choose_pair(data.pairs_by_text(confused, names))
    rows = data.rows_of(found[rule], labels, label, pair)
    with left:
        explain(rule, len(rows), view.folds)
        shown = rows[parts.page_of(len(rows), CARDS)].tolist()
        groups = data.suspect_groups(found, rule, view.dynamics, names, shown, cached_issues.surest(view.run))
        reasons = data.suspect_reasons(found, rule, view.dynamics, names, rows.tolist())
        opened = parts.gallery(view, groups, reasons, [], rows.tolist())
    known = "wrong_label" in view.truth
    with right:
        parts.margins(view, shown)
        confusions(confused, names, pair_table(confused, names, labels, found[rule]), pair)
        if len(all_confused) > PAIRS:
            st.caption(f"The {PAIRS:,} most frequent of {len(all_confused):,} pairs.")
        if known:
            table = label_quality_table(found, view.truth["wrong_label"].astype(bool), view.ticked)
            parts.quality(table, "the injected label errors")
    spec = code.wrong_labels(view.run, names, rule, share, label, pair)
    spec = spec.with_tables(confused=bool(confused), quality=known, work=view.work)
    return ListView(spec, len(rows), partial(label_table, found[rule], labels, names, rows), shown, opened)


def choose_rule() -> tuple[Rule, float | None]:
    """Draw by which evidence labels are suspected, and how many; return the rule and the share of samples, or None."""
    rule = st.selectbox(
        "Evidence",
        RULES,
        RULES.index("combined"),
        key="evidence",
        bind="query-params",
        on_change=parts.first_page,
        width=180,
    )
    share = st.selectbox(
        "How many",
        list(data.SHARES),
        key="top",
        bind="query-params",
        on_change=parts.first_page,
        width=140,
        help="As many as the rule itself suspects, or the share of all samples with the strongest evidence.",
    )
    return rule, data.SHARES[share]


def explain(rule: Rule, count: int, folds: int) -> None:
    """Say how many labels are suspected, why, and how far that can be trusted; `folds` are those of the run, 0 for none."""
    origin = (
        f"The evidence is out of sample: each image was judged by one of {folds} networks that had not seen it or its "
        "label. Look before you tick all the same."
        if folds
        else "The evidence is in-sample, since the model was trained on these very labels: look before you tick."
    )
    where = f"; out of sample ({folds} folds)" if folds else ""
    st.caption(
        f"{counted(count, '{suspect|suspects}')}{', the strongest evidence first' * (count > 1)}: {EVIDENCE[rule]}{where}.",
        help=f"{origin} Hard and "
        "badly cut images are among the suspects. Beside each stands the image of the predicted class of which the run is "
        "surest.",
    )


def choose_pair(pairs: Mapping[str, tuple[int, int]]) -> tuple[int, int] | None:
    """Draw the choice of a pair of classes and return it; None for all."""
    chosen = st.selectbox(
        "Given label → predicted label",
        [ALL, *pairs],
        key="pair",
        bind="query-params",
        on_change=parts.first_page,
        width=260,
    )
    return pairs.get(chosen)


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
    drawn = [cell["name"] for cell in spec["series"][0]["data"]]
    draw_chart(
        spec, height=height, key=CHART, on_select=lambda: _take(drawn, _cells()),
        alt="Share of predictions of every other class for every label; the table below has the same numbers",
    )  # fmt: skip
    st.caption(
        "Share of a label's predictions in the last third of the epochs.", help="Click a cell or a row: its suspects."
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
    parts.first_page()
