"""Data map: where the samples lie by two scores; areas drawn on it are looked at, taken away, left out."""

from dataclasses import replace

import streamlit as st

from coreset_engine.dashboard import (
    beside,
    controls,
    data_map,
    explore,
    failing_gracefully,
    map_area,
    map_parts,
    map_takeaway,
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
    spec = controls.choose_spec(run, dynamics.epochs)
    average = explore.choose_average(run)
    exclusion, excluded = controls.choose_exclusion(facts.dataset_sha256)
    spec = replace(spec, average=average, exclusion=exclusion)
    saved_views.save_here("Data_map", {"run": run})

st.caption(
    f"{controls.run_line(run)}. Draw around samples to see them; Shift adds an area, Esc clears it, a click marks a sample."
)
with failing_gracefully():
    names = facts.names
    with st.spinner(f"{spec.method} at work …", show_time=True):
        kept = readers.coreset(spec).kept

with failing_gracefully(), st.container(horizontal=True, vertical_alignment="bottom"):
    x, y = (map_parts.choose_axis(which, spec, dynamics.epochs) for which in ("x", "y"))
    row = map_parts.choose_mark(dynamics.n_samples)
    seen = map_parts.Seen(spec, dynamics, readers.images(run), names, kept, excluded, x, y)
    by = map_area.choose_colour(seen)

left, right = st.columns([9, 10], gap="small")
below, text = st.container(), st.container()
with text:
    shapes, shown = map_area.texts()
inside = data_map.inside(shapes, x, y)
opened = False
with left, failing_gracefully():
    drawn = map_area.canvas(seen, by, shapes, shown, row)
    if row is not None and inside.any():
        opened = map_parts.marked(seen, row)
    map_area.explain(seen, drawn)
with right, failing_gracefully():
    if inside.any():
        map_parts.summary(seen, inside)
        map_parts.gallery(seen, inside)
    else:
        st.info("No sample is selected. Draw a lasso or a box around some on the map.", icon=":material/gesture:")
        map_parts.regions(seen, map_area.regions(seen))
        if row is not None:
            opened = map_parts.marked(seen, row)
if inside.any():
    with below:
        for place, part in zip(st.columns(2, gap="medium"), (map_parts.shares, map_parts.courses), strict=True):
            with place:
                part(seen, inside)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            st.markdown("## Take the area away")
            map_takeaway.take_away(seen, inside, data_map.text(shapes))
        with right, failing_gracefully():
            st.markdown("## Leave the area out")
            map_takeaway.leave_out(seen, inside)
map_area.send_images(seen, drawn)
if opened:
    open_sample(run, row)
