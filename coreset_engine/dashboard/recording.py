"""What the Record page offers and asks for."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from coreset_engine import architectures, launch, paths, store
from coreset_engine.config import Recipe
from coreset_engine.datasets import library
from coreset_engine.errors import ConfigError, RunError
from coreset_engine.tables import duration

ESTIMATE_SECONDS = 120  # longer than any first batch on a CPU took


@dataclass(frozen=True)
class Source:
    """A data set to choose: label, facts in one line, heights in pixels."""

    label: str
    facts: str
    sides: tuple[int, ...]


def shown_root() -> str:
    """Return the folder for one's own images as people read it: relative to the project where it lies inside."""
    root = library.own_root()
    return str(root.relative_to(launch.PROJECT) if root.is_relative_to(launch.PROJECT) else root)


def sources() -> dict[str, Source]:
    """Return what can be recorded, by what `record --dataset` is given."""
    found = {}
    for row in library.catalogue():
        sizes = " / ".join(f"{row[split]:,}" for split in ("train", "val", "test"))
        kind = "synthetic, made here" if row["synthetic"] else row["licence"] or "licence not stated"
        state = "in the cache" if row["cached"] else "made or downloaded when recorded"
        facts = f"{row['task']}, {row['classes'] or '?'} classes, {sizes} train / val / test images. {kind}; {state}."
        found[row["dataset"]] = Source(row["title"], f"{facts} {row['citation']}".strip(), tuple(row["sides"]))
    for path in library.own_images():
        sides = (64, 28, 128, 224) if path.is_dir() else ()
        found[str(path)] = Source(path.name, "Your own images; checked when recorded.", sides)
    return found


def form(place: DeltaGenerator, source: Source) -> dict[str, Any]:
    """Draw architecture, epochs, batch, learning rate and seed; return what they say."""
    entries = architectures.all_architectures()
    names = list(entries)
    name = place.selectbox(
        "Surrogate",
        names,
        names.index("resnet8"),
        key="architecture",
        bind="query-params",
    )
    first, second = place.columns(2)
    epochs = first.number_input("Epochs T", 4, 1000, 60, key="epochs", bind="query-params", help="The papers use 200.")
    batch = second.number_input("Batch size", 1, 8192, 256, key="record_batch")
    rate = first.number_input(
        "Learning rate", 1e-5, 10.0, entries[name].learning_rate, format="%.4f", key=f"record_rate_{name}"
    )
    seed = second.number_input("Seed", 0, 10_000, 0, key="record_seed")
    place.caption("SGD, Nesterov momentum 0.9, weight decay 5e-4, 5 % warm-up, then cosine; no augmentation.")
    return {"architecture": name, "epochs": epochs, "batch": batch, "rate": rate, "seed": seed}


def free_name(spec: str, asked: dict[str, Any]) -> str:
    """Return a run name that says what it is and is not taken."""
    base = paths.slug(f"{paths.slug(Path(spec).stem)[:40]}-{asked['architecture']}-s{asked['seed']}")
    name, number = base, 2
    while paths.run_folder(name).exists():
        name, number = f"{base}-{number}", number + 1
    return name


def estimate(spec: str, side: int | None, asked: dict[str, Any]) -> str:
    """Return a sentence about the time a recording would take, measured by one batch in a process of its own.

    Raises:
        ConfigError: the measurement failed; the message says why.
    """
    command = ["estimate", "--dataset", spec, "--architecture", asked["architecture"], "--epochs", str(asked["epochs"])]
    command += ["--batch-size", str(asked["batch"]), *(["--size", str(side)] if side else [])]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "coreset_engine", *command],
            capture_output=True,
            text=True,
            timeout=ESTIMATE_SECONDS,
            check=False,
            cwd=launch.PROJECT,
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(
            f"One batch takes over {ESTIMATE_SECONDS / 4:.0f} s here. Choose a smaller network."
        ) from None
    if done.returncode:
        raise ConfigError(done.stderr.strip().splitlines()[-1].removeprefix("Error: ") if done.stderr else "No answer.")
    found = json.loads(done.stdout)
    return (
        f"About {duration(found['seconds'])} for {asked['epochs']} epochs: {found['images_per_second']:,.0f} images/s, "
        f"{found['seconds_per_epoch']:.1f} s an epoch on this machine's {found['device'].upper()}, other work included."
    )


def start(spec: str, side: int | None, asked: dict[str, Any], name: str) -> int:
    """Start a recording as a job and return its number.

    Raises:
        EngineError: the name is taken or not allowed, or a value is not possible.
    """
    if paths.run_folder(name).exists():
        raise RunError(f"The run {name!r} exists already. Choose another name.")
    Recipe(epochs=asked["epochs"], batch_size=asked["batch"], learning_rate=asked["rate"])
    arguments = ["record", "--dataset", spec, "--architecture", asked["architecture"], "--run", name]
    arguments += ["--epochs", str(asked["epochs"]), "--batch-size", str(asked["batch"]), "--lr", f"{asked['rate']:g}"]
    arguments += ["--seed", str(asked["seed"]), *(["--size", str(side)] if side else [])]
    title = f"Record {architectures.get(asked['architecture']).label} on {Path(spec).name} as {name}"
    return launch.start(arguments, title)


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
