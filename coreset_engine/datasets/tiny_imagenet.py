"""TinyImageNet: its folder as the archive unpacks it, in which a list gives the classes of val pictures."""

from pathlib import Path

from coreset_engine.datasets import DatasetSource, ImageSet
from coreset_engine.datasets.cifar import peek_root
from coreset_engine.datasets.folder_layout import Layout
from coreset_engine.datasets.picture_files import LeftOut, pictures_below
from coreset_engine.errors import DatasetError

FOLDER = "tiny-imagenet-200"
ANNOTATIONS = "val/val_annotations.txt"
UNLABELLED = "{picture|pictures} of the official test split, which has no labels"
_CLASSES = "wnids.txt"
_TITLE = "TinyImageNet"


def is_one(path: Path) -> bool:
    """Return whether a folder is that of TinyImageNet, or one made like it."""
    return (path / _CLASSES).is_file() and (path / ANNOTATIONS).is_file()


def layout(path: Path, left: LeftOut) -> Layout:
    """Return the train pictures by class, and the annotated val pictures in two halves: val chooses, test reports.

    Raises:
        DatasetError: a list can't be read, or names a class that there is not.
    """
    wnids = sorted(line.strip() for line in _lines(path / _CLASSES) if line.strip())
    train = [pictures_below(path / "train" / wnid, left) if (path / "train" / wnid).is_dir() else [] for wnid in wnids]
    absent = [wnid for wnid, files in zip(wnids, train, strict=True) if not files]
    if absent or len(wnids) < 2:
        raise DatasetError(
            f"{path} has no train pictures of {', '.join(absent[:3]) or 'two classes'}. Unpack it again."
        )
    of_class: list[list[Path]] = [[] for _ in wnids]
    known = {file.name: file for file in pictures_below(path / "val", left)}
    for number, line in enumerate(_lines(path / ANNOTATIONS), 1):
        name, wnid = [*line.split("\t"), ""][:2]
        if not line.strip():
            continue
        if wnid not in wnids or name not in known:
            raise DatasetError(
                f"{path / ANNOTATIONS}, line {number}: no picture {name!r} of a class {wnid!r}. Unpack it again."
            )
        of_class[wnids.index(wnid)].append(known[name])
    if (path / "test").is_dir():
        left.add(UNLABELLED, pictures_below(path / "test", left))
    groups = {"train": train, "val": [files[0::2] for files in of_class], "test": [files[1::2] for files in of_class]}
    said = f"val and test are halves of the pictures that {ANNOTATIONS} names."
    return Layout(_names(path, wnids), groups, [said])


def _names(path: Path, wnids: list[str]) -> tuple[str, ...]:
    """Return a word for each class where words.txt has one of its own, else its number in WordNet."""
    file = path / "words.txt"
    words = dict(line.split("\t")[:2] for line in _lines(file) if "\t" in line) if file.is_file() else {}
    found = [words.get(wnid, wnid).split(",")[0].strip() for wnid in wnids]
    return tuple(
        word if found.count(word) == 1 else f"{word} ({wnid})" for word, wnid in zip(found, wnids, strict=True)
    )


def _lines(file: Path) -> list[str]:
    """Return the lines of a list.

    Raises:
        DatasetError: it can't be read.
    """
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{file} can't be read: {error}. Unpack the archive again.") from None


def _here() -> bool:
    """Return whether the folder lies under torchvision's root."""
    return is_one(peek_root() / FOLDER)


def _load(side: int) -> ImageSet:
    """Return the set.

    Raises:
        DatasetError: the folder is missing, or a picture can't be read.
    """
    from coreset_engine.datasets import folders  # which reads folders of this kind, too

    path = peek_root() / FOLDER
    if not is_one(path):
        raise DatasetError(
            f"{_TITLE} is not at {path}. Get {FOLDER}.zip from {SOURCE.homepage} and unpack it there, or give the path of "
            "its folder as the data set."
        )
    found = folders.read_folder(path, side)
    return SOURCE.image_set(
        name=SOURCE.name, class_names=found.class_names, images=found.images, labels=found.labels, read_as=found.read_as
    )


SOURCE = DatasetSource(
    name="tinyimagenet",
    title=_TITLE,
    task="multi-class",
    class_names=(),
    samples=(100_000, 5_000, 5_000),
    channels=3,
    sides=(64,),
    load=_load,
    licence="ImageNet's terms: non-commercial research",
    citation="Le, Yang. Tiny ImageNet visual recognition challenge. CS 231N, Stanford, 2015.",
    homepage="http://cs231n.stanford.edu/tiny-imagenet-200.zip",
    order=24,
    here=_here,
)
DATASETS = (SOURCE,)
