"""Patients whose files lie in a folder each inside their class."""

import numpy as np
import pytest

from coreset_engine import convert
from tests.conversion.conftest import PIXELS, written

pytest.importorskip("pydicom")


@pytest.fixture
def folders(tmp_path):
    """Two classes of ten patients with two files each; each file names another patient, as after a bad anonymisation."""
    for label in ("ill", "well"):
        for patient in range(10):
            for number in range(2):
                file = tmp_path / "scans" / label / f"{label}-{patient}" / f"{number}.dcm"
                written(file, PIXELS + patient + number, PatientID=f"{label}-{patient}-{number}")
    return tmp_path / "scans"


def sizes(file):
    """How many images each group has, over all splits, and in how many splits it occurs."""
    with np.load(file) as arrays:
        parts = [arrays[f"{split}_groups"].tolist() for split in ("train", "val", "test")]
    names = sorted({name for part in parts for name in part})
    return {(sum(part.count(name) for part in parts), sum(name in part for part in parts)) for name in names}, len(
        names
    )


def test_the_folder_inside_a_class_is_the_patient(folders, tmp_path):
    done = convert(folders, tmp_path / "plain.npz", size=16, salt=tmp_path / "salt")
    assert sizes(done.out)[1] == 40
    done = convert(folders, tmp_path / "own.npz", size=16, salt=tmp_path / "salt", group_folder=True)
    assert sizes(done.out) == ({(2, 1)}, 20)
