"""The image cache: what was loaded once lies as plain arrays under its name and hash, and is found again by both."""

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coreset_engine import access, paths, registry
from coreset_engine.datasets import (
    SPLITS,
    ImageSet,
    all_sources,
    corruptions,
    disk,
    files,
    folders,
    grades,
    leakage,
    spelling,
    train_hash,
)
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.datasets.folder_options import FolderOptions, mark_again
from coreset_engine.datasets.picture_files import is_picture
from coreset_engine.errors import DatasetError


def load(
    spec: str, side: int | None = None, corruption: Corruption | None = None, folder: FolderOptions | None = None
) -> ImageSet:
    """Return a data set, from the cache where its source has not changed since.

    Args:
        spec: a name such as "organsmnist", "organsmnist_64" or "demo"; the path of a MedMNIST-format `.npz`; or the path
            of a folder with one sub-folder per class.
        side: height in pixels, where the source offers several.
        corruption: errors to plant into the train split. Such a set has a name of its own, such as
            "blood+labels20%+fog10%", under which `cached` finds it; spec, licence and citation are those of its origin.
        folder: how a folder of pictures is read where its sub-folders do not say it all; of a `.npz` only its grades.

    Raises:
        DatasetError: no such data set, no such size, the images can't be read or downloaded, or the errors can't be
            planted into them.
    """
    clean = _load_clean(spec, side, folder or FolderOptions())
    if not corruption:
        return clean
    kept = _newest(f"{clean.name}{corruption}", clean.spec, clean.fingerprint, clean.sha256)
    if kept:  # an entry of before says nothing of copies whose pixels were changed in one split
        more = [one for one in leakage.of(clean.read_as) if one not in kept.read_as]
        return replace(kept, read_as=(*kept.read_as, *more))
    return disk.keep(corruptions.apply(clean, corruption), clean.spec, clean.fingerprint)


def _load_clean(spec: str, side: int | None, folder: FolderOptions) -> ImageSet:
    """Return a data set as its source gives it."""
    path = paths.to_read(spec)
    if path.is_dir() and path.suffix.lower() != ".npz" and spec not in all_sources():
        return _load_folder(path, side, folder)
    if path.suffix.lower() == ".npz" and replace(folder, grades="") == FolderOptions():
        return _load_file(path, side, folder)
    if folder != FolderOptions():
        raise DatasetError(
            f"{spec} is no folder of pictures, so labels from a CSV, --grades and --skip-broken don't apply to it."
        )
    name, chosen = _named(spec, side)
    source = all_sources()[name]
    key = source.name_at(chosen)
    kept = _newest(key, key, "named")
    return kept or _keep(source.load(chosen), key, "named")


@dataclass(frozen=True)
class Shape:
    """How large a data set is: images of train, val and test, classes, channels, height, width, and depth of volumes."""

    train: int
    val: int
    classes: int
    channels: int
    side: int
    width: int
    depth: int = 0
    test: int = 0

    @property
    def size(self) -> tuple[int, ...]:
        """Return height and width in pixels; of volumes depth, height and width."""
        return (self.depth, self.side, self.width) if self.depth else (self.side, self.width)


def shape_of(spec: str, side: int | None = None, folder: FolderOptions | None = None) -> Shape:
    """Return how large a data set is; known ones are not downloaded for it.

    Raises:
        DatasetError: no such data set, no such size, or a file that can't be read.
    """
    path = paths.to_read(spec)
    if path.suffix.lower() != ".npz" and not path.is_dir() and folder in (None, FolderOptions()):
        name, chosen = _named(spec, side)
        source = all_sources()[name]
        depth = chosen if source.volumes else 0
        train, val, test = source.samples
        classes = len(source.class_names) or 100
        return Shape(train, val, classes, source.channels, chosen, chosen, depth, test)
    images = load(spec, side, folder=folder)
    *depths, height, width = images.size
    train, val, test = (len(images.labels[split]) for split in SPLITS)
    return Shape(train, val, images.classes, images.channels, height, width, sum(depths), test)


def cached(name: str, sha256: str, verify: bool = False) -> ImageSet:
    """Return the data set that a run was recorded on, as memory maps, by its name and hash.

    Args:
        name: of the data set.
        sha256: of its train arrays, as the run knows it.
        verify: hash the arrays again before trusting them.

    Raises:
        DatasetError: the cache does not hold it, or its arrays have changed.
    """
    folder = disk.folder_of(name, sha256)
    if not sha256 or not description_of(name, sha256).is_file():
        raise DatasetError(
            f"The images of {name or 'this run'} are not in the cache. Load them again with `datasets --load SPEC`, where "
            "SPEC is the name or path they came from."
        )
    images = disk.read(folder)
    if verify and train_hash(images.images["train"], images.labels["train"]) != sha256:
        raise DatasetError(
            f"The images in {folder} have changed since they were cached. Delete the folder; load them again."
        )
    return images


def description_of(name: str, sha256: str) -> Path:
    """Return the file that says what a cached data set is; it changes when its groups are told anew."""
    return disk.folder_of(name, sha256) / "dataset.json"


def changed_since(images: ImageSet) -> str:
    """Return a sentence when the file or folder a data set came from has changed since, else ""."""
    if not is_changed(images.spec, images.fingerprint):
        return ""
    kept = f"this keeps using the images of that time ({images.sha256[:12]})"
    return f"{images.spec} has changed since it was cached; {kept}."


def is_changed(spec: str, fingerprint: str) -> bool:
    """Return whether the file or folder that a data set came from has changed since it had this fingerprint.

    Args:
        spec: its path; what is gone has not changed, and a name never does.
        fingerprint: of the data set when it was cached.
    """
    if fingerprint in ("", "named"):
        return False
    try:
        if not (path := Path(spec)).exists():
            return False
        now = files.fingerprint(path)
    except OSError:  # what this user may not look at can't be told to have changed
        return False
    return fingerprint not in (now, mark_again(fingerprint, now))


def own_root() -> Path:
    """Return the folder in which the pages look for one's own images: `$CORESET_IMAGES`, else `images/` of the cache.

    It is made when missing and the cache can be written to.
    """
    root = paths.expanded(os.environ.get("CORESET_IMAGES") or paths.cache_root() / "images")
    if access.is_viewer():
        return root.resolve()
    with suppress(OSError):  # where it can't be made, it holds nothing either
        root.mkdir(parents=True, exist_ok=True)
    return root.resolve()


def own_images() -> list[Path]:
    """Return the `.npz` files, and the folders with pictures or at least two sub-folders, directly below `own_root()`.

    A link counts where it leads to something below that folder; `strange_links` names the others.
    """
    found, strange = [], strange_links()
    root = own_root()
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if path.name.startswith(".") or path in strange:
            continue
        if _may_hold_pictures(path) if path.is_dir() else path.suffix.lower() == ".npz" and path.is_file():
            found.append(path)
    return found


def _may_hold_pictures(folder: Path) -> bool:
    """Return whether a folder has two sub-folders or a picture; without looking into them, which may take long."""
    folders = 0
    with suppress(OSError), os.scandir(folder) as entries:  # one that can't be listed is not offered
        for entry in entries:
            folders += entry.is_dir()
            if folders >= 2 or is_picture(Path(entry.name)):
                return True
    return False


def strange_links() -> list[Path]:
    """Return the links directly below `own_root()` that lead out of it, to nothing or in a circle; none is followed."""
    root = own_root()
    found = []
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        try:
            inside = not path.is_symlink() or path.resolve(strict=True).is_relative_to(root)
        except (OSError, RuntimeError):
            inside = False
        if not inside:
            found.append(path)
    return found


def counts(images: ImageSet) -> list[dict[str, Any]]:
    """Return how many images of each class, or with each label of a multi-label task, the splits have, as flat dicts."""
    rows: list[dict[str, Any]] = [{"class": name} for name in images.class_names]
    for split in SPLITS:
        labels = images.labels[split]
        found = labels.sum(0) if images.multi_label else np.bincount(labels, minlength=images.classes)
        for row, count in zip(rows, found.tolist(), strict=True):
            row[split] = count
    return rows


def _named(spec: str, side: int | None) -> tuple[str, int]:
    """Return the source's name and the side of "organsmnist" or "organsmnist_64"."""
    spec = spelling.canonical(spec)
    name, _, tail = spec.rpartition("_")
    if name in all_sources() and tail.isdigit():
        spec, side = name, int(tail)
    if paths.to_read(spec).is_file():
        raise DatasetError(
            f"{spec} is no .npz file. Give a MedMNIST-format .npz or a folder of pictures; unpack an archive first (that of "
            "an exported coreset holds the folder `train`)."
        )
    if spec not in all_sources() and ("/" in spec or "." in spec):
        raise DatasetError(f"There is no file or folder {spec}. Check the path.")
    source = registry.lookup(all_sources(), spec, "data set")
    side = side or source.sides[0]
    if side not in source.sides:
        raise DatasetError(f"{spec} has no images of {side} px. Choose one of: {', '.join(map(str, source.sides))}.")
    return spec, side


def _load_folder(path: Path, side: int | None, options: FolderOptions) -> ImageSet:
    """Return the pictures of a folder, from the cache where neither it nor what is told of it has changed since."""
    spec, mark, side = str(path.resolve()), options.mark(files.fingerprint(path)), side or folders.SIDES[1]
    if side not in folders.SIDES:
        raise DatasetError(f"Pictures can be scaled to {', '.join(map(str, folders.SIDES))} px, not to {side}.")
    name = paths.slug(path.resolve().name if side == folders.SIDES[0] else f"{path.resolve().name}_{side}")
    return _newest(name, spec, mark) or _keep(
        grades.ordered(folders.read_folder(path, side, options), options.grades), spec, mark
    )


def _load_file(path: Path, side: int | None, options: FolderOptions) -> ImageSet:
    """Return the images of a file, from the cache where neither it nor the order of its classes has changed since."""
    if not path.exists():
        raise DatasetError(f"There is no file {path}. Check the path.")
    if side:
        raise DatasetError(f"{path.name} has images of one size; leave out the size.")
    spec, mark = str(path.resolve()), files.fingerprint(path)
    mark = options.mark(mark) if options.grades else mark
    return _newest(paths.slug(path.stem), spec, mark) or _keep(
        grades.ordered(files.read_medmnist_file(path), options.grades), spec, mark
    )


def _keep(images: ImageSet, spec: str, fingerprint: str) -> ImageSet:
    """Write a data set that was just read to the cache and return it; it says which of its images lie in two splits."""
    return disk.keep(leakage.told(images), spec, fingerprint)


def _newest(name: str, spec: str, fingerprint: str, origin_sha256: str = "") -> ImageSet | None:
    """Return the cached data set of a source in its present state, or of an origin's corruption, or None."""
    wanted = (name, spec, fingerprint, origin_sha256)
    for entry in reversed(disk.entries()):
        if (entry["name"], entry["spec"], entry["fingerprint"], entry["origin_sha256"]) == wanted:
            return leakage.looked_through(cached(name, entry["sha256"], verify=True))
    return None
