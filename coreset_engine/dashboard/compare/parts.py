"""The parts of the Compare page."""

from collections.abc import Callable, Sequence
from html import escape
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import methods
from coreset_engine.analysis.overlap import by_chance, jaccard
from coreset_engine.analysis.samples import parse_rows
from coreset_engine.dashboard import cached, cached_comparison
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.compare import charts, data
from coreset_engine.dashboard.compare.data import Comparison, Part
from coreset_engine.dashboard.coresets import compared, export_panel, gallery, reasoned
from coreset_engine.dashboard.coresets.gallery_data import Group, Keys
from coreset_engine.dashboard.sample_dialog.dialog import open_sample
from coreset_engine.dashboard.shell.frame import failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe

TILES = 24  # per page of the gallery, about as high as the chart beside it
GROUP, KIND, SETS = "only", "part", "compare_sets"  # keys of widgets
ONLY, WITHOUT = "exact sets", "A and not B"
KINDS = (ONLY, WITHOUT)
KEYS = Keys("compare_tiles", "only_page", classes="only_class", csv="compare_group_csv")
TALL = 24  # classes, above which their chart scrolls
NUMBERS = {"Class shift (%)": "%.1f", "Mean overlap (%)": "%.1f", "Lowest": "%.1f", "Highest": "%.1f"}
NUMBERS |= {"By chance": "%.1f", "Kept": "localized", "Unique": "localized"}


def table(rows: list[dict[str, Any]], key: str) -> None:
    """Draw a table with the number formats of this page."""
    columns = {name: st.column_config.NumberColumn(format=text) for name, text in NUMBERS.items()}
    st.dataframe(pd.DataFrame(rows), hide_index=True, key=key, column_config=columns, height="content", placeholder="–")


def overlap(comparison: Comparison) -> None:
    """Draw the Jaccard overlap of every two selections."""
    masks, names = comparison.masks, comparison.names
    shared = comparison.shared
    values, chance = jaccard(masks, shared), by_chance(masks.sum(axis=1), comparison.samples)
    st.markdown(
        "## Overlap (%)", help="Jaccard: samples in both, as a share of those in either. Counted, without a spread."
    )
    _matrix(
        "Jaccard overlap", values, names, 0.0, "compare_overlap",
        lambda i, j: f"{shared[i, j]:,.0f} shared, Jaccard {100 * values[i, j]:.1f} %, by chance {100 * chance[i, j]:.1f} %",
    )  # fmt: skip
    sizes = masks.sum(axis=1)[[0, -1]]
    told = f"{sizes[0]:,}" if sizes[0] == sizes[1] else f"{sizes[0]:,} and {sizes[1]:,}"
    st.caption(f"Two random coresets of {told} samples overlap by about {100 * chance[0, -1]:.1f} %.")


def agreement(comparison: Comparison) -> None:
    """Draw Spearman's rank correlation of every two selections that score."""
    values, samples = cached_comparison.agreement([one.spec for one in comparison.members]), comparison.samples
    st.markdown(
        "## Rank agreement",
        help=f"Spearman's ρ of the scores of n = {samples:,} samples, turned so that what is kept first ranks highest.",
    )
    _matrix(
        "Rank correlation", values, comparison.names, -1.0, "compare_agreement",
        lambda i, j: f"ρ = {values[i, j]:.3f}",
    )  # fmt: skip
    silent = [markdown_safe(one.name) for one in comparison.members if methods.is_greedy(one.spec.method)]
    verbs = "picks a set and ranks" if len(silent) == 1 else "pick sets and rank"
    more = f"; {', '.join(silent)} {verbs} nothing" if silent else ""
    st.caption(f"Rules and rates play no part{more}.")


def _matrix(
    what: str, values: NDArray[np.float64], names: Sequence[str], low: float, key: str, about: Callable[[int, int], str]
) -> None:
    """Draw a number of every two selections.

    Args:
        what: it is.
        values: (S, S), NaN where there is none.
        names: of the selections, which begin with their letters.
        low: end of the colours, 0 or -1.
        key: of the chart.
        about: says more of two selections.
    """
    texts = [[f"{escape(a)} and {escape(b)}: {about(i, j)}" for j, b in enumerate(names)] for i, a in enumerate(names)]
    pairs = [(i, j) for i, j in combinations(range(len(names)), 2) if np.isfinite(values[i, j])]
    told = ", ".join(f"{names[i][0]}{names[j][0]} {values[i, j]:.2f}" for i, j in pairs)
    spec, height = charts.matrix(values, names, texts, low)
    draw_chart(spec, height=height, key=key, alt=f"{what} of every two selections: {told or 'none'}")


def choose_part(comparison: Comparison) -> Part:
    """Draw which samples are shown and return them: an exact intersection, or what one keeps and another does not."""
    letters = [one.letter for one in comparison.members]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kind = ONLY
        if len(letters) > 1:
            kind = st.segmented_control("Images", KINDS, default=ONLY, required=True, key=KIND, **AGAIN)
        if kind == ONLY:
            return data.only_by(comparison, _choose_group(comparison))
        one = _letter("Kept by", "with", letters, 0)
        other = _letter("and not by", "without", letters, 1)
    return data.one_without(comparison, letters.index(one), letters.index(other))


def _choose_group(comparison: Comparison) -> tuple[int, ...]:
    """Draw which exact intersection is shown and return the places of its selections.

    Offered are every selection alone and the intersections drawn as bars.
    """
    alone = [(place,) for place in range(len(comparison.members))]
    drawn = [one.members for one in comparison.intersections[: charts.TOP] if len(one.members) > 1]
    offered = {comparison.letters(places): places for places in (*alone, *drawn)}
    return offered[_letter("Kept only by", GROUP, list(offered), 0)]


def _letter(label: str, key: str, offered: Sequence[str], usual: int) -> str:
    """Draw the choice of one of some selections and return it."""
    if st.session_state.get(key) not in (None, *offered):
        st.session_state.pop(key)  # letters change when a selection is removed or moved
    return st.selectbox(label, offered, usual, key=key, width=150, **AGAIN)


def _first_page() -> None:
    """Begin with the first page of images again; a callback."""
    st.session_state.pop(KEYS.page, None)


AGAIN: dict[str, Any] = {"bind": "query-params", "on_change": _first_page}


def bars(comparison: Comparison) -> None:
    """Draw the largest intersections; a bar that is clicked shows its images."""
    shown = comparison.intersections[: charts.TOP]
    codes = [comparison.letters(one.members) for one in shown]
    chosen = st.session_state.get(GROUP, codes[0])
    marked = codes.index(chosen) if chosen in codes and st.session_state.get(KIND, ONLY) == ONLY else None
    spec, height = charts.intersections(shown, comparison.names, comparison.looks, marked)
    told = ", ".join(f"{code} {one.count}" for code, one in zip(codes, shown, strict=True))
    every, drawn = sum(one.count for one in comparison.intersections), sum(one.count for one in shown)
    st.markdown(
        "## Who keeps what",
        help=f"Each bar: samples that exactly the selections with a coloured dot keep. {len(shown)} of "
        f"{len(comparison.intersections)} intersections, with {100 * drawn / every:.0f} % of the {every:,} samples that "
        "any keeps.",
    )
    alt = f"Samples kept by exactly these selections and no other: {told}"
    draw_chart(spec, height=height, key=SETS, on_select=lambda: _take(codes), alt=alt)
    st.caption("Click a bar to see its images.")


def _take(codes: Sequence[str]) -> None:
    """Show the images of the bar just clicked; a callback."""
    selected = [part for part in st.session_state[SETS].selection.selected if part["series_index"] == 0]
    for place in [place for part in selected for place in part["data_indices"]][:1]:
        st.session_state[KIND], st.session_state[GROUP] = ONLY, codes[place]
        _first_page()


def images(comparison: Comparison, part: Part) -> tuple[list[int], int | None]:
    """Draw the images of some samples; return the rows shown and the one just chosen.

    Args:
        comparison: all selections.
        part: the samples.
    """
    first = comparison.members[part.place]
    if not len(part.rows):
        st.info(f"Nothing is {part.text}. Choose another.")
        return [], None
    order = f"{part.text}, best-ranked by {markdown_safe(first.name)} first"
    group = Group(part.text, lambda: first.ordered(part.rows), order)
    return gallery.draw(first.coreset, [group], KEYS, size=TILES, table=lambda found: data.as_table(found, comparison))


def why(comparison: Comparison, shown: Sequence[int]) -> None:
    """Draw why each selection keeps one sample or not: the one asked for, or the first of those shown.

    Args:
        comparison: all selections.
        shown: rows of the gallery.
    """
    st.markdown("### Why this image?")
    last = comparison.masks.shape[1] - 1
    text = st.text_input(
        "Row of the train split", key="why", bind="query-params", width=260,
        placeholder="empty: the first image shown", help=f"A row from 0 to {last:,}; the images have theirs below them.",
    )  # fmt: skip
    with failing_gracefully():
        rows = parse_rows(text, last + 1)[:1] or list(shown[:1])
        for row in rows:
            st.markdown(f"**Row {row}**")
            reasoned.draw(row, comparison.named, "compare_why")


def classes(comparison: Comparison) -> None:
    """Draw the share of every class in all data and in each selection."""
    names = cached.info(comparison.run).names
    st.markdown(
        "## Classes",
        help="Share of the samples in %, counted, without a spread. Blue: a larger share than in the full data, orange: a "
        "smaller one; the colours end at four times and a quarter.",
    )
    spec, height = charts.classes(comparison.counts, names, comparison.names)
    alt = "Share of every class in all data and in each selection; the table above has how far they differ"
    with st.container(height=620 if len(names) > TALL else "content", border=False):
        draw_chart(spec, height=height, key="compare_classes", alt=alt)
    if len(names) > charts.MOST:
        st.caption(f"The {charts.MOST} of {len(names):,} classes whose share differs most from that in the full data.")


def injected(comparison: Comparison) -> None:
    """Draw how many injected errors each selection keeps, where some were injected."""
    images = cached.images(comparison.run)
    rows = data.injected(images.truth if images else {}, comparison.members)
    if rows:
        st.markdown("## Injected errors kept")
        table(rows, "compare_planted")
        st.caption("Chance: what a random coreset of the same size keeps in the mean.")


def seeds(comparison: Comparison) -> None:
    """Draw how alike the coresets of each selection are over seeds."""
    st.markdown(
        "## Stability over seeds",
        help="Mean Jaccard overlap of every two of n coresets that differ in a seed only: of the recording (runs of the "
        "same recipe), or of the draw. Lines: lowest and highest pair; n = 2 is one pair, without a range. A method that "
        "does not read the recording keeps the same in each.",
    )
    slow = [markdown_safe(one.name) for one in comparison.members if one.is_slow]
    everything = not slow or st.toggle(
        f"Also {', '.join(slow)}: picking anew for every seed can take minutes", key="compare_slow"
    )
    with st.spinner("Computing coresets of other seeds …", show_time=True):
        found = data.seeds([one for one in comparison.members if everything or not one.is_slow])
    if not any(one.found for one in found):
        st.info("There is one seed of each. Record the same training with other seeds, under Record.")
        return
    chance = data.by_chance(comparison)
    spec, height = charts.seeds(found, chance, dict(zip(comparison.names, comparison.looks, strict=True)))
    words = ", ".join(f"{one.name} over {one.over} {one.found.mean:.2f}" for one in found if one.found)
    alt = f"Mean overlap of coresets of different seeds: {words}"
    draw_chart(spec, height=height, key="compare_seeds", alt=alt)
    table(data.seed_table(found, chance), "compare_seed_table")
    alone = [markdown_safe(one.name) for one in found if one.over == "recordings" and not one.found]
    if alone:
        st.caption(f"One recording, so nothing to compare over recordings: {', '.join(alone)}.")


def export_coreset(comparison: Comparison) -> None:
    """Draw the downloads and commands of one selection, which is chosen here."""
    st.markdown("## Export coreset")
    by_name = {one.name: one.spec for one in comparison.members}
    chosen = st.selectbox("Selection", list(by_name), key="compare_take", width=260)
    export_panel.draw(by_name[chosen], cached.images(comparison.run))


def open_image(comparison: Comparison, place: int, shown: list[int], row: int) -> None:
    """Open a look at a sample, with what every selection makes of it, the one whose images are shown first."""
    first = comparison.members[place]
    controls = compared.as_controls(first.spec, cached.dynamics(first.spec.run).epochs)
    others = [one.coreset for one in comparison.members if one is not first]
    open_sample(first.spec.run, row, shown, [first.coreset, *others], controls)
