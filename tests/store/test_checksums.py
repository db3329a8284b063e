"""Checksums: damage is told by its epoch, when a run is verified and before anything is computed from it."""

import os

import h5py
import numpy as np
import pytest

from coreset_engine import load_run, score, store
from coreset_engine.errors import RunError
from coreset_engine.store import signals


def flip(path, dataset, epoch, byte=5):
    """Change one bit in an epoch's row of 7 values."""
    with h5py.File(path, "r") as file:
        at = file[dataset].id.get_offset() + (epoch - 1) * 7 * file[dataset].dtype.itemsize + byte
    with open(path, "r+b") as file:
        file.seek(at)
        old = file.read(1)
        file.seek(at)
        file.write(bytes([old[0] ^ 1]))


def test_a_flipped_byte_makes_verify_name_the_epoch(small):
    flip(small.write(), "epochs/entropy", 3)
    assert store.verify("small") == {"run": "small", "epochs_done": 4, "epochs": 4, "damaged": [3]}


def test_verify_finds_nothing_in_a_whole_run(small):
    small.write(epochs=3, probabilities="float16")
    assert store.verify("small") == {"run": "small", "epochs_done": 3, "epochs": 4, "damaged": []}


# of the checksums, 4 bytes an epoch, that of epoch 2 begins at byte 4
@pytest.mark.parametrize("place", [("epochs/error_norm", 2, 0), ("epochs/prediction", 2, 0), ("epochs/crc32", 1, 4)])
def test_no_score_is_computed_from_a_damaged_epoch(small, place):
    flip(small.write(), *place)
    with pytest.raises(RunError, match=r"dynamics.h5: the rows of epoch 2 do not match .* Restore the run"):
        score(load_run("small"), "el2n", epochs=2)


def test_damage_after_a_first_look_is_seen_by_the_next(small):
    os.utime(small.write(), ns=(0, 0))
    assert load_run("small").loss.shape == (4, 7)
    flip(small.file, "epochs/loss", 4)
    with pytest.raises(RunError, match="rows of epoch 4 do not match"):
        _ = load_run("small").loss


def test_a_file_that_has_not_changed_is_checked_once_a_process(small, monkeypatch):
    os.utime(small.write(), ns=(1, 1))
    _ = load_run("small").loss
    monkeypatch.setattr(store.RunFile, "damaged_epochs", lambda self: pytest.fail("checked again"))
    np.testing.assert_array_equal(load_run("small").loss[0], small.rows[0]["loss"])


def test_rows_that_are_written_anew_during_the_check_are_no_damage(small, monkeypatch):
    small.write()
    answers = iter([True, False, True, True, True])  # epoch 2 is half-written at the first look only
    monkeypatch.setattr(store.RunFile, "_is_whole", lambda self, epoch: next(answers))
    assert store.RunFile(small.folder).damaged_epochs() == []


def test_the_rows_that_were_checked_are_those_that_are_used(small, monkeypatch):
    small.write()
    read = store.RunFile.read
    monkeypatch.setattr(store.RunFile, "read", lambda self, name, rows=None: refuse_signals(read, self, name, rows))
    losses = load_run("small").loss
    np.testing.assert_array_equal(losses, [row["loss"] for row in small.rows])
    assert not losses.flags.writeable


def small_signals():
    """The per-sample arrays of a run without probabilities."""
    return ("error_norm", "target_probability", "margin", "entropy", "loss", "prediction")


def refuse_signals(read, file, name, rows):
    """Read labels, flags, metrics and checksums; fail for a signal, which would be read a second time."""
    assert name not in {f"epochs/{signal}" for signal in small_signals()}
    return read(file, name, rows)


def test_windows_of_a_large_run_are_read_from_a_map_and_score_the_same(small, monkeypatch):
    small.write(epochs=4)
    held = score(load_run("small"), "eva", early=1, late=3, length=2)
    monkeypatch.setattr(signals, "MAPPED", 1)
    run = load_run("small")
    np.testing.assert_array_equal(score(run, "eva", early=1, late=3, length=2), held)
    assert not run.error_norms.flags.owndata
    assert not run.error_norms.flags.writeable


def test_a_damaged_epoch_of_a_large_run_is_told_before_it_is_mapped(small, monkeypatch):
    monkeypatch.setattr(signals, "MAPPED", 1)
    flip(small.write(), "epochs/error_norm", 2)
    with pytest.raises(RunError, match="the rows of epoch 2 do not match"):
        score(load_run("small"), "el2n", epochs=2)
