"""What the Record page draws: the form of a recording, and learning curves."""

from dataclasses import replace
from typing import Any, get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from coreset_engine import architectures, store
from coreset_engine.config import DEVICES, LOSSES, Augmentation, Loss, Precision, Recipe
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.record import (
    charts,
    data,
    noise_injection,
    preview,
    preview_panel,
    upload_panel,
)
from coreset_engine.dashboard.shell import changing, failing_gracefully, links
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RecordingRequest, augments

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
PROBABILITIES = ("auto", "float32", "float16", "none")
MODES = ("train", "eval")
HOW: dict[str, Augmentation] = {
    "crop only": "crop",
    "flip only": "flip",
    "crop, mirrored at the edge, and flip": "reflect-flip",
}
AUGMENT = {"by data set": None, "yes": True, "no": False} | dict.fromkeys(HOW, True)
SCHEDULES = ("cosine", "cosine:0.0001", "constant")
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
        spec = left.selectbox("Data set", list(sources), key="dataset", bind="query-params", help=OWN)
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
        trained = _training_fields(spec, name, entries[name].learning_rate)
        trained |= {"loss": _loss()} if ordinal else {}
        precision, device = _machine_fields()
        kept = _kept_fields(int(epochs))
    with place.expander("Inject errors"):
        corruption = noise_injection.fields()
    recipe = Recipe(epochs=int(epochs), precision=precision, **trained)
    return RecordingRequest(
        "", spec, name, recipe, side=side, seed=int(seed), device=device, corruption=corruption, **kept
    )


def _training_fields(spec: str, name: str, learning_rate: float) -> dict[str, Any]:
    """Draw what decides the numbers: batch size, learning rate, warm-up, augmentation; return it."""
    first, second = st.columns(2)
    batch = first.number_input(
        "Batch size", 1, 8192, Recipe.batch_size, key="record_batch", bind="query-params", help="The papers use 256."
    )
    rate = second.number_input(
        "Learning rate",
        1e-5,
        10.0,
        learning_rate,
        step=0.01,
        format="%g",
        key=f"record_rate_{name}",
        bind="query-params",
        help="Peak of the cosine; the default is the architecture's.",
    )
    warmup = first.slider(
        "Warm-up",
        0.0,
        0.5,
        Recipe.warmup,
        0.01,
        format="percent",
        key="record_warmup",
        bind="query-params",
        help="Share of the steps in which the learning rate rises from 0. The papers have none; without it some trainings "
        "collapse to one class.",
    )
    augment = second.selectbox(
        "Augment",
        list(AUGMENT),
        key="record_augment",
        bind="query-params",
        help="Crop with 4 px padding and horizontal flip. By data set: for CIFAR only, never for medical images.",
    )
    crops = AUGMENT[augment] if AUGMENT[augment] is not None else augments(spec)
    schedule = first.selectbox(
        "Schedule",
        SCHEDULES,
        key="record_schedule",
        bind="query-params",
        help="Of the learning rate: half a cosine down to 0 or to the rate given, as the code of EVA has it, or constant.",
    )
    told = {"augmentation": HOW.get(augment, Recipe.augmentation), "schedule": schedule}
    return {"batch_size": int(batch), "learning_rate": rate, "warmup": warmup, "augment": crops} | told


def _loss() -> Loss:
    """Draw the loss that is minimised and return it."""
    return st.selectbox(
        "Loss",
        LOSSES,
        key="record_objective",
        bind="query-params",
        help="The classes are grades. ordinal: the squared earth mover's distance, in which a near grade is less wrong than "
        "a far one; retrainings take the same unless told otherwise.",
    )


def _machine_fields() -> tuple[Precision, str]:
    """Draw how and where it is computed; return precision and device."""
    first, second = st.columns(2)
    precision = first.selectbox(
        "Precision",
        PRECISIONS,
        key="record_precision",
        bind="query-params",
        help="auto: bfloat16 on GPUs that have it, float32 elsewhere.",
    )
    return precision, second.selectbox(
        "Device", DEVICES, key="record_device", bind="query-params", help="auto: a GPU where there is one."
    )


def _kept_fields(epochs: int) -> dict[str, Any]:
    """Draw what is recorded and kept of `epochs` epochs; return it."""
    first, second, third = st.columns(3)
    folds = third.number_input(
        "Folds K",
        2,
        100,
        None,
        key="record_folds",
        bind="query-params",
        placeholder="none",
        help="K networks are trained, each without one of K parts, and each sample is scored by the one that has not seen "
        "it: evidence against its label is out of sample then. Takes K − 1 times as long; nothing is kept for methods that "
        "read features.",
    )
    snapshots = st.multiselect(
        "Snapshots after epochs",
        range(1, epochs),
        key=f"record_snapshots_{epochs}",
        bind="query-params",
        placeholder="none with folds" if folds else "only after the last one",
        disabled=bool(folds),
        help="Features and logits of all train samples, for methods that read a network instead of its history.",
    )
    return {
        "probabilities": first.selectbox(
            "Probabilities kept",
            PROBABILITIES,
            key="record_probabilities",
            bind="query-params",
            help="All T × N × C class probabilities, which AUM in logit space needs as float32. auto: where they fit 1 GiB.",
        ),
        "mode": second.selectbox(
            "Recorded pass",
            MODES,
            key="record_mode",
            bind="query-params",
            disabled=bool(folds),
            help="train: each batch's own forward pass before its update, as in the papers. eval: an extra pass over all "
            "train images after every epoch, without augmentation; about a third slower, and what folds do.",
        ),
        "snapshots": () if folds else tuple(sorted(snapshots)),
        "folds": int(folds or 0),
    }


def learning_curves() -> None:
    """Draw the choice of a run, and loss and accuracy of it so far; nothing without runs."""
    runs = store.run_names()
    if not runs:
        return
    st.markdown("## Learning curves")
    if st.session_state.get(NEWEST) in runs:
        st.session_state["recorded"] = st.session_state.pop(NEWEST)
    with failing_gracefully():
        chosen, compared = st.columns(2)
        # a control of this page alone: one that others have, too, but elsewhere, would take its value from their address
        before = links.carried("run")
        first = runs.index(before) if before in runs else 0
        run = chosen.selectbox("Run", runs, first, key="recorded", bind="query-params")
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
