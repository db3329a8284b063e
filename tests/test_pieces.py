"""Arrays in several files: one plain array to whoever reads them, mapped no longer than that is used."""

import io
import mmap
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from coreset_engine import pieces

IMAGES = np.random.default_rng(0).integers(0, 256, (60, 11, 13, 3), np.uint8)  # an image of 429 bytes divides no page


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Where those images lie, in files of a page each."""
    monkeypatch.setattr(pieces, "PIECE", mmap.PAGESIZE)
    pieces.save(tmp_path / "images.npy", IMAGES)
    return tmp_path / "images.npy"


def test_files_joined_are_what_numpy_writes(path):
    whole = io.BytesIO()
    np.save(whole, IMAGES)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files[:2]] == ["images.npy.000", "images.npy.001"]
    assert {file.stat().st_size for file in files[:-1]} == {mmap.PAGESIZE}
    assert b"".join(file.read_bytes() for file in files) == whole.getvalue()


@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_across_files_are_exact_and_in_the_order_asked_for(tmp_path, monkeypatch, order):
    monkeypatch.setattr(pieces, "PIECE", mmap.PAGESIZE)
    pieces.save(tmp_path / "images.npy", np.asarray(IMAGES, order=order))
    found = pieces.load(tmp_path / "images.npy")
    rows = np.random.default_rng(1).integers(-60, 60, 500)
    np.testing.assert_array_equal(found[rows], IMAGES[rows])
    np.testing.assert_array_equal(found.take(rows % 60, axis=0), IMAGES[rows % 60])
    np.testing.assert_array_equal(found[5:50:7, 5], IMAGES[5:50:7, 5])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(found)), IMAGES)
    assert torch.from_numpy(np.array(found)).sum() == int(IMAGES.sum())
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 0


def test_files_stay_mapped_as_long_as_a_view_of_them_lives(path):
    def is_mapped():
        return f"{path}.000" in Path("/proc/self/maps").read_text()

    view = pieces.load(path)[9:, :2]
    assert is_mapped()
    for file in path.parent.iterdir():
        file.unlink()
    np.testing.assert_array_equal(view, IMAGES[9:, :2])
    del view
    assert not is_mapped()


@pytest.mark.parametrize("damage", ["first gone", "middle gone", "middle cut", "last cut", "last longer"])
def test_files_that_are_not_whole_are_refused(path, damage):
    number = {"first": 0, "middle": 2, "last": len(list(path.parent.iterdir())) - 1}[damage.split()[0]]
    file = path.with_name(f"images.npy.{number:03d}")
    content = file.read_bytes()
    file.write_bytes(content + b"more" if damage.endswith("longer") else content[:-1])
    if damage.endswith("gone"):
        file.unlink()
    with pytest.raises((OSError, ValueError), match=r"images\.npy"):
        pieces.load(path)


def test_a_middle_file_that_lost_what_the_last_one_gained_is_refused(path):
    one, last = path.with_name("images.npy.001"), sorted(path.parent.iterdir())[-1]
    last.write_bytes(one.read_bytes()[-1:] + last.read_bytes())
    one.write_bytes(one.read_bytes()[:-1])
    with pytest.raises(ValueError, match="was cut"):
        pieces.load(path)


def test_what_fits_into_one_file_is_one_file(tmp_path):
    pieces.save(tmp_path / "images.npy", IMAGES)
    assert [file.name for file in tmp_path.iterdir()] == ["images.npy"]
    np.testing.assert_array_equal(np.load(tmp_path / "images.npy"), IMAGES)
    assert isinstance(pieces.load(tmp_path / "images.npy"), np.memmap)
