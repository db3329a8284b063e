"""Groups of samples that belong together: read from files, kept with the images, and told where two splits share some."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coreset_engine import export
from coreset_engine.datasets import disk, files, folders, library, sample_groups
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.datasets.folder_options import FolderOptions, mark_again
from coreset_engine.errors import ConfigError, DatasetError
from coreset_engine.export import CoresetFile

TRAIN, VAL, TEST = ["a", "a", "b", "c", "", "d"], ["e", "b"], ["c", "a", "a", "f"]
SENTENCES = (
    "Groups were read from train_groups, val_groups and test_groups: 4 in train, 2 in val, 3 in test; 1 image belongs to "
    "none.",
    "Leakage: 1 group occurs in train and val (b), with 1 image of val: accuracies there are too high. Keep each group in "
    "one split.",
    "Leakage: 2 groups occur in train and test (a, c), with 3 images of test: accuracies there are too high. Keep each "
    "group in one split.",
)


def npz(path, seed=0, **given):
    """A file of 6 train, 2 val and 4 test images with the groups given."""
    draw, arrays = np.random.default_rng(seed), {}
    for split, count in (("train", 6), ("val", 2), ("test", 4)):
        arrays[f"{split}_images"] = draw.integers(0, 256, (count, 9, 9), np.uint8)
        arrays[f"{split}_labels"] = np.arange(count)[:, None] % 2
    np.savez(path, **arrays, **{f"{split}_groups": np.array(values) for split, values in given.items()})
    return path


def pictures(folder, names):
    """Two classes, each with pictures of those names."""
    for number, label in enumerate(("liver", "spleen")):
        (folder / label).mkdir(parents=True)
        for place, name in enumerate(names):
            Image.fromarray(np.full((28, 28), 100 * number + place, np.uint8)).save(folder / label / f"{name}.png")
    return folder


def test_a_file_tells_the_groups_of_its_splits_and_which_two_of_them_share(tmp_path):
    found = files.read_medmnist_file(npz(tmp_path / "f.npz", train=TRAIN, val=VAL, test=TEST))
    assert {split: values.tolist() for split, values in found.groups.items()} == {
        "train": TRAIN,
        "val": VAL,
        "test": TEST,
    }
    assert found.read_as == SENTENCES


def test_a_file_without_groups_says_nothing_of_them(tmp_path):
    found = files.read_medmnist_file(npz(tmp_path / "f.npz"))
    assert (found.groups, found.read_as) == ({}, ())


def test_groups_may_be_numbers_in_a_column_and_of_some_splits_only(tmp_path):
    found = files.read_medmnist_file(npz(tmp_path / "f.npz", train=[[1], [1], [2], [3], [3], [3]]))
    assert found.groups["train"].tolist() == ["1", "1", "2", "3", "3", "3"]
    assert found.read_as == ("Groups were read from train_groups, val_groups and test_groups: 3 in train.",)


@pytest.mark.parametrize(
    ("train", "said"),
    [(["a"] * 5, "one text or whole number for each of 6 images"), ([0.5] * 6, "float64"), (["a\x1b"] * 6, "group 0")],
)
def test_groups_that_do_not_fit_are_refused(train, said, tmp_path):
    with pytest.raises(DatasetError, match=said):
        files.read_medmnist_file(npz(tmp_path / "f.npz", train=train))


def test_groups_are_kept_with_the_images_and_their_checksum(tmp_path, cache):
    kept = library.load(str(npz(tmp_path / "f.npz", train=TRAIN, val=VAL, test=TEST)))
    folder = disk.folder_of(kept.name, kept.sha256)
    again = library.cached(kept.name, kept.sha256)
    assert again.groups["test"].tolist() == TEST
    assert again.read_as == SENTENCES
    assert "test_groups.npy" in json.loads((folder / "dataset.json").read_text())["files"]
    np.save(folder / "test_groups.npy", np.array(["x", "a", "a", "f"]))
    with pytest.raises(DatasetError, match=r"test_groups\.npy: not what was written"):
        library.cached(kept.name, kept.sha256)


def test_groups_told_later_of_the_same_images_are_those_that_count(tmp_path, cache):
    library.load(str(npz(tmp_path / "f.npz", train=TRAIN, val=VAL, test=TEST)))
    other = library.load(str(npz(tmp_path / "f.npz", train=list("uvwxyz"))))
    assert {split: values.tolist() for split, values in other.groups.items()} == {"train": list("uvwxyz")}
    assert library.load(str(npz(tmp_path / "f.npz"))).groups == {}


def test_a_corrupted_set_has_the_groups_of_its_origin(tmp_path, cache):
    file = npz(tmp_path / "f.npz", train=TRAIN, val=VAL, test=TEST)
    found = library.load(str(file), corruption=Corruption(label_noise=0.2))
    assert found.corruption["label_noise"] == 0.2
    assert (found.groups["train"].tolist(), found.groups["val"].tolist()) == (TRAIN, VAL)
    assert found.read_as == SENTENCES


def test_a_coreset_written_with_its_images_keeps_their_groups(tmp_path):
    images = files.read_medmnist_file(npz(tmp_path / "f.npz", train=TRAIN, val=VAL, test=TEST))
    rows = np.array([1, 3])
    origin = {"method": "aum", "options": {}, "rule": "top", "rate": 1 / 3, "keep": "lowest", "source": "paper"}
    coreset = CoresetFile(rows, np.zeros(6), images.labels["train"], images.class_names, origin)
    (tmp_path / "c.npz").write_bytes(export.as_bytes(coreset, "npz", images))
    with np.load(tmp_path / "c.npz") as written:
        assert written["train_groups"].tolist() == ["a", "c"]
        assert written["test_groups"].tolist() == TEST


def test_the_name_of_a_picture_up_to_a_sign_is_its_group(tmp_path):
    names = [f"P{number // 2:02}_{number}" for number in range(9)] + ["other"]
    found = folders.read_folder(pictures(tmp_path / "f", names), 28, FolderOptions(group_prefix="_"))
    every = np.concatenate(list(found.groups.values())).tolist()
    assert sorted(every) == sorted(2 * (["P00", "P01", "P02", "P03"] * 2 + ["P04", ""]))
    for split, values in found.groups.items():  # a class's pictures have the values 0 to 9, or 100 to 109
        numbers = found.images[split][:, 0, 0] % 100
        assert values.tolist() == [f"P{n // 2:02}" if n < 9 else "" for n in numbers.tolist()]
    assert any(
        said.startswith("Groups were read from the names of the pictures, up to '_': ") for said in found.read_as
    )
    # the same names in both classes, yet none in two of the drawn splits
    assert not any(said.startswith("Leakage: ") for said in found.read_as)


def test_a_sign_that_is_in_no_name_is_told(tmp_path):
    folder = pictures(tmp_path / "f", [f"P{number}" for number in range(10)])
    with pytest.raises(DatasetError, match="No picture's name has anything before '_'"):
        folders.read_folder(folder, 28, FolderOptions(group_prefix="_"))


def test_a_column_of_the_csv_is_the_group(tmp_path):
    folder = pictures(tmp_path / "f", [f"{number}" for number in range(10)])
    splits = ["train"] * 6 + ["val", "val", "test", "test"]
    lines = ["file,dx,set,patient"] + [
        f"{label}/{number}.png,{label},{splits[number]},{'L' if label == 'liver' else 'S'}{min(number, 8)}"
        for label in ("liver", "spleen")
        for number in range(10)
    ]
    (tmp_path / "f.csv").write_text("\n".join(lines))
    options = FolderOptions(str(tmp_path / "f.csv"), "file", "dx", "set", group_column="patient")
    found = folders.read_folder(folder, 28, options)
    assert found.groups["val"].tolist() == ["L6", "L7", "S6", "S7"]
    assert found.groups["test"].tolist() == ["L8", "L8", "S8", "S8"]
    assert found.read_as[-1] == "Groups were read from the column 'patient': 12 in train, 4 in val, 2 in test."


def test_pictures_left_out_take_their_groups_with_them(tmp_path):
    folder = pictures(tmp_path / "f", [f"P{number}_0" for number in range(10)])
    (folder / "liver" / "P3_0.png").write_bytes(b"no picture")
    found = folders.read_folder(folder, 28, FolderOptions(skip_broken=True, group_prefix="_"))
    assert {split: len(values) for split, values in found.groups.items()} == {
        split: len(values) for split, values in found.labels.items()
    }
    assert np.concatenate(list(found.groups.values())).tolist().count("P3") == 1  # of the other class


def test_the_two_origins_of_groups_exclude_each_other_and_a_column_needs_its_csv():
    with pytest.raises(ConfigError, match="Choose one of the two"):
        FolderOptions("f.csv", "file", "dx", group_column="patient", group_prefix="_")
    with pytest.raises(ConfigError, match="--group-column need --labels"):
        FolderOptions(group_column="patient")


def test_a_folder_read_before_there_were_groups_has_not_changed():
    before = asdict(FolderOptions(skip_broken=True))
    before = {
        name: before[name] for name in before if name not in ("group_column", "group_prefix", "grades", "multi_label")
    }
    kept = json.dumps({"reading": 2, "files": "3:abc"} | before)
    assert FolderOptions(skip_broken=True).mark("3:abc") == kept
    assert mark_again(kept, "3:abc") == kept
    assert FolderOptions(skip_broken=True, group_prefix="_").mark("3:abc") != kept


def test_a_prefix_ends_at_the_first_sign_and_may_be_missing():
    found = sample_groups.by_prefix([Path("a_b_1.png"), Path("x_y/c.png"), Path("d.e_f.png")], "_")
    assert list(found.values()) == ["a", "", "d.e"]
