"""Classes that are grades: their order is told, and decides their numbers."""

import numpy as np
import pytest

from coreset_engine import images_from_arrays
from coreset_engine.datasets import library
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import DatasetError
from tests.datasets.test_csv_layouts import picture

ORDER = "none,mild,severe"


@pytest.fixture
def folder(tmp_path):
    """Pictures as bright as their grade: none 0, mild 1, severe 2; sorted by name mild comes first."""
    for number, name in enumerate(ORDER.split(",")):
        for i in range(6):
            picture(tmp_path / "own" / name / f"{i}.png", number)
    return tmp_path / "own"


def test_the_classes_of_a_folder_are_numbered_from_the_lowest_grade(folder):
    assert library.load(str(folder), 28).class_names == ("mild", "none", "severe")
    found = library.load(str(folder), 28, folder=FolderOptions(grades=ORDER))
    assert (found.ordinal, found.class_names) == (True, ("none", "mild", "severe"))
    for split, images in found.images.items():
        np.testing.assert_array_equal(found.labels[split], images[:, 14, 14, 0])
    assert "The classes are grades, from the lowest: none, mild, severe." in found.read_as
    assert library.cached(found.name, found.sha256, verify=True).ordinal


@pytest.mark.parametrize("grades", ["none,mild", "none,mild,severe,severe", "none,mild,worse"])
def test_grades_that_are_not_the_classes_are_refused_with_both(folder, grades):
    with pytest.raises(
        DatasetError, match=f"has the classes mild, none, severe; --grades names {grades.replace(',', ', ')}"
    ):
        library.load(str(folder), 28, folder=FolderOptions(grades=grades))


def test_a_file_and_arrays_say_that_their_classes_are_grades(tmp_path):
    pixels, labels = np.zeros((40, 28, 28), np.uint8), np.arange(40) % 3
    found = images_from_arrays("own", pixels, labels, class_names=("mild", "none", "severe"), ordinal=True)
    assert (found.ordinal, found.class_names) == (True, ("mild", "none", "severe"))
    again = library.load(found.spec, folder=FolderOptions(grades=ORDER))
    np.testing.assert_array_equal(again.labels["val"], np.array([1, 0, 2])[found.labels["val"]])
    unnamed = images_from_arrays("unnamed", pixels, labels)
    assert not unnamed.ordinal
    assert library.load(unnamed.spec, folder=FolderOptions(grades=ORDER)).class_names == ("none", "mild", "severe")
    several = images_from_arrays("several", pixels, np.ones((40, 2), np.uint8))
    with pytest.raises(DatasetError, match="of several labels per image none is a grade"):
        library.load(several.spec, folder=FolderOptions(grades="a,b"))
