"""Snapshot: what is written comes back; a file that points elsewhere is refused."""

import h5py
import numpy as np
import pytest

from coreset_engine.errors import RunError
from coreset_engine.store import clear_snapshots, feature_width, read_snapshot, snapshot_epochs, write_snapshot

SHAPES = {"features": (5, 4), "logits": (5, 3), "labels": (5,), "head_weight": (3, 4), "head_bias": (3,)}

OF_VAL = {"val_features": (2, 4), "val_logits": (2, 3), "val_labels": (2,)}


@pytest.fixture
def arrays():
    return {name: np.arange(np.prod(shape), dtype=np.float32).reshape(shape) for name, shape in SHAPES.items()}


def test_a_snapshot_comes_back_as_written(tmp_path, arrays):
    assert feature_width(tmp_path) is None
    write_snapshot(tmp_path, arrays, epoch=9)
    assert feature_width(tmp_path) == arrays["features"].shape[1]
    found = read_snapshot(tmp_path)
    assert found.keys() == arrays.keys()
    for name, values in arrays.items():
        np.testing.assert_array_equal(found[name], values)


def test_a_large_snapshot_is_a_map_of_its_file_and_its_damage_is_told(tmp_path, arrays, monkeypatch):
    write_snapshot(tmp_path, arrays, epoch=9)
    monkeypatch.setattr("coreset_engine.store.snapshot.MAPPED", 60)  # features have 80 bytes, the head's weight 48
    found = read_snapshot(tmp_path)
    assert not found["features"].flags.owndata
    assert found["head_weight"].flags.owndata
    np.testing.assert_array_equal(found["features"], arrays["features"])
    with h5py.File(tmp_path / "snapshot.h5", "a") as file:
        file["features"][2, 1] = 99
    with pytest.raises(RunError, match="features do not match their checksum"):
        read_snapshot(tmp_path)


@pytest.fixture
def with_val(arrays):
    return arrays | {name: 7 + np.zeros(shape, np.float32) for name, shape in OF_VAL.items()}


def test_features_of_val_come_back_as_written(tmp_path, with_val):
    write_snapshot(tmp_path, with_val, epoch=9)
    found = read_snapshot(tmp_path)
    assert found.keys() == with_val.keys()
    for name, values in with_val.items():
        np.testing.assert_array_equal(found[name], values)


@pytest.mark.parametrize("name", OF_VAL)
def test_a_changed_number_of_val_is_told(tmp_path, with_val, name):
    write_snapshot(tmp_path, with_val, epoch=9)
    with h5py.File(tmp_path / "snapshot.h5", "a") as file:
        file[name][(0,) * file[name].ndim] = 8
    with pytest.raises(RunError, match=f"{name} do not match their checksum"):
        read_snapshot(tmp_path)


@pytest.mark.parametrize("name", OF_VAL)
def test_a_snapshot_that_lost_a_part_of_val_is_refused(tmp_path, with_val, name):
    write_snapshot(tmp_path, with_val, epoch=9)
    with h5py.File(tmp_path / "snapshot.h5", "a") as file:
        del file[name]
    with pytest.raises(RunError, match=r"snapshot\.h5 can't be read"):
        read_snapshot(tmp_path)


@pytest.mark.parametrize(
    ("name", "shape"), [("val_features", (2, 5)), ("val_logits", (2, 4)), ("val_labels", (3,)), ("val_labels", (2, 3))]
)
def test_arrays_of_val_that_do_not_fit_are_refused(tmp_path, with_val, name, shape):
    write_snapshot(tmp_path, with_val | {name: np.zeros(shape, np.float32)}, epoch=1)
    with pytest.raises(RunError, match="do not fit together"):
        read_snapshot(tmp_path)


def test_a_snapshot_is_plain_hdf5_that_names_its_epoch(tmp_path, arrays):
    write_snapshot(tmp_path, arrays, epoch=9)
    with h5py.File(tmp_path / "snapshot.h5", "r") as file:
        assert (file.attrs["format"], file.attrs["version"], file.attrs["epoch"]) == (b"coreset-snapshot", 2, 9)


def test_a_run_without_one_says_when_it_is_written(tmp_path):
    with pytest.raises(RunError, match=r"written when a recording ends.*Snapshot\.from_arrays"):
        read_snapshot(tmp_path)


@pytest.mark.parametrize("content", [b"", b"text", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_a_damaged_snapshot_is_refused(tmp_path, content):
    (tmp_path / "snapshot.h5").write_bytes(content)
    with pytest.raises(RunError, match="can't be read"):
        read_snapshot(tmp_path)


@pytest.mark.parametrize("kind", ["soft", "external", "raw", "virtual", "missing", "large", "text", "group"])
def test_a_snapshot_that_points_elsewhere_is_refused(tmp_path, arrays, kind):
    write_snapshot(tmp_path, arrays, epoch=1)
    (tmp_path / "other.h5").write_bytes((tmp_path / "snapshot.h5").read_bytes())
    with h5py.File(tmp_path / "snapshot.h5", "a") as file:
        del file["logits"]
        if kind == "soft":
            file["logits"] = h5py.SoftLink("/features")
        elif kind == "external":
            file["logits"] = h5py.ExternalLink("other.h5", "/logits")
        elif kind == "raw":
            file.create_dataset("logits", (5, 3), "<f4", external=[(str(tmp_path / "other.h5"), 0, 60)])
        elif kind == "virtual":
            layout = h5py.VirtualLayout((5, 3), "<f4")
            layout[:] = h5py.VirtualSource("other.h5", "logits", (5, 3))
            file.create_virtual_dataset("logits", layout)
        elif kind == "large":
            file.create_dataset("logits", (10**5, 10**5), "<f4")
        elif kind == "text":
            file["logits"] = ["a"] * 5
        elif kind == "group":
            file.create_group("logits")
    with pytest.raises(RunError, match=r"snapshot\.h5"):
        read_snapshot(tmp_path)


def test_arrays_of_different_lengths_are_refused(tmp_path, arrays):
    write_snapshot(tmp_path, arrays | {"labels": np.zeros(4)}, epoch=1)
    with pytest.raises(RunError, match="do not fit together"):
        read_snapshot(tmp_path)


def test_a_snapshot_of_an_epoch_lies_beside_the_final_one(tmp_path, arrays):
    for epoch, final in ((3, False), (12, False), (20, True)):
        write_snapshot(tmp_path, arrays | {"head_bias": np.full(3, epoch)}, epoch, final=final)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["snapshot-0003.h5", "snapshot-0012.h5", "snapshot.h5"]
    assert snapshot_epochs(tmp_path) == [3, 12, 20]
    assert [read_snapshot(tmp_path, epoch)["head_bias"][0] for epoch in (3, 12, 20)] == [3, 12, 20]
    assert read_snapshot(tmp_path)["head_bias"][0] == 20


def test_an_epoch_without_a_snapshot_lists_those_that_have_one(tmp_path, arrays):
    with pytest.raises(RunError, match=r"no snapshot of epoch 5\. It has: none yet"):
        read_snapshot(tmp_path, 5)
    write_snapshot(tmp_path, arrays, 12, final=False)
    write_snapshot(tmp_path, arrays, 9)
    with pytest.raises(RunError, match=r"no snapshot of epoch 5\. It has: 9, 12\."):
        read_snapshot(tmp_path, 5)


def test_a_damaged_snapshot_of_an_epoch_is_named(tmp_path, arrays):
    (tmp_path / "snapshot-0005.h5").write_bytes(b"text")
    with pytest.raises(RunError, match=r"snapshot-0005\.h5 can't be read"):
        read_snapshot(tmp_path, 5)


def test_snapshots_are_cleared_when_a_recording_begins_anew(tmp_path, arrays):
    (tmp_path / "run.json").write_text("{}")
    write_snapshot(tmp_path, arrays, 4, final=False)
    write_snapshot(tmp_path, arrays, 9)
    clear_snapshots(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
