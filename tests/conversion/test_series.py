"""Slices of a series become one volume in the order in which they lie; what makes none is told in a sentence."""

from itertools import permutations

import numpy as np
import pydicom
import pytest
from pydicom import Sequence
from pydicom.pixels import apply_modality_lut, apply_voi_lut
from pydicom.uid import generate_uid

from coreset_engine import convert
from coreset_engine.conversion import fitting, series
from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.conversion.scan import Frame
from coreset_engine.datasets import library
from coreset_engine.errors import DatasetError
from tests.conversion.conftest import written
from tests.conversion.test_identity import SECRET, hide
from tests.conversion.test_pixels import group

OPTIONS = ConvertOptions(volumes=True)
AXES = np.eye(3)
BODY = np.arange(5 * 6 * 7, dtype=np.uint16).reshape(5, 6, 7)  # along DICOM's x, y, z; each voxel of its own value


def write_series(folder, *, rows=1, columns=0, step=(1.0, 1.0, 1.0), sign=1, **given):
    """Write BODY as slices whose rows follow each other along an axis and whose columns along another; return the files.

    Args:
        folder: of the files, whose names say nothing of the order.
        rows, columns: axes.
        step: mm along x, y and z.
        sign: of the direction in which columns follow each other.
        given: tags of all files.
    """
    across = ({0, 1, 2} - {rows, columns}).pop()
    told = {"SeriesInstanceUID": generate_uid(), "StudyInstanceUID": generate_uid(), "PatientID": "p"} | given
    files = []
    for number in range(BODY.shape[across]):
        pixels = np.take(BODY, number, across)
        pixels = pixels if rows < columns else pixels.T
        place = AXES[across] * number * step[across]
        if sign < 0:
            pixels, place = pixels[:, ::-1], place + AXES[columns] * (BODY.shape[columns] - 1) * step[columns]
        files.append(
            written(
                folder / f"{(number * 7) % 10}.dcm",
                np.ascontiguousarray(pixels),
                ImagePositionPatient=place.tolist(),
                ImageOrientationPatient=[*(sign * AXES[columns]).tolist(), *AXES[rows].tolist()],
                PixelSpacing=[step[rows], step[columns]],
                **told,
            )
        )
    return files


def volume_of(files, options=OPTIONS):
    scan, unread = series.read(files, options)
    assert not unread
    return scan.frames[0]


@pytest.mark.filterwarnings("ignore::UserWarning")  # of pydicom about its own files
def test_the_slices_of_a_packaged_series_lie_in_the_order_of_their_places(packaged):
    by_hand = ["3353", "3023", "2693", "2392", "2062"]  # z of -1.2375, 1.2625, 3.7625, 6.2625 and 8.7625 mm
    frame = volume_of([packaged[name] for name in sorted(by_hand)])
    assert frame.spacing == pytest.approx((2.5, 0.488281, 0.488281))
    for number, name in enumerate(by_hand):  # rows to the back, columns to the left: as stored
        found = pydicom.dcmread(packaged[name])
        shown = apply_voi_lut(apply_modality_lut(found.pixel_array, found), found)
        low, high = (float(found.RescaleIntercept) + end for end in (-32768, 32767))
        np.testing.assert_allclose(frame.pixels[number], 255 * (shown - low) / (high - low), atol=0.51)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_packaged_series_that_make_no_volume_are_refused_with_the_reason(packaged):
    refused = {
        ("17106", "17136", "17166", "17196"): "two are 202.5 mm apart, most others 1.25 mm",
        ("4950", "4981", "5011"): "2 of the 3 slices of its series lie in another direction",
        ("4467", "4528", "4558", "4588", "4618", "4648", "4678"): "6 of the 7 slices",
        ("6293", "6924"): "has 2 slices here; a volume needs 3 or more",
        ("MR_small.dcm", "MR_small_expb.dcm", "MR_small_implicit.dcm"): "has 1 place; a volume needs 3",
    }
    for names, reason in refused.items():
        with pytest.raises(DatasetError, match=reason):
            series.read([packaged[name] for name in names], OPTIONS)


def test_one_body_is_one_volume_however_its_slices_were_taken(tmp_path):
    step = (1.0, 2.0, 3.0)
    for number, (rows, columns) in enumerate(permutations(range(3), 2)):
        files = write_series(
            tmp_path / f"{rows}{columns}", rows=rows, columns=columns, step=step, sign=(-1) ** (number // 2)
        )
        for axis, order in {"axial": (2, 1, 0), "coronal": (1, 2, 0), "sagittal": (0, 2, 1)}.items():
            wanted = BODY.transpose(order)  # along slices, rows, columns
            wanted = wanted if axis == "axial" else wanted[::-1, ::-1]  # from the right or the back on, the head on top
            frame = volume_of(files, ConvertOptions(volumes=True, axis=axis, window="128/256"))
            assert frame.spacing == tuple(step[of] for of in order), (axis, rows, columns)
            np.testing.assert_array_equal(frame.pixels, wanted, f"{axis} {rows} {columns}")


def test_frames_of_one_file_are_placed_each_by_its_own_tags(tmp_path):
    order = [3, 0, 2, 1]
    path = written(
        tmp_path / "a.dcm",
        np.stack([np.full((4, 4), 10 * place, np.uint16) for place in order]),
        NumberOfFrames=4,
        SharedFunctionalGroupsSequence=Sequence(
            [
                group(
                    PlaneOrientationSequence={"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]},
                    PixelMeasuresSequence={"PixelSpacing": [1, 1]},
                )
            ]
        ),
        PerFrameFunctionalGroupsSequence=Sequence(
            [group(PlanePositionSequence={"ImagePositionPatient": [0, 0, 5 * place]}) for place in order]
        ),
    )
    frame = volume_of([path])
    assert frame.pixels[:, 0, 0].tolist() == [0, 85, 170, 255]
    assert frame.spacing == (5, 1, 1)


def moved(path, number, **given):
    """Copy a slice under another name with other tags."""
    found = pydicom.dcmread(path)
    for keyword, value in given.items():
        setattr(found, keyword, value)
    found.save_as(path.with_name(f"copy{number}.dcm"))
    return path.with_name(f"copy{number}.dcm")


def test_repeated_uneven_and_leaning_slices_are_told_and_other_phases_refused(tmp_path):
    files = write_series(tmp_path)
    twice = moved(files[0], 1)
    assert volume_of([*files, twice]).notes == ("no-window", "repeated")
    np.testing.assert_array_equal(volume_of([*files, twice]).pixels, volume_of(files).pixels)
    with pytest.raises(DatasetError, match="several slices of its series lie at one place and differ"):
        series.read([*files, moved(files[0], 2, RescaleSlope=2, RescaleIntercept=0)], OPTIONS)
    near = moved(files[3], 3, ImagePositionPatient=[0, 0, 3.25])  # of 0..6 mm the fourth lies 0.25 mm higher
    uneven = volume_of([near, *files[:3], *files[4:]], ConvertOptions(volumes=True, window="0/512"))
    assert uneven.notes == ("set", "uneven")
    third, fourth = (volume_of(files, ConvertOptions(volumes=True, window="0/512")).pixels[place] for place in (2, 3))
    between = third + (fourth.astype(float) - third) * 1 / 1.25
    np.testing.assert_allclose(uneven.pixels[3], between, atol=0.51)
    leaning = [moved(file, 10 + z, ImagePositionPatient=[0, 0.2 * z, z]) for z, file in enumerate(files)]
    assert volume_of(leaning).notes == ("no-window", "askew")
    windows = [moved(file, 20 + z, WindowCenter=100 + z, WindowWidth=50) for z, file in enumerate(files)]
    assert volume_of(windows).notes == ("windowed", "mixed-windows")


def test_series_of_a_folder_become_a_set_of_volumes_that_names_nobody(tmp_path):
    root = tmp_path / "scans"
    told = {"WindowCenter": 100, "WindowWidth": 201, "PatientName": SECRET, "StudyID": SECRET}
    for name, number in ((name, number) for name in ("ill", "well") for number in range(3)):
        for scan in range(2 if number == 0 else 1):
            folder = root / name / f"{number}{scan}"
            files = write_series(folder, step=(2, 2, 2), PatientID=f"{SECRET}{name}{number}", **told)
    for file in files:
        hide(file)
    (root / "ill" / "00" / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM damaged")
    written(root / "ill" / "lonely.dcm", PatientName="Roe^R")
    done = convert(root, tmp_path / "out.npz", size=8, volumes=True, key=tmp_path / "key.csv")
    assert set(done.unread) == {"ill/00/broken.dcm", "ill/lonely.dcm"}
    assert "2 files or series could not be read: left out." in done.sentences
    assert any(sentence.startswith("8 volumes are longer along one axis") for sentence in done.sentences)
    images = library.load(str(done.out))
    assert (images.size, images.modality.name, sum(done.counts.values())) == ((8, 8, 8), "volume", 8)
    groups = {split: set(values.tolist()) for split, values in images.groups.items()}
    assert [len(groups[split]) for split in ("train", "val", "test")] == [
        2,
        2,
        2,
    ]  # patients, both scans of each together
    assert len(set.union(*groups.values())) == 6
    np.testing.assert_allclose(np.load(done.out)["train_spacing"], 10 / 8)  # 5 voxels of 2 mm on 8
    content = b"".join(np.load(done.out)[name].tobytes() for name in np.load(done.out).files)
    assert all(SECRET.encode(coding) not in content for coding in ("utf-8", "utf-32-le"))
    assert len((tmp_path / "key.csv").read_text().splitlines()) == 9


def test_a_row_of_a_csv_names_the_folder_of_a_series(tmp_path):
    lines = ["who,grade,set"]
    for number, split in enumerate(("train", "train", "val", "test")):
        write_series(tmp_path / "scans" / f"p{number}" / "t1", PatientID=f"p{number}")
        lines.append(f"p{number}{'/t1' if number else ''},{'low' if number % 2 else 'high'},{split}")
    (tmp_path / "scans" / "list.csv").write_text("\n".join(lines))
    told = {"name_column": "who", "label_column": "grade", "split_column": "set"}
    done = convert(tmp_path / "scans" / "list.csv", tmp_path / "out.npz", size=8, volumes=True, **told)
    assert (done.class_names, done.counts) == (("high", "low"), {"train": 2, "val": 1, "test": 1})
    with pytest.raises(DatasetError, match=r"No row of .* names a picture"):
        convert(tmp_path / "scans" / "list.csv", tmp_path / "out.npz", **told)


def test_a_volume_keeps_its_colours_when_it_is_made_a_cube():
    colours = np.zeros((4, 8, 8, 3), np.uint8)
    colours[..., 1] = 200
    colours[2:, ..., 2] = 100
    cube, spacing, notes = fitting.fitted_volume(Frame(colours, (2, 1, 1)), ConvertOptions(volumes=True, size=8))
    assert (cube.shape, spacing, notes) == ((8, 8, 8, 3), 1, ("not-cubic",))
    np.testing.assert_allclose(cube[0, 0, 0], [0, 200, 0], atol=5)  # but for what the resampling spreads
    np.testing.assert_allclose(cube[7, 7, 7], [0, 200, 100], atol=5)
