"""Compare: up to eight selections side by side."""

import streamlit as st

from coreset_engine.dashboard.compare import data, listing, parts
from coreset_engine.dashboard.controls import run_and_method
from coreset_engine.dashboard.controls.coreset import choose_coreset
from coreset_engine.dashboard.coresets import compared
from coreset_engine.dashboard.shell import beside, failing_gracefully, page_setup, saved_views, tell_unshown

page_setup("Compare", "What several selections share, and what each keeps alone. The link holds the comparison.")
run_and_method.stop_without_runs()
chosen = listing.current()
with beside():
    now = choose_coreset()
    compared.add_button(now, link=False)
    saved_views.save_here("Compare", {"run": now.run})

selections = chosen or listing.suggest(now)
with failing_gracefully(), st.spinner("Computing coresets …", show_time=True):
    found, problems = data.members(selections)
if chosen:
    listing.listing(selections, problems)
if len(found) < 2:
    st.info("One more selection is needed to compare. Add one from the sidebar, or on the Explore page.")
if not found:
    st.stop()
comparison = data.Comparison(found)
with failing_gracefully():
    parts.table(data.summary(comparison), "compare_table")

left, right = st.columns(2, gap="medium")
with left:
    parts.overlap(comparison)
with right:
    parts.agreement(comparison)
left, right = st.columns([4, 5], gap="medium")
with right:
    part = parts.choose_part(comparison)
    shown, opened = parts.images(comparison, part)
with left:
    parts.bars(comparison)
    parts.why(comparison, shown)

left, right = st.columns(2, gap="medium")
with left:
    parts.classes(comparison)
    parts.injected(comparison)
with right:
    parts.seeds(comparison)
with failing_gracefully():
    parts.export_coreset(comparison)
if opened is not None:
    parts.open_image(comparison, part.place, shown, opened)
tell_unshown()
