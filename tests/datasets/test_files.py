"""One's own images: MedMNIST-format files and folders of pictures, whole ones read and broken ones refused."""

import os

import numpy as np
import pytest
from PIL import Image

from coreset_engine.datasets import files, folders, pictures
from coreset_engine.errors import DatasetError, EngineError


def arrays(side=9, channels=1, classes=3, **given):
    draw = np.random.default_rng(0)
    found = {}
    for split, count in (("train", 6), ("val", 3), ("test", 4)):
        shape = (count, side, side) if channels == 1 else (count, side, side, channels)
        found[f"{split}_images"] = draw.integers(0, 256, shape, np.uint8)
        found[f"{split}_labels"] = (np.arange(count) % classes).astype(np.uint8)[:, None]
    return {name: values for name, values in (found | given).items() if values is not None}


def npz(tmp_path, **given):
    np.savez(tmp_path / "Own Set.npz", **arrays(**given))
    return tmp_path / "Own Set.npz"


def picture(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(values)).save(path)
    return path


def folder(tmp_path, value=lambda name, number: np.full((40, 40), 10 * number, np.uint8), count=10):
    for name in ("cat", "dog"):
        for number in range(count):
            picture(tmp_path / "pets" / name / f"{number}.png", value(name, number))
    return tmp_path / "pets"


def test_a_medmnist_file_comes_back_as_it_was_written(tmp_path):
    given = arrays()
    np.savez(tmp_path / "own.npz", **given)
    found = files.read_medmnist_file(tmp_path / "own.npz")
    for split in ("train", "val", "test"):
        np.testing.assert_array_equal(found.images[split], given[f"{split}_images"])
        np.testing.assert_array_equal(found.labels[split], given[f"{split}_labels"][:, 0])
    assert (found.classes, found.channels, found.side, found.task) == (3, 1, 9, "multi-class")


def test_the_name_is_made_fit_for_a_path(tmp_path):
    assert files.read_medmnist_file(npz(tmp_path)).name == "own-set"


def test_names_of_classes_that_are_bytes_are_read_as_text(tmp_path):
    named = npz(tmp_path, class_names=np.char.encode(["Niere", "Lunge", "Öl"], "utf-8"))
    assert files.read_medmnist_file(named).class_names == ("Niere", "Lunge", "Öl")
    with pytest.raises(DatasetError, match="class_names is no UTF-8 text"):
        files.read_medmnist_file(npz(tmp_path, class_names=np.array([b"a", b"b", b"\xff"])))


def test_colour_images_have_three_channels(tmp_path):
    assert files.read_medmnist_file(npz(tmp_path, channels=3)).channels == 3


def test_two_classes_are_a_binary_task(tmp_path):
    assert files.read_medmnist_file(npz(tmp_path, classes=2)).task == "binary-class"


def test_several_columns_of_labels_are_a_multi_label_task(tmp_path):
    labels = {f"{s}_labels": np.eye(n, 4, dtype=np.uint8) for s, n in (("train", 6), ("val", 3), ("test", 4))}
    found = files.read_medmnist_file(npz(tmp_path, **labels))
    assert (found.multi_label, found.classes, found.labels["val"].shape) == (True, 4, (3, 4))


def test_class_names_are_read_from_the_file(tmp_path):
    found = files.read_medmnist_file(npz(tmp_path, class_names=np.array(["a", "b", "ö"])))
    assert found.class_names == ("a", "b", "ö")


def test_the_truth_about_planted_errors_is_carried_along(tmp_path):
    wrong = np.array([True, False, False, True, False, False])
    found = files.read_medmnist_file(npz(tmp_path, train_wrong_label=wrong))
    np.testing.assert_array_equal(found.truth["wrong_label"], wrong)


def test_a_truth_of_one_column_is_taken_as_labels_are(tmp_path):
    found = files.read_medmnist_file(npz(tmp_path, train_true_label=np.arange(6)[:, None] % 3))
    assert found.truth["true_label"].tolist() == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize("truth", [np.zeros(5, bool), np.zeros((6, 2), int), np.zeros(6)])
def test_a_truth_that_does_not_fit_the_images_is_refused(tmp_path, truth):
    with pytest.raises(DatasetError, match=r"train_wrong_label is .*one whole number for each of 6"):
        files.read_medmnist_file(npz(tmp_path, train_wrong_label=truth))


@pytest.mark.parametrize("name", ["train_images", "val_labels", "test_images"])
def test_a_missing_member_is_named(tmp_path, name):
    with pytest.raises(DatasetError, match=f"lacks {name}"):
        files.read_medmnist_file(npz(tmp_path, **{name: None}))


BROKEN = {
    "images of one value": (
        {"train_images": np.zeros((6, 9, 9)), "val_images": np.zeros((2, 9, 9)), "test_images": np.zeros((2, 9, 9))},
        "nothing to see",
    ),
    "two channels": ({"channels": 2}, r"\(6, 9, 9, 2\)"),
    "images without a side": ({"train_images": np.zeros((6, 81), np.uint8)}, r"\(6, 81\)"),
    "one number for images": ({"train_images": np.array(3, np.uint8)}, "must be uint8"),
    "one fraction for images": ({"train_images": np.float32(3)}, r"float32 of shape \(\)\. It must be uint8"),
    "no images": ({"val_images": np.zeros((0, 9, 9), np.uint8)}, "has no val images"),
    "tiny images": ({"side": 7}, "7x7; at least 8x8"),
    "another size in val": ({"val_images": np.zeros((3, 9, 10), np.uint8)}, "val images are"),
    "too few labels": ({"train_labels": np.zeros((5, 1), int)}, "6 images but"),
    "one number for labels": ({"val_labels": np.array(1)}, "one for each image"),
    "labels with a fraction": ({"val_labels": np.array([0, 1, 0.5])}, "whole numbers"),
    "labels as fractions": ({"val_labels": np.array([0, 1, 2.0])}, r"whole numbers.* Save labels\.astype\(int\)"),
    "names as labels": ({"val_labels": np.array(["a", "b", "c"])}, r"Save numpy\.unique.*as class_names"),
    "channels first": ({"train_images": np.zeros((6, 3, 9, 9), np.uint8)}, r"moveaxis\(images, 1, -1\)"),
    "labels below 0": ({"val_labels": np.array([0, 1, -1])}, "row 2 has -1"),
    "a gap in the labels": ({"train_labels": np.array([0, 2, 0, 2, 0, 2])}, r"no train image has label 1"),
    "a class only in test": ({"test_labels": np.array([0, 1, 2, 3])}, "no train image has label 3"),
    "a label of a billion": ({"train_labels": np.array([0, 1, 2, 0, 1, 10**9])}, "reach 1,000,000,000"),
    "names of fewer classes": ({"class_names": np.array(["a", "b"])}, "names 2 classes, but its labels have 3"),
    "one name for all": ({"class_names": np.array("a")}, "names 1 class,"),
    "python objects": ({"train_labels": np.array([0, 1, 2, None, 1, 2], object)}, "refused|readable|damaged"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_does_not_fit_is_refused_with_a_sentence(tmp_path, case):
    given, message = BROKEN[case]
    with pytest.raises(EngineError, match=message):
        files.read_medmnist_file(npz(tmp_path, **given))


def test_a_file_that_is_no_zip_is_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"nothing")
    with pytest.raises(EngineError, match=r"no readable \.npz"):
        files.read_medmnist_file(tmp_path / "a.npz")


def test_a_folder_is_split_70_10_20_within_each_class(tmp_path):
    found = folders.read_folder(folder(tmp_path), 28)
    assert found.class_names == ("cat", "dog")
    for split, count in (("train", 7), ("val", 1), ("test", 2)):
        np.testing.assert_array_equal(np.bincount(found.labels[split]), [count, count])


def test_the_splits_of_a_folder_are_the_same_every_time_and_do_not_overlap(tmp_path):
    path = folder(tmp_path)
    one, two = folders.read_folder(path, 28), folders.read_folder(path, 28)
    seen = []
    for split in ("train", "val", "test"):
        np.testing.assert_array_equal(one.images[split], two.images[split])
        seen += [
            (int(label), int(image[0, 0])) for label, image in zip(one.labels[split], one.images[split], strict=True)
        ]
    assert sorted(seen) == [(label, 10 * number) for label in (0, 1) for number in range(10)]


def test_grey_pictures_stay_grey_and_colour_ones_colour(tmp_path):
    assert folders.read_folder(folder(tmp_path / "a"), 28).channels == 1
    rgb = folder(tmp_path / "b", lambda name, number: np.full((30, 30, 3), (200, number, 7), np.uint8))
    found = folders.read_folder(rgb, 28)
    assert found.images["val"].shape == (2, 28, 28, 3)
    np.testing.assert_array_equal(found.images["val"][0, 0, 0, [0, 2]], [200, 7])


def test_a_folder_with_some_colour_pictures_is_read_in_colour(tmp_path):
    path = folder(tmp_path)
    picture(path / "dog" / "5.png", np.full((40, 40, 3), (250, 0, 0), np.uint8))
    found = folders.read_folder(path, 28)
    assert found.channels == 3
    assert any((image[0, 0] == (250, 0, 0)).all() for split in found.images.values() for image in split)


def test_an_oblong_picture_is_cropped_in_its_middle_not_squeezed(tmp_path):
    values = np.zeros((28, 84), np.uint8)
    values[:, 28:56] = 255  # the middle third
    found = folders.read_folder(folder(tmp_path, lambda name, number: values), 28)
    assert found.images["train"].min() == 255


@pytest.mark.parametrize("content", [b"no picture", b"", b"\x89PNG\r\n\x1a\n" + bytes(20)])
def test_a_picture_that_can_not_be_read_is_named(tmp_path, content):
    path = folder(tmp_path)
    (path / "dog" / "3.png").write_bytes(content)
    with pytest.raises(DatasetError, match=r"dog/3\.png can't be read as a picture"):
        folders.read_folder(path, 28)


def test_a_picture_cut_short_is_named(tmp_path):
    path = folder(tmp_path, lambda name, number: np.random.default_rng(number).integers(0, 255, (40, 40), np.uint8))
    whole = (path / "cat" / "0.png").read_bytes()
    (path / "cat" / "0.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DatasetError, match=r"cat/0\.png can't be read"):
        folders.read_folder(path, 28)


def test_a_picture_too_large_to_unpack_is_named(tmp_path, monkeypatch):
    path = folder(tmp_path)
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1600)  # as many as each of the others has
    picture(path / "dog" / "3.png", np.zeros((40, 41), np.uint8))
    with pytest.raises(DatasetError, match=r"dog/3\.png can't be read as a picture: it has 41 x 40 pixels"):
        folders.read_folder(path, 28)


def test_given_splits_are_kept(tmp_path):
    for split, count in (("train", 3), ("val", 2), ("test", 1)):
        for name in ("cat", "dog"):
            for number in range(count):
                picture(tmp_path / "s" / split / name / f"{number}.png", np.full((30, 30), 100 + number, np.uint8))
    found = folders.read_folder(tmp_path / "s", 28)
    assert {split: len(values) for split, values in found.labels.items()} == {"train": 6, "val": 4, "test": 2}
    assert found.class_names == ("cat", "dog")


def test_a_class_that_is_only_in_val_is_named(tmp_path):
    for split, names in (("train", "ab"), ("val", "abc"), ("test", "ab")):
        for name in names:
            picture(tmp_path / "s" / split / name / "1.png", np.zeros((30, 30), np.uint8))
    with pytest.raises(DatasetError, match=r"val has other sub-folders than train \(c\)"):
        folders.read_folder(tmp_path / "s", 28)


def test_a_folder_of_one_class_is_refused(tmp_path):
    picture(tmp_path / "s" / "a" / "1.png", np.zeros((30, 30), np.uint8))
    with pytest.raises(DatasetError, match="has 1 class of pictures"):
        folders.read_folder(tmp_path / "s", 28)


def test_class_folders_that_lie_deeper_are_named(tmp_path):
    folder(tmp_path / "set" / "data")
    with pytest.raises(DatasetError, match=r"at least 2 are needed.* Or give \S*/data/\S*, which has \d+ sub-folders"):
        folders.read_folder(tmp_path / "set", 28)


def test_splits_that_a_file_lacks_say_how_they_are_drawn(tmp_path):
    with pytest.raises(DatasetError, match=r"images_from_arrays of coreset_engine .* draws splits"):
        files.read_medmnist_file(npz(tmp_path, val_images=None, val_labels=None))


def test_a_class_too_small_to_split_is_named(tmp_path):
    with pytest.raises(DatasetError, match="'cat' has 2 pictures; at least 3"):
        folders.read_folder(folder(tmp_path, count=2), 28)


def test_a_class_without_pictures_says_which_kinds_are_read(tmp_path):
    path = folder(tmp_path)
    (path / "eel").mkdir()
    (path / "eel" / "scan.dcm").write_bytes(b"DICM")
    with pytest.raises(DatasetError, match=r"eel holds no pictures .*\.png"):
        folders.read_folder(path, 28)


def test_the_mark_of_a_file_changes_with_its_content(tmp_path):
    path = npz(tmp_path)
    before = files.fingerprint(path)
    assert files.fingerprint(path) == before
    npz(tmp_path, side=10)
    assert files.fingerprint(path) != before


@pytest.mark.parametrize("change", ["add", "remove", "rewrite", "move to another class", "swap"])
def test_the_mark_of_a_folder_changes_with_any_picture(tmp_path, change):
    path = folder(tmp_path, count=3)
    for number in range(3):
        for name in ("cat", "dog"):
            os.utime(path / name / f"{number}.png", ns=(0, 10**18 + number))
    before = files.fingerprint(path)
    if change == "add":
        picture(path / "cat" / "9.png", np.zeros((9, 9), np.uint8))
    elif change == "remove":
        (path / "cat" / "0.png").unlink()
    elif change == "rewrite":
        picture(path / "cat" / "0.png", np.ones((40, 40), np.uint8))
    elif change == "move to another class":
        (path / "cat" / "0.png").rename(path / "dog" / "7.png")
    else:  # every name is there still, with other content
        (path / "cat" / "0.png").rename(path / "x.png")
        (path / "cat" / "1.png").rename(path / "cat" / "0.png")
        (path / "x.png").rename(path / "cat" / "1.png")
    assert files.fingerprint(path) != before


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_a_file_with_an_empty_split_says_which(tmp_path, split):
    nothing = {f"{split}_images": np.empty((0, 9, 9), np.uint8), f"{split}_labels": np.empty((0, 1), np.uint8)}
    with pytest.raises(DatasetError, match=f"has no {split} images"):
        files.read_medmnist_file(npz(tmp_path, **nothing))
