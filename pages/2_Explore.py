"""Explore: what a method and its windows keep of one run, live."""

import numpy as np
import streamlit as st

from coreset_engine import api, export
from coreset_engine.dashboard import (
    controls,
    failing_gracefully,
    live,
    markdown_safe,
    page_setup,
    readers,
    scrub,
    tiles,
    view,
)

TILES = 48  # a page of the gallery

page_setup("Explore")


def show_trajectory() -> None:
    """Show the trajectory of the image just chosen in the gallery."""
    st.session_state["samples"] = str(st.session_state["explore_tiles"].chosen)


controls.stop_without_runs()
with st.sidebar, failing_gracefully():
    run = controls.choose_run()
    dynamics = readers.dynamics(run)
    setting = controls.choose_setting(dynamics.epochs)

with failing_gracefully():
    facts, images = readers.info(run), readers.images(run)
    given = setting.options | setting.rule_options
    with st.spinner(f"{setting.method} at work …", show_time=True):
        choice = api.choose(readers.sources(run), setting.method, rate=setting.rate, rule=setting.rule, **given)
    current = view.view(choice)
names = tuple(facts.class_names) or tuple(f"class {c}" for c in range(facts.classes))

st.caption(f"{controls.run_line(run)}. Everything follows when you let go of a slider.")
counts = view.class_counts(dynamics.labels, facts.classes, current.kept)
with st.container(horizontal=True, gap="medium"):
    st.metric("Kept", f"{current.size:,} of {len(current.kept):,}", width="content")
    st.metric("Score at the cut", f"{current.threshold:.4g}" if setting.rule == "top" else "–", width="content")
    st.metric("Classes kept", f"{np.count_nonzero(counts[:, 1])} of {facts.classes}", width="content")
    for one in view.planted(images.truth, current.kept) if images else []:
        hint = f"Planted on purpose. A random coreset of this size keeps about {one.expected:,.0f}."
        st.metric(f"Planted {one.kind} kept", f"{one.kept:,} of {one.total:,}", help=hint, width="content")

absent = [names[c] for c in range(facts.classes) if counts[c, 0] and not counts[c, 1]]
if absent:
    st.warning(f"Nothing is kept of {len(absent)} class(es): {', '.join(map(markdown_safe, absent))}.")

pair = setting.spans[0] if setting.spans and setting.spans[0].late > setting.spans[0].early else None
left, right = st.columns([5, 4], gap="medium")
with right:
    st.echarts_chart(
        live.histogram(
            view.histogram(current), current.threshold if setting.rule == "top" else None, f"{setting.method} score"
        ),
        height=300,
        key="explore_scores",
        alt=f"Histogram of the {setting.method} score with the kept samples marked",
    )
if pair:
    with left:
        form = "mean" if setting.method == "exp-dual" else given.get("combine", "variance")
        scrub.draw(run, pair, setting.rate, form, "explore_scrub", controls.take_windows)
        st.caption("Mean error norm of every class. Drag a window: the bars follow with the scores of 500 samples.")
    left, right = st.columns([7, 3], gap="medium")
else:
    left, right = st.container(), left
with right:
    spec, height = live.classes(counts, names)
    st.echarts_chart(
        spec, height=height, key="explore_classes", alt="Share of every class in all data and in the coreset"
    )
with left:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        group = st.segmented_control(
            "Images", view.GROUPS, default="kept", required=True, key="group", bind="query-params"
        )
        chosen = st.selectbox("Class", ["all", *names], key="class", bind="query-params", width=180)
    rows = view.of_class(current.members(group), dynamics.labels, names, chosen)
    pages = max(1, -(-len(rows) // TILES))
    page = st.pagination(pages, max_visible_pages=5, key="page", bind="query-params") if pages > 1 else 1
    shown = rows[(page - 1) * TILES : page * TILES]
    if images is None:
        st.info("This run has no images here (imported, or the image cache was removed). Scores and exports work.")
    elif len(shown):
        shown_tiles = [
            tiles.Tile(row, "kept" if current.kept[row] else "dropped", caption)
            for row, caption in zip(shown.tolist(), view.captions(dynamics, shown.tolist(), names), strict=True)
        ]
        tiles.draw(images.images["train"], shown_tiles, "explore_tiles", show_trajectory)
    st.caption(
        f"{len(rows):,} images, {view.ORDER[group]}. The number is the row in the train split, blue marks what is kept; "
        "choose an image to see its trajectory. Grey values are the file's own, enlarged without interpolation."
    )
st.markdown("#### Error-norm trajectories")
text = st.text_input(
    "Rows of the train split",
    key="samples",
    bind="query-params",
    placeholder="e.g. 12, 345; empty: the first six shown above",
)
with failing_gracefully():
    picked = view.parse_rows(text, len(current.kept)) or shown[:6].tolist()
st.echarts_chart(
    live.trajectories(dynamics.error_norms[:, picked], picked, view.captions(dynamics, picked, names), setting.spans),
    height=300,
    key="explore_trajectories",
    alt=f"Error norm over the epochs of samples {', '.join(map(str, picked))}",
)

st.markdown("#### Take the coreset away")
kinds = {
    "csv": "CSV: rows, labels, scores",
    "npy": "NPY: rows",
    "json": "JSON: manifest",
    "npz": "NPZ: images, MedMNIST format",
}
with st.container(horizontal=True):
    for kind, title in kinds.items():
        st.download_button(
            title,
            data=lambda kind=kind: export.as_bytes(
                export.coreset_of(run, setting.method, setting.rate, setting.rule, given), kind, images
            ),
            file_name=f"{run}-{setting.method}-{setting.rate:g}.{kind}",
            key=f"explore_export_{kind}",
            on_click="ignore",
            disabled=kind == "npz" and images is None,
            icon=":material/download:",
        )
st.code(view.command(run, setting.method, setting.rate, setting.rule, given), language="bash", wrap_lines=True)
if pair:
    scrub.store(run, readers.trajectories(run))
