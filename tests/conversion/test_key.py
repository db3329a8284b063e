"""The key of a conversion: which file each image came from, and which group it is in."""

import csv

import numpy as np

from coreset_engine import convert
from tests.conversion.conftest import written

FRAMES = np.arange(3 * 64, dtype=np.uint16).reshape(3, 8, 8)
WHO = ("PatientID", "PatientName", "StudyInstanceUID")


def test_the_key_tells_the_group_of_each_image_also_where_a_file_names_no_patient(tmp_path):
    for kind in ("ill", "well"):
        for number in range(6):
            written(tmp_path / "scans" / kind / f"{number}.dcm", FRAMES, NumberOfFrames=3, **dict.fromkeys(WHO))
    done = convert(tmp_path / "scans", tmp_path / "out.npz", salt=tmp_path / "salt", key=tmp_path / "key.csv")
    with open(tmp_path / "key.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["patient"] for row in rows} == {""}
    for split, groups in ((split, np.load(done.out)[f"{split}_groups"]) for split in ("train", "val", "test")):
        assert [row["group"] for row in rows if row["split"] == split] == groups.tolist()
        assert "" not in groups
