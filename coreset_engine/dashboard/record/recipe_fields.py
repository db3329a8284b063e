"""What the Record page asks of a recording beside images and network: recipe, machine, and what is kept."""

from typing import Any, get_args

import streamlit as st

from coreset_engine.config import COSINE_FULL, DEVICES, LOSSES, NORMALISATIONS, VIEWS, Loss, Precision, Recipe
from coreset_engine.dashboard.controls.recipe_words import (
    AUGMENT,
    MOMENTA,
    MOMENTUM_HELP,
    NORMALISATION_HELP,
    SCHEDULE_HELP,
    SCHEDULES,
    VIEW_HELP,
    augmentation,
)
from coreset_engine.pipeline.requests import augments

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
PROBABILITIES = ("auto", "float32", "float16", "none")
MODES = ("train", "eval")
BY_SET = "by data set"


def training(spec: str, name: str, learning_rate: float) -> dict[str, Any]:
    """Draw what decides the numbers: batch size, learning rate, warm-up, augmentation, schedule; return it."""
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
        help="The highest, after warm-up; the default is the architecture's.",
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
        [BY_SET, *AUGMENT],
        key="record_augment",
        bind="query-params",
        help="Crop with 4 px padding and horizontal flip. By data set: for CIFAR only, never for medical images. Enlarged: "
        "8 to 100 % of an image in its full size, as usual on ImageNet.",
    )
    crops = augments(spec) if augment == BY_SET else AUGMENT[augment]
    schedule = first.selectbox(
        "Schedule",
        [one for one in SCHEDULES if one != COSINE_FULL],  # all the data is what is recorded
        key="record_schedule",
        bind="query-params",
        help=SCHEDULE_HELP,
    )
    told = {"augmentation": augmentation(augment), "schedule": schedule}
    return {"batch_size": int(batch), "learning_rate": rate, "warmup": warmup, "augment": crops} | told


def inputs() -> dict[str, Any]:
    """Draw what networks see of images, and how momentum goes; return it."""
    first, second, third = st.columns(3)
    momentum = third.selectbox("Momentum", MOMENTA, key="record_momentum", bind="query-params", help=MOMENTUM_HELP)
    return {
        "normalisation": first.selectbox(
            "Normalisation", NORMALISATIONS, key="record_normalisation", bind="query-params", help=NORMALISATION_HELP
        ),
        "view": second.selectbox("View", VIEWS, key="record_view", bind="query-params", help=VIEW_HELP),
        "nesterov": MOMENTA[momentum],
    }


def loss() -> Loss:
    """Draw the loss that is minimised and return it."""
    return st.selectbox(
        "Loss",
        LOSSES,
        key="record_objective",
        bind="query-params",
        help="The classes are grades. ordinal: the squared earth mover's distance, in which a near grade is less wrong than "
        "a far one; retrainings take the same unless told otherwise.",
    )


def machine() -> tuple[Precision, str]:
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


def kept(epochs: int) -> dict[str, Any]:
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
