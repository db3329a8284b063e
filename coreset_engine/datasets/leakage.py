"""What data sets of the cache say of images and groups that lie in two splits; looked for once, and kept there."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from typing import Any

from coreset_engine.datasets import ImageSet, disk, repeats, sample_groups
from coreset_engine.errors import DatasetError


def of(read_as: Collection[str]) -> tuple[str, ...]:
    """Return those of the sentences on how images were read that warn of leakage."""
    return tuple(sentence for sentence in read_as if sentence.startswith(sample_groups.LEAKAGE))


def told(images: ImageSet) -> ImageSet:
    """Return a data set that was just read, or that nobody has looked through yet, with all sentences that warn of it."""
    found = (*repeats.sentences(images.images), *sample_groups.sentences(images.groups, "")[1:])
    return replace(images, read_as=(*images.read_as, *(one for one in found if one not in images.read_as)))


def looked_through(images: ImageSet) -> ImageSet:
    """Return a data set of the cache with these sentences, which its entry keeps; entries of before have none.

    Raises:
        DatasetError: a file of it is damaged.
    """
    folder = disk.folder_of(images.name, images.sha256)
    if disk.is_looked_through(folder):
        return images
    found = told(images)
    disk.note_looked_through(folder, found.read_as)
    return found


def of_names(names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return what warns of leakage in data sets of the cache without planted errors, by name; without any are left out.

    Args:
        names: of the data sets; those that the cache does not hold, or damaged, say nothing.
    """
    newest: dict[str, dict[str, Any]] = {
        entry["name"]: entry for entry in disk.entries() if entry["name"] in names and not entry["corruption"]
    }
    found = {}
    for name, entry in newest.items():
        with suppress(DatasetError):  # who reads these images is told
            if entry.get(disk.LOOKED):
                found[name] = of(entry["read_as"])
            else:
                found[name] = of(looked_through(disk.read(disk.folder_of(name, entry["sha256"]))).read_as)
    return {name: sentences for name, sentences in found.items() if sentences}
