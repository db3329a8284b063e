"""Window map: what EVA would keep with every pair of windows of a run, with the accuracies measured so far."""

import streamlit as st

from coreset_engine.dashboard import (
    beside,
    controls,
    failing_gracefully,
    jobs_panel,
    markdown_safe,
    page_setup,
    readers,
    saved_views,
    snap,
    takeaway,
    window_chart,
    window_controls,
    window_map,
    window_results,
    window_runs,
)
from coreset_engine.dashboard.comparison import FIGURES

page_setup("Window map", "What EVA would keep with every pair of windows. Press a cell and the windows jump there.")
controls.stop_without_runs()

with beside():
    run = controls.choose_run()
    dynamics, facts, images = readers.dynamics(run), readers.info(run), readers.images(run)
    current = controls.window_pair(dynamics.epochs)
    rate = controls.choose_rate()
    snap.draw(facts.dataset, dynamics.epochs)
    saved_views.save_here("Window_map", {"run": run})
st.caption(f"{controls.run_line(run)}. EVA with the plain sum of both variances, rule top.")

with failing_gracefully():
    wanted = window_map.asked(run, current, rate)
    step = window_map.step_at_once(dynamics.epochs, current.length, dynamics.n_samples)
    state = window_results.state_of(run)
    rows = window_results.accuracies(readers.result_table(), run, current.length, rate, state)
    groups = window_results.trainings(rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = window_controls.choose_measure(window_map.offered(wanted))
        fine = window_controls.choose_grid(step, current)
        figure, group = window_controls.choose_accuracy(groups)
    if fine:
        compared = window_map.reference(st.query_params[window_controls.COMPARED], dynamics.epochs, current)
        wanted = window_map.asked(run, compared, rate)
        made = window_map.made_by_a_job(wanted)
    else:
        made = window_map.at_once(wanted, measure.name, step)
    grid = window_runs.grid(dynamics.epochs, current.length)

shown = window_chart.cells(made, measure.name) if made else None
found = window_results.measured(groups[group], figure) if group else []
paper = window_results.published(facts.dataset, dynamics.epochs, current.length, rate)
tried = {(one.early, one.late) for one in found}
marks = window_chart.Marks(
    current=(current.early, current.late),
    reference=(wanted.windows.early, wanted.windows.late),
    measured=found,
    figure=FIGURES[figure],
    untried=[pair for pair in grid if pair not in tried] if shown and shown.few else [],
    published=(paper.early, paper.late) if paper else None,
)
left, right = st.columns([7, 3], gap="medium")
with left:
    if shown is None:
        window_controls.offer_job(wanted, dynamics.epochs, current)
    else:
        window_controls.chart(shown, measure, current.length, marks)
with right:
    for sentence in window_controls.explanation(shown, measure, wanted, current, marks):
        st.markdown(markdown_safe(sentence))
    if fine and shown and wanted.windows != current:
        window_controls.offer_comparison(current)
    batches = window_runs.batches(current, dynamics.epochs, paper, facts.dataset)
    hindered = window_runs.hindrance(facts, images)
    window_runs.buttons(batches, hindered)
asked = st.session_state.get(window_runs.ASKED)
if asked and batches[asked][0].pairs and not hindered:
    window_runs.confirm(run, batches[asked][0], rate, facts)

# drawn on demand: its buttons would slow every press on the map by 60 ms
if st.toggle("Take the coreset of these windows away", key="window_map_take"):
    with failing_gracefully():
        takeaway.draw(window_map.selection(run, current, rate), images)

st.markdown("## Maps and retrainings under way and done")
jobs_panel("window_map", ("map", "retrain"))
