"""Record: train a surrogate on all images while its dynamics are recorded."""

from dataclasses import replace

import streamlit as st

from coreset_engine import store
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.record import parts
from coreset_engine.dashboard.shell import failing_gracefully, jobs_panel, links, page_setup
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.pipeline import requests

page_setup("Record", "Train a surrogate once on all train images; the error of every sample in every epoch is kept.")

with failing_gracefully():
    sources = parts.sources()
with st.container(border=True):
    left, right = st.columns(2)
    spec = left.selectbox("Data set", list(sources), key="dataset", bind="query-params")
    chosen = sources[spec]
    left.caption(f"**{markdown_safe(chosen.label)}:** {markdown_safe(chosen.facts)}")
    side = left.selectbox("Height (px)", chosen.sides, key="record_side") if len(chosen.sides) > 1 else None
    left.caption(
        f"Own images: put a MedMNIST-format .npz, or a folder, into `{parts.shown_root()}` and reload this page. A "
        "folder holds one sub-folder of pictures a class, or `train`, `val` and `test` with those in them; else each class "
        "is split 70/10/20. Pictures are cropped to squares and scaled to the height chosen."
    )
    unnamed = parts.form(right, spec, side)
    free = parts.free_name(unnamed)
    name = left.text_input("Name of the run", key="record_name", max_chars=64, placeholder=free) or free
    request = replace(unnamed, run=name)
    with st.container(horizontal=True, vertical_alignment="center"):
        measure = st.button("Estimate the time", key="record_estimate", icon=":material/timer:")
        go = st.button("Start recording", type="primary", key="record_start", icon=":material/fiber_manual_record:")
    with st.expander("As a command and as Python"):
        code_tabs.draw(requests.commands([request]), requests.python([request]))

with failing_gracefully():
    if measure:
        with st.spinner("Training one batch …"):
            st.success(parts.estimate(request))
    if go:
        parts.start(request)
        st.session_state["record_newest"] = name  # preselected below as soon as its file is there
        st.toast(f"{name} is being recorded.")

st.markdown("## Recordings under way and done")
jobs_panel("record", ("record", "demo"))

runs = store.run_names()
if runs:
    st.markdown("## Learning curves")
    if st.session_state.get("record_newest") in runs:
        st.session_state["recorded"] = st.session_state.pop("record_newest")
    with failing_gracefully():
        chosen, compared = st.columns(2)
        # a control of this page alone: one that others have, too, but elsewhere, would take its value from their address
        before = links.carried("run")
        run = chosen.selectbox(
            "Run", runs, runs.index(before) if before in runs else 0, key="recorded", bind="query-params"
        )
        beside = compared.multiselect(
            "Beside it", [name for name in runs if name != run], key="record_beside", bind="query-params",
            max_selections=4, placeholder="other runs, to compare",
        )  # fmt: skip

    @st.fragment(run_every=2.0 if parts.is_running(run) else None)
    def live_curves() -> None:
        """Draw loss and accuracy so far; refreshed while the run is being recorded."""
        with failing_gracefully():
            found = {name: parts.curves(name) for name in (run, *beside)}
        if not len(found[run][0]["train_loss"]):
            st.caption("The first epoch is not over yet.")
            return
        parts.draw_curves(found)

    live_curves()
