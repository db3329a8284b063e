"""Results: accuracy against selection rate, how sure it is, which classes pay for it, what it costs; papers beside it."""

import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import run_and_method
from coreset_engine.dashboard.results import papers_parts, parts, retrainings
from coreset_engine.dashboard.shell import beside, failing_gracefully, page_setup, saved_views, tell_unshown

page_setup("Results", "What coresets reach, how sure that is, which classes pay for it, and what it costs.")

with failing_gracefully():
    table = cached.result_table(modes=True)
tab = parts.choose_tab(papers_parts.KEYS)
if tab == parts.PAPERS:
    with beside():
        published = papers_parts.choose_table()
        criteria = papers_parts.choose_ours(published, table)
        saved_views.save_here("Results", {"tab": tab})
    with failing_gracefully():
        papers_parts.draw(published, criteria, table)
    st.stop()

with failing_gracefully():
    parts.tell_problems()
if table.empty:
    run_and_method.stop_without_runs()
    parts.draw_nothing()
    st.stop()
with beside():
    scope = parts.choose(table)
    saved_views.save_here("Results", {})
if scope.visible().empty:
    st.info("Every method is hidden. Take one out of *Hide* or *Hidden rows*, or show other rows, in the sidebar.")
    st.stop()
means = parts.draw_accuracy(scope)
asked = parts.draw_parts(scope)
parts.draw_means(scope, means)
st.markdown("## Every retraining")
find = retrainings.draw(scope.visible())
parts.draw_code(scope, asked, find)
st.caption("Research use only: not a medical device.")
tell_unshown()
