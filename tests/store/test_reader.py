"""RunFile: reads while a run is being written, and refuses every file that is not what the format says."""

import os
import random
import shutil
import subprocess
import sys
import threading
import time

import h5py
import numpy as np
import pytest

from coreset_engine import store
from coreset_engine.errors import DynamicsError, RunError
from coreset_engine.store import RunFile


def offset_of(path, name):
    with h5py.File(path, "r") as file:
        return file[name].id.get_offset()


def overwrite(path, at, data):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


def rebuilt(path, change):
    """Write the file anew with h5py after `change(file)`: what a hostile tool could produce."""
    with h5py.File(path, "r+") as file:
        change(file)
    return path


def test_dynamics_hold_the_whole_epochs_only(small):
    small.write(epochs=3)
    dynamics = store.load_run("small")
    assert (dynamics.epochs, dynamics.n_samples, dynamics.classes, dynamics.name) == (3, 7, 3, "small")
    np.testing.assert_array_equal(dynamics.margin, np.stack([row["margin"] for row in small.rows[:3]]))


def test_an_epoch_after_a_gap_is_not_counted(small):
    small.write()
    overwrite(small.file, offset_of(small.file, "epochs/done") + 1, b"\x00")
    overwrite(small.file, offset_of(small.file, "epochs/crc32") + 4, bytes(4))  # as while epoch 2 is being redone
    assert RunFile(small.folder).done() == 1


def test_arrays_read_are_read_only(small):
    small.write()
    with pytest.raises(ValueError, match="read-only"):
        RunFile(small.folder).read("epochs/loss")[0, 0] = 1


def test_metrics_cover_the_whole_epochs_and_are_nan_where_not_measured(small):
    small.write(epochs=2)
    metrics = RunFile(small.folder).metrics()
    np.testing.assert_array_equal(metrics["val_accuracy"], [0.1, 0.2])
    np.testing.assert_array_equal(metrics["train_loss"], [np.nan, np.nan])


def test_a_run_without_a_whole_epoch_says_so(small):
    small.write(epochs=0)
    with pytest.raises(DynamicsError, match="no finished epoch yet"):
        store.load_run("small")


def test_what_was_asked_comes_back_from_the_attributes(small):
    given = {
        "dataset": "phantom",
        "dataset_sha256": "ab",
        "class_names": ["x", "µ", "z"],
        "recipe": {"epochs": 4, "a": [1]},
    }
    given |= {"seed": -3, "versions": {"numpy": "2"}, "created": "2024-01-01T00:00:00+00:00", "origin": "imported"}
    small.write(**given)
    assert RunFile(small.folder).info == small.info(**given)


def test_every_read_while_epochs_are_written_gives_whole_epochs(small):
    writer, stop, seen = small.create(), threading.Event(), []

    def read():
        while not stop.is_set():
            file = RunFile(small.folder)
            done = file.done()
            seen.append((done, file.read("epochs/loss", done).tolist(), file.damaged_epochs()))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        for epoch in range(1, 5):
            writer.write_epoch(epoch, small.rows[epoch - 1], {})
    stop.set()
    reader.join()
    writer.close()
    expected = [row["loss"].tolist() for row in small.rows]
    assert {done for done, _, _ in seen} - {0}  # something was read
    for done, rows, damaged in seen:
        assert rows == expected[:done]
        assert damaged == []


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (RunFile.done, 4),
        (RunFile.damaged_epochs, []),
        (RunFile.lost_flags, []),
        (lambda file: file.metrics()["val_accuracy"].tolist(), [0.1, 0.2, 0.3, 0.4]),
    ],
)
def test_an_epoch_that_is_written_anew_for_longer_than_three_looks_take_is_no_damage(small, monkeypatch, ask, answer):
    small.write()
    file, read, end = RunFile(small.folder), RunFile.read, time.monotonic() + 0.2

    def meanwhile(self, name, rows=None):
        values = read(self, name, rows)
        if name != "epochs/crc32" or time.monotonic() > end:
            return values
        os.utime(self.path)  # as a writer leaves it that has just taken the sum of epoch 1 away
        return np.where(np.arange(len(values)) == 0, 0, values)

    monkeypatch.setattr(RunFile, "read", meanwhile)
    assert ask(file) == answer


def test_a_file_cut_anywhere_is_refused_with_a_sentence(small):
    whole = small.write().read_bytes()
    for size in sorted({0, 1, 8, 96, 500, 1000, *np.linspace(0, len(whole) - 1, 30).astype(int).tolist()}):
        small.file.write_bytes(whole[:size])
        with pytest.raises(RunError, match=r"truncated|can't be read|no coreset-dynamics"):
            RunFile(small.folder)


def test_a_file_cut_while_it_is_open_is_an_error_not_zeros(small):
    file = RunFile(small.write().parent)
    with open(small.file, "r+b") as handle:
        handle.truncate(offset_of(small.file, "epochs/loss") + 8)
    with pytest.raises(RunError, match="ends inside epochs/loss"):
        file.read("epochs/loss")


def test_a_missing_run_names_the_command_that_lists_them(cache):
    with pytest.raises(RunError, match="`runs` lists"):
        store.load_run("nothing")


def _new_attribute(name, value):
    return lambda file: file.attrs.__setitem__(name, value)


def _array_as_attribute(file):
    file.attrs["seed"] = np.arange(3)


def _wrong_type(file):
    del file["epochs/loss"]
    file["epochs"].create_dataset("loss", data=np.zeros((4, 7), np.float64))


def _wrong_shape(file):
    del file["labels"]
    file.create_dataset("labels", data=np.zeros(8, np.int64))


def _chunked(file):
    del file["epochs/loss"]
    file["epochs"].create_dataset("loss", data=np.zeros((4, 7), np.float32), chunks=(1, 7))


def _compressed(file):
    del file["epochs/loss"]
    file["epochs"].create_dataset("loss", data=np.zeros((4, 7), np.float32), compression="gzip")


def _soft_link(file):
    del file["epochs/loss"]
    file["epochs/loss"] = h5py.SoftLink("/epochs/margin")


def _external_link(file):
    del file["epochs/loss"]
    file["epochs/loss"] = h5py.ExternalLink("other.h5", "/epochs/loss")


def _external_group(file):
    del file["epochs"]
    file["epochs"] = h5py.ExternalLink("other.h5", "/epochs")


def _external_storage(file):
    del file["labels"]
    file.create_dataset("labels", (7,), "<i8", external=[("/etc/passwd", 0, 56)])


def _virtual(file):
    del file["labels"]
    layout = h5py.VirtualLayout((7,), "<i8")
    layout[:] = h5py.VirtualSource("other.h5", "labels", (7,))
    file.create_virtual_dataset("labels", layout)


def _unwritten(file):
    del file["labels"]
    file.create_dataset("labels", (7,), "<i8")


def _group_for_array(file):
    del file["labels"]
    file.create_group("labels")


def _array_for_group(file):
    del file["epochs"]
    file.create_dataset("epochs", data=np.arange(3))


def _variable_text(file):
    del file["labels"]
    file.create_dataset("labels", data=["a"] * 7)


def _objects_as_probabilities(file):
    file.attrs["probabilities"] = np.bytes_(b"object")
    file["epochs"].create_dataset("probabilities", data=np.full((4, 7, 3), "a", object), dtype=h5py.string_dtype())


HOSTILE = {
    "another version": (_new_attribute("version", 3), "newer version of Coreset Explorer"),
    "another format": (_new_attribute("format", np.bytes_(b"photo")), "version 1"),
    "a missing attribute": (lambda file: file.attrs.__delitem__("seed"), "version 1"),
    "an attribute that is no JSON": (_new_attribute("recipe", np.bytes_(b"{")), "version 1"),
    "an attribute of variable length": (_new_attribute("dataset", "text"), "version 1"),
    "several numbers for one": (_array_as_attribute, "version 1"),
    "deeply nested JSON": (_new_attribute("recipe", np.bytes_(b"[" * 50_000)), "dynamics.h5"),
    "other sizes": (_new_attribute("samples", 8), r"is .*int64 \(7,\), but .* need"),
    "sizes that no run has": (_new_attribute("samples", 10**12), "samples is 1,000,000,000,000"),
    "negative sizes": (_new_attribute("epochs", -4), "epochs is -4"),
    "a missing member": (lambda file: file["epochs"].__delitem__("loss"), "missing or unknown members .*loss"),
    "an unknown member": (lambda file: file.create_dataset("extra", data=[1]), "missing or unknown members .*extra"),
    "a wrong type": (_wrong_type, "epochs/loss is float64"),
    "a wrong shape": (_wrong_shape, r"labels is int64 \(8,\)"),
    "names that are no list": (_new_attribute("class_names", np.bytes_(b"3")), "version 1"),
    "a recipe that is no table": (_new_attribute("recipe", np.bytes_(b"[]")), "version 1"),
    "chunks": (_chunked, "not stored contiguously"),
    "compression": (_compressed, "not stored contiguously"),
    "a soft link": (_soft_link, "loss is a link"),
    "an external link": (_external_link, "loss is a link"),
    "an external group": (_external_group, "epochs is a link"),
    "external storage": (_external_storage, "not stored contiguously in this file"),
    "a virtual dataset": (_virtual, "not stored contiguously"),
    "an array never written": (_unwritten, "has no storage"),
    "a group for an array": (_group_for_array, "dynamics.h5"),
    "an array for a group": (_array_for_group, "dynamics.h5"),
    "text of variable length": (_variable_text, "labels"),
    "objects as probabilities": (_objects_as_probabilities, "probabilities"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(small, case):
    change, message = HOSTILE[case]
    small.write()
    shutil.copy(small.file, small.folder / "other.h5")
    rebuilt(small.file, change)
    with pytest.raises(RunError, match=message):
        store.load_run("small")


def test_a_text_file_under_the_name_is_refused(small):
    small.folder.mkdir(parents=True)
    small.file.write_text("not HDF5")
    with pytest.raises(RunError, match="can't be read"):
        RunFile(small.folder)


def test_labels_outside_the_classes_are_refused(small):
    small.labels[0] = 3
    small.write()
    with pytest.raises(DynamicsError, match=r"outside 0\.\.2 \(first: row 0 has 3\)"):
        store.load_run("small")


def test_a_value_that_is_not_finite_is_an_error_and_no_score(small):
    small.rows[1]["loss"][2] = np.nan
    small.write()
    with pytest.raises(DynamicsError, match="sample 2 in epoch 2"):
        store.load_run("small").signal("loss")


_FUZZ = """
import sys
from pathlib import Path
from coreset_engine.errors import EngineError
from coreset_engine.store import RunFile
for folder in sorted(Path(sys.argv[1]).iterdir()):
    try:
        file = RunFile(folder)
        file.damaged_epochs(), file.metrics(), file.dynamics().loss
    except EngineError:
        pass
print("whole")
"""


def test_files_with_random_damage_never_end_the_process(small, tmp_path):
    whole, draw = small.write().read_bytes(), random.Random(1)
    for number in range(150):
        bytes_ = bytearray(whole)
        for _ in range(draw.choice([1, 4, 40])):
            bytes_[draw.randrange(len(bytes_))] = draw.randrange(256)
        (tmp_path / "fuzz" / f"{number:03}").mkdir(parents=True)
        (tmp_path / "fuzz" / f"{number:03}" / "dynamics.h5").write_bytes(bytes_)
    done = subprocess.run([sys.executable, "-c", _FUZZ, tmp_path / "fuzz"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "whole"), done.stderr[-2000:]
