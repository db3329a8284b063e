"""Data map: where the samples lie by two scores; areas drawn on it are looked at, exported, excluded."""

import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import run_and_method
from coreset_engine.dashboard.controls.coreset import choose_coreset
from coreset_engine.dashboard.data_map import area, data, parts, replay
from coreset_engine.dashboard.sample_dialog.dialog import open_sample
from coreset_engine.dashboard.shell import beside, failing_gracefully, page_setup, saved_views, tell_unshown

page_setup(
    "Data map", "Draw around samples to see them (Shift adds, Esc clears, a click finds one), or replay how they learn."
)
run_and_method.stop_without_runs()

with beside():
    spec = choose_coreset()
    run, dynamics, facts = spec.run, cached.dynamics(spec.run), cached.info(spec.run)
    saved_views.save_here("Data_map", {"run": run})
with st.container(key="data_map_head", horizontal=True, vertical_alignment="center"):
    st.caption(f"{run_and_method.run_line(run)}.")
    is_replay = replay.is_chosen()

with failing_gracefully(), st.spinner(f"Computing {spec.method} scores …", show_time=True):
    kept = cached.coreset(spec).kept
top = st.container(horizontal=True, vertical_alignment="bottom")
left, right = st.columns([9, 10], gap="small")
below, text = st.container(), st.container()
if is_replay:  # in the same places, since the map's images may still be on their way to theirs
    with below, failing_gracefully():
        row = replay.draw(run, kept)
    if row is not None:
        open_sample(run, row)
    st.stop()

with top, failing_gracefully():
    x, y = (parts.choose_axis(which, spec, dynamics.epochs) for which in ("x", "y"))
    row = parts.choose_mark(dynamics.n_samples)
    words, found = parts.choose_filter(spec, facts.names)
    excluded = cached.excluded(spec)
    view = data.MapView(spec, dynamics, cached.images(run), facts.names, kept, excluded, x, y, words, found)
    by = area.choose_colour(view)

with text:
    shapes, zoom = area.texts()
inside = data.inside(shapes, x, y, found)
opened = False
with left, failing_gracefully():
    canvas = area.draw_canvas(view, by, shapes, zoom, row)
    if row is not None and inside.any():
        opened = parts.marked(view, row)
    area.explain(canvas)
with right, failing_gracefully():
    if inside.any():
        parts.summary(view, inside)
        parts.gallery(view, inside)
    else:
        opened = parts.without_area(view, area.regions(view), row) or opened
if inside.any():
    with below, failing_gracefully():
        parts.details(view, inside, data.text(shapes))
area.send_images(canvas)
if opened and row is not None:
    open_sample(run, row)
tell_unshown()
