"""Pictures of more than 8 bits a pixel: one scale for a whole folder, and no nearly black images."""

import numpy as np
import pytest
from PIL import Image

from coreset_engine.datasets import folders
from coreset_engine.errors import DatasetError


def picture(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


def folder(tmp_path, value, count=10, ending="png"):
    for name in ("cat", "dog"):
        for number in range(count):
            picture(tmp_path / "pets" / name / f"{number}.{ending}", value(name, number))
    return tmp_path / "pets"


def test_sixteen_bit_pictures_are_scaled_to_eight(tmp_path):
    # 65,535 is 255, 25,700 is 100
    path = folder(tmp_path, lambda name, number: np.full((20, 20), 65_535 if name == "cat" else 25_700, np.uint16))
    found = folders.read_folder(path, 28)
    assert found.channels == 1
    for split in ("train", "val", "test"):
        for image, label in zip(found.images[split], found.labels[split], strict=True):
            assert set(np.unique(image)) == {255 if label == 0 else 100}


@pytest.mark.parametrize(
    ("type_", "brightest", "value", "wanted"),
    [
        (np.uint16, 4095, 2000, 125),  # 12 bits in 16: 2000 / 4095 * 255 = 124.5
        (np.uint16, 3000, 3000, 187),  # white is 4095, not the brightest pixel: 186.8
        (np.uint16, 255, 100, 100),
        (np.uint16, 90, 90, 90),
        (np.uint16, 1, 1, 255),  # a mask
        (np.uint16, 0, 0, 0),
        (np.float32, 1.0, 0.4, 102),
        (np.float32, 255.0, 40.0, 40),
    ],
)
def test_pictures_of_few_bits_in_many_are_not_dark(tmp_path, type_, brightest, value, wanted):
    path = folder(tmp_path, lambda name, number: np.full((20, 20), value, type_), count=4, ending="tiff")
    picture(path / "cat" / "3.tiff", np.full((20, 20), brightest, type_))
    found = folders.read_folder(path, 28)
    assert found.channels == 1
    images = np.concatenate([found.images[split][found.labels[split] == 1] for split in ("train", "val", "test")])
    assert set(np.unique(images)) == {wanted}


def test_one_scale_holds_for_all_pictures_and_splits(tmp_path):
    values = {"train": 1000, "val": 2000, "test": 4000}
    for split, value in values.items():
        for name in ("cat", "dog"):
            picture(tmp_path / "s" / split / name / "1.png", np.full((30, 30), value, np.uint16))
    found = folders.read_folder(tmp_path / "s", 28)
    # of 4095: 62.3, 124.5, 249.1
    assert {split: set(np.unique(images)) for split, images in found.images.items()} == {
        "train": {62},
        "val": {125},
        "test": {249},
    }


def test_pictures_of_eight_bits_keep_their_values_beside_deeper_ones(tmp_path):
    path = folder(
        tmp_path,
        lambda name, number: np.full((30, 30), 2000, np.uint16) if name == "cat" else np.full((30, 30), 77, np.uint8),
    )
    found = folders.read_folder(path, 28)
    assert [set(np.unique(found.images["train"][found.labels["train"] == c])) for c in (0, 1)] == [{249}, {77}]


def test_a_picture_with_pixels_that_are_no_number_is_named(tmp_path):
    path = folder(tmp_path, lambda name, number: np.full((20, 20), 0.5, np.float32), ending="tiff")
    picture(path / "dog" / "3.tiff", np.full((20, 20), np.nan, np.float32))
    with pytest.raises(DatasetError, match=r"dog/3\.tiff can't be read .*it has pixels that are no number"):
        folders.read_folder(path, 28)
