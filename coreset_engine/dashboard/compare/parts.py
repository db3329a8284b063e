"""The parts of the Compare page."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.analysis.overlap import Intersection, by_chance, correlations, jaccard, rows_of
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.compare import charts, data
from coreset_engine.dashboard.compare.data import Member
from coreset_engine.dashboard.coresets import export_panel
from coreset_engine.dashboard.coresets.gallery import draw as draw_gallery
from coreset_engine.dashboard.coresets.gallery_data import Group, Keys
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.datasets import ImageSet

TILES = 24  # a page of the gallery, about as high as the chart beside it
GROUP, SETS = "only", "compare_sets"  # keys of widgets
KEYS = Keys("compare_tiles", "only_page", classes="only_class", csv="compare_group_csv")
TALL = 24  # classes, above which their chart scrolls
NUMBERS = {"Class shift (%)": "%.1f", "Mean overlap (%)": "%.1f", "Lowest": "%.1f", "Highest": "%.1f"}
NUMBERS |= {"By chance": "%.1f", "Kept": "localized", "By it alone": "localized"}


def table(rows: list[dict[str, Any]], key: str) -> None:
    """Draw a table with the number formats of this page."""
    columns = {name: st.column_config.NumberColumn(format=text) for name, text in NUMBERS.items()}
    st.dataframe(pd.DataFrame(rows), hide_index=True, key=key, column_config=columns, height="content", placeholder="–")


def overlap(found: Sequence[Member], masks: NDArray[np.bool_]) -> None:
    """Draw the Jaccard overlap of every two selections."""
    values, sizes, names = jaccard(masks), masks.sum(axis=1), [one.name for one in found]
    chance = by_chance(sizes, masks.shape[1])
    shared = masks.astype(np.float64) @ masks.T
    about = [
        [
            f"{escape(a)} and {escape(b)}: {shared[i, j]:,.0f} shared, Jaccard {values[i, j]:.3f}, "
            f"by chance {chance[i, j]:.3f}"
            for j, b in enumerate(names)
        ]
        for i, a in enumerate(names)
    ]
    st.markdown("## Overlap")
    spec, height = charts.matrix(values, names, about, 0.0)
    told = ", ".join(
        f"{a[0]}{b[0]} {values[i, j]:.2f}" for i, a in enumerate(names) for j, b in enumerate(names) if i < j
    )
    draw_chart(
        spec,
        height=height,
        key="compare_overlap",
        alt=f"Jaccard overlap of every two selections: {told}",
    )
    st.caption(
        "Jaccard: samples in both, as a share of those in either. Two random coresets of the sizes of "
        f"{markdown_safe(names[0])} and {markdown_safe(names[-1])} have about {chance[0, -1]:.2f}. Counted over all "
        f"{masks.shape[1]:,} samples, so without a spread."
    )


def agreement(found: Sequence[Member]) -> None:
    """Draw Spearman's rank correlation of every two selections that score."""
    names = [one.name for one in found]
    values = correlations([data.ranks(one) for one in found])
    about = [
        [f"{escape(a)} and {escape(b)}: ρ = {values[i, j]:.3f}" for j, b in enumerate(names)]
        for i, a in enumerate(names)
    ]
    silent = [markdown_safe(one.name) for one in found if data.ranks(one) is None]
    st.markdown("## Rank agreement")
    spec, height = charts.matrix(values, names, about, -1.0)
    told = ", ".join(
        f"{a[0]}{b[0]} {values[i, j]:.2f}"
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        if i < j and np.isfinite(values[i, j])
    )
    draw_chart(
        spec,
        height=height,
        key="compare_agreement",
        alt=f"Rank correlation of every two: {told or 'none'}",
    )
    more = f" {', '.join(silent)} picks a set and ranks nothing, so there is no number." if silent else ""
    st.caption(
        f"Spearman's ρ of the scores of n = {len(found[0].found.kept):,} samples, turned so that what is kept first ranks "
        f"highest; rules and rates play no part.{more}"
    )


def choose_group(found: Sequence[Member], there: Sequence[Intersection]) -> tuple[int, ...]:
    """Draw which exact intersection is shown and return the places of its selections.

    Offered are every selection alone and the intersections drawn as bars.
    """
    alone = [(place,) for place in range(len(found))]
    drawn = [one.members for one in there[: charts.TOP] if len(one.members) > 1]
    offered = {data.code(groups, found): groups for groups in (*alone, *drawn)}
    if st.session_state.get(GROUP) not in (None, *offered):
        st.session_state.pop(GROUP)  # letters change when a selection is removed or moved
    chosen = st.selectbox(
        "Kept by no other than", list(offered), key=GROUP, bind="query-params", on_change=_first_page, width=180
    )
    return offered[chosen]


def _first_page() -> None:
    """Begin with the first page of images again; a callback."""
    st.session_state.pop(KEYS.page, None)


def bars(found: Sequence[Member], there: Sequence[Intersection]) -> None:
    """Draw the largest intersections; a bar that is pressed shows its images."""
    shown = there[: charts.TOP]
    codes = [data.code(one.members, found) for one in shown]
    chosen = st.session_state.get(GROUP, codes[0])
    spec, height = charts.intersections(
        shown, [one.name for one in found], codes.index(chosen) if chosen in codes else None
    )
    told = ", ".join(f"{code} {one.count}" for code, one in zip(codes, shown, strict=True))
    st.markdown("## Who keeps what")
    draw_chart(
        spec, height=height, key=SETS, on_select=lambda: _take(codes),
        alt=f"Samples kept by exactly these selections and no other: {told}",
    )  # fmt: skip
    kept, drawn = sum(one.count for one in there), sum(one.count for one in shown)
    st.caption(
        f"Each bar: samples that exactly the selections with a coloured dot keep. {len(shown)} of {len(there)} "
        f"intersections, with {drawn / kept:.0%} of the {kept:,} samples that any keeps. Press a bar to see its images."
    )


def _take(codes: Sequence[str]) -> None:
    """Show the images of the bar just pressed; a callback."""
    places = [
        place
        for part in st.session_state[SETS].selection.selected
        if part["series_index"] == 0
        for place in part["data_indices"]
    ]
    if places:
        st.session_state[GROUP] = codes[places[0]]
        _first_page()


def gallery(found: Sequence[Member], groups: tuple[int, ...], coded: NDArray[np.int64]) -> tuple[list[int], int | None]:
    """Draw the images of an intersection; return the rows shown and the one just chosen.

    Args:
        found: the selections.
        groups: places of those that keep these images.
        coded: (N,) by which of them a sample is kept.
    """
    first, code, rows = found[groups[0]], data.code(groups, found), rows_of(coded, groups)
    if not len(rows):
        st.info(f"{code} keeps nothing that no other selection keeps. Choose another.")
        return [], None
    dynamics, names = cached.dynamics(first.spec.run), cached.info(first.spec.run).names
    order = f"kept only by {code}, best-ranked by {markdown_safe(first.name)} first"
    group = Group(f"kept by {code}", lambda: data.ordered(rows, first), order)
    return draw_gallery(
        first.found, [group], KEYS, size=TILES, table=lambda shown: data.as_table(shown, found, dynamics.labels, names)
    )


def classes(counts: NDArray[np.int64], names: tuple[str, ...], found: Sequence[Member]) -> None:
    """Draw the share of every class in all data and in each selection."""
    st.markdown("## Classes")
    spec, height = charts.classes(counts, names, [one.name for one in found])
    with st.container(height=620 if len(names) > TALL else "content", border=False):
        draw_chart(
            spec, height=height, key="compare_classes",
            alt="Share of every class in all data and in each selection; the table above has how far they differ",
        )  # fmt: skip
    st.caption(
        "Share of the samples in %, counted, so without a spread. Blue: a larger share than in all data, orange: a smaller "
        "one; the colours end at four times and a quarter."
    )


def planted(truth: dict[str, NDArray], found: Sequence[Member]) -> None:
    """Draw how many planted errors each selection keeps, where some were planted."""
    rows = data.planted(truth, found)
    if rows:
        st.markdown("## Planted errors kept")
        table(rows, "compare_planted")
        st.caption("Errors planted on purpose. Chance: what a random coreset of the same size keeps in the mean.")


def seeds(found: Sequence[Member]) -> None:
    """Draw how alike the coresets of each selection are over seeds."""
    st.markdown("## Stability over seeds")
    slow = [one.name for one in found if data.is_slow(one)]
    wanted = found
    if slow and not st.toggle(
        f"Also {markdown_safe(', '.join(slow))}: picks anew for every seed, can take minutes", key="compare_slow"
    ):
        wanted = [one for one in found if one.name not in slow]
    with st.spinner("Coresets of other seeds …", show_time=True):
        told = data.seeds(wanted)
    sizes = np.array([one.found.kept.sum() for one in found])
    expected = np.diag(by_chance(sizes, len(found[0].found.kept)))
    chance = {one.name: float(value) for one, value in zip(found, expected, strict=True)}
    if not any(one.found for one in told):
        st.info(
            "There is one seed of each. Record the same training with other seeds, under Record, to see how far a "
            "selection depends on the seed."
        )
        return
    spec, height = charts.seeds(told, chance)
    words = ", ".join(f"{one.name} over {one.over} {one.found.mean:.2f}" for one in told if one.found)
    draw_chart(
        spec,
        height=height,
        key="compare_seeds",
        alt=f"Mean overlap of coresets of different seeds: {words}",
    )
    table(data.seed_table(told, chance), "compare_seed_table")
    alone = [markdown_safe(one.name) for one in told if one.over == "recordings" and not one.found]
    if alone:
        st.caption(
            f"{', '.join(alone)}: one recording, so nothing to compare over recordings. Record the same training with "
            "other seeds, or choose a selection that averages no runs."
        )
    st.caption(
        "Mean Jaccard overlap of every two of n coresets that differ in a seed only: of the recording (runs of the same "
        "recipe), or of the draw. Lines: lowest and highest pair; n = 2 is one pair, without a range. A method that does "
        "not read the recording, as random, keeps the same in each."
    )


def take_away(found: Sequence[Member], images: ImageSet | None) -> None:
    """Draw the downloads and commands of one selection, which is chosen here."""
    st.markdown("## Take a selection away")
    by_name = {one.name: one for one in found}
    chosen = st.selectbox("Selection", list(by_name), key="compare_take", width=260)
    export_panel.draw(by_name[chosen].spec, images)
