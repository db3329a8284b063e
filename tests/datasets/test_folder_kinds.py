"""Kinds of pictures and files in folders of their own: 16 bits in three channels, opaque RGBA, sockets, splits in a CSV."""

import os
import socket
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coreset_engine.datasets import folders, library
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.names import counted

RAMP = np.tile(np.linspace(0, 65535, 28).round().astype(np.uint16), (28, 1))  # 65,535 = 255 * 257


def filled(root, content, ending="png", count=5):
    """A folder of two classes whose pictures all have the same bytes."""
    for name in "ab":
        (root / name).mkdir(parents=True)
        for i in range(count):
            (root / name / f"{i}.{ending}").write_bytes(content)
    return root


def png16(values):
    """A PNG of 16 bits in each channel by its specification, since Pillow writes none of three channels."""
    height, width, *channels = values.shape
    kind = 2 if channels else 0  # true colour, grey
    rows = values.astype(">u2").reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    found = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", head), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")):
        found += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return found


def saved(path, values):
    Image.fromarray(values).save(path)
    return path.read_bytes()


def test_sixteen_bits_in_each_of_three_channels_are_scaled_as_those_of_grey(tmp_path):
    flat = np.zeros_like(RAMP)
    colour = folders.read_folder(filled(tmp_path / "rgb", png16(np.stack([RAMP, flat, RAMP[:, ::-1]], -1))), 28)
    grey = folders.read_folder(filled(tmp_path / "grey", png16(RAMP)), 28)
    expected = np.rint(RAMP / 257).astype(np.uint8)
    assert (colour.channels, grey.channels, expected.min(), expected.max()) == (3, 1, 0, 255)
    np.testing.assert_array_equal(grey.images["train"][0], expected)
    np.testing.assert_array_equal(colour.images["train"][0], np.stack([expected, flat, expected[:, ::-1]], -1))


def test_an_opaque_rgba_picture_is_what_the_rgb_picture_is(tmp_path):
    rgb = np.random.default_rng(5).integers(0, 256, (28, 28, 3), dtype=np.uint8)
    rgba = np.dstack([rgb, np.full((28, 28), 255, np.uint8)])
    opaque = folders.read_folder(filled(tmp_path / "opaque", saved(tmp_path / "a.png", rgba)), 28)
    plain = folders.read_folder(filled(tmp_path / "plain", saved(tmp_path / "b.png", rgb)), 28)
    for found in (opaque, plain):
        np.testing.assert_array_equal(found.images["train"][0], rgb)
    assert opaque.read_as == plain.read_as


def test_a_column_of_the_csv_gives_the_splits_in_any_usual_spelling(tmp_path):
    root, rows = tmp_path / "s", ["file,dx,set"]
    root.mkdir()
    for i in range(12):
        saved(root / f"{i:02}.png", np.full((28, 28), i, np.uint8))
        rows.append(f"{i:02}.png,{'nv' if i % 2 else 'mel'},{('Training', 'valid', 'TEST')[i // 4]}")
    (tmp_path / "f.csv").write_text("\n".join(rows))
    options = FolderOptions(str(tmp_path / "f.csv"), "file", "dx", "set")
    found = library.load(str(root), 28, folder=options)
    for split, wanted in (("train", [0, 2, 1, 3]), ("val", [4, 6, 5, 7]), ("test", [8, 10, 9, 11])):
        assert found.images[split][:, 0, 0].tolist() == wanted  # class mel before nv
        assert found.labels[split].tolist() == [0, 0, 1, 1]
    assert "drawn" not in " ".join(found.read_as)


def test_a_socket_and_a_device_among_pictures_are_left_out_and_not_opened(tmp_path):
    root = filled(tmp_path / "s", saved(tmp_path / "a.png", np.zeros((28, 28), np.uint8)))
    with tempfile.TemporaryDirectory(dir="/tmp") as short, socket.socket(socket.AF_UNIX) as listener:  # names are short
        listener.bind(f"{short}/x.png")
        Path(short, "x.png").rename(root / "a" / "x.png")
        try:
            os.mknod(root / "b" / "device.png", 0o020666, os.makedev(1, 3))
        except PermissionError:  # only root may make one
            os.mkfifo(root / "b" / "device.png")
        found = folders.read_folder(root, 28)
    assert sum(len(values) for values in found.labels.values()) == 10
    said = "Left out: 2 pipes, sockets or devices in the place of files (a/x.png, b/device.png)."
    assert said in found.read_as


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1 picture is grey"), (0, "0 pictures are grey"), (1200, "1,200 pictures are grey")]
)
def test_what_is_counted_agrees_with_its_number(number, said):
    assert counted(number, "{picture is|pictures are} grey") == said


def test_one_picture_is_told_of_in_the_singular(tmp_path):
    root = filled(tmp_path / "s", saved(tmp_path / "a.png", np.zeros((28, 28), np.uint8)))
    saved(root / "a" / "0.png", np.zeros((28, 56), np.uint8))
    (root / "b" / "x.dcm").write_bytes(b"DICM")
    said = folders.read_folder(root, 28).read_as
    assert "1 picture is not square: its middle was kept, and 50 % of it was cut off." in said
    assert "Left out: 1 file of a kind that is not read (.dcm 1)." in said


def test_links_that_lead_out_of_the_folder_for_own_images_are_named_and_not_offered(tmp_path, monkeypatch):
    root, image = tmp_path / "mine", saved(tmp_path / "a.png", np.zeros((28, 28), np.uint8))
    filled(root / "inside", image)
    filled(tmp_path / "outside", image)
    (root / "fine").symlink_to(root / "inside")
    for name, target in (("out", tmp_path / "outside"), ("gone", root / "nothing"), ("circle", root / "circle")):
        (root / name).symlink_to(target)
    monkeypatch.setenv("CORESET_IMAGES", str(root))
    assert [path.name for path in library.strange_links()] == ["circle", "gone", "out"]
    assert [path.name for path in library.own_images()] == ["fine", "inside"]
