"""Folders of pictures as people have them: read right or refused, and nothing left out, turned or scaled in silence."""

import os

import numpy as np
import pytest
from PIL import Image

from coreset_engine.datasets import folders, library, pictures
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import DatasetError


def save(path, values, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    (values if isinstance(values, Image.Image) else Image.fromarray(np.asarray(values))).save(path, **options)


def filled(root, values, count=5, ending="png", **options):
    for name in "ab":
        for i in range(count):
            save(root / name / f"{i}.{ending}", values, **options)
    return root


def grey(value=90):
    return np.full((28, 28), value, np.uint8)


def said(images):
    return " ".join(images.read_as)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
def test_pictures_are_turned_upright_and_it_is_said(tmp_path, ending):
    upright = np.zeros((64, 64, 3), np.uint8)
    upright[:32] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side: turned by 90 degrees to the left in the file
    turned = Image.fromarray(upright).transpose(Image.Transpose.ROTATE_90)
    found = folders.read_folder(filled(tmp_path, turned, ending=ending, exif=exif), 28)
    image = found.images["train"][0]
    assert image[3, 24].min() >= 254
    assert image[24, 3].max() <= 1
    assert "10 pictures were turned" in said(found)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_what_pillow_makes_of_it(tmp_path, orientation):
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    save(tmp_path / "a.png", np.arange(12, dtype=np.uint8).reshape(3, 4), exif=exif)
    with Image.open(tmp_path / "a.png") as picture:
        wanted = np.asarray(ImageOps.exif_transpose(picture))
    np.testing.assert_array_equal(pictures.read_picture(tmp_path / "a.png").pixels, wanted)


def test_a_broken_exif_block_is_no_reason_to_refuse(tmp_path):
    found = folders.read_folder(filled(tmp_path, grey(), ending="jpg", exif=b"Exif\0\0broken"), 28)
    assert len(found.images["train"]) == 6
    assert "EXIF data that can't be read" in said(found)


def test_pictures_of_patients_inside_a_class_are_read(tmp_path):
    for name in "ab":
        for i in range(10):
            save(tmp_path / name / f"patient{i // 2}" / f"{i}.jfif", grey(), format="JPEG")
    found = folders.read_folder(tmp_path, 28)
    assert sum(len(values) for values in found.labels.values()) == 20
    assert "Sub-folders inside a class" in said(found)


def test_a_link_to_a_folder_above_it_is_a_circle_and_brings_no_pictures_of_other_classes(tmp_path):
    filled(tmp_path, grey())
    (tmp_path / "a" / "all").symlink_to(tmp_path)
    (tmp_path / "a" / "own").symlink_to(tmp_path / "a")
    found = folders.read_folder(tmp_path, 28)
    assert [sum(int((labels == c).sum()) for labels in found.labels.values()) for c in range(2)] == [5, 5]
    assert "Left out: 2 links that lead out of the folder, to nothing or in a circle (a/all, a/own)." in said(found)


def test_what_is_left_out_is_counted_by_its_reason(tmp_path):
    filled(tmp_path, grey())
    frames = [Image.fromarray(grey(i)) for i in range(3)]
    frames[0].save(tmp_path / "a" / "0.tif", save_all=True, append_images=frames[1:])
    for name in ("a/1.heic", "a/2.dcm", "b/3.DCM", "a/._x.png", "a/.DS_Store", "Thumbs.db"):
        (tmp_path / name).write_bytes(b"x")
    save(tmp_path / "__MACOSX" / "a" / "._0.png", grey())
    save(tmp_path / "cover.png", grey())
    os.mkfifo(tmp_path / "b" / "pipe.png")
    outside = tmp_path.parent / f"{tmp_path.name}-outside.png"
    save(outside, grey())
    (tmp_path / "a" / "out.png").symlink_to(outside)
    (tmp_path / "a" / "inside.png").symlink_to(tmp_path / "b" / "0.png")
    found = folders.read_folder(tmp_path, 28)
    assert sum(len(values) for values in found.labels.values()) == 12  # ten, a first page and a link inside
    for sentence in (
        "Left out: 3 files of kinds that are not read (.dcm 2, .heic 1).",
        "Left out: 4 leftovers",
        "Left out: 1 picture beside the class folders, which belongs to no class (cover.png).",
        "Left out: 1 pipe, socket or device in the place of a file (b/pipe.png).",
        "Left out: 1 link that leads out of the folder, to nothing or in a circle (a/out.png).",
        "1 picture has several frames: the first was read, 2 were left out.",
    ):
        assert sentence in said(found)


@pytest.mark.parametrize(("type_", "factor"), [(np.int32, 1), (np.float32, 1), (np.float32, 0.001)])
def test_pixels_below_zero_are_scaled_from_the_lowest_to_the_highest(tmp_path, type_, factor):
    values = np.zeros((28, 28))
    values[:14], values[20:] = -1000, 1000
    found = folders.read_folder(filled(tmp_path, (values * factor).astype(type_), ending="tif"), 28)
    image = found.images["train"][0]
    assert (image[0, 0], image[16, 0] in (127, 128), image[-1, 0]) == (0, True, 255)
    assert "became black" in said(found)


def test_transparent_parts_lie_on_black_whatever_colour_they_hide(tmp_path):
    rgba = np.zeros((28, 28, 4), np.uint8)
    rgba[..., :3] = (0, 255, 0)
    rgba[8:24, 8:24] = (200, 0, 0, 255)
    rgba[8:24, 8] = (200, 0, 0, 51)  # a fifth
    found = folders.read_folder(filled(tmp_path / "s", rgba), 28)
    image = found.images["train"][0]
    assert (image[0, 0].tolist(), image[10, 10].tolist(), image[10, 8].tolist()) == ([0, 0, 0], [200, 0, 0], [40, 0, 0])
    assert "10 pictures have transparent parts and were laid on black" in said(found)
    la = np.zeros((28, 28, 2), np.uint8)
    la[..., 0], la[:14, :, 1] = 200, 255
    palette = Image.fromarray(np.repeat([0, 1], 392).astype(np.uint8).reshape(28, 28)).convert("P")
    palette.putpalette([200, 200, 200, 200, 200, 200])
    for picture, options in ((Image.fromarray(la), {}), (palette, {"transparency": 1})):
        save(tmp_path / "p.png", picture, **options)
        pixels = pictures.read_picture(tmp_path / "p.png").pixels
        assert (pixels.shape, pixels[0, 0], pixels[20, 0]) == ((28, 28), 200, 0)


def test_a_grey_palette_stays_grey(tmp_path):
    picture = Image.fromarray(np.tile(np.arange(28, dtype=np.uint8) * 9, (28, 1))).convert("P")
    picture.putpalette([v for v in range(256) for _ in range(3)])
    found = folders.read_folder(filled(tmp_path, picture), 28)
    assert found.channels == 1
    np.testing.assert_array_equal(found.images["train"][0][0], np.arange(28) * 9)


def test_splits_alone_are_no_classes(tmp_path):
    for split in ("train", "test"):
        save(tmp_path / split / "0.png", grey())
    with pytest.raises(DatasetError, match=r"are splits \(train, test\).*--labels"):
        folders.read_folder(tmp_path, 28)


@pytest.mark.parametrize("names", [("train", "valid", "test"), ("Training", "Testing"), ("TRAIN", "Val", "Test_set")])
def test_splits_are_known_in_any_usual_spelling(tmp_path, names):
    for split in names:
        filled(tmp_path / split, grey(), count=10)
    found = folders.read_folder(tmp_path, 28)
    sizes = [len(found.labels[split]) for split in ("train", "val", "test")]
    assert sizes == ([20, 20, 20] if len(names) == 3 else [18, 2, 20])
    assert ("There is no val split: 10 % as val was drawn from train" in said(found)) == (len(names) == 2)


def test_all_broken_pictures_are_named_at_once_and_can_be_left_out(tmp_path):
    filled(tmp_path, grey(), count=10)
    whole = (tmp_path / "a" / "0.png").read_bytes()
    (tmp_path / "a" / "cut.png").write_bytes(whole[:-19])
    (tmp_path / "b" / "empty.png").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"^2 pictures .*a/cut\.png .*b/empty\.png .*--skip-broken"):
        folders.read_folder(tmp_path, 28)
    found = folders.read_folder(tmp_path, 28, FolderOptions(skip_broken=True))
    assert sum(len(values) for values in found.labels.values()) == 20
    assert "Left out: 2 pictures that can't be read (a/cut.png, b/empty.png)." in said(found)


def labelled(tmp_path, rows):
    for i in range(10):
        save(tmp_path / "flat" / f"{i}.png", grey(i))
    (tmp_path / "f.csv").write_text("id,dx\n" + "".join(f"{row}\n" for row in rows))
    return FolderOptions(labels=str(tmp_path / "f.csv"), name_column="id", label_column="dx")


def test_a_csv_gives_the_classes_and_a_changed_one_is_read_anew(tmp_path):
    rows = [f"{i},{'nv' if i % 2 else 'mel'}" for i in range(9)]
    options = labelled(tmp_path, [*rows, "77,nv"])
    found = library.load(str(tmp_path / "flat"), 28, folder=options)
    assert found.class_names == ("mel", "nv")
    for split in ("train", "val", "test"):
        np.testing.assert_array_equal(found.images[split][:, 0, 0] % 2, found.labels[split])
    assert "1 row of it names a picture that is not there and was left out (77)" in said(found)
    assert "Left out: 1 picture without a row in the CSV (9.png)" in said(found)
    options = labelled(tmp_path, [f"{i},{'mel' if i % 2 else 'nv'}" for i in range(9)])
    assert library.load(str(tmp_path / "flat"), 28, folder=options).sha256 != found.sha256


@pytest.mark.parametrize(
    ("rows", "message"), [(["0,a", "0,b"], "two labels"), (["x,a"], "No row"), (["0,a", "1,a"], "1 class of pictures")]
)
def test_a_csv_that_does_not_fit_is_refused(tmp_path, rows, message):
    options = labelled(tmp_path, rows)
    with pytest.raises(DatasetError, match=message):
        folders.read_folder(tmp_path / "flat", 28, options)


def in_splits(tmp_path, rows):
    """Splits without class folders, with the pictures 0 to 11 in train and 0 to 4 in test, and a CSV in the folder."""
    for split, count in (("train", 12), ("test", 5)):
        for i in range(count):
            save(tmp_path / "flat" / split / f"{i}.png", grey(100 * (split == "test") + i))
    (tmp_path / "flat" / "f.csv").write_text("id,dx\n" + "".join(f"{row}\n" for row in rows))
    return FolderOptions(labels=str(tmp_path / "flat" / "f.csv"), name_column="id", label_column="dx")


@pytest.mark.parametrize("form", ["{}/{}.png", "{}/{}", "./{}/{}.png", "{}\\{}.png"])
def test_a_csv_tells_pictures_of_one_name_apart_by_their_sub_folders(tmp_path, form):
    names = [(split, i) for split, count in (("train", 12), ("test", 5)) for i in range(count)]
    options = in_splits(tmp_path, [f"{form.format(split, i)},{'b' if i % 2 else 'a'}" for split, i in names])
    found = folders.read_folder(tmp_path / "flat", 28, options)
    assert sorted(found.images["test"][:, 0, 0]) == [100, 101, 102, 103, 104]
    assert sorted([*found.images["train"][:, 0, 0], *found.images["val"][:, 0, 0]]) == list(range(12))
    for split in ("train", "val", "test"):
        np.testing.assert_array_equal(found.images[split][:, 0, 0] % 2, found.labels[split])
    assert "Left out" not in said(found)  # nor the CSV, which was read


def test_a_bare_name_that_fits_two_pictures_is_refused_with_both_paths_and_a_unique_one_is_taken(tmp_path):
    unique = [f"{i}.png,{'b' if i % 2 else 'a'}" for i in range(5, 12)]
    found = folders.read_folder(tmp_path / "flat", 28, in_splits(tmp_path, [*unique, "3,"]))
    assert sum(len(values) for values in found.labels.values()) == 7
    assert "Left out: 1 row of it without a label." in said(found)  # which picture it means is of no account
    with pytest.raises(DatasetError, match=r"^'3' in .*f\.csv fits 2 pictures \(test/3\.png, train/3\.png\)"):
        folders.read_folder(tmp_path / "flat", 28, in_splits(tmp_path, [*unique, "3,b"]))


@pytest.mark.parametrize("name", ["a" * 101, "b\ud800".encode("utf-8", "surrogatepass"), "line\nbreak"])
def test_class_names_that_are_no_text_are_refused(tmp_path, name):
    filled(tmp_path, grey())
    os.mkdir(os.path.join(os.fsencode(tmp_path), os.fsencode(name)))  # noqa: PTH102, PTH118 - bytes are no Path
    with pytest.raises(DatasetError, match="class name"):
        folders.read_folder(tmp_path, 28)


def test_an_emoji_may_name_a_class(tmp_path):
    filled(tmp_path, grey())
    for i in range(3):
        save(tmp_path / "👩‍⚕️" / f"{i}.PNG", grey())
    assert folders.read_folder(tmp_path, 28).class_names == ("a", "b", "👩‍⚕️")


def test_a_bright_pixel_far_above_all_others_is_warned_of(tmp_path):
    values = np.full((28, 28), 900, np.uint16)
    filled(tmp_path, values, count=10)
    assert "come out dark" not in said(folders.read_folder(tmp_path, 28))
    values[3, 3] = 60_000
    save(tmp_path / "a" / "0.png", values)
    assert "99.9 % are at most 900" in said(folders.read_folder(tmp_path, 28))


def test_a_folder_larger_than_memory_is_read_onto_the_disk_without_its_broken_pictures(tmp_path, monkeypatch):
    filled(tmp_path, grey())
    (tmp_path / "a" / "0.png").write_bytes(b"no picture")
    skipping = FolderOptions(skip_broken=True)
    held = folders.read_folder(tmp_path, 28, skipping)
    monkeypatch.setenv("CORESET_MEMORY", "1 KiB")
    left = folders.read_folder(tmp_path, 28, skipping)
    assert isinstance(left.images["train"], np.memmap)
    for split in ("train", "val", "test"):
        np.testing.assert_array_equal(left.images[split], held.images[split])


def test_postscript_under_the_name_of_a_png_is_not_started(tmp_path):
    filled(tmp_path, grey())
    (tmp_path / "a" / "0.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")
    with pytest.raises(DatasetError, match="its content is none of PNG"):
        folders.read_folder(tmp_path, 28)
