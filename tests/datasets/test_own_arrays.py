"""Arrays and tensors become a data set that can be recorded by the path of its file, or are refused in a sentence."""

import numpy as np
import pytest

from coreset_engine import images_from_arrays
from coreset_engine.datasets import library
from coreset_engine.errors import DatasetError

PIXELS = np.arange(40, dtype=np.uint8)[:, None, None] + np.zeros((40, 8, 8), np.uint8)
LABELS = np.arange(40) % 2


def test_arrays_are_kept_where_the_record_page_looks_and_each_class_is_split():
    found = images_from_arrays("My set", PIXELS, np.array(["b", "a"])[LABELS])
    assert found.spec in [str(path) for path in library.own_images()]
    assert found.class_names == ("a", "b")
    assert {split: np.bincount(labels).tolist() for split, labels in found.labels.items()} == {
        "train": [14, 14], "val": [2, 2], "test": [4, 4],
    }  # fmt: skip
    for split, images in found.images.items():  # brightness is the row: even ones are "b"
        np.testing.assert_array_equal(found.labels[split], 1 - images[:, 0, 0] % 2)
    again = library.load(found.spec)
    assert again.sha256 == found.sha256
    with pytest.raises(DatasetError, match="already"):
        images_from_arrays("My set", PIXELS, LABELS)
    assert images_from_arrays("My set", PIXELS, LABELS, replace=True).class_names == ("class 0", "class 1")


def test_names_of_classes_in_a_column_of_a_table_are_names():
    found = images_from_arrays("table", PIXELS, np.array(["b", "a"], object)[LABELS])
    assert found.class_names == ("a", "b")
    assert images_from_arrays("whole", PIXELS, LABELS.astype(object)).class_names == ("class 0", "class 1")


def test_tensors_have_their_channels_first_and_splits_may_be_given():
    torch = pytest.importorskip("torch")
    colour = torch.zeros(6, 3, 8, 8)
    colour[:, 1] = torch.arange(6)[:, None, None] / 5
    labels = torch.tensor([0, 1, 0, 1, 0, 1])
    found = images_from_arrays("t", colour, labels, val=(colour[:2], labels[:2]), test=(colour[2:], labels[2:]))
    assert found.images["train"].shape == (6, 8, 8, 3)
    assert found.images["train"][:, 0, 0].tolist() == [[0, 51 * i, 0] for i in range(6)]
    assert found.labels["test"].tolist() == [0, 1, 0, 1]
    assert "scaled for the whole set" in " ".join(found.read_as)


def test_images_whose_group_is_missing_are_of_none_and_drawn_one_by_one():
    groups = [None if row < 20 else f"P{row // 4}" for row in range(40)]
    found = images_from_arrays("g", PIXELS, LABELS, groups=groups)
    none = {split: int((values == "").sum()) for split, values in found.groups.items()}
    assert sum(none.values()) == 20
    assert min(none.values()) > 0
    floats = np.where(np.arange(40) < 20, np.nan, np.arange(40) // 4)
    assert set(images_from_arrays("f", PIXELS, LABELS, groups=floats).groups["train"].tolist()) < {"", *"56789"}


def test_groups_stay_whole_and_several_labels_are_several():
    groups = np.repeat(np.arange(10), 4)
    found = images_from_arrays("g", PIXELS, np.stack([LABELS, np.ones_like(LABELS)], 1), groups=groups)
    assert found.multi_label
    sets = [set(found.groups[split].tolist()) for split in ("train", "val", "test")]
    assert [len(part) for part in sets] == [7, 1, 2]
    assert not any("Leakage" in sentence for sentence in found.read_as)


@pytest.mark.parametrize(
    ("images", "labels", "more", "match"),
    [
        (PIXELS[:3], LABELS, {}, "3 images and 40 labels"),
        (PIXELS[:, 0], LABELS, {}, "are of shape"),
        (np.zeros((40, 8, 8, 5)), LABELS, {}, "1 or 3 channels"),
        (PIXELS, LABELS + 1, {}, "no train image has label 0"),
        (PIXELS, np.array(["a", "b"])[LABELS], {"class_names": ("a", "c")}, "'b' of a label is none of class_names"),
        (PIXELS, LABELS, {"groups": LABELS, "val": (PIXELS, LABELS)}, "Leave out val and test, or groups"),
        (PIXELS, LABELS, {"groups": LABELS}, "1 group or image; at least 3"),
        (PIXELS, LABELS, {"groups": "one"}, "1 group for 40 labels of train"),
        (PIXELS, LABELS, {"groups": np.zeros((40, 2))}, r"groups of shape \(40, 2\) for 40 labels of train"),
        (PIXELS, 1, {}, r"train labels are int64 of shape \(\)"),
        (PIXELS, 2 * LABELS - 1, {}, "the train label of row 0 is -1. Number classes from 0"),
        (PIXELS, np.where(LABELS, np.nan, 1), {}, "the train label of row 1 is nan"),
        (PIXELS, LABELS + 0.5, {}, "labels must be whole numbers"),
        (PIXELS, [None, "a"] * 20, {}, "train labels are no numbers or texts of one shape"),
        ([[1, 2], [3]], LABELS, {}, "train images are no numbers or texts of one shape"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_no_file(images, labels, more, match):
    with pytest.raises(DatasetError, match=match):
        images_from_arrays("bad", images, labels, **more)
    assert not (library.own_root() / "bad.npz").exists()
