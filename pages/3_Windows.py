"""Window map: what EVA would keep with every pair of windows of a run, with the accuracies measured so far."""

import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import paper_windows, rule_and_rate, run_and_method, windows
from coreset_engine.dashboard.coresets import export_panel
from coreset_engine.dashboard.shell import (
    beside,
    failing_gracefully,
    jobs_panel,
    markdown_safe,
    page_setup,
    saved_views,
)
from coreset_engine.dashboard.windows import charts, data, outcomes, parts, retrain
from coreset_engine.results import FIGURES

page_setup("Windows", "What EVA would keep with every pair of windows. Press a cell and the windows jump there.")
run_and_method.stop_without_runs()

with beside():
    run = run_and_method.choose_run()
    dynamics, facts, images = cached.dynamics(run), cached.info(run), cached.images(run)
    current = windows.choose_pair(dynamics.epochs)
    rate = rule_and_rate.choose_rate()
    paper_windows.draw(facts.dataset, dynamics.epochs)
    saved_views.save_here("Windows", {"run": run})
st.caption(f"{run_and_method.run_line(run)}. EVA with the plain sum of both variances, rule top.")

with failing_gracefully():
    wanted = data.asked(run, current, rate)
    step = data.step_at_once(dynamics.epochs, current.length, dynamics.n_samples)
    state = outcomes.state_of(run)
    rows = outcomes.accuracies(cached.result_table(), run, current.length, rate, state)
    groups = outcomes.trainings(rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = parts.choose_measure(data.offered(wanted))
        fine = parts.choose_grid(step, current)
        figure, group = parts.choose_accuracy(groups)
    if fine:
        compared = data.reference(st.query_params[parts.COMPARED], dynamics.epochs, current)
        wanted = data.asked(run, compared, rate)
        made = data.made_by_a_job(wanted)
    else:
        made = data.at_once(wanted, measure.name, step)
    grid = retrain.grid(dynamics.epochs, current.length)

shown = charts.cells(made, measure.name) if made else None
found = outcomes.measured(groups[group], figure) if group else []
paper = outcomes.published(facts.dataset, dynamics.epochs, current.length, rate)
tried = {(one.early, one.late) for one in found}
marks = charts.Marks(
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
        parts.offer_job(wanted, dynamics.epochs, current)
    else:
        parts.chart(shown, measure, current.length, marks)
with right:
    for sentence in parts.explanation(shown, measure, wanted, current, marks):
        st.markdown(markdown_safe(sentence))
    if fine and shown and wanted.windows != current:
        parts.offer_comparison(current)
    batches = retrain.batches(run, current, rate, facts, paper)
    hindered = retrain.hindrance(facts, images)
    retrain.buttons(batches, hindered)
asked = st.session_state.get(retrain.ASKED)
if asked and batches[asked][0] and not hindered:
    retrain.confirm(retrain.TITLES[asked], batches[asked][0], facts)

# drawn on demand: its buttons would slow every press on the map by 60 ms
if st.toggle("Take the coreset of these windows away", key="window_map_take"):
    with failing_gracefully():
        export_panel.draw(data.selection(run, current, rate), images)

st.markdown("## Maps and retrainings under way and done")
jobs_panel("window_map", ("map", "retrain"))
