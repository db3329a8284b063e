"""A coreset file in other people's training: CoresetDataset, and MedMNIST's own classes."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coreset_engine import export
from coreset_engine.datasets import checked
from coreset_engine.errors import DatasetError, EngineError
from coreset_engine.export import CoresetFile
from coreset_engine.loader import CoresetDataset


@pytest.fixture
def file(tmp_path) -> Path:
    """A coreset of 5 of 20 images, rows 2, 3, 5, 7 and 11, under the name of an official data set."""
    draws = np.random.default_rng(0)
    images = {s: draws.integers(0, 255, (n, 28, 28), np.uint8) for s, n in (("train", 20), ("val", 4), ("test", 6))}
    labels = {split: np.arange(len(images[split])) % 4 for split in images}
    given = checked(
        name="own", title="Own", task="multi-class", class_names=tuple("abcd"), images=images, labels=labels
    )
    coreset = CoresetFile(
        np.array([2, 3, 5, 7, 11]), np.arange(20.0), labels["train"], given.class_names, {"keep": "highest"}
    )
    export.write(coreset, tmp_path / "organsmnist.npz", given)
    return tmp_path / "organsmnist.npz"


def test_there_are_as_many_samples_as_were_kept(file):
    assert [len(CoresetDataset(file, split)) for split in ("train", "val", "test")] == [5, 4, 6]


def test_an_item_is_an_image_and_a_label_array_as_in_medmnist(file):
    image, label = CoresetDataset(file)[3]
    assert isinstance(image, Image.Image)
    assert (image.size, image.mode) == ((28, 28), "L")
    np.testing.assert_array_equal(label, [3])  # row 7 of the train split, of class 7 % 4


def test_images_can_be_had_in_colour_and_transformed(file):
    data = CoresetDataset(file, as_rgb=True, transform=np.asarray, target_transform=lambda label: int(label[0]) + 10)
    image, label = data[0]
    assert image.shape == (28, 28, 3)
    assert label == 12


def test_the_rows_of_the_full_split_and_the_manifest_are_there(file):
    data = CoresetDataset(file)
    np.testing.assert_array_equal(data.indices, [2, 3, 5, 7, 11])
    assert data.manifest["kind"] == "kept"
    assert CoresetDataset(file, "val").indices is None


def test_training_weights_of_the_method_stand_beside_the_rows(tmp_path):
    images = {split: np.zeros((n, 28, 28), np.uint8) for split, n in (("train", 8), ("val", 4), ("test", 4))}
    labels = {split: np.arange(len(images[split])) % 2 for split in images}
    given = checked(name="own", title="Own", task="multi-class", class_names=("a", "b"), images=images, labels=labels)
    rows, weights = np.array([1, 6]), np.array([5.0, 3.0])
    coreset = CoresetFile(rows, np.arange(8.0), labels["train"], ("a", "b"), {"keep": "highest"}, weights)
    export.write(coreset, tmp_path / "c.npz", given)
    data = CoresetDataset(tmp_path / "c.npz")
    np.testing.assert_array_equal((data.indices, data.weights), (rows, weights))
    assert CoresetDataset(tmp_path / "c.npz", "val").weights is None
    assert json.loads(export.as_bytes(coreset, "json"))["weights"] == [5, 3]
    plain = export.as_bytes(CoresetFile(rows, np.arange(8.0), labels["train"], ("a", "b"), {"keep": "highest"}), "json")
    assert "weights" not in json.loads(plain)


def test_a_shuffling_loader_gives_every_sample_once(file):
    from torch.utils.data import DataLoader

    data = CoresetDataset(file, transform=lambda image: np.array(image), target_transform=lambda label: label[0])
    batches = list(DataLoader(data, batch_size=2, shuffle=True))
    assert [len(images) for images, _ in batches] == [2, 2, 1]
    seen = np.concatenate([images.numpy() for images, _ in batches])
    assert sorted(map(bytes, seen)) == sorted(map(bytes, data.imgs))


def test_medmnist_opens_the_file_under_the_name_of_its_data_set(file):
    import medmnist

    data = medmnist.OrganSMNIST("train", root=str(file.parent), download=False)
    image, label = data[4]
    np.testing.assert_array_equal(np.asarray(image), CoresetDataset(file).imgs[4])
    np.testing.assert_array_equal(label, [3])
    assert len(data.imgs) == 5


def test_an_unknown_split_is_refused(file):
    with pytest.raises(DatasetError, match=r"no split 'validation'. Choose train, val or test"):
        CoresetDataset(file, "validation")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(EngineError, match="There is no file"):
        CoresetDataset(tmp_path / "none.npz")


@pytest.mark.parametrize("labels", [None, np.zeros((3, 1), np.uint8)])
def test_images_without_as_many_labels_are_refused(tmp_path, labels):
    arrays = {"train_images": np.zeros((4, 8, 8), np.uint8)} | ({} if labels is None else {"train_labels": labels})
    np.savez(tmp_path / "odd.npz", **arrays)
    with pytest.raises(DatasetError, match="no split 'train'" if labels is None else "differ in number"):
        CoresetDataset(tmp_path / "odd.npz")


def test_a_medmnist_file_without_a_manifest_is_read_too(tmp_path):
    np.savez(tmp_path / "full.npz", val_images=np.zeros((4, 8, 8), np.uint8), val_labels=np.zeros((4, 1), np.uint8))
    data = CoresetDataset(tmp_path / "full.npz", "val")
    assert (len(data), json.dumps(data.manifest)) == (4, "{}")


@pytest.mark.parametrize("text", ["", "[" * 100_000, "[1]", "{"])
def test_a_manifest_that_is_none_is_one_sentence(tmp_path, text):
    images, labels = np.zeros((4, 8, 8), np.uint8), np.zeros((4, 1), np.uint8)
    np.savez(tmp_path / "odd.npz", train_images=images, train_labels=labels, manifest=text)
    with pytest.raises(DatasetError, match=r"manifest in .* can't be read"):
        CoresetDataset(tmp_path / "odd.npz")
