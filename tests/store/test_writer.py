"""RunWriter: the file that the format's table promises, read back with plain h5py and zlib."""

import json
import os
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from coreset_engine.errors import RunError
from coreset_engine.store import RunFile, RunWriter, is_being_written

ORDER = ("error_norm", "target_probability", "margin", "entropy", "loss", "prediction")
METRICS = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")


def table_of(path):
    """Every dataset of a file as plain h5py sees it: path -> (shape, type)."""
    found = {}

    def note(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = (item.shape, item.dtype.str)

    with h5py.File(path, "r") as file:
        file.visititems(note)
    return found


def test_the_file_holds_exactly_the_datasets_of_the_format(small):
    expected = {"labels": ((7,), "<i8"), "epochs/done": ((4,), "|u1"), "epochs/crc32": ((4,), "<u4")}
    expected |= {"epochs/metrics_crc32": ((4,), "<u4")}
    expected |= {f"epochs/{name}": ((4, 7), "<f4") for name in ORDER[:5]}
    expected |= {"epochs/prediction": ((4, 7), "|u1")}
    expected |= {f"epochs/{name}": ((4,), "<f8") for name in METRICS}
    assert table_of(small.write()) == expected


@pytest.mark.parametrize(("kept", "stored"), [("float32", "<f4"), ("float16", "<f2")])
def test_probabilities_lie_beside_the_signals_in_the_type_asked_for(small, kept, stored):
    assert table_of(small.write(probabilities=kept))["epochs/probabilities"] == ((4, 7, 3), stored)


def test_over_256_classes_predictions_take_two_bytes(small):
    small.create(classes=257).close()
    assert table_of(small.file)["epochs/prediction"] == ((4, 7), "<u2")


def test_labels_of_a_multi_label_task_are_a_table_of_bytes(small):
    small.labels = np.eye(7, 3, dtype=np.uint8)
    small.create(multi_label=True).close()
    assert table_of(small.file)["labels"] == ((7, 3), "|u1")
    assert table_of(small.file)["epochs/prediction"] == ((4, 7), "<u2")


def test_every_dataset_is_contiguous_and_inside_the_file(small):
    size = small.write().stat().st_size
    with h5py.File(small.file, "r") as file:
        for name in table_of(small.file):
            dataset = file[name]
            assert (dataset.chunks, dataset.compression, dataset.is_virtual, dataset.external) == (
                None, None, False, None,
            )  # fmt: skip
            assert 0 < dataset.id.get_offset() <= size - dataset.nbytes, name


def test_attributes_name_format_and_version_and_texts_have_a_fixed_length(small):
    facts = {"dataset": "phantom", "class_names": ["a", "ö", "c"], "recipe": {"epochs": 4}, "seed": 9, "device": "cpu"}
    small.write(**facts)
    with h5py.File(small.file, "r") as file:
        attributes = dict(file.attrs)
        for name in attributes:
            text = h5py.check_string_dtype(file.attrs.get_id(name).dtype)
            assert text is None or text.length is not None, name
    assert (attributes["format"], attributes["version"]) == (b"coreset-dynamics", 2)
    assert (attributes["dataset"], attributes["device"], attributes["seed"]) == (b"phantom", b"cpu", 9)
    assert json.loads(attributes["class_names"]) == ["a", "ö", "c"]
    assert json.loads(attributes["recipe"]) == {"epochs": 4}


def test_rows_read_back_with_plain_h5py_are_the_rows_written(small):
    small.write(probabilities="float32")
    with h5py.File(small.file, "r") as file:
        for name in (*ORDER, "probabilities"):
            np.testing.assert_array_equal(file[f"epochs/{name}"], np.stack([row[name] for row in small.rows]))
        np.testing.assert_array_equal(file["labels"], small.labels)
        np.testing.assert_array_equal(file["epochs/val_accuracy"], [0.1, 0.2, 0.3, 0.4])


def test_the_checksum_runs_over_the_rows_in_the_order_of_the_table(small):
    small.write(probabilities="float32")
    with h5py.File(small.file, "r") as file:
        stored = file["epochs/crc32"][:]
    for epoch, row in enumerate(small.rows):
        assert stored[epoch] == zlib.crc32(b"".join(row[name].tobytes() for name in (*ORDER, "probabilities")))


def test_epochs_not_written_are_not_done_and_have_no_metrics(small):
    small.write(epochs=2)
    with h5py.File(small.file, "r") as file:
        np.testing.assert_array_equal(file["epochs/done"], [1, 1, 0, 0])
        np.testing.assert_array_equal(np.isnan(file["epochs/val_accuracy"]), [False, False, True, True])
        assert np.isnan(file["epochs/train_loss"]).all()


def test_the_done_flag_is_written_after_the_rows_and_the_checksum(small, monkeypatch):
    writer, real, offsets = small.create(), os.pwrite, []
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: (offsets.append((at, bytes(data))), real(fd, data, at))[1])
    writer.write_epoch(2, small.rows[1], {})
    writer.close()
    with h5py.File(small.file, "r") as file:
        flag = file["epochs/done"].id.get_offset() + 1
        checksum = file["epochs/crc32"].id.get_offset() + 4
        rows = {file[f"epochs/{name}"].id.get_offset() + 7 * (1 if name == "prediction" else 4) for name in ORDER}
    assert offsets[0] == (flag, b"\x00")  # an epoch that is redone is not whole in between
    assert [at for at, _ in offsets[-2:]] == [checksum, flag]
    assert offsets[-1][1] == b"\x01"
    assert rows <= {at for at, _ in offsets[1:-2]}


def test_an_epoch_can_be_written_again(small):
    small.write()
    writer = RunWriter(small.folder)
    writer.write_epoch(2, small.rows[3], {})
    writer.close()
    read = RunFile(small.folder)
    np.testing.assert_array_equal(read.read("epochs/loss")[1], small.rows[3]["loss"])
    assert read.damaged_epochs() == []


@pytest.mark.parametrize("epoch", [0, -1, 5])
def test_an_epoch_outside_the_run_is_refused(small, epoch):
    writer = small.create()
    with pytest.raises(RunError, match="epochs 1 to 4"):
        writer.write_epoch(epoch, small.rows[0], {})
    writer.close()


def test_a_row_of_a_wrong_shape_is_refused_by_name_and_nothing_is_done(small):
    writer = small.create()
    with pytest.raises(RunError, match=r"margin must have shape \(7,\); it is \(6,\)"):
        writer.write_epoch(1, small.rows[0] | {"margin": np.zeros(6, np.float32)}, {})
    writer.close()
    assert RunFile(small.folder).done() == 0


def test_a_missing_row_is_refused_by_name(small):
    writer = small.create()
    with pytest.raises(RunError, match=r"entropy must have shape .* missing"):
        writer.write_epoch(1, {name: row for name, row in small.rows[0].items() if name != "entropy"}, {})
    writer.close()


def test_a_second_writer_is_refused_until_the_first_is_closed(small):
    first = small.create()
    with pytest.raises(RunError, match="is being written by another process"):
        RunWriter(small.folder)
    first.close()
    RunWriter(small.folder).close()


def test_a_second_writer_in_another_process_is_refused_and_leaves_the_file_alone(small):
    writer = small.create()
    writer.write_epoch(1, small.rows[0], {})
    before = small.file.read_bytes()
    code = (
        "import sys; from pathlib import Path; from coreset_engine.store import RunWriter, RunInfo; import numpy as np;"
        "RunWriter(Path(sys.argv[1]), RunInfo(epochs=9, samples=7, classes=3), np.zeros(7, int))"
    )
    other = subprocess.run([sys.executable, "-c", code, small.folder], capture_output=True, text=True)
    assert "RunError: The run 'small' is being written" in other.stderr
    assert small.file.read_bytes() == before
    writer.close()


def test_a_writer_that_was_killed_leaves_no_lock(small):
    small.write(epochs=1)
    code = (
        "import os, signal, sys; from pathlib import Path; from coreset_engine.store import RunWriter;"
        "w = RunWriter(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code, small.folder]).returncode == -9
    RunWriter(small.folder).close()


_TOO_LARGE = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from coreset_engine.errors import RunError
from coreset_engine.store import RunInfo, RunWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
if int(sys.argv[2]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    RunWriter(Path(sys.argv[1]), RunInfo(epochs=100, samples=1000, classes=3), np.zeros(1000, int))
except RunError as error:
    print(error)
    sys.exit(7)
"""


@pytest.mark.parametrize("limit", [1, 100_000, 1_000_000, 2_000_000])
def test_a_file_size_limit_is_a_sentence_and_leaves_no_file(small, limit):
    # 100 epochs of 1,000 samples take 5 x 4 + 1 = 21 bytes each: 2.1 MB.
    done = subprocess.run([sys.executable, "-c", _TOO_LARGE, small.folder, str(limit)], capture_output=True, text=True)
    assert done.returncode == 7, done.stderr
    assert done.stdout.startswith("The run's dynamics (3.0 MiB at ")
    assert list(small.folder.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MiB, where this process may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]).returncode:
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_a_sentence_and_leaves_no_file(small_disk):
    folder = small_disk / "run"
    done = subprocess.run([sys.executable, "-c", _TOO_LARGE, folder, "0"], capture_output=True, text=True)
    assert done.returncode == 7, done.stderr
    assert "No space left on device" in done.stdout
    assert list(folder.iterdir()) == []


def test_an_epoch_fits_on_a_disk_that_has_filled_up_since_the_run_was_made(small_disk, small):
    small.folder = small_disk / "run"
    writer = small.create()
    writer.close()
    with open(small_disk / "ballast", "wb", buffering=0) as ballast, pytest.raises(OSError, match="No space"):
        while True:
            ballast.write(bytes(4096))
    writer = RunWriter(small.folder)
    writer.write_epoch(1, small.rows[0], {})
    writer.close()
    assert RunFile(small.folder).done() == 1


def test_a_refused_write_is_a_sentence_that_says_resume(small, monkeypatch):
    writer = small.create()

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", refuse)
    with pytest.raises(RunError, match=r"Epoch 1 of .* can't be written: .*No space.*resume"):
        writer.write_epoch(1, small.rows[0], {})
    monkeypatch.undo()
    writer.close()


def test_impossible_sizes_are_refused_before_anything_is_made(small):
    with pytest.raises(RunError, match="epochs is 100,001"):
        small.create(epochs=100_001)
    assert list(small.folder.iterdir()) == []


def test_closing_twice_is_harmless(small):
    writer = small.create()
    writer.close()
    writer.close()
    assert Path(small.file).is_file()


def test_asking_whether_a_run_is_being_written_does_not_refuse_a_writer(small):
    small.write()
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            is_being_written(small.folder)

    asker = threading.Thread(target=ask)
    asker.start()
    for _ in range(200):
        RunWriter(small.folder).close()
    stop.set()
    asker.join()


def test_a_run_is_being_written_while_its_writer_is_open(small):
    writer = small.create()
    assert is_being_written(small.folder)
    writer.close()
    assert not is_being_written(small.folder)
