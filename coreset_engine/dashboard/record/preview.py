"""How one's own images are read before anything is recorded: counts, sentences and the first pictures."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dashboard.record import imports
from coreset_engine.datasets import ORDINAL, SPLITS, ImageSet, labels_csv, library, modality, uploads
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import ConfigError
from coreset_engine.executors import commands
from coreset_engine.names import counted
from coreset_engine.pipeline import requests

SECONDS = 1800  # some 100,000 pictures of 512 px are decoded in that time
PICTURES = 24
CLASSES = 12  # of which pictures are shown
EACH = 6  # pictures of a class, where there are few classes
SIDE = 84  # px, at which a picture is shown at least, but for less than its pixels
CSV_ENDINGS = (".csv", ".tsv", ".txt")
# how the fields of the page are called that the command has as options
FIELDS = {
    "--skip-broken": '"Leave out broken pictures"',
    "--labels": '"CSV with labels"',
    "--name-column": '"Names of pictures"',
    "--label-column": '"Classes"',
    "--split-column": '"Splits"',
    "--group-column": '"Patients, slides"',
    "--group-prefix": '"Names of patients end at"',
    "--group-folder": '"Folders inside a class are patients"',
    "--grades": '"Grades, the lowest first"',
    "--multi-label": '"Several labels per picture"',
    "a smaller --size": 'less "Height"',
}
_USUAL = {
    "name": ("image_id", "image", "file", "file_name", "filename", "image_name", "path", "name", "id"),
    "label": ("label", "class", "dx", "diagnosis", "target", "category", "y"),
    "split": ("split", "set", "subset", "partition", "fold"),
    "group": ("patient", "patient_id", "patientid", "slide", "slide_id", "lesion", "lesion_id", "case_id"),
}


@dataclass(frozen=True)
class Preview:
    """What reading one's own images says.

    Attributes:
        title, task: of the data set.
        size: height and width in pixels; of volumes depth, height and width.
        channels: 1 for grey, 3 for colour.
        sizes: images per split.
        counts: images per class and split, as flat dicts.
        read_as: one sentence for each thing that was left out, turned, scaled or guessed.
        pictures: the first train images of the first classes, each with its class.
        spec, fingerprint: of the source when it was read.
    """

    title: str
    task: str
    size: tuple[int, ...]
    channels: int
    sizes: dict[str, int]
    counts: list[dict[str, object]]
    read_as: tuple[str, ...]
    pictures: tuple[tuple[str, NDArray[np.uint8]], ...]
    spec: str
    fingerprint: str

    @property
    def class_names(self) -> tuple[str, ...]:
        """Return the names of the classes, as they were read."""
        return tuple(str(row["class"]) for row in self.counts)

    def refusal(self, names: tuple[str, ...]) -> str:
        """Return why these can't be the names of the classes, "" where they can, or where there are none."""
        if len(names) in (0, len(self.counts)):
            return ""
        named, classes = counted(len(names), "{name is|names are}"), counted(len(self.counts), "{class|classes}")
        return f"{named} given for {classes}. Give each class one name, in a line of its own."

    @property
    def summary(self) -> str:
        """Return how many images there are, and of which kind, as one sentence."""
        sizes = ", ".join(f"{self.sizes[split]:,} {split}" for split in SPLITS)
        colours = "grey" if self.channels == 1 else "in colour"
        classes = counted(len(self.counts), "{class|classes}")
        unit = "voxels" if len(self.size) == 3 else "px"
        several = ", several labels per image" if self.task.startswith("multi-label") else ""
        several += ", grades in their order" if self.task == ORDINAL else ""
        return f"{sizes} images; {classes}{several}; {colours}; {' x '.join(map(str, self.size))} {unit}."


def read(spec: str, side: int | None, folder: FolderOptions) -> Preview:
    """Return how own images are read; they are in the cache afterwards, so that a recording begins at once.

    Args:
        spec: path of a `.npz` or of a folder.
        side: height in pixels of a folder's pictures.
        folder: how it is read.

    Raises:
        ConfigError: they can't be read; the message says why, in the words of the page.
        ViewerError: this process only shows.
    """
    words = ["datasets", "--load", spec, "--json", *requests.folder_words(folder)]
    words += ["--size", str(side)] if side else []
    too_long = (
        f"Reading {Path(spec).name} took over {SECONDS // 60} minutes. Load it on the command line: datasets --load."
    )
    try:
        found = json.loads(commands.answer(words, SECONDS, too_long))
    except ConfigError as error:
        raise ConfigError(in_words_of_the_page(str(error))) from None
    images = library.cached(found["name"], found["sha256"])
    return Preview(
        title=images.title,
        task=images.task,
        size=images.size,
        channels=images.channels,
        sizes={split: len(images.labels[split]) for split in SPLITS},
        counts=found["counts"],
        read_as=tuple(map(in_words_of_the_page, images.read_as)),
        pictures=_pictures(images),
        spec=images.spec,
        fingerprint=images.fingerprint,
    )


def in_words_of_the_page(text: str) -> str:
    """Return a sentence of the command with the page's fields for its options, and paths below the folder for own files.

    Of uploads the name alone stays.
    """
    for option, name in FIELDS.items():
        text = text.replace(option, name)
    text = re.sub(f"{re.escape(str(uploads.folder()))}/[0-9a-f]{{16}}/", "", text)
    return text.replace(f"{library.own_root()}/", "")


def _pictures(images: ImageSet) -> tuple[tuple[str, NDArray[np.uint8]], ...]:
    """Return the first train images of the first classes, at most PICTURES in all, with their classes."""
    labels, found = images.labels["train"], []
    shown = min(images.classes, CLASSES)
    step = max(1, min(images.size) // SIDE)
    for c, name in enumerate(images.class_names[:shown]):
        rows = np.flatnonzero(labels[:, c] if images.multi_label else labels == c)[: min(EACH, PICTURES // shown)]
        if len(rows):
            pictures = modality.reduced(modality.thumbnails(images.images["train"], rows), step)
            factor = max(1, SIDE // max(modality.size(pictures[0])))
            found += [(name, modality.enlarged(picture, factor)) for picture in pictures]
    return tuple(found)


def csv_files(spec: str) -> list[str]:
    """Return the files that may hold labels, in two levels: of an upload, then of the folder for one's own files.

    Each is told by its path below the folder that the upload, or what is one's own, lies in.

    Args:
        spec: path of the images chosen.
    """
    found = [
        path for pattern in ("*", "*/*") for path in Path(spec).glob(pattern) if path.suffix.lower() in CSV_ENDINGS
    ]
    sent = [path for path in sorted(found) if path.is_file() and not path.is_symlink()] if _is_upload(spec) else []
    return list(
        dict.fromkeys([*(str(path.relative_to(Path(spec).parent)) for path in sent), *imports.offered(CSV_ENDINGS)])
    )


def _is_upload(spec: str) -> bool:
    """Return whether a data set lies among the uploads."""
    return Path(spec).is_relative_to(uploads.folder().resolve())


def _within_upload(spec: str, file: str) -> str:
    """Return the path of a file that `csv_files` tells of an upload; "" where it is none of those."""
    sent = Path(spec).parent / file
    with suppress(OSError):  # a name may be too long
        return str(sent) if _is_upload(spec) and sent.is_file() else ""
    return ""


def columns(spec: str, file: str) -> tuple[Path, list[str], dict[str, int | None]]:
    """Return a CSV's path, its columns, and which of them are probably names, labels, splits and groups; None for none.

    Args:
        spec: path of the images chosen.
        file: its path as `csv_files` tells it, or as a person types it.

    Raises:
        EngineError: it lies elsewhere or is no CSV.
    """
    path = imports.inside_root(_within_upload(spec, file) or file)
    found = labels_csv.columns(path)
    plain = [name.casefold() for name in found]
    guessed = {kind: next((plain.index(one) for one in usual if one in plain), None) for kind, usual in _USUAL.items()}
    return path, found, guessed
