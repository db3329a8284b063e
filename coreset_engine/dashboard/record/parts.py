"""What the Record page offers and asks for."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from coreset_engine import architectures, paths, store
from coreset_engine.config import Precision, Recipe
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.controls.choices import DEVICES
from coreset_engine.dashboard.record import charts, noise_injection
from coreset_engine.datasets import library
from coreset_engine.errors import ConfigError, RunError
from coreset_engine.executors import local, queue
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RecordingRequest, augments
from coreset_engine.tables import duration

ESTIMATE_SECONDS = 120  # longer than any first batch on a CPU took
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
PROBABILITIES = ("auto", "float32", "float16", "none")
MODES = ("train", "eval")
AUGMENT = {"by data set": None, "yes": True, "no": False}


@dataclass(frozen=True)
class Source:
    """A data set to choose: label, facts in one line, heights in pixels."""

    label: str
    facts: str
    sides: tuple[int, ...]


def shown_root() -> str:
    """Return the folder for one's own images as people read it: relative to the project where it lies inside."""
    root = library.own_root()
    return str(root.relative_to(local.PROJECT) if root.is_relative_to(local.PROJECT) else root)


def sources() -> dict[str, Source]:
    """Return what can be recorded, by what `record --dataset` is given."""
    found = {}
    for row in library.catalogue():
        sizes = " / ".join(f"{row[split]:,}" for split in ("train", "val", "test"))
        kind = "Synthetic, made here" if row["synthetic"] else row["licence"] or "Licence not stated"
        state = "in the cache" if row["cached"] else "made or downloaded when recorded"
        facts = f"{row['task']}, {row['classes'] or '?'} classes, {sizes} train / val / test images. {kind}; {state}."
        found[row["dataset"]] = Source(row["title"], f"{facts} {row['citation']}".strip(), tuple(row["sides"]))
    for path in library.own_images():
        sides = (64, 28, 128, 224) if path.is_dir() else ()
        found[str(path)] = Source(path.name, "Your own images; checked when recorded.", sides)
    return found


def form(place: DeltaGenerator, spec: str, side: int | None) -> RecordingRequest:
    """Draw network, epochs and seed, and under "Advanced" everything else that `record` can be told; return it unnamed."""
    entries = architectures.all_architectures()
    names = list(entries)
    name = place.selectbox("Surrogate", names, names.index("resnet8"), key="architecture", bind="query-params")
    first, second = place.columns(2)
    epochs = first.number_input("Epochs T", 4, 1000, 60, key="epochs", bind="query-params", help="The papers use 200.")
    seed = second.number_input(
        "Seed", 0, 10_000, 0, key="record_seed", help="Of the weights and of the order of images. Scores depend on it."
    )
    with place.expander("Advanced"):
        trained = _training_fields(spec, name, entries[name].learning_rate)
        precision, device = _machine_fields()
        kept = _kept_fields(int(epochs))
    with place.expander("Plant errors"):
        corruption = noise_injection.fields()
    recipe = Recipe(epochs=int(epochs), precision=precision, **trained)
    return RecordingRequest(
        "", spec, name, recipe, side=side, seed=int(seed), device=device, corruption=corruption, **kept
    )


def _training_fields(spec: str, name: str, learning_rate: float) -> dict[str, Any]:
    """Draw what decides the numbers: batch size, learning rate, warm-up, augmentation; return it."""
    first, second = st.columns(2)
    batch = first.number_input("Batch size", 1, 8192, Recipe.batch_size, key="record_batch", help="The papers use 256.")
    rate = second.number_input(
        "Learning rate",
        1e-5,
        10.0,
        learning_rate,
        step=0.01,
        format="%g",
        key=f"record_rate_{name}",
        help="Peak of the cosine; the default is the network's.",
    )
    warmup = first.slider(
        "Warm-up",
        0.0,
        0.5,
        Recipe.warmup,
        0.01,
        format="percent",
        key="record_warmup",
        help="Share of the steps in which the learning rate rises from 0. The papers have none; without it some trainings "
        "collapse to one class.",
    )
    augment = second.selectbox(
        "Augment",
        list(AUGMENT),
        key="record_augment",
        help="Crop with 4 px padding and horizontal flip. By data set: for CIFAR only, never for medical images.",
    )
    crops = AUGMENT[augment] if AUGMENT[augment] is not None else augments(spec)
    return {"batch_size": int(batch), "learning_rate": rate, "warmup": warmup, "augment": crops}


def _machine_fields() -> tuple[Precision, str]:
    """Draw how and where it is computed; return precision and device."""
    first, second = st.columns(2)
    precision = first.selectbox(
        "Precision", PRECISIONS, key="record_precision", help="auto: bfloat16 on GPUs that have it, float32 elsewhere."
    )
    return precision, second.selectbox("Device", DEVICES, key="record_device", help="auto: a GPU where there is one.")


def _kept_fields(epochs: int) -> dict[str, Any]:
    """Draw what is recorded and kept of `epochs` epochs; return it."""
    first, second = st.columns(2)
    snapshots = st.multiselect(
        "Snapshots after epochs",
        range(1, epochs),
        key=f"record_snapshots_{epochs}",
        placeholder="only after the last one",
        help="Features and logits of all train samples, for methods that read a network instead of its history.",
    )
    return {
        "probabilities": first.selectbox(
            "Probabilities kept",
            PROBABILITIES,
            key="record_probabilities",
            help="All T × N × C class probabilities, which AUM in logit space needs as float32. auto: where they fit 1 GiB.",
        ),
        "mode": second.selectbox(
            "Recorded pass",
            MODES,
            key="record_mode",
            help="train: each batch's own forward pass before its update, as in the papers. eval: an extra pass over all "
            "train images after every epoch, without augmentation; about a third slower.",
        ),
        "snapshots": tuple(sorted(snapshots)),
    }


def free_name(request: RecordingRequest) -> str:
    """Return a run name that says what it is and is not taken."""
    data = f"{paths.slug(Path(request.dataset).stem)[:30]}{request.corruption}"
    base = paths.slug(f"{paths.slug(data)[:50]}-{request.architecture}-s{request.seed}")
    name, number = base, 2
    while paths.run_folder(name).exists():
        name, number = f"{base}-{number}", number + 1
    return name


def estimate(request: RecordingRequest) -> str:
    """Return a sentence about the time a recording would take, measured by one batch in a process of its own.

    Raises:
        ConfigError: the measurement failed; the message says why.
    """
    words = [
        "estimate",
        "--dataset",
        request.dataset,
        "--architecture",
        request.architecture,
        "--epochs",
        str(request.recipe.epochs),
    ]
    words += ["--batch-size", str(request.recipe.batch_size), "--device", request.device]
    words += ["--size", str(request.side)] if request.side else []
    try:
        done = subprocess.run(
            [sys.executable, "-m", "coreset_engine", *words],
            capture_output=True,
            text=True,
            timeout=ESTIMATE_SECONDS,
            check=False,
            cwd=local.PROJECT,
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(
            f"Measuring took over {ESTIMATE_SECONDS} s, loading the images included. Choose a smaller network, or load "
            f"the images first: python -m coreset_engine datasets --load {request.dataset}."
        ) from None
    if done.returncode:
        raise ConfigError(done.stderr.strip().splitlines()[-1].removeprefix("Error: ") if done.stderr else "No answer.")
    found = json.loads(done.stdout)
    return (
        f"About {duration(found['seconds'])} for {request.recipe.epochs} epochs: "
        f"{found['images_per_second']:,.0f} images/s, "
        f"{found['seconds_per_epoch']:.1f} s an epoch on this machine's {found['device'].upper()}, other work included."
    )


def start(request: RecordingRequest) -> int:
    """Start a recording as a job and return its number.

    Raises:
        EngineError: the name is taken or not allowed.
    """
    if paths.run_folder(request.run).exists():
        raise RunError(f"The run {request.run!r} exists already. Choose another name.")
    return queue.start(requests.words_of(request), request.title)


def is_running(run: str) -> bool:
    """Return whether a run is being recorded now."""
    return store.is_being_written(paths.run_folder(run))


def curves(run: str) -> tuple[dict[str, NDArray[np.float64]], int]:
    """Return the per-epoch figures of a run so far, and how many epochs it will have.

    Raises:
        RunError: the run is missing or damaged.
    """
    file = store.RunFile(paths.run_folder(run))
    return file.metrics(), file.info.epochs


def draw_curves(found: dict[str, tuple[dict[str, NDArray[np.float64]], int]]) -> None:
    """Draw loss and accuracy of runs side by side.

    Args:
        found: what `curves` gives of each run, by its name, the run itself first.
    """
    others = {run: figures for run, (figures, _) in found.items()}
    run = next(iter(others))
    specs = charts.curves(others.pop(run), max(epochs for _, epochs in found.values()), others)
    shown = ", ".join([f"run {run}", *others])
    for place, spec, name in zip(st.columns(2), specs, ("Loss", "Accuracy"), strict=True):
        with place:
            draw_chart(spec, height=280, key=f"record_{name.lower()}", alt=f"{name} of {shown} over the epochs")
