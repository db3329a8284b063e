"""`convert` tells what it did, and `record` trains on what it wrote."""

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
