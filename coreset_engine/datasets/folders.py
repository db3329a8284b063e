"""One's own images as a folder of pictures, one sub-folder per class."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from coreset_engine.datasets import SPLITS, ImageSet, checked
from coreset_engine.errors import DatasetError
from coreset_engine.paths import slug

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
SIDES = (28, 64, 128, 224)
_DEEP = ("I", "I;16", "I;16L", "I;16B", "F")  # Pillow's modes of grey pictures with more than 8 bits a pixel
_GREY = ("1", "L", "LA", *_DEEP)


def read_folder(path: Path, side: int) -> ImageSet:
    """Return the pictures below a folder, cropped to squares and scaled to `side` px.

    Either `path/<class>/<picture>`, split 70/10/20 within each class by a fixed shuffle of the file names, or
    `path/{train,val,test}/<class>/<picture>`. Grey pictures stay grey. Those of more than 8 bits a pixel are scaled to
    8 bits by one factor for the whole folder, see `_full_scale`.

    Raises:
        DatasetError: fewer than 2 classes, a class too small to split, or a picture that can't be read.
    """
    given = all((path / split).is_dir() for split in SPLITS)
    roots = {split: path / split for split in SPLITS} if given else {"all": path}
    names = tuple(
        sorted(p.name for p in next(iter(roots.values())).iterdir() if p.is_dir() and not p.name.startswith("."))
    )
    if len(names) < 2:
        raise DatasetError(
            f"{path} has {len(names)} sub-folders with pictures; one for each of at least 2 classes is needed."
        )
    if given:
        _refuse_other_classes(roots, names)
        files = {split: [_pictures(root / name) for name in names] for split, root in roots.items()}
    else:
        files = _split([_pictures(path / name) for name in names], names)
    modes = {file: _mode(file) for groups in files.values() for group in groups for file in group}
    grey, full = set(modes.values()) <= set(_GREY), _full_scale([file for file in modes if modes[file] in _DEEP])
    labels = {split: np.repeat(np.arange(len(names)), [len(group) for group in files[split]]) for split in SPLITS}
    images = {split: _stack([file for group in files[split] for file in group], side, grey, full) for split in SPLITS}
    name = slug(f"{path.resolve().name}_{side}" if side != SIDES[0] else path.resolve().name)
    task = "binary-class" if len(names) == 2 else "multi-class"
    return checked(name=name, title=path.name, task=task, class_names=names, images=images, labels=labels)


def _pictures(folder: Path) -> list[Path]:
    """Return the picture files of one class, sorted by name."""
    files = sorted(p for p in folder.glob("*") if p.suffix.lower() in SUFFIXES)
    if not files:
        kinds = ", ".join(sorted(SUFFIXES))
        raise DatasetError(f"{folder} holds no pictures ({kinds}). Convert DICOM or other formats first.")
    return files


def _split(groups: list[list[Path]], names: tuple[str, ...]) -> dict[str, list[list[Path]]]:
    """Return every class's files split 70/10/20 by a fixed shuffle."""
    parts: dict[str, list[list[Path]]] = {split: [] for split in SPLITS}
    for name, files in zip(names, groups, strict=True):
        val, test = max(1, len(files) // 10), max(1, len(files) // 5)
        if len(files) < val + test + 1:
            raise DatasetError(f"Class {name!r} has {len(files)} pictures; at least 3 are needed to split them.")
        order = [files[i] for i in np.random.default_rng(0).permutation(len(files))]
        parts["val"].append(sorted(order[:val]))
        parts["test"].append(sorted(order[val : val + test]))
        parts["train"].append(sorted(order[val + test :]))
    return parts


def _refuse_other_classes(roots: dict[str, Path], names: tuple[str, ...]) -> None:
    """Raise a DatasetError when val or test has a class that train has not; one it lacks is met when it is read."""
    for split, root in roots.items():
        other = sorted({p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")} - set(names))
        if other:
            raise DatasetError(f"{split} has other sub-folders than train ({', '.join(other)}). Name them alike.")


def _mode(file: Path) -> str:
    """Return what a picture's pixels are, as Pillow names it; only its header is read."""
    with _readable(file), Image.open(file) as picture:
        return picture.mode


def _full_scale(files: list[Path]) -> float:
    """Return the value that is white in grey pictures of more than 8 bits, one for all of them.

    Such files do not say how many of their bits are used, and 12 bits of CT or X-ray in a 16-bit file would be nearly
    black on a scale of 65,535. So white is the highest value of the fewest bits, at least 8, that hold the brightest pixel
    of all: 4,095 where that is 3,000. Brightnesses stay comparable, and one more picture seldom changes the others. Where
    no pixel is above 1, white is 1.
    """
    highest = 0.0
    for file in files:
        brightest = float(np.asarray(_open(file)).max())
        if not math.isfinite(brightest):
            raise DatasetError(f"{file} has pixels that are no number. Replace or remove it.")
        highest = max(highest, brightest)
    return 1.0 if 0 < highest <= 1 else 2.0 ** max(8, math.ceil(highest).bit_length()) - 1


def _open(file: Path) -> Image.Image:
    """Return a loaded picture."""
    with _readable(file), Image.open(file) as opened:
        opened.load()
        return opened.copy()


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """Turn what Pillow raises on a broken or huge picture into a DatasetError."""
    try:
        yield
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DatasetError(f"{file} can't be read as a picture ({error}). Replace or remove it.") from None


def _stack(files: list[Path], side: int, grey: bool, full: float) -> NDArray[np.uint8]:
    """Return pictures as one array of grey or of RGB images; `full` is white where a pixel has over 8 bits."""
    mode, fitted = "L" if grey else "RGB", []
    for file in files:
        picture = _open(file)
        if picture.mode in _DEEP:
            picture = Image.fromarray(
                np.rint(np.asarray(picture, np.float64).clip(0, full) * (255 / full)).astype(np.uint8)
            )
        fitted.append(ImageOps.fit(picture.convert(mode), (side, side), Image.Resampling.LANCZOS))
    return np.stack([np.asarray(picture, np.uint8) for picture in fitted])
