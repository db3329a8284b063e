"""Nothing that names anybody leaves: by the list of tags, by texts looked for in the file written, by refusals."""

import errno
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset, Sequence

from coreset_engine import convert
from coreset_engine.conversion import dicom, identity, tags
from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.datasets import library
from coreset_engine.errors import ConfigError, DatasetError
from tests.conversion.conftest import PIXELS, written

# What a picture may depend on, as decided: pixels and how they are coded, windowed, turned, cut into frames.
SHAPING = (  # noqa: SIM905 - one word a line would be fifty lines
    "PixelData FloatPixelData DoubleFloatPixelData PixelSpacing ImagerPixelSpacing Modality Rows Columns "
    "SamplesPerPixel PhotometricInterpretation PlanarConfiguration NumberOfFrames BitsAllocated BitsStored HighBit "
    "PixelRepresentation ExtendedOffsetTable ExtendedOffsetTableLengths RescaleSlope RescaleIntercept "
    "ModalityLUTSequence LUTDescriptor LUTData WindowCenter WindowWidth VOILUTFunction VOILUTSequence "
    "PixelPaddingValue PixelPaddingRangeLimit RedPaletteColorLookupTableDescriptor RedPaletteColorLookupTableData "
    "SegmentedRedPaletteColorLookupTableData GreenPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableData "
    "SegmentedGreenPaletteColorLookupTableData BluePaletteColorLookupTableDescriptor BluePaletteColorLookupTableData "
    "SegmentedBluePaletteColorLookupTableData ImageOrientationPatient ImagePositionPatient PatientOrientation "
    "BurnedInAnnotation SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence PixelMeasuresSequence "
    "PlaneOrientationSequence PlanePositionSequence FrameVOILUTSequence PixelValueTransformationSequence "
).split()
SECRET = "ZQXSECRET"


def pictures(path):
    """The pictures of a file and where its modality and spacing go; None where it can't be read."""
    try:
        scan = dicom.read(path, ConvertOptions(slices="3"))
    except DatasetError:
        return None
    return scan.modality, scan.burnt_in, [(frame.spacing, frame.notes, frame.pixels) for frame in scan.frames]


@pytest.mark.filterwarnings("ignore::UserWarning")  # of pydicom about its own files
def test_of_every_packaged_file_the_pictures_are_made_of_these_tags_alone(packaged, monkeypatch):
    assert sorted(tags.READ) == sorted(SHAPING)
    numbers = {pydicom.datadict.tag_for_keyword(keyword) for keyword in SHAPING}
    read, compared = pydicom.dcmread, 0
    for name, path in packaged.items():
        monkeypatch.setattr(pydicom, "dcmread", read)
        whole = pictures(path)
        if whole is None:
            continue
        bare = read(path)
        for tag in [element.tag for element in bare.elements() if element.tag not in numbers]:
            del bare[tag]
        monkeypatch.setattr(pydicom, "dcmread", lambda _, found=bare: found)
        np.testing.assert_equal(pictures(path), whole, name)
        compared += 1
    assert compared > 60


def hidden_everywhere(path):
    """Write a CT whose every other tag, private and nested ones too, says a secret word; so does the preamble."""
    written(path, PatientID=SECRET, PatientName=f"{SECRET}^A", WindowCenter=40, WindowWidth=400, Modality=SECRET)
    hide(path)


def hide(path):
    """Let every tag of a file that shapes no picture say a secret word."""
    found = pydicom.dcmread(path)
    for tag, (kind, _, _, _, keyword) in pydicom.datadict.DicomDictionary.items():
        if (
            kind in ("LO", "SH", "ST", "LT", "UT", "PN", "UC")
            and keyword
            and keyword not in SHAPING
            and tag not in found
            and tag >> 16 > 4
        ):
            found.add_new(tag, kind, SECRET)
    item = Dataset()
    item.PatientName, item.LUTExplanation = SECRET, SECRET
    found.VOILUTSequence = Sequence([])
    found.ReferencedPatientSequence = Sequence([item])
    found.private_block(0x1001, SECRET, create=True).add_new(1, "LO", SECRET)
    found.preamble = SECRET.encode().ljust(128, b"\0")
    found.file_meta.SourceApplicationEntityTitle = SECRET
    found.save_as(path)


def test_a_word_in_every_other_tag_is_nowhere_in_the_file_written(scans, tmp_path):
    for number, path in enumerate(sorted(scans.rglob("*.dcm"))):
        hidden_everywhere(path.with_name(f"{SECRET}{number}.dcm"))
        path.unlink()
    done = convert(scans, tmp_path / "out.npz", split_by="image", size=16)
    with zipfile.ZipFile(done.out) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    texts = {"class_names.npy", "read_as.npy", "conversion.npy"}
    of_split = {f"{split}_{what}.npy" for split in ("train", "val", "test") for what in (
        "images", "labels", "groups", "studies", "spacing"
    )}  # fmt: skip
    assert set(members) == texts | of_split
    for name, content in members.items():
        for coding in ("utf-8", "utf-32-le", "utf-16-le"):
            assert SECRET.lower().encode(coding) not in content.lower(), name
    assert json.loads(str(np.load(done.out)["conversion"])) == {
        "size": 16, "window": "tag", "orientation": "standard", "fit": "crop", "burnt_in": "refuse", "group_by": "patient",
        "split_by": "image", "axis": "axial", "volumes": False, "slices": "all",
    }  # fmt: skip


def test_pictures_are_made_of_a_copy_that_holds_the_listed_tags_alone(tmp_path):
    hidden_everywhere(tmp_path / "a.dcm")
    found = pydicom.dcmread(tmp_path / "a.dcm")
    table, value = Dataset(), Dataset()
    table.LUTExplanation, table.LUTDescriptor, value.RescaleSlope, value.RescaleType = SECRET, [2, 0, 8], 2, SECRET
    found.VOILUTSequence = Sequence([table])
    found.PerFrameFunctionalGroupsSequence = Sequence([Dataset()])
    found.PerFrameFunctionalGroupsSequence[0].PixelValueTransformationSequence = Sequence([value])
    found.Modality = "CT"  # the only listed one that said the word
    assert str(found).count(SECRET) > 100
    copy = tags.allowed(found)
    assert SECRET not in str(copy)
    assert copy.VOILUTSequence[0].LUTDescriptor == [2, 0, 8]
    assert copy.PerFrameFunctionalGroupsSequence[0].PixelValueTransformationSequence[0].RescaleSlope == 2
    assert list(copy.file_meta.keys()) == [0x00020010]  # the transfer syntax


def test_of_two_that_make_a_salt_at_once_both_take_the_first(tmp_path, monkeypatch):
    own, kept = "0" * 64, "1" * 64

    def slower(size):
        """Another process makes the salt between this one's look and its writing."""
        (tmp_path / "salt").write_text(kept)
        return own

    monkeypatch.setattr(identity.secrets, "token_hex", slower)
    assert identity.salt_of(tmp_path / "salt") == kept.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["salt"]


def test_a_salt_that_could_not_be_written_leaves_none(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(identity.os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left on device"):
        identity.salt_of(tmp_path / "salt")
    assert list(tmp_path.iterdir()) == []


def test_a_salt_is_made_on_a_disk_without_hard_links(tmp_path, monkeypatch):
    def none(source, target):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(identity.os, "link", none)
    made = identity.salt_of(tmp_path / "salt")
    assert len(bytes.fromhex(made.decode())) == 32
    assert identity.salt_of(tmp_path / "salt") == made
    assert [path.name for path in tmp_path.iterdir()] == ["salt"]


def test_the_key_is_its_owners_from_its_first_byte_and_a_file_may_have_any_name(scans, tmp_path, monkeypatch):
    first = next((scans / "ill").iterdir())
    first.rename(os.fsdecode(os.fsencode(first.with_suffix("")) + b"\xff.dcm"))
    modes = {}

    def replaced(path, target):
        modes[Path(target).name] = path.stat().st_mode & 0o777
        os.rename(path, target)  # noqa: PTH104 - what `replace` does

    monkeypatch.setattr(Path, "replace", replaced)
    convert(scans, tmp_path / "out.npz", salt=tmp_path / "salt", key=tmp_path / "key.csv")
    assert modes["key.csv"] == 0o600
    assert b"\xff.dcm" in (tmp_path / "key.csv").read_bytes()
    assert (tmp_path / "salt").stat().st_mode & 0o777 == 0o600


def test_a_patient_is_one_hash_under_one_salt_and_another_under_another(scans, tmp_path):
    def groups(salt):
        done = convert(scans, tmp_path / "out.npz", salt=tmp_path / salt)
        arrays = np.load(done.out)
        assert (tmp_path / salt).read_bytes() not in done.out.read_bytes()
        return {split: set(arrays[f"{split}_groups"].tolist()) for split in ("train", "val", "test")}

    first = groups("a")
    assert sum(len(found) for found in first.values()) == 10  # patients, none in two splits
    assert first == groups("a")
    assert not set.union(*first.values()) & set.union(*groups("b").values())
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_a_hash_is_that_of_hmac_sha256(scans, tmp_path):
    import hmac

    (tmp_path / "salt").write_bytes(b"0123456789abcdef")
    done = convert(scans, tmp_path / "out.npz", salt=tmp_path / "salt", key=tmp_path / "key.csv")
    wanted = hmac.new(b"0123456789abcdef", b"patient\0ill-3", "sha256").hexdigest()[:16]
    lines = [line for line in (tmp_path / "key.csv").read_text().splitlines() if "ill3" in line]
    assert len(lines) == 2
    assert all(line.split(",")[4] == wanted for line in lines)
    assert wanted in np.concatenate([np.load(done.out)[f"{split}_groups"] for split in ("train", "val", "test")])


@pytest.mark.parametrize("name", ["Jane", "doe jane", "Jane_Doe", "MRN-0815"])
def test_a_class_named_like_a_patient_is_refused(tmp_path, name):
    for other in ("ill", name):
        written(tmp_path / "scans" / other / "1.dcm", PatientID="MRN 0815")
    with pytest.raises(DatasetError, match=f"class '{name}' is named like the patient"):
        convert(tmp_path / "scans", tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()


def test_a_grade_may_be_the_number_of_a_study(tmp_path):
    for name in ("1", "2"):
        for number in range(3):
            tags_ = {"PatientID": str(number), "StudyID": name, "PatientName": f"{name}^A"}
            written(tmp_path / "scans" / name / f"{number}.dcm", **tags_)
    assert convert(tmp_path / "scans", tmp_path / "out.npz").class_names == ("1", "2")


def test_burnt_in_text_is_refused_unless_told(scans, tmp_path):
    written(scans / "ill" / "marked.dcm", PIXELS, BurnedInAnnotation="YES", PatientID="ill-0")
    written(scans / "ill" / "ultrasound.dcm", PIXELS, Modality="US", PatientID="ill-0")
    with pytest.raises(DatasetError, match=r"1 file says that names .* \(ill/marked.dcm\)"):
        convert(scans, tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()
    without = convert(scans, tmp_path / "out.npz", burnt_in="leave-out")
    assert sum(without.counts.values()) == 21
    assert "1 file does not say whether names are burnt into the picture (US 1)" in " ".join(without.sentences)
    assert sum(convert(scans, tmp_path / "out.npz", burnt_in="keep").counts.values()) == 22


def test_what_is_not_read_is_named_and_counted_and_the_rest_is_a_data_set(scans, packaged, tmp_path):
    for name in ("MR_truncated.dcm", "rtdose.dcm", "no_meta.dcm", "nested_priv_SQ.dcm", "JPEG-lossy.dcm"):
        (scans / "well" / name).write_bytes(packaged[name].read_bytes())
    (scans / "well" / "notes.txt").write_text("no scan")
    done = convert(scans, tmp_path / "out.npz", size=8)
    reasons = {name.removeprefix("well/"): reason for name, reason in done.unread.items()}
    assert {name: reason[:29] for name, reason in reasons.items()} == {
        "MR_truncated.dcm": "The number of bytes of pixel ",
        "rtdose.dcm": "it is a dose, no picture",
        "no_meta.dcm": "it is no DICOM file: the mark",
        "nested_priv_SQ.dcm": "its tag Rows is missing",
        "JPEG-lossy.dcm": "its pixels can't be decompres",
    }
    assert "Left out: 1 file of a kind that is not read (.txt 1)." in done.left_out
    images = library.load(str(done.out))
    assert images.class_names == ("ill", "well")
    assert images.images["train"].shape[1:] == (8, 8)
    assert {split: len(labels) for split, labels in images.labels.items()} == done.counts == {
        "train": 12, "val": 4, "test": 4,
    }  # fmt: skip
    assert "5 files could not be read: left out." in images.read_as
    assert not any("Leakage" in sentence and "group" in sentence for sentence in images.read_as)


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"window": "40"}, ConfigError, "'40' is no window"),
        ({"window": "40/0"}, ConfigError, "must be more than 1"),
        ({"size": 4}, ConfigError, "8 to 1024 px"),
        ({"slices": "none"}, ConfigError, "all, middle or a number"),
        ({"slices": "3", "volumes": True}, ConfigError, "Leave out one of the two"),
        ({"volumes": True}, DatasetError, r"20 files \(first: .*does not say where its slices lie"),
        ({"fit": "squeeze"}, ConfigError, "crop, pad"),
        ({"colour": 1}, ConfigError, "has no option colour"),
        ({"key": "out.npz"}, ConfigError, "Keep the key apart"),
        ({"out": "out.png"}, ConfigError, "no .npz file"),
        ({"source": "missing"}, DatasetError, "There is no folder"),
        ({"labels": "missing.csv", "name_column": "a", "label_column": "b"}, DatasetError, "no file missing.csv"),
        ({"salt": "short"}, ConfigError, "has 3 bytes"),
    ],
)
def test_impossible_wishes_are_refused_in_a_sentence_and_nothing_is_written(
    scans, tmp_path, monkeypatch, given, error, match
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "short").write_text("abc")
    asked = {"source": "scans", "out": "out.npz"} | given
    with pytest.raises(error, match=match):
        convert(asked.pop("source"), asked.pop("out"), **asked)
    assert not (tmp_path / "out.npz").exists()


def test_two_patients_cannot_be_parted_into_three_splits(tmp_path):
    for name in ("ill", "well"):
        for number in range(6):
            written(tmp_path / "scans" / name / f"{number}.dcm", PatientID=f"{name}{number % 2}")
    with pytest.raises(DatasetError, match="Class 'ill' has 2 patients or studies; at least 3"):
        convert(tmp_path / "scans", tmp_path / "out.npz")
    assert convert(tmp_path / "scans", tmp_path / "out.npz", split_by="image").counts == {
        "train": 8,
        "val": 2,
        "test": 2,
    }
