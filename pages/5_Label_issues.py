"""Label issues: labels that are likely wrong and images that are almost the same; what is ticked can be excluded."""

import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import exclusion_panel, exclusions, run_and_method
from coreset_engine.dashboard.controls.exclusion import choose_exclusion
from coreset_engine.dashboard.label_issues import near_duplicates, parts, wrong_labels
from coreset_engine.dashboard.label_issues.data import IssueView
from coreset_engine.dashboard.sample_dialog.dialog import open_sample
from coreset_engine.dashboard.shell import beside, failing_gracefully, page_setup, saved_views, tell_unshown

page_setup("Label issues", "Labels that are likely wrong, and images that are almost the same. Tick what to exclude.")
run_and_method.stop_without_runs()

with beside():
    run = run_and_method.choose_run()
    facts, dynamics = cached.info(run), cached.dynamics(run)
    name, _ = choose_exclusion(facts.dataset_sha256)
    saved_views.save_here("Label_issues", {"run": run})
with failing_gracefully():
    work = exclusions.open_work(run, facts, name)
view = IssueView(run, dynamics, facts.names, cached.images(run), work, facts.folds)

st.caption(run_and_method.run_line(run))
exclusion_panel.draw(work, dynamics.labels, facts.names)
left, right = st.columns([7, 4], gap="medium")
with left:
    top = st.container(horizontal=True, vertical_alignment="bottom")
with top:
    draw = wrong_labels.draw if parts.choose_list() == parts.LABELS else near_duplicates.draw
shown = draw(view, top, left, right)
parts.export_list(shown)
if shown.opened is not None:
    open_sample(run, shown.opened, shown.rows)
tell_unshown()
