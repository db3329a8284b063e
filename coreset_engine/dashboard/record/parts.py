"""What the Record page draws: the form of a recording, and learning curves."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from coreset_engine import architectures, store
from coreset_engine.config import Recipe
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.controls import run_and_method
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.record import (
    charts,
    data,
    noise_injection,
    preview,
    preview_panel,
    recipe_fields,
    upload_panel,
)
from coreset_engine.dashboard.shell import changing, failing_gracefully, links
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.datasets import own_names
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RecordingRequest

OWN = (
    "A MedMNIST-format .npz, or a folder: one sub-folder of pictures per class, or `train`, `val` and `test` with those in "
    "them; else each class is split 70/10/20. Pictures are cropped to squares and scaled to the height chosen."
)
NEWEST = "record_newest"  # session state: the run whose recording was started last


def recording() -> None:
    """Draw the form of a recording with its buttons and its command, and start what is asked for."""
    with st.container(border=True):
        left, right = st.columns(2)
        upload_panel.draw(left)
        with failing_gracefully():
            sources = data.sources()
        names = own_names.by_name(sources)
        spec = names[left.selectbox("Data set", list(names), key="dataset", bind="query-params", help=OWN)]
        chosen = sources[spec]
        left.caption(f"**{markdown_safe(chosen.label)}:** {markdown_safe(chosen.facts)}")
        side = _side(left, chosen.sides)
        preview_panel.where(left)
        folder = preview_panel.fields(left, spec) if chosen.own else FolderOptions()
        named = preview_panel.class_names(left, (spec, side, folder)) if chosen.own else ()
        graded = chosen.ordinal or bool(folder.grades) or preview_panel.is_ordinal((spec, side, folder))
        unnamed = replace(form(right, spec, side, ordinal=graded), folder=folder)
        free = data.free_name(unnamed)
        name = _run_name(left, free)
        with failing_gracefully():
            request = replace(unnamed, run=name, class_names=named)
        measure, go = _buttons(request, chosen)
        with st.expander("As a command and as Python"):
            code_tabs.draw(requests.commands([request]), requests.python([request]))
    with failing_gracefully():
        if measure:
            with st.spinner("Training one batch …"):
                st.success(data.estimate(request))
        if go:
            data.start(request)
            st.session_state[NEWEST] = name  # preselected below as soon as its file is there
            st.toast(f"{name} is being recorded.")


def _side(place: DeltaGenerator, sides: tuple[int, ...]) -> int | None:
    """Draw the choice among several heights and return it; None where there is none."""
    if len(sides) < 2:
        return None
    return place.selectbox("Height (px)", sides, key="record_side", bind="query-params")


def _run_name(place: DeltaGenerator, free: str) -> str:
    """Draw the name of the run and return it, the free one where none is typed."""
    name = place.text_input("Name of the run", key="record_name", bind="query-params", max_chars=64, placeholder=free)
    return name or free


def _buttons(request: RecordingRequest, chosen: data.Source) -> tuple[bool, bool]:
    """Draw the buttons, what a check of own images has found, and what hinders; return whether to measure and to start."""
    asked = (request.dataset, request.side, request.folder)
    with st.container(horizontal=True, vertical_alignment="center"):
        check = chosen.own and st.button(
            "Check the images", key="record_check", icon=":material/fact_check:", **changing()
        )
        buttons = st.container(horizontal=True, width="content")
    if chosen.own and (preview_panel.is_to_check() or check):
        preview_panel.check(asked)
    found = preview_panel.checked(asked) if chosen.own else None
    if not chosen.own:
        preview_panel.warn_of_leakage(request.dataset, request.side)
    mismatch = found.refusal(request.class_names) if isinstance(found, preview.Preview) else ""
    size = found.size if isinstance(found, preview.Preview) else chosen.size(request.side)
    refusal = data.size_refusal(request.architecture, size)
    hindered = changing(disabled=bool(refusal or mismatch) or isinstance(found, str))
    with buttons:
        measure = st.button("Estimate the time", key="record_estimate", icon=":material/timer:", **hindered)
        go = st.button(
            "Start recording", type="primary", key="record_start", icon=":material/fiber_manual_record:", **hindered
        )
    if refusal:
        st.warning(markdown_safe(refusal), icon=":material/photo_size_select_small:")
    if mismatch:
        st.warning(markdown_safe(mismatch), icon=":material/label:")
    preview_panel.draw(found, request.class_names)
    return measure, go


def form(place: DeltaGenerator, spec: str, side: int | None, *, ordinal: bool = False) -> RecordingRequest:
    """Draw architecture, epochs and seed, and under "Advanced" all else that `record` can be told; return it unnamed.

    Where classes are grades the loss is asked for, too.
    """
    entries = architectures.all_architectures()
    names = list(entries)
    name = place.selectbox("Surrogate", names, names.index("resnet8"), key="architecture", bind="query-params")
    first, second = place.columns(2)
    epochs = first.number_input("Epochs T", 4, 1000, 60, key="epochs", bind="query-params", help="The papers use 200.")
    seed = second.number_input(
        "Seed",
        0,
        10_000,
        0,
        key="record_seed",
        bind="query-params",
        help="Of the weights and of the order of images. Scores depend on it.",
    )
    with place.expander("Advanced"):
        trained = recipe_fields.training(spec, name, entries[name].learning_rate)
        trained |= recipe_fields.inputs()
        trained |= {"loss": recipe_fields.loss()} if ordinal else {}
        precision, device = recipe_fields.machine()
        kept = recipe_fields.kept(int(epochs))
    with place.expander("Inject errors"):
        corruption = noise_injection.fields()
    recipe = Recipe(epochs=int(epochs), precision=precision, **trained)
    return RecordingRequest(
        "", spec, name, recipe, side=side, seed=int(seed), device=device, corruption=corruption, **kept
    )


def learning_curves() -> None:
    """Draw the choice of a run, and loss and accuracy of it so far; nothing without runs."""
    runs = store.run_names()
    if not runs:
        return
    st.markdown("## Learning curves")
    if st.session_state.get(NEWEST) in runs:
        st.session_state["recorded"] = st.session_state.pop(NEWEST)
    with failing_gracefully():
        before = links.carried("run")
        first = before if before in runs else runs[0]
        run_and_method.leave_unknown_run([first, *runs], "recorded")
        chosen, compared = st.columns(2)
        # a control of this page alone, for which links here say the run of the page before: one that others have, too, but
        # elsewhere, would take its value from their address. A default would not stand in the address
        run = chosen.selectbox("Run", runs, None, placeholder=first, key="recorded", bind="query-params") or first
        others = compared.multiselect(
            "Compare with",
            [name for name in runs if name != run],
            key="record_beside",
            bind="query-params",
            max_selections=4,
            placeholder="other runs",
        )
        again = 2.0 if data.is_running(run) else None
    st.fragment(_curves, run_every=again, key="record_curves")(run, others)


def _curves(run: str, others: list[str]) -> None:
    """Draw loss and accuracy of a run so far, and of those it is compared with."""
    with failing_gracefully():
        metrics, epochs = data.metrics(run)
        compared = {name: data.metrics(name) for name in others}
        axis = data.loss_axis([run, *others])
    if not len(metrics["train_loss"]):
        st.caption("The first epoch is not over yet.")
        return
    longest = max([epochs, *(other for _, other in compared.values())])
    both = charts.curves(metrics, longest, {name: found for name, (found, _) in compared.items()}, axis)
    named = ", ".join([f"run {run}", *others])
    for column, chart, name in zip(st.columns(2), both, ("Loss", "Accuracy"), strict=True):
        alt = f"{name} of {named} over the epochs"
        with column:
            draw_chart(chart, height=280, key=f"record_{name.lower()}", alt=alt)
