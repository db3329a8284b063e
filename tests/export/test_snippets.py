"""The lines beside an export load it: they are run on real exports, and their samples are those of the coreset."""

from dataclasses import replace

import medmnist
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from coreset_engine import CoresetSpec, export, store
from coreset_engine.datasets import library
from coreset_engine.loader import CoresetDataset

SPEC = CoresetSpec("tiny", "el2n", {"epochs": 3}, rate=0.1)


@pytest.fixture
def images(recorded):
    """The images of the run `tiny`: 200 grey ones of 28 px and 11 classes, from a file."""
    info = store.RunFile(recorded).info
    return library.cached(info.dataset, info.dataset_sha256)


@pytest.fixture
def exported(images, tmp_path, monkeypatch):
    """A function that exports the coreset, and returns it with what the lines beside it load."""
    monkeypatch.chdir(tmp_path)

    def load(kind, of=images):
        coreset = export.with_origin(SPEC)
        export.write(coreset, tmp_path / f"c.{kind}", images)
        names = {}
        exec(export.loader(kind, f"c.{kind}", of), names)
        load.beside = {split: names[split] for split in ("val", "test") if split in names}
        return coreset, names["train"]

    return load


def samples(data):
    """Images as bytes and labels of a data set, through a shuffling loader."""
    found = [(image, int(label)) for images, labels in DataLoader(data, 7, shuffle=True) for image, label in
             zip(images, labels.flatten(), strict=True)]  # fmt: skip
    return sorted((((image + 1) * 127.5).round().to(torch.uint8).numpy().tobytes(), label) for image, label in found)


def wanted(images, coreset):
    """The same of the rows of a coreset."""
    train = images.images["train"], images.labels["train"]
    return sorted((train[0][row].tobytes(), int(train[1][row])) for row in coreset.indices)


@pytest.mark.parametrize("kind", ["csv", "npy", "txt", "json", "npz"])
def test_rows_of_the_full_set_and_arrays_alone_give_the_samples_kept(kind, exported, images):
    coreset, train = exported(kind)
    assert len(train) == 20
    assert samples(train) == wanted(images, coreset)


def test_a_file_that_has_changed_is_not_read_again(exported, images, tmp_path):
    other = tmp_path / "phantom.npz"
    np.savez(other, train_images=np.zeros((200, 28, 28), np.uint8), train_labels=np.zeros(200, np.uint8))
    coreset, train = exported("npy", replace(images, spec=str(other)))
    assert samples(train) == wanted(images, coreset)


def test_pictures_keep_the_numbers_of_their_classes(exported):
    coreset, train = exported("zip")
    numbers = np.bincount([label for _, label in train], minlength=11)
    assert 0 in numbers  # a class without a picture, which alone would move the later ones
    np.testing.assert_array_equal(numbers, np.bincount(coreset.labels[coreset.indices], minlength=11))


def test_grey_pictures_stay_grey_to_the_pixel_and_colour_ones_in_colour(exported, images, tmp_path):
    coreset, train = exported("zip")
    for split, data in {"train": train, **exported.beside}.items():
        pictures = [(picture.mode, np.asarray(picture).tobytes(), label) for picture, label in data]
        rows = coreset.indices if split == "train" else range(len(images.labels[split]))
        kept = [("L", images.images[split][row].tobytes(), int(images.labels[split][row])) for row in rows]
        assert sorted(pictures) == sorted(kept)
    coloured = {split: np.repeat(of[..., None], 3, -1) for split, of in images.images.items()}
    lines = export.loader("zip", "c.zip", replace(images, images=coloured))
    assert "grey" not in lines
    found = {}
    exec(lines, found)
    assert {picture.mode for picture, _ in found["train"]} == {"RGB"}


def test_val_and_test_pictures_are_loaded_beside_the_coreset_s(exported, images):
    exported("zip")
    for split in ("val", "test"):
        numbers = np.bincount([label for _, label in exported.beside[split]], minlength=11)
        np.testing.assert_array_equal(numbers, np.bincount(images.labels[split], minlength=11))


@pytest.mark.parametrize("names", [tuple(f"c {c}" for c in range(11)), ("010", "007", "NA", *"87654321")])
def test_hugging_faces_pictures_have_the_numbers_of_their_classes(names, images, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "kept")
    coreset, found = export.with_origin(SPEC), {}
    export.write(coreset, tmp_path / "c.hf.zip", replace(images, class_names=names))
    exec(export.loader("hf.zip", "c.hf.zip", images), found)
    train = found["train"]
    assert list(train["number"]) == images.labels["train"][list(train["row"])].tolist()
    assert sorted(train["row"]) == coreset.indices.tolist()
    for sample in train:
        np.testing.assert_array_equal(np.asarray(sample["image"]), images.images["train"][sample["row"]])


def test_hugging_faces_pictures_of_several_labels_have_no_numbers(images):
    several = export.loader("hf.zip", "c.hf.zip", replace(images, task="multi-label, binary-class"))
    assert "0 or 1 for each label" in several and "coreset.csv" not in several


def test_a_subset_of_medmnist_s_own_set_works_and_its_len_alone_is_what_bites(exported, images, tmp_path, monkeypatch):
    official = replace(images, title="OrganSMNIST", homepage="https://medmnist.com", spec="organsmnist")
    monkeypatch.setenv("MEDMNIST_ROOT", str(tmp_path))
    monkeypatch.setattr(medmnist.OrganSMNIST, "download", lambda self: None)
    labels = {f"{split}_labels": images.labels[split][:, None] for split in images.labels}
    np.savez(tmp_path / "organsmnist.npz", **labels, **{f"{split}_images": a for split, a in images.images.items()})
    coreset, train = exported("csv", official)
    assert sorted(int(label[0]) for _, label in train) == sorted(images.labels["train"][coreset.indices].tolist())
    export.write(coreset, tmp_path / "organsmnist.npz", images)  # under the name by which medmnist finds it
    alone = medmnist.OrganSMNIST("train", root=str(tmp_path))
    for fails in (len, repr, lambda data: DataLoader(data, shuffle=True)):
        with pytest.raises(AssertionError):
            fails(alone)
    assert len(CoresetDataset(tmp_path / "organsmnist.npz")) == 20
    assert "len() asserts" in export.loader("npz", "organsmnist.npz", images)


def test_what_holds_nothing_to_load_or_no_images_has_no_such_lines(images):
    several = replace(images, task="multi-label, binary-class")
    assert export.loader("html", "c.html", images) == export.loader("zip", "c.zip", several) == ""
    assert export.loader("npz", "c.npz", None) == ""
    assert "your own data set" in export.loader("csv", "c.csv", None)
