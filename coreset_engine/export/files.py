"""The kinds of file in which a coreset is taken away, and the files of rows and scores beside them."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine.datasets import SPLITS, ImageSet
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError
from coreset_engine.export import fiftyone
from coreset_engine.export.coreset import CoresetFile
from coreset_engine.export.hugging_face import as_image_folder
from coreset_engine.export.pictures import as_zip, is_flat
from coreset_engine.export.report import as_html
from coreset_engine.faults import unwritable
from coreset_engine.paths import write_atomically
from coreset_engine.tables import as_csv

KINDS = ("csv", "npy", "txt", "json", "npz", "zip", "hf.zip", fiftyone.KIND, "html")
NEED_IMAGES = ("npz", "zip", "hf.zip", fiftyone.KIND)
_FLAT = ("zip", "hf.zip")  # of which no kind holds volumes


def kind_of(path: Path) -> str:
    """Return the kind of file that a name's ending says, e.g. "fiftyone.zip"; what is no kind is its plain ending."""
    name = path.name.lower()
    found = [kind for kind in KINDS if name.endswith(f".{kind}")]
    return max(found, key=len, default=path.suffix.lower().removeprefix("."))


def known_kind(path: Path) -> str:
    """Return the kind of file that a name's ending says, before anything is computed for it.

    Raises:
        ConfigError: it is none.
    """
    kind = kind_of(path)
    if kind not in KINDS:
        raise ConfigError(f"A coreset can't be written as {kind!r}. Choose one of: {', '.join(KINDS)}.")
    return kind


def can_hold(kind: str, images: ImageSet | None) -> bool:
    """Return whether a coreset of a run with these images, None for none, can be written as a kind of file."""
    if kind not in NEED_IMAGES:
        return True
    return images is not None and (kind not in _FLAT or is_flat(images))


def report_norms(kind: str, dynamics: Dynamics) -> NDArray[np.float32] | None:
    """Return the error norms whose courses a report draws, (T, N), None where the run holds none.

    Args:
        kind: of the file to be written; others draw none.
        dynamics: of the run.
    """
    return dynamics.error_norms if kind == "html" and "error_norm" in dynamics.signals else None


def as_bytes(
    coreset: CoresetFile,
    kind: str,
    images: ImageSet | None = None,
    norms: NDArray[np.float32] | None = None,
    rows: pd.DataFrame | None = None,
    tags: Mapping[str, NDArray[np.int64]] | None = None,
) -> bytes:
    """Return a coreset as a file's content.

    Args:
        coreset: what to write.
        kind: "csv" (one line per kept sample, without a manifest), "npy" (ascending rows), "txt" (one ascending row number
            per line), "json" (manifest and rows), "npz" (MedMNIST format: the kept train images, val and test
            whole), "zip" (the same as PNGs, one folder per split and class), "hf.zip" (see `hugging_face`),
            "fiftyone.zip" (see `fiftyone`) or "html" (a report in one file).
        images: needed for `NEED_IMAGES`; "html" shows some where they are given.
        norms: as of `report_norms`, whose courses "html" draws where they are given.
        rows: all results as `results.frame` gives them, of which "html" tells those that belong to the selection.
        tags: rows by what "fiftyone.zip" tags them with beside "coreset", as `issue_tags` gives them.

    Raises:
        ConfigError: the kind is unknown or the images are missing.
    """
    if kind not in KINDS:
        raise ConfigError(f"A coreset can't be written as {kind!r}. Choose one of: {', '.join(KINDS)}.")
    if kind in NEED_IMAGES:
        if images is None:
            raise ConfigError(
                f"A .{kind} coreset holds the images, but this run has none here. Write a .csv or .npy instead."
            )
        holding = {"npz": _medmnist_format, "zip": as_zip, "hf.zip": as_image_folder}
        return (
            fiftyone.as_tree(coreset, images, tags or {}) if kind == fiftyone.KIND else holding[kind](coreset, images)
        )
    writers = {
        "csv": lambda: as_csv(coreset.table()),
        "npy": lambda: _npy(coreset.indices),
        "txt": lambda: "".join(f"{row}\n" for row in coreset.indices).encode(),
        "json": lambda: json.dumps(coreset.manifest() | _listed(coreset), indent=1).encode(),
        "html": lambda: as_html(coreset, images, norms, rows),
    }
    return writers[kind]()


def _listed(coreset: CoresetFile) -> dict[str, list[Any]]:
    """Return the rows kept, and beside them their training weights where the method gives some."""
    weights = {} if coreset.weights is None else {"weights": coreset.weights.tolist()}
    return {"indices": coreset.indices.tolist(), **weights}


def _npy(rows: NDArray[np.int64]) -> bytes:
    """Return rows as NumPy's own file."""
    buffer = io.BytesIO()
    np.save(buffer, rows)
    return buffer.getvalue()


def write(
    coreset: CoresetFile,
    path: Path,
    images: ImageSet | None = None,
    norms: NDArray[np.float32] | None = None,
    rows: pd.DataFrame | None = None,
    tags: Mapping[str, NDArray[np.int64]] | None = None,
) -> None:
    """Write a coreset; the file's ending says how, and all that stands beside the path is as `as_bytes` takes it.

    Beside a `coreset.csv` lies `coreset.manifest.json`, which says how the coreset came to be.

    Raises:
        ConfigError: the ending is unknown, or the folder can't be written to.
    """
    data = as_bytes(coreset, kind_of(path), images, norms, rows, tags)
    try:
        write_atomically(path, data)
        if path.suffix.lower() == ".csv":
            write_atomically(path.with_suffix(".manifest.json"), json.dumps(coreset.manifest(), indent=1).encode())
    except OSError as error:
        raise ConfigError(unwritable(path, error)) from None


def write_scores(path: Path, scores: NDArray[np.float64], labels: NDArray[np.integer]) -> None:
    """Write one line `sample,label,score` for every sample.

    Raises:
        ConfigError: the file is not to be a .csv, or the folder can't be written to.
    """
    rows = np.arange(len(scores))
    label = labels if labels.ndim == 1 else [";".join(map(str, np.flatnonzero(row))) for row in labels]
    write_table(path, pd.DataFrame({"sample": rows, "label": label, "score": scores}), "scores", "%.17g")


def check_table(path: Path, what: str) -> None:
    """Refuse a name of a table that does not end in .csv; `what` its rows are, for the message.

    Raises:
        ConfigError: it does not.
    """
    if path.suffix.lower() != ".csv":
        raise ConfigError(f"{path.name}: {what} are written as .csv only. Name the file {path.stem or what}.csv.")


def write_table(path: Path, table: pd.DataFrame, what: str, float_format: str | None = None) -> None:
    """Write a table as .csv.

    Args:
        path: of the file.
        table: one line a row.
        what: its rows are, for messages, e.g. "suspects".
        float_format: of its numbers; by default as many digits as tell them apart.

    Raises:
        ConfigError: the file is not to be a .csv, or the folder can't be written to.
    """
    check_table(path, what)
    try:
        write_atomically(path, as_csv(table, float_format))
    except OSError as error:
        raise ConfigError(unwritable(path, error)) from None


def _medmnist_format(coreset: CoresetFile, images: ImageSet) -> bytes:
    """Return a MedMNIST-format file: labels (N, 1) uint8 as there, plus `train_indices`, weights and the manifest."""
    arrays: dict[str, Any] = {}
    for split in SPLITS:
        kept = coreset.indices if split == "train" else slice(None)
        labels = images.labels[split][kept]
        small = labels.astype(np.uint8 if images.classes <= 256 else np.int64)
        arrays[f"{split}_images"] = images.images[split][kept]
        arrays[f"{split}_labels"] = small if small.ndim == 2 else small[:, None]
        if split in images.groups:
            arrays[f"{split}_groups"] = images.groups[split][kept]
    arrays["train_indices"] = coreset.indices
    if coreset.weights is not None:
        arrays["train_weights"] = coreset.weights
    arrays["class_names"] = np.array(coreset.class_names)
    if images.ordinal:
        arrays["task"] = np.array(images.task)
    arrays["manifest"] = np.array(json.dumps(coreset.manifest()))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
