"""Groups of samples that belong together: read from files, kept with the images, and told where two splits share some."""

import json
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coreset_engine import export
from coreset_engine.datasets import checked, disk, files, folders, library, sample_groups
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


@pytest.mark.parametrize("kind", ["zip", "hf.zip", "fiftyone.zip"])
@pytest.mark.parametrize("task", ["multi-class", "multi-label, binary-class"])
def test_pictures_of_a_coreset_keep_their_groups_and_are_read_again_with_them(kind, task, tmp_path):
    names = {"train": ["12", "NA", "", "a, b", "12", "Ж"], "val": ["7", "8", ""], "test": ["007", "7", "x"]}
    shades = {"train": np.arange(6), "val": np.arange(10, 13), "test": np.arange(20, 23)}
    images = {split: np.repeat(of, 28 * 28).reshape(-1, 28, 28).astype(np.uint8) for split, of in shades.items()}
    labels = {split: np.arange(len(of)) % 2 for split, of in shades.items()}
    if task != "multi-class":
        labels = {split: np.eye(2, dtype=np.uint8)[of] for split, of in labels.items()}
    groups = {split: np.array(of) for split, of in names.items()}
    given = {"images": images, "labels": labels, "groups": groups, "class_names": ("left", "right")}
    whole = checked(name="own", title="Own", task=task, **given)
    origin = {"method": "aum", "options": {}, "rule": "top", "rate": 1, "keep": "lowest", "source": "paper"}
    coreset = CoresetFile(np.arange(1, 6), np.zeros(6), labels["train"], whole.class_names, origin)
    (tmp_path / f"c.{kind}").write_bytes(export.as_bytes(coreset, kind, whole))
    zipfile.ZipFile(tmp_path / f"c.{kind}").extractall(tmp_path / "c")
    assert (tmp_path / "c" / "groups.csv").is_file()
    told = FolderOptions()
    if task != "multi-class":
        if kind != "zip":
            return  # folders of several labels are read by a table of all splits, which these have not
        told = FolderOptions(str(tmp_path / "c" / "labels.csv"), "file", "left,right", "split", multi_label=True)
    found = folders.read_folder(tmp_path / "c", 28, told)
    assert not any(
        "groups.csv" in said for said in found.read_as if not said.startswith("Groups were read from groups.csv")
    )
    for split, values in shades.items():
        of = dict(zip(found.images[split][:, 0, 0].tolist(), found.groups[split].tolist(), strict=True))
        kept = values[1:] if split == "train" and kind != "fiftyone.zip" else values
        wanted = dict(zip(values.tolist(), names[split], strict=True))
        assert of == {shade: wanted[shade] for shade in kept.tolist()}


def test_a_groups_csv_of_somebody_else_says_nothing(tmp_path):
    folder = pictures(tmp_path / "f", [f"{number}" for number in range(10)])
    (folder / "groups.csv").write_text("file,group,site\nliver/0.png,P1,x\n")
    assert folders.read_folder(folder, 28).groups == {}
    (folder / "groups.csv").write_bytes(b"\xff\xfe")
    assert folders.read_folder(folder, 28).groups == {}


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


def nested(folder, above=""):
    """Two classes of five patients with two pictures each, the same two patients in both, and one picture of none."""
    for number, label in enumerate(("liver", "spleen")):
        for place in range(10):
            patient = f"P{place // 2}" if place < 4 else f"{label[0]}{place // 2}"
            file = folder / above / label / patient / ("study" if place % 2 else "") / f"{place}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((28, 28), 100 * number + place, np.uint8)).save(file)
        Image.fromarray(np.full((28, 28), 100 * number + 99, np.uint8)).save(folder / above / label / "99.png")
    return folder


def group_of(shade):
    """The patient of a picture of `nested`, by its one grey."""
    place = shade % 100
    return "" if place == 99 else f"P{place // 2}" if place < 4 else f"{'ls'[shade // 100]}{place // 2}"


def test_the_folder_inside_a_class_is_the_group_and_drawn_splits_keep_it_whole(tmp_path):
    found = folders.read_folder(nested(tmp_path / "f"), 28, FolderOptions(group_folder=True))
    for split, values in found.groups.items():
        assert values.tolist() == [group_of(shade) for shade in found.images[split][:, 0, 0].tolist()]
    assert sum(map(len, found.groups.values())) == 22
    assert not any(said.startswith(("Leakage", "Sub-folders inside")) for said in found.read_as)
    told = "Groups were read from the folders that the pictures lie in, those of one name as one group: "
    assert any(said.startswith(told) for said in found.read_as)


def test_within_splits_the_group_is_the_folder_below_the_class(tmp_path):
    for split in ("Training", "val", "test"):
        nested(tmp_path / "f", split)
    found = folders.read_folder(tmp_path / "f", 28, FolderOptions(group_folder=True))
    for split, values in found.groups.items():
        assert values.tolist() == [group_of(shade) for shade in found.images[split][:, 0, 0].tolist()]
    assert sum(said.startswith("Leakage: 8 groups occur in train and") for said in found.read_as) == 2


@pytest.mark.parametrize("split", ["", "train"])
def test_beside_a_csv_the_group_is_the_folder_of_the_picture(tmp_path, split):
    lines = ["file,dx"]
    for place in range(24):
        file = tmp_path / "f" / split / f"P{place // 2}" / f"{place}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((28, 28), place, np.uint8)).save(file)
        lines.append(f"{place}.png,{'ab'[place % 2]}")
    (tmp_path / "f.csv").write_text("\n".join(lines))
    options = FolderOptions(str(tmp_path / "f.csv"), "file", "dx", group_folder=True)
    found = folders.read_folder(tmp_path / "f", 28, options)
    for of, values in found.groups.items():
        assert values.tolist() == [f"P{shade // 2}" for shade in found.images[of][:, 0, 0].tolist()]


def test_folders_that_are_no_groups_are_told_in_a_sentence(tmp_path):
    folder = pictures(tmp_path / "f", [f"{number}" for number in range(10)])
    with pytest.raises(DatasetError, match=r"No picture of .* lies in a folder inside its class .* --group-folder"):
        folders.read_folder(folder, 28, FolderOptions(group_folder=True))


def test_pictures_left_out_take_their_groups_with_them(tmp_path):
    folder = pictures(tmp_path / "f", [f"P{number}_0" for number in range(10)])
    (folder / "liver" / "P3_0.png").write_bytes(b"no picture")
    found = folders.read_folder(folder, 28, FolderOptions(skip_broken=True, group_prefix="_"))
    assert {split: len(values) for split, values in found.groups.items()} == {
        split: len(values) for split, values in found.labels.items()
    }
    assert np.concatenate(list(found.groups.values())).tolist().count("P3") == 1  # of the other class


def test_origins_of_groups_exclude_each_other_and_a_column_needs_its_csv():
    with pytest.raises(ConfigError, match="Choose one of them"):
        FolderOptions("f.csv", "file", "dx", group_column="patient", group_prefix="_")
    with pytest.raises(ConfigError, match="Choose one of them"):
        FolderOptions(group_prefix="_", group_folder=True)
    with pytest.raises(ConfigError, match="--group-column need --labels"):
        FolderOptions(group_column="patient")


def test_a_folder_read_before_there_were_groups_has_not_changed():
    before = asdict(FolderOptions(skip_broken=True))
    before = {
        name: before[name]
        for name in before
        if name not in ("group_column", "group_prefix", "grades", "multi_label", "group_folder")
    }
    kept = json.dumps({"reading": 2, "files": "3:abc"} | before)
    assert FolderOptions(skip_broken=True).mark("3:abc") == kept
    assert mark_again(kept, "3:abc") == kept
    assert FolderOptions(skip_broken=True, group_prefix="_").mark("3:abc") != kept


def test_a_prefix_ends_at_the_first_sign_and_may_be_missing():
    found = sample_groups.by_prefix([Path("a_b_1.png"), Path("x_y/c.png"), Path("d.e_f.png")], "_")
    assert list(found.values()) == ["a", "", "d.e"]
