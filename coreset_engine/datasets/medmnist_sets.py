"""The twelve 2D sets of MedMNIST v2/v3 at 28 to 224 px and its six 3D ones at 28 and 64, downloaded by that package."""

import hashlib
import importlib.util
import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any

from coreset_engine import paths
from coreset_engine.arrays import read_npz
from coreset_engine.datasets import SPLITS, DatasetSource, ImageSet, locked
from coreset_engine.errors import DatasetError
from coreset_engine.faults import unwritable

SIDES = (28, 64, 128, 224)
SIDES_3D = (28, 64)
CITATION = (
    "Yang et al. MedMNIST v2: a large-scale lightweight benchmark for 2D and 3D biomedical image classification. "
    "Scientific Data 10, 41 (2023)."
)


def _table() -> dict[str, dict[str, Any]]:
    """Return the package's own table of data sets without importing the package, which would import torch.

    Raises:
        DatasetError: the package is not installed.
    """
    package = importlib.util.find_spec("medmnist")
    if package is None or package.origin is None:
        raise DatasetError("The package medmnist is not installed. Install it with `pip install medmnist`.")
    spec = importlib.util.spec_from_file_location("medmnist_info", Path(package.origin).parent / "info.py")
    if spec is None or spec.loader is None:
        raise DatasetError("The package medmnist has no table of data sets. Install it again: `pip install medmnist`.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.INFO


def peek_root() -> Path:
    """Return where MedMNIST files lie: `$MEDMNIST_ROOT`, else `~/.medmnist`; it may be missing."""
    return paths.expanded(os.environ.get("MEDMNIST_ROOT") or Path.home() / ".medmnist")


def _here(flag: str) -> bool:
    """Return whether the file of one set lies there at any size."""
    return any((peek_root() / f"{flag}{'' if side == 28 else f'_{side}'}.npz").is_file() for side in SIDES)


def root() -> Path:
    """Return where MedMNIST files lie; made when missing."""
    folder = peek_root()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatasetError(unwritable(folder, error)) from None
    return folder


def md5(path: Path) -> str:
    """Return a file's MD5."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _load(flag: str, side: int) -> ImageSet:
    """Return one set, downloaded when it is not under `root()`.

    Raises:
        DatasetError: it can't be downloaded, or the file there is not the official one.
    """
    info, size = INFO[flag], "" if side == 28 else f"_{side}"
    path = root() / f"{flag}{size}.npz"
    with locked(path.parent):  # no other process takes half a download for the file
        if not path.is_file():
            _download(flag, side, path)
    if md5(path) != info[f"MD5{size}"]:
        raise DatasetError(
            f"{path} is not the official file of {flag} at {side} px (its MD5 is not {info[f'MD5{size}']}). Delete it to "
            "download it again, or give its path as the data set to use it as it is."
        )
    arrays = read_npz(path)
    return SOURCES[flag].image_set(
        name=SOURCES[flag].name_at(side),
        images={split: arrays[f"{split}_images"] for split in SPLITS},
        labels={split: arrays[f"{split}_labels"] for split in SPLITS},
    )


def _download(flag: str, side: int, path: Path) -> None:
    """Let the package download one file into a folder beside, and move it to `path` when it is whole.

    Raises:
        DatasetError: it can't be downloaded.
    """
    import medmnist

    part = path.with_name(f".{path.stem}.part")
    shutil.rmtree(part, ignore_errors=True)  # what a killed download left
    try:
        part.mkdir()
        getattr(medmnist, INFO[flag]["python_class"])(split="train", download=True, size=side, root=str(part))
        (part / path.name).replace(path)
    except Exception as error:  # the package wraps whatever happened in a RuntimeError of its own
        _raise_interrupt_of(error)
        url = INFO[flag]["url" if side == 28 else f"url_{side}"]
        raise DatasetError(
            f"{flag} at {side} px could not be downloaded ({type(error).__name__}). Check the network, or download {url} "
            f"by hand to {path}."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _raise_interrupt_of(error: BaseException | None) -> None:
    """Raise what ended a download where that was no error: a bare `except` of the package takes a signal for one."""
    while error is not None:
        if not isinstance(error, Exception):
            raise error
        error = error.__cause__ or error.__context__


INFO = _table()
SOURCES = {
    flag: DatasetSource(
        name=flag,
        title=info["python_class"],
        task=info["task"],
        class_names=tuple(info["label"][str(i)] for i in range(len(info["label"]))),
        samples=tuple(info["n_samples"][split] for split in SPLITS),
        channels=info["n_channels"],
        sides=SIDES_3D if flag.endswith("3d") else SIDES,
        load=partial(_load, flag),
        licence=info["license"],
        citation=CITATION,
        homepage="https://medmnist.com",
        order=12 if flag.endswith("3d") else 10,
        volumes=flag.endswith("3d"),
        here=partial(_here, flag),
    )
    for flag, info in INFO.items()
}
DATASETS = tuple(SOURCES.values())
