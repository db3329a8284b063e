"""Data map: where the samples lie by two scores; areas drawn on it are looked at, taken away, or change the coreset."""

import streamlit as st

from coreset_engine.dashboard import (
    beside,
    controls,
    data_map,
    explore,
    failing_gracefully,
    map_area,
    map_parts,
    page_setup,
    readers,
    saved_views,
)
from coreset_engine.dashboard.sample import open_sample

page_setup("Data map")
controls.stop_without_runs()

with beside():
    run = controls.choose_run()
    dynamics, facts = readers.dynamics(run), readers.info(run)
    setting = controls.choose_setting(dynamics.epochs)
    average = explore.choose_average(run)
    exclusion, excluded = controls.choose_exclusion(facts.dataset_sha256)
    saved_views.save_here("Data_map", {"run": run})

st.caption(
    f"{controls.run_line(run)}. Draw around samples to see what they are; Shift adds a further area, a click marks a sample."
)
with failing_gracefully():
    names = tuple(facts.class_names) or tuple(f"class {c}" for c in range(facts.classes))
    with st.spinner(f"{setting.method} at work …", show_time=True):
        kept = map_parts.coreset(run, average, setting, excluded)

left, right = st.columns([6, 5], gap="medium")
with left, failing_gracefully():
    with st.container(horizontal=True, vertical_alignment="bottom"):
        x, y = (map_parts.choose_axis(which, run, average, dynamics.epochs, setting) for which in ("x", "y"))
        row = map_parts.choose_mark(dynamics.n_samples)
    seen = map_parts.Seen(run, average, dynamics, readers.images(run), names, setting, kept, exclusion, excluded, x, y)
    place = st.container()
    shapes, shown = map_area.texts()
    with place:
        map_area.canvas(seen, shapes, shown, row)
    if {x.name, y.name} == set(data_map.PAPER):
        st.caption(data_map.REGIONS)

inside = data_map.inside(shapes, x, y)
opened = False
with right:
    if inside.any():
        map_parts.summary(seen, inside)
        map_parts.courses(seen, inside)
    else:
        st.info("No sample is selected. Draw a lasso or a box around some on the map.", icon=":material/gesture:")
        regions = data_map.region_table(map_area.regions(seen), x, y, kept, seen.truth)
        if regions:
            st.dataframe(regions, hide_index=True, key="data_map_regions")
            st.caption("Thirds of the samples: the most confident, the most variable and the least confident ones.")
        if row is not None:
            opened = map_parts.marked(seen, row)
if inside.any():
    st.markdown("## Images of the area")
    left, right = st.columns([8, 3], gap="medium")
    with left:
        map_parts.gallery(seen, inside)
    with right:
        if row is not None:
            opened = map_parts.marked(seen, row)
    st.markdown("## Take the area away")
    map_parts.take_away(seen, inside, data_map.text(shapes))
if opened:
    open_sample(run, row)
