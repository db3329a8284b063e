"""The layouts in which skin images and Hugging Face's folders come: names without endings, one-hot columns, metadata.csv."""

import numpy as np
import pytest
from PIL import Image

from coreset_engine.datasets import folders, labels_csv
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import DatasetError


def picture(path, value=90):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((28, 28, 3), [value, 0, 0], np.uint8)).save(path)


@pytest.fixture
def ham(tmp_path):
    """HAM10000's layout: pictures in two folders, named without ending in a CSV with lesion, diagnosis and more."""
    lines = ["lesion_id,image_id,dx,dx_type,age,sex,localization"]
    hot = ["image,MEL,NV,BCC"]
    for i in range(12):
        picture(tmp_path / "ham" / f"HAM10000_images_part_{1 + i % 2}" / f"ISIC_{i:07d}.jpg", 100 + i)
        lines.append(f"HAM_{i // 2:07d},ISIC_{i:07d},{('mel', 'nv')[i // 6]},histo,50.0,male,back")
        hot.append(f"ISIC_{i:07d}," + ",".join(f"{float(k == i // 6)}" for k in range(3)))
    (tmp_path / "ham" / "HAM10000_metadata.csv").write_text("\n".join(lines))
    (tmp_path / "ham" / "GroundTruth.csv").write_text("\n".join(hot))
    return tmp_path / "ham"


def test_pictures_in_two_folders_are_named_by_one_csv_with_their_lesions(ham):
    told = FolderOptions(str(ham / "HAM10000_metadata.csv"), "image_id", "dx", group_column="lesion_id")
    found = folders.read_folder(ham, 28, told)
    assert found.class_names == ("mel", "nv")
    assert sum(np.bincount(labels, minlength=2) for labels in found.labels.values()).tolist() == [6, 6]
    assert len(set(np.concatenate(list(found.groups.values())).tolist())) == 6


def test_one_hot_columns_are_classes_by_their_names(ham):
    told = FolderOptions(str(ham / "GroundTruth.csv"), "image", "MEL, NV,BCC")
    found = folders.read_folder(ham, 28, told)
    assert found.class_names == ("MEL", "NV")  # BCC has no picture
    for split, images in found.images.items():  # brightness is 100 + number of the picture
        numbers = images[:, 14, 14, 0].astype(int) - 100
        np.testing.assert_array_equal(found.labels[split], np.abs(numbers).clip(0, 11) // 6)


@pytest.mark.parametrize(
    ("row", "match"),
    [("ISIC_0000000,1,1,0", "'1, 1, 0' in its one-hot columns"), ("ISIC_0000000,x,0,0", "'x, 0, 0' in its one-hot")],
)
def test_rows_that_are_no_one_hot_are_refused_and_none_is_no_label(ham, row, match):
    (ham / "hot.csv").write_text(f"image,MEL,NV,BCC\n{row}\n")
    told = FolderOptions(str(ham / "hot.csv"), "image", "MEL,NV,BCC")
    with pytest.raises(DatasetError, match=match):
        folders.read_folder(ham, 28, told)
    with pytest.raises(DatasetError, match=r"has no column NX\. Its first line is"):
        labels_csv.match([], ham, FolderOptions(str(ham / "hot.csv"), "image", "MEL,NX"), None)
    (ham / "hot.csv").write_text(
        (ham / "GroundTruth.csv").read_text().replace("ISIC_0000011,0.0,1.0,0.0", "ISIC_0000011,0,0,")
    )
    assert "1 row of it without a label" in " ".join(folders.read_folder(ham, 28, told).read_as)


def test_a_metadata_csv_beside_the_pictures_tells_the_classes(tmp_path):
    lines = ["file_name,label,text"]
    for i in range(8):
        picture(tmp_path / "hf" / "images" / f"{i}.png")
        lines.append(f"images/{i}.png,{('cat', 'dog')[i % 2]},a picture")
    (tmp_path / "hf" / "metadata.csv").write_text("\n".join(lines))
    found = folders.read_folder(tmp_path / "hf", 28)
    assert found.class_names == ("cat", "dog")
    assert len(np.concatenate(list(found.labels.values()))) == 8


def test_each_split_has_its_own_metadata_and_pictures_of_one_name(tmp_path):
    for split, count in (("train", 4), ("test", 2)):
        lines = ["file_name,label"]
        for i in range(count):
            picture(tmp_path / "hf" / split / f"{i}.png", 200 if split == "train" else 20)
            lines.append(f"{i}.png,{i % 2}")
        (tmp_path / "hf" / split / "metadata.csv").write_text("\n".join(lines))
    found = folders.read_folder(tmp_path / "hf", 28)
    assert {split: len(labels) for split, labels in found.labels.items()} == {"train": 2, "val": 2, "test": 2}
    assert (found.images["test"][..., 0] == 20).all()
    assert (found.images["val"][..., 0] == 200).all()  # drawn from train


def test_a_metadata_csv_without_classes_leaves_the_sub_folders(tmp_path):
    for name in ("cat", "dog"):
        for i in range(4):
            picture(tmp_path / "hf" / name / f"{i}.png")
    (tmp_path / "hf" / "metadata.csv").write_text("file_name,text\ncat/0.png,a cat\n")
    assert folders.read_folder(tmp_path / "hf", 28).class_names == ("cat", "dog")


HOT = {"a": "1,0,0", "b": "1,1,0", "c": "0,0,0", "d": "0,1.0,0"}
WORDS = {"a": "Edema", "b": "Effusion|Edema", "c": "No Finding", "d": "Effusion"}


def several(tmp_path, header, rows, label_column):
    """A set of five pictures of each row, as bright as its number, read with its CSV."""
    lines = [header]
    for number, (name, cells) in enumerate(rows.items()):
        for i in range(5):
            picture(tmp_path / "set" / f"{name}{i}.png", number)
            lines.append(f"{name}{i}.png,{cells}")
    (tmp_path / "set" / "labels.csv").write_text("\n".join(lines))
    told = FolderOptions(str(tmp_path / "set" / "labels.csv"), "image", label_column, multi_label=True)
    return folders.read_folder(tmp_path / "set", 28, told)


@pytest.mark.parametrize(
    ("header", "rows", "column", "names"),
    [
        ("image,Edema,Effusion,Hernia", HOT, "Edema,Effusion,Hernia", ("Edema", "Effusion", "Hernia")),
        ("image,Finding Labels", WORDS, "Finding Labels", ("Edema", "Effusion")),
    ],
)
def test_several_labels_per_picture_are_columns_of_0_and_1_or_joined_in_one(tmp_path, header, rows, column, names):
    found = several(tmp_path, header, rows, column)
    assert (found.multi_label, found.class_names) == (True, names)
    assert {split: len(labels) for split, labels in found.labels.items()} == {"train": 14, "val": 2, "test": 4}
    expected = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, 0]])[:, : len(names)]
    for split, images in found.images.items():
        np.testing.assert_array_equal(found.labels[split], expected[images[:, 14, 14, 0]])
    said = " ".join(found.read_as)
    assert f"5 of 20 pictures have none of the {len(names)} labels." in said
    assert "were drawn from train (seed 0)" in said
    assert ("train has no picture with Hernia." in said) == (len(names) == 3)


@pytest.mark.parametrize(
    ("header", "cells", "column", "match"),
    [
        ("image,A,B", "2,0", "A,B", "'2' in the column 'A', where 0 or 1 is needed"),
        ("image,A,B", "1,", "A,B", "'' in the column 'B', where 0 or 1 is needed"),
        ("image,A,B", "1,Edema", "A,B", "'Edema' in the column 'B', where 0 or 1"),
        ("image,A", "Edema|", "A", r"'Edema\|' in the column 'A', where labels joined by"),
        ("image,A", "", "A", "'' in the column 'A', where labels joined by"),
        ("image,A", "No Finding|Edema", "A", '"No Finding" alone'),
        ("image,A", "1", "A", r"has the labels 1, Edema; two|has the labels 1; two or more"),
        ("image,A", "Edema", "A", "has the labels Edema; two or more are needed"),
    ],
)
def test_rows_that_say_no_set_of_labels_are_refused_in_a_sentence(tmp_path, header, cells, column, match):
    with pytest.raises(DatasetError, match=match):
        several(tmp_path, header, {"a": cells, "b": cells}, column)
