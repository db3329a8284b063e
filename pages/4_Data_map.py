"""Data map: where the samples lie by two scores; areas drawn on it are looked at, taken away, left out."""

from dataclasses import replace

import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import run_and_method
from coreset_engine.dashboard.controls.exclusion import choose_exclusion
from coreset_engine.dashboard.data_map import area, code, data
from coreset_engine.dashboard.data_map.parts import (
    Seen,
    choose_axis,
    choose_mark,
    courses,
    gallery,
    marked,
    regions,
    shares,
    summary,
)
from coreset_engine.dashboard.explore.parts import choose_average
from coreset_engine.dashboard.sample_dialog.dialog import open_sample
from coreset_engine.dashboard.shell import beside, failing_gracefully, page_setup, saved_views

page_setup("Data map")
run_and_method.stop_without_runs()

with beside():
    run = run_and_method.choose_run()
    dynamics, facts = cached.dynamics(run), cached.info(run)
    spec = run_and_method.choose_spec(run, dynamics.epochs)
    average = choose_average(run)
    exclusion, excluded = choose_exclusion(facts.dataset_sha256)
    spec = replace(spec, average=average, exclusion=exclusion)
    saved_views.save_here("Data_map", {"run": run})

st.caption(
    f"{run_and_method.run_line(run)}. Draw around samples to see them; Shift adds an area, Esc clears it, a click marks a "
    "sample."
)
with failing_gracefully():
    names = facts.names
    with st.spinner(f"{spec.method} at work …", show_time=True):
        kept = cached.coreset(spec).kept

with failing_gracefully(), st.container(horizontal=True, vertical_alignment="bottom"):
    x, y = (choose_axis(which, spec, dynamics.epochs) for which in ("x", "y"))
    row = choose_mark(dynamics.n_samples)
    seen = Seen(spec, dynamics, cached.images(run), names, kept, excluded, x, y)
    by = area.choose_colour(seen)

left, right = st.columns([9, 10], gap="small")
below, text = st.container(), st.container()
with text:
    shapes, shown = area.texts()
inside = data.inside(shapes, x, y)
opened = False
with left, failing_gracefully():
    drawn = area.canvas(seen, by, shapes, shown, row)
    if row is not None and inside.any():
        opened = marked(seen, row)
    area.explain(seen, drawn)
with right, failing_gracefully():
    if inside.any():
        summary(seen, inside)
        gallery(seen, inside)
    else:
        st.info("No sample is selected. Draw a lasso or a box around some on the map.", icon=":material/gesture:")
        regions(seen, area.regions(seen))
        if row is not None:
            opened = marked(seen, row)
if inside.any():
    with below:
        for place, part in zip(st.columns(2, gap="medium"), (shares, courses), strict=True):
            with place:
                part(seen, inside)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            st.markdown("## Take the area away")
            code.take_away(seen, inside, data.text(shapes))
        with right, failing_gracefully():
            st.markdown("## Leave the area out")
            code.leave_out(seen, inside)
area.send_images(seen, drawn)
if opened:
    open_sample(run, row)
