"""Classes that are grades: their order is told, and decides the numbers of the classes."""

from dataclasses import replace

import numpy as np

from coreset_engine.datasets import ORDINAL, ImageSet, train_hash
from coreset_engine.errors import DatasetError

_NUMBERS = "true_label"  # of the truths, the one that holds numbers of classes


def ordered(images: ImageSet, grades: str) -> ImageSet:
    """Return a data set whose classes are grades, numbered as told; itself where nothing is told.

    Args:
        images: as they were read. Classes that have no names of their own take those of the grades, in their order.
        grades: names of the classes from the lowest to the highest, parted by commas; "" for no order.

    Raises:
        DatasetError: these are not the classes, or a sample can have several labels.
    """
    names = tuple(name.strip() for name in grades.split(",")) if grades else ()
    if not names:
        return images
    if images.multi_label:
        raise DatasetError(f"{images.name}: of several labels per image none is a grade. Leave out --grades.")
    unnamed = images.class_names == tuple(f"class {number}" for number in range(images.classes))
    known = names if unnamed and len(names) == images.classes else images.class_names
    if sorted(names) != sorted(known) or len(set(names)) < len(names):
        raise DatasetError(
            f"{images.name} has the classes {', '.join(known)}; --grades names {', '.join(names)}. Name each class once, "
            "the lowest grade first."
        )
    number = np.array([names.index(name) for name in known])
    labels = {split: number[values] for split, values in images.labels.items()}
    truth = {of: number[values] if of == _NUMBERS else values for of, values in images.truth.items()}
    said = f"The classes are grades, from the lowest: {', '.join(names)}."
    return replace(
        images,
        task=ORDINAL,
        class_names=names,
        labels=labels,
        truth=truth,
        read_as=(*images.read_as, said),
        sha256=train_hash(images.images["train"], labels["train"]),
    )
