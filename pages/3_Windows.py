"""Windows: what EVA would keep with every pair of windows of a run, with the accuracies measured so far."""

import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import paper_windows, rule_and_rate, run_and_method, windows
from coreset_engine.dashboard.coresets import export_panel
from coreset_engine.dashboard.shell import beside, failing_gracefully, jobs_panel, page_setup, saved_views, tell_unshown
from coreset_engine.dashboard.windows import charts, choices, data, outcomes, parts, retrain, search_panel
from coreset_engine.executors import queue

page_setup("Windows", "What EVA would keep with every pair of windows. Click a cell and the windows move there.")
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
    request = data.request(run, current, rate)
    choice = parts.choose(request, dynamics.epochs, dynamics.n_samples)
    compared = parts.compared(request, choice, dynamics.epochs)
    made = data.made(compared, choice.measure.name, choice.step, choice.every_pair)
    cells = charts.cells(made, choice.measure.name) if made else None
    paper = outcomes.published(facts.dataset, dynamics.epochs, current.length, rate)
    grid = choices.grid(dynamics.epochs, current.length) if cells and cells.few else []
    place = choices.Place(run, current, rate, facts, choices.best(choice.reached), paper)
    jobs = queue.all_jobs()
    under_way = search_panel.under_way(place, jobs)
marks = parts.marks_of(choice, compared, current, grid, paper, under_way)
left, right = st.columns([7, 3], gap="medium")
with left:
    if cells is None:
        parts.offer_job(compared, dynamics.epochs, current)
    else:
        parts.chart(cells, choice.measure, current.length, marks)
with right:
    with failing_gracefully():
        search_panel.draw(place, jobs, choice.reached)
    retrain.draw(place, choices.hindrance(facts, images))
    parts.explain(cells, choice.measure, compared, current, marks)
    parts.tell_sample(made, dynamics.n_samples)
    if cells is not None and compared.windows != current:
        parts.offer_comparison(current)
search_panel.watch(run)

# drawn on demand: its buttons would slow every click on the map by 60 ms
if st.toggle("Export the coreset of these windows", key="window_map_take"):
    with failing_gracefully():
        export_panel.draw(data.spec_of(request), images)

st.markdown("## Maps and retrainings under way and done")
jobs_panel("window_map", ("map", "retrain", "sweep"))
tell_unshown()
