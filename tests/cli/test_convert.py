"""`convert` tells what it did, and `record` trains on what it wrote."""

import numpy as np

from coreset_engine import paths, store
from tests.cli.helpers import recording, refused
from tests.conversion.conftest import PIXELS, written


def folder(root):
    for name, sign in (("ill", 1), ("well", -1)):
        for patient in range(4):
            tags = {"PatientID": f"{name}-{patient}", "RescaleIntercept": 0, "RescaleSlope": sign}
            written(root / name / f"{patient}.dcm", PIXELS + patient, **tags)
    (root / "ill" / "broken.dcm").write_bytes(b"x" * 200)
    return root


def test_what_convert_writes_is_recorded_and_its_sentences_are_kept(run, tmp_path):
    out, key = tmp_path / "scans.npz", tmp_path / "key.csv"
    code, said, beside = run(
        "convert", folder(tmp_path / "scans"), "--out", out, "--size", 28, "--window", "0/401", "--key", key
    )
    assert code == 0, beside
    assert said.startswith("4 train, 2 val, 2 test images of 2 classes written to ")
    assert "Not read: ill/broken.dcm: it is no DICOM file" in beside
    assert len(key.read_text().splitlines()) == 9
    assert run(*recording(out))[0] == 0
    told = store.read_as(paths.run_folder("own"))
    assert "1 file could not be read: left out." in told
    assert not any("broken" in sentence for sentence in told)


def test_a_refusal_is_one_sentence(run, tmp_path):
    folder(tmp_path / "scans")
    said = refused(run("convert", tmp_path / "scans", "--out", tmp_path / "o.npz", "--window", "brian"))
    assert "'brian' is no window" in said


def test_folders_inside_a_class_are_patients_where_it_is_said(run, tmp_path):
    for label in ("ill", "well"):
        for number in range(20):
            file = tmp_path / "scans" / label / f"P{number // 2}" / f"{number}.dcm"
            written(file, PIXELS + number, PatientID=f"{label}{number}")
    command = ("convert", tmp_path / "scans", "--out", tmp_path / "o.npz", "--size", 28, "--salt", tmp_path / "salt")
    for options, patients in (((), 40), (("--group-folder",), 10)):
        code, _, beside = run(*command, *options)
        assert code == 0, beside
        with np.load(tmp_path / "o.npz") as arrays:
            parts = [set(arrays[f"{split}_groups"].tolist()) for split in ("train", "val", "test")]
        assert (sum(map(len, parts)), len(set.union(*parts))) == (patients, patients)
