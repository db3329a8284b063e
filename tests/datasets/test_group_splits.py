"""Splits drawn from a folder keep groups whole; worked by hand."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coreset_engine.datasets import folders
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.datasets.group_splits import drawn
from coreset_engine.errors import DatasetError

SHARES = {"val": 10, "test": 5}


def files(*patients):
    """Pictures of one class: so many of each patient, by its number."""
    return [Path(f"c/{name}_{number}.png") for name, count in patients for number in range(count)]


def of(found, belongs):
    """The groups in each split."""
    return {split: {belongs.get(f, f.name) for one in parts for f in one} for split, parts in found.items()}


def test_no_group_is_in_two_splits_and_the_shares_are_as_near_as_whole_groups_allow():
    classes = [files(*((f"{c}P{n:02}", 3) for n in range(20))) for c in "AB"]  # 60 pictures of 20 patients each
    belongs = {file: file.name[:4] for one in classes for file in one}
    found = drawn(classes, belongs, SHARES)
    groups = of(found, belongs)
    assert not groups["val"] & groups["test"] | groups["val"] & groups["train"] | groups["test"] & groups["train"]
    assert [len(one) for one in found["val"]] == [6, 6]  # a tenth of 60
    assert [len(one) for one in found["test"]] == [12, 12]  # a fifth
    assert sum(len(one) for parts in found.values() for one in parts) == 120


def test_a_class_of_one_large_group_stays_in_train_and_pictures_of_none_stand_alone():
    classes = [files(("P1", 12)), files(("P2", 2), ("x", 8))]
    belongs = {file: file.name[:2] if file.name[0] == "P" else "" for one in classes for file in one}
    found = drawn(classes, belongs, SHARES)
    assert len(found["train"][0]) == 12
    assert [[len(one) for one in found[split]] for split in ("val", "test")] == [[0, 1], [0, 2]]
    with pytest.raises(DatasetError, match="too few groups to draw val"):
        alone = [files(("P1", 5)), files(("P2", 5))]
        drawn(alone, {file: file.name[:2] for one in alone for file in one}, SHARES)


def test_a_folder_read_with_a_prefix_has_no_leakage_between_its_drawn_splits(tmp_path):
    for number, name in enumerate(("heart", "liver")):
        (tmp_path / "f" / name).mkdir(parents=True)
        for patient in range(12):
            for picture in range(2):
                Image.new("L", (28, 28), 20 * number + patient).save(
                    tmp_path / "f" / name / f"P{patient}_{picture}.png"
                )
    found = folders.read_folder(tmp_path / "f", 28, FolderOptions(group_prefix="_"))
    said = " ".join(found.read_as)
    assert "Leakage" not in said
    # 24 pictures per class, each patient with two of both: one patient is the tenth, two are the fifth
    assert "There is no val and no test split: 4 pictures as val and 8 pictures as test were drawn" in said
    assert [len(found.labels[split]) for split in ("train", "val", "test")] == [36, 4, 8]
    plain = folders.read_folder(tmp_path / "f", 28)
    assert [len(plain.labels[split]) for split in ("train", "val", "test")] == [36, 4, 8]
    assert not np.array_equal(plain.images["val"], found.images["val"])
