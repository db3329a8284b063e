"""The .zip of pictures: exact pixels, names that are safe anywhere, and what made it."""

import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from coreset_engine import export
from coreset_engine.datasets import checked, library
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.datasets.folders import read_folder
from coreset_engine.errors import ConfigError
from coreset_engine.export import CoresetFile

ORIGIN = {"run": "tiny", "method": "el2n", "rule": "top", "options": {}, "rate": 0.5, "keep": "highest"}
HOSTILE = ("../../etc/passwd", "con: a*b?", "лимфоцит")


def colour_set(labels, names, task="multi-class", side=9):
    """Six train images of noise in colour, two val and two test images."""
    random = np.random.default_rng(3)
    images = {
        s: random.integers(0, 256, (n, side, side, 3), np.uint8) for s, n in (("train", 6), ("val", 2), ("test", 2))
    }
    given = {split: labels[: len(images[split])] for split in images}
    return checked(name="own", title="Own", task=task, class_names=names, images=images, labels=given)


@pytest.fixture
def images():
    return colour_set(np.array([0, 1, 2, 0, 1, 2]), HOSTILE)


@pytest.fixture
def coreset(images):
    return CoresetFile(np.array([1, 2, 3]), np.arange(6.0), images.labels["train"], HOSTILE, ORIGIN)


def opened(coreset, images):
    return zipfile.ZipFile(io.BytesIO(export.as_bytes(coreset, "zip", images)))


def test_every_kept_image_is_there_pixel_by_pixel(coreset, images):
    archive = opened(coreset, images)
    found = {}
    for name in (name for name in archive.namelist() if name.endswith(".png")):
        split, _, row = name.removesuffix(".png").split("/")
        found.setdefault(split, []).append(int(row))
        np.testing.assert_array_equal(np.asarray(Image.open(archive.open(name))), images.images[split][int(row)])
    assert found == {"train": [1, 2, 3], "val": [0, 1], "test": [0, 1]}


def test_a_class_name_from_a_file_never_leaves_its_folder(coreset, images):
    folders = {name.rsplit("/", 1)[0] for name in opened(coreset, images).namelist() if name.endswith(".png")}
    assert folders == {f"train/{name}" for name in ("00-etc-passwd", "01-con-a-b", "02-лимфоцит")} | {
        f"{split}/{name}" for split in ("val", "test") for name in ("00-etc-passwd", "01-con-a-b")
    }


def test_the_table_names_the_file_of_every_sample_and_the_manifest_what_made_it(coreset, images):
    archive = opened(coreset, images)
    table = pd.read_csv(archive.open("coreset.csv"))
    assert table["index"].tolist() == [3, 2, 1]  # scores ascend with the row
    assert table["file"].tolist() == ["train/00-etc-passwd/3.png", "train/02-лимфоцит/2.png", "train/01-con-a-b/1.png"]
    manifest = json.loads(archive.read("manifest.json"))
    assert {name: manifest[name] for name in ORIGIN} == ORIGIN


def test_images_of_several_labels_lie_in_one_folder():
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 0], [1, 0], [0, 1]], np.uint8)
    images = colour_set(labels, ("left", "right"), "multi-label, binary-class")
    coreset = CoresetFile(np.array([2, 5]), np.zeros(6), labels, images.class_names, ORIGIN)
    archive = opened(coreset, images)
    names = [name for name in archive.namelist() if name.endswith(".png")]
    beside = [f"{split}/images/{row}.png" for split in ("val", "test") for row in (0, 1)]
    assert names == ["train/images/2.png", "train/images/5.png", *beside]
    assert archive.read("labels.csv").decode().splitlines()[:3] == [
        "file,split,left,right", "train/images/2.png,train,1,1", "train/images/5.png,train,0,1",
    ]  # fmt: skip
    with pytest.raises(ConfigError, match=r"A \.zip needs one column per label, but 'split' would be two"):
        opened(coreset, colour_set(labels, ("left", "split"), "multi-label, binary-class"))


def test_the_same_coreset_gives_the_same_bytes(coreset, images):
    assert export.as_bytes(coreset, "zip", images) == export.as_bytes(coreset, "zip", images)


def splits(images):
    """The pictures and labels of every split, in an order of their own."""
    return {
        split: sorted(zip(map(bytes, array), images.labels[split].tolist(), strict=True))
        for split, array in images.images.items()
    }


def test_the_pictures_can_be_recorded_on_as_a_folder_of_splits(tmp_path):
    images = colour_set(np.array([0, 1, 0, 0, 1, 1]), ("cat", "dog"), side=28)
    coreset = CoresetFile(np.array([0, 1, 4]), np.zeros(6), images.labels["train"], images.class_names, ORIGIN)
    opened(coreset, images).extractall(tmp_path / "own")
    found = library.load(str(tmp_path / "own"), side=28)
    assert found.class_names == ("00-cat", "01-dog")
    whole = splits(images)
    kept = [(bytes(images.images["train"][row]), int(images.labels["train"][row])) for row in (0, 1, 4)]
    assert splits(found) == whole | {"train": sorted(kept)}


def test_pictures_of_several_labels_can_be_recorded_on_by_their_table(tmp_path):
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 0], [1, 0], [0, 1]], np.uint8)
    images = colour_set(labels, ("left", "right"), "multi-label, binary-class", side=28)
    coreset = CoresetFile(np.arange(6), np.zeros(6), labels, images.class_names, ORIGIN)
    opened(coreset, images).extractall(tmp_path / "own")
    told = {"labels": str(tmp_path / "own" / "labels.csv"), "name_column": "file", "label_column": "left,right"}
    found = read_folder(tmp_path / "own", 28, FolderOptions(**told, split_column="split", multi_label=True))
    assert splits(found) == splits(images)


def test_volumes_are_no_pictures(coreset):
    images = {split: np.zeros((count, 9, 9, 9), np.uint8) for split, count in (("train", 6), ("val", 2), ("test", 2))}
    labels = {split: np.arange(len(images[split])) % 3 for split in images}
    volumes = checked(name="v", title="V", task="multi-class", class_names=HOSTILE, images=images, labels=labels)
    with pytest.raises(ConfigError, match=r"A \.zip holds flat pictures, but these images are volumes\. Write a \.npz"):
        opened(coreset, volumes)
    kinds = [kind for kind in export.KINDS if not export.can_hold(kind, volumes)]
    assert kinds == ["zip", "hf.zip"]
    assert [export.loader(kind, f"c.{kind}", volumes) for kind in kinds] == ["", ""]
    assert [kind for kind in export.KINDS if not export.can_hold(kind, None)] == list(export.NEED_IMAGES)
