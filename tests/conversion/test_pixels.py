"""Pictures are what pydicom and nibabel read, windowed, inverted, coloured and turned as the files say."""

from collections import Counter
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom import Dataset, Sequence
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut, convert_color_space

from coreset_engine import convert
from coreset_engine.conversion import dicom, nifti
from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.conversion.orientation import of_letters, standard
from coreset_engine.conversion.window import windowed
from coreset_engine.datasets import SPLITS, library
from coreset_engine.errors import DatasetError
from tests.conversion.conftest import PIXELS, written

STORED = ConvertOptions(orientation="stored")
GREYS = [
    "693_J2KI.dcm",
    "MR_small.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_RLE.dcm",
    "6154",
    "17106",
    "examples_overlay.dcm",
]


def frames(path, options=STORED):
    return [frame.pixels for frame in dicom.read(path, options).frames]


@pytest.mark.parametrize("name", GREYS)
def test_windows_of_packaged_files_are_those_of_pydicom(packaged, name):
    found = pydicom.dcmread(packaged[name])
    values = apply_modality_lut(found.pixel_array, found)
    shown = apply_voi_lut(values, found)
    ends = [-(2 ** (found.BitsStored - 1)), 2 ** (found.BitsStored - 1) - 1]
    low, high = ends if found.PixelRepresentation else (0, 2**found.BitsStored - 1)
    low, high = (
        float(found.get("RescaleSlope", 1)) * end + float(found.get("RescaleIntercept", 0)) for end in (low, high)
    )
    wanted = 255 * (shown - low) / (high - low)
    wanted = 255 - wanted if found.PhotometricInterpretation == "MONOCHROME1" else wanted
    np.testing.assert_allclose(frames(packaged[name])[0], wanted, atol=0.51)


def test_colours_of_packaged_files_are_those_of_pydicom(packaged):
    for name in ("ExplVR_BigEnd.dcm", "SC_rgb_jpeg_dcmd.dcm", "SC_rgb_rle_2frame.dcm", "SC_rgb_gdcm_KY.dcm"):
        found = pydicom.dcmread(packaged[name])
        np.testing.assert_array_equal(np.squeeze(frames(packaged[name])), found.pixel_array, name)
    path = packaged["SC_ybr_full_422_uncompressed.dcm"]
    raw = pydicom.pixels.pixel_array(path, raw=True)
    np.testing.assert_array_equal(frames(path)[0], convert_color_space(raw, "YBR_FULL_422", "RGB"))
    palette = pydicom.dcmread(packaged["examples_palette.dcm"])
    wanted = apply_color_lut(palette.pixel_array, palette)
    np.testing.assert_allclose(
        frames(packaged["examples_palette.dcm"])[0], wanted * (255 / (256**wanted.itemsize - 1)), atol=0.51
    )
    deep = pydicom.dcmread(packaged["SC_rgb_rle_16bit.dcm"]).pixel_array
    np.testing.assert_allclose(frames(packaged["SC_rgb_rle_16bit.dcm"])[0], deep / 65535 * 255, atol=0.51)


def test_windows_by_hand():
    values = np.array([-1000.0, 0, 39.5, 79, 80, 1000])
    # c - 0.5 - (w-1)/2 = 0 and c - 0.5 + (w-1)/2 = 79 for 40/80: 39.5 is the middle
    assert windowed(values, 40, 80).tolist() == [0, 0, 128, 255, 255, 255]
    assert windowed(np.array([0.0, 40, 80]), 40, 80, "LINEAR_EXACT").tolist() == [0, 128, 255]
    # 1 / (1 + e^2) = 0.1192 one half width below the centre
    assert windowed(np.array([0.0, 40, 80]), 40, 80, "SIGMOID").tolist() == [30, 128, 225]


@pytest.mark.parametrize(
    ("window", "place", "wanted"),
    # Hounsfield units are 2 x - 300 at place x of 0..255
    [
        ("tag", 60, 234),  # -180 HU in the first of two windows, -200/50: (-180 + 200.5) / 49 + 0.5 = 0.9184
        ("full", 128, 128),  # as the range is the file's
        ("lung", 0, 179),  # -300 HU: (-300 + 600.5) / 1499 + 0.5 = 0.7005
        ("0/101", 150, 129),  # 0 HU: 0.5 / 100 + 0.5 = 0.505
    ],
)
def test_the_window_asked_for_is_laid_on_hounsfield_units(tmp_path, window, place, wanted):
    told = {"RescaleSlope": 2, "RescaleIntercept": -300, "WindowCenter": [-200, 0], "WindowWidth": [50, 9]}
    path = written(tmp_path / "a.dcm", **told)
    assert frames(path, ConvertOptions(window=window))[0].ravel()[place] == wanted


def test_a_preset_of_ct_is_refused_for_other_modalities(tmp_path):
    with pytest.raises(DatasetError, match="the window brain is of CT, and this is MR"):
        frames(written(tmp_path / "a.dcm", Modality="MR"), ConvertOptions(window="brain"))


def test_monochrome1_is_inverted_and_padding_is_black(tmp_path):
    plain = frames(written(tmp_path / "a.dcm", PixelPaddingValue=255))[0]
    inverted = frames(written(tmp_path / "b.dcm", PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=255))[0]
    assert (plain.ravel()[[0, 254, 255]].tolist(), inverted.ravel()[[0, 254, 255]].tolist()) == (
        [0, 255, 0],
        [255, 0, 0],
    )


def test_bits_above_the_stored_ones_are_no_part_of_the_picture(tmp_path):
    clean = (PIXELS.astype(np.int16) - 128) & 0x0FFF  # 12 bits, signed: -128..127
    drawn = clean.astype(np.uint16) | np.uint16(0x3000)  # a drawing in two of the bits above
    told = {"BitsStored": 12, "PixelRepresentation": 1}
    found = [
        frames(written(tmp_path / name, values.astype(np.uint16), **told))[0]
        for name, values in (("a", clean), ("b", drawn))
    ]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], PIXELS)  # -128 is black, 127 white


def group(**given):
    """One item of a functional group sequence."""
    item = Dataset()
    for name, facts in given.items():
        inner = Dataset()
        for keyword, value in facts.items():
            setattr(inner, keyword, value)
        setattr(item, name, Sequence([inner]))
    return item


def test_each_frame_has_its_own_slope_and_the_shared_window(tmp_path):
    path = written(
        tmp_path / "a.dcm",
        np.stack([PIXELS, PIXELS]),
        NumberOfFrames=2,
        SharedFunctionalGroupsSequence=Sequence([group(FrameVOILUTSequence={"WindowCenter": 128, "WindowWidth": 256})]),
        PerFrameFunctionalGroupsSequence=Sequence(
            [group(PixelValueTransformationSequence={"RescaleSlope": slope, "RescaleIntercept": 0}) for slope in (1, 2)]
        ),
    )
    first, second = frames(path)
    np.testing.assert_array_equal(first, PIXELS)  # 127.5 is the middle of 0..255
    np.testing.assert_array_equal(second, (2 * PIXELS).clip(0, 255))


@pytest.mark.parametrize(
    ("cosines", "place"),
    # where the pixel of row 0, column 0 comes to lie: (row, column), of 4 rows and 6 columns or the other way
    [
        ([1, 0, 0, 0, 1, 0], (0, 0)),  # axial as usual
        ([-1, 0, 0, 0, 1, 0], (0, -1)),  # columns to the right: mirrored
        ([-1, 0, 0, 0, -1, 0], (-1, -1)),  # prone
        ([0, 1, 0, 1, 0, 0], (0, 0)),  # rows became columns
        ([0, 1, 0, -1, 0, 0], (0, -1)),
        ([1, 0, 0, 0, 0, 1], (-1, 0)),  # coronal, from the feet up
        ([0, -1, 0, 0, 0, -1], (0, -1)),  # sagittal, the back on the left
        ([0.9, 0.1, -0.2, 0.1, -0.9, 0.3], (-1, 0)),  # oblique, nearest to an axial one seen from above
    ],
)
def test_slices_are_turned_into_the_standard_view(cosines, place):
    marked = np.zeros((4, 6))
    marked[0, 0] = 1
    turned, changed, swapped = standard(marked, cosines)
    assert turned[place] == 1
    assert turned.shape == ((6, 4) if swapped else (4, 6))
    assert changed == (place != (0, 0) or swapped)


def test_letters_of_a_projection_are_directions():
    assert of_letters(["R", "F"]) == [-1, 0, 0, 0, 0, -1]
    assert of_letters(["AL", "FR"]) == [0, -1, 0, 0, 0, -1]
    assert of_letters(["X", "F"]) is None
    assert of_letters(["L"]) is None


BRAIN = Path(nibabel.__file__).parent / "tests" / "data" / "anatomical.nii"  # stored L, A, S


@pytest.mark.parametrize(
    ("axis", "wanted"),
    [  # of values along R, A, S: columns to the left, rows to the back or the feet; sagittal columns to the back
        ("axial", lambda v, k: v[::-1, ::-1, k].T),
        ("coronal", lambda v, k: v[::-1, k, ::-1].T),
        ("sagittal", lambda v, k: v[k, ::-1, ::-1].T),
    ],
)
def test_slices_of_a_packaged_volume_are_those_of_nibabel(axis, wanted):
    values = nibabel.as_closest_canonical(nibabel.load(BRAIN)).get_fdata()
    shown = 255 * (values - values.min()) / (values.max() - values.min())
    scan = nifti.read(BRAIN, ConvertOptions(axis=axis))
    assert len(scan.frames) == shown.shape[{"sagittal": 0, "coronal": 1, "axial": 2}[axis]]
    for frame in scan.frames:
        np.testing.assert_allclose(frame.pixels, wanted(shown, frame.number), atol=0.51)
        assert frame.spacing == (2, 2)


def test_of_several_volumes_the_first_is_read_in_the_header_s_window():
    path = BRAIN.with_name("example4d.nii.gz")
    image = nibabel.load(path)
    values = nibabel.as_closest_canonical(image).get_fdata()[..., 0]
    scan = nifti.read(path, ConvertOptions(slices="middle"))
    assert scan.notes == ("first-volume",)
    shown = (255 * values / 1162).clip(0, 255)  # cal_max of the header
    np.testing.assert_allclose(scan.frames[0].pixels, shown[::-1, ::-1, 12].T, atol=0.51)


def test_volumes_and_files_named_by_a_csv_become_one_set(tmp_path):
    """Pixels of 1 x 3 mm are stretched, a file is a group, texts of the header stay behind."""
    lines = ["scan;grade;who"]
    for number in range(8):
        image = nibabel.Nifti1Image(
            np.arange(4 * 12 * 12, dtype=np.int16).reshape(12, 12, 4) * (number + 1), np.diag([1, 3, 1, 1])
        )
        image.header["descrip"] = b"Doe^Jane"
        image.to_filename(tmp_path / f"v{number}.nii.gz")
        lines.append(f"v{number}.nii.gz;{'low' if number % 2 else 'high'};p{number}")
    (tmp_path / "list.csv").write_text("\n".join(lines))
    told = {"name_column": "scan", "label_column": "grade", "group_column": "who"}
    done = convert(tmp_path / "list.csv", tmp_path / "out.npz", size=8, slices="2", fit="pad", **told)
    assert done.counts == {"train": 8, "val": 4, "test": 4}
    assert done.class_names == ("high", "low")
    arrays = np.load(done.out)
    assert len(set(arrays["train_groups"].tolist())) == 4
    assert b"Doe" not in b"".join(arrays[name].tobytes() for name in arrays.files)
    # 12 x 12 pixels of 1 x 3 mm: 36 mm high and 12 mm wide, 36 mm on 8 pixels; padded at the sides
    np.testing.assert_allclose(arrays["train_spacing"], 36 / 8)
    assert not arrays["train_images"][:, :, :2].any()
    assert arrays["train_images"][:, :, 3:5].any()


def test_slices_of_a_file_that_names_nobody_are_a_group_and_a_lone_image_is_in_none(tmp_path):
    values = np.arange(12 * 12 * 4, dtype=np.int16).reshape(12, 12, 4)
    for name in ("high", "low"):
        for number in range(3):
            path = tmp_path / "scans" / name / f"{number}.nii"
            path.parent.mkdir(parents=True, exist_ok=True)
            nibabel.Nifti1Image(values + 10 * number, np.eye(4)).to_filename(path)
    done = convert(tmp_path / "scans", tmp_path / "all.npz", size=8)
    assert "6 files name no patient, so the images of one file are a group." in done.sentences
    groups = library.load(str(done.out)).groups
    assert [Counter(groups[split].tolist()).most_common()[0][1] for split in SPLITS] == [4, 4, 4]  # slices of a file
    assert sum(len(set(groups[split].tolist())) for split in SPLITS) == 6
    done = convert(tmp_path / "scans", tmp_path / "middle.npz", size=8, slices="middle")
    assert "6 files name no patient, so their images are in no group." in done.sentences
    lone = np.load(done.out)
    assert not any(lone[f"{split}_groups"].astype(bool).any() for split in SPLITS)


def test_files_that_name_a_study_and_no_patient_are_grouped_by_it(tmp_path):
    for name in ("high", "low"):
        for number in range(6):
            path = tmp_path / "scans" / name / f"{number}.dcm"
            written(path, PatientID=None, PatientName=None, StudyInstanceUID=f"1.2.{len(name)}.{number // 2}")
    done = convert(tmp_path / "scans", tmp_path / "all.npz", size=8)
    assert "12 files name no patient, so the images of one study are a group." in done.sentences
    groups = library.load(str(done.out)).groups
    assert [sorted(Counter(groups[split].tolist()).values()) for split in SPLITS] == [[2, 2], [2, 2], [2, 2]]


def test_whole_volumes_are_cubes_of_equal_mm_around_the_middle(tmp_path):
    """16 x 16 voxels of 1 mm and 10 slices of 2 mm make a cube of 16 mm, for which the first and the last slice go."""
    values = np.full((16, 16, 10), 40, np.int16)
    values[:8] += 60  # the patient's right, where x grows to the left
    values[:, 8:] += 20  # the front
    values[:, :, 5:] += 100  # the upper half
    for name in ("high", "low"):
        for number in range(3):
            path = tmp_path / "scans" / name / f"{number}.nii"
            path.parent.mkdir(parents=True, exist_ok=True)
            nibabel.Nifti1Image(values, np.diag([-1, 1, 2, 1])).to_filename(path)
    done = convert(
        tmp_path / "scans", tmp_path / "out.npz", size=8, volumes=True, window="128/256"
    )  # values as they are
    images = library.load(str(done.out))
    assert (images.size, images.modality.name) == ((8, 8, 8), "volume")
    np.testing.assert_allclose(np.load(done.out)["train_spacing"], 2)
    volume = images.images["train"][0]  # slices from the feet up, rows from the front, columns from the right
    corners = {
        (0, 0, 0): 120,
        (0, 0, 7): 60,
        (0, 7, 0): 100,
        (0, 7, 7): 40,
        (3, 7, 7): 40,
        (4, 7, 7): 140,
        (7, 0, 0): 220,
    }
    assert {place: int(volume[place]) for place in corners} == corners
    padded = convert(tmp_path / "scans", tmp_path / "p.npz", size=10, volumes=True, window="128/256", fit="pad")
    volume = np.load(padded.out)["train_images"][0]  # 20 mm: 2 voxels of 1 mm on each side, none below and above
    assert volume[:, :, 0].max() < 20  # but for what the resampling spreads
    assert volume[0, 2, 2] > 90
    assert volume[9, 2, 2] > 190
