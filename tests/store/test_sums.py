"""Sums over what is no row of an epoch: labels, metrics, flags and attributes of a run's file."""

import zlib
from contextlib import closing

import h5py
import numpy as np
import pytest

from coreset_engine import load_run, store
from coreset_engine.errors import RunError
from tests.damage import flip, offset_of, to_version_1


def test_a_changed_label_is_refused_though_it_is_a_class(small):
    flip(small.write(), offset_of(small.file, "labels"))  # class 0 becomes class 1
    with pytest.raises(RunError, match="the labels do not match their checksum"):
        load_run("small")


def test_a_changed_metric_is_refused_and_names_its_epoch(small):
    flip(small.write(), offset_of(small.file, "epochs/val_accuracy") + 2 * 8 + 6)
    with pytest.raises(RunError, match="metrics of epoch 3 do not match"):
        store.RunFile(small.folder).metrics()
    assert store.verify("small")["damaged"] == [3]
    assert "metrics of epoch 3" in store.run_summary("small")["problem"]


@pytest.mark.parametrize(("name", "other"), [("seed", 4), ("device", np.bytes_(b"cuda")), ("multi_label", 1)])
def test_a_changed_attribute_is_refused(small, name, other):
    with h5py.File(small.write(seed=3, device="cpu"), "r+") as file:
        file.attrs.modify(name, other)
    with pytest.raises(RunError, match=r"does not match its checksum|need"):
        store.RunFile(small.folder)


def test_an_attribute_under_another_name_is_refused(small):
    with h5py.File(small.write(mode="eval"), "r+") as file:
        h5py.h5a.rename(file.id, b"mode", b"node")  # without a sum, the run would be one recorded in train mode
    with pytest.raises(RunError, match="does not match its checksum"):
        store.RunFile(small.folder)


def test_sums_run_over_labels_and_metrics_in_the_order_of_the_table(small):
    small.write()
    with h5py.File(small.file, "r") as file:
        assert file.attrs["labels_crc32"] == zlib.crc32(small.labels.astype("<i8").tobytes())
        nan = np.array(np.nan, "<f8").tobytes()
        expected = zlib.crc32(nan * 3 + np.array(0.2, "<f8").tobytes() + nan * 2)  # val_accuracy is the fourth of six
        assert file["epochs/metrics_crc32"][1] == expected


@pytest.mark.parametrize("bit", [0, 1, 7])
def test_an_epoch_whose_flag_was_lost_or_changed_is_whole_by_its_sums(small, bit):
    flip(small.write(), offset_of(small.file, "epochs/done") + 1, bit)
    assert store.RunFile(small.folder).done() == 4
    np.testing.assert_array_equal(load_run("small").loss, [row["loss"] for row in small.rows])


@pytest.mark.parametrize("bit", [0, 3])
def test_a_flag_of_an_epoch_that_was_never_written_is_refused(small, bit):
    flip(small.write(epochs=2), offset_of(small.file, "epochs/done") + 2, bit)
    with pytest.raises(RunError, match="epoch 3 is flagged as whole, but does not match its checksum"):
        store.RunFile(small.folder).done()


def test_an_epoch_that_is_being_redone_counts_as_missing_and_is_no_damage(small, monkeypatch):
    small.write()
    writer = store.RunWriter(small.folder)
    put = store.RunWriter._put

    def stop_at_loss(self, path, row, block):
        if path == "epochs/loss":
            raise KeyboardInterrupt
        put(self, path, row, block)

    monkeypatch.setattr(store.RunWriter, "_put", stop_at_loss)
    with pytest.raises(KeyboardInterrupt):
        writer.write_epoch(2, small.rows[0], {})
    writer.close()
    assert store.RunFile(small.folder).done() == 1


def test_a_file_of_version_1_is_read_and_gone_on_with_as_such(small):
    to_version_1(small.write(epochs=2))
    with closing(store.RunWriter(small.folder)) as writer:
        writer.write_epoch(3, small.rows[2], {"val_accuracy": 0.5})
    file = store.RunFile(small.folder)
    assert (file.format_version, file.done(), file.damaged_epochs()) == (1, 3, [])
    np.testing.assert_array_equal(file.metrics()["val_accuracy"], [0.1, 0.2, 0.5])
    np.testing.assert_array_equal(load_run("small").labels, small.labels)


LOSSES = np.array([[0.5, 1.5, np.nan], [0.25, 1.25, np.nan], [0.2, 1.0, np.nan], [0.1, 0.9, np.nan]])


def with_losses(small, epochs=4):
    """Write a run that holds the validation losses of its classes."""
    with closing(small.create(val_loss_per_class=True)) as writer:
        for epoch in range(1, epochs + 1):
            writer.write_epoch(epoch, small.rows[epoch - 1], {"val_loss_per_class": LOSSES[epoch - 1]})
    return small.file


def test_losses_of_the_classes_lie_beside_the_metrics_and_come_back(small):
    with h5py.File(with_losses(small), "r") as file:
        stored = file["epochs/val_loss_per_class"]
        assert (stored.shape, stored.dtype.str, file.attrs["version"]) == ((4, 3), "<f8", 2)
        np.testing.assert_array_equal(stored, LOSSES)
    np.testing.assert_array_equal(load_run("small").val_loss, LOSSES)


def test_losses_of_epochs_that_are_not_done_are_left_out(small):
    with h5py.File(with_losses(small, epochs=2), "r") as file:
        assert np.isnan(file["epochs/val_loss_per_class"][2:]).all()
    np.testing.assert_array_equal(load_run("small").val_loss, LOSSES[:2])


def test_the_sum_of_the_metrics_runs_over_the_losses_last(small):
    with h5py.File(with_losses(small), "r") as file:
        nan = np.array(np.nan, "<f8").tobytes()
        assert file["epochs/metrics_crc32"][1] == zlib.crc32(nan * 6 + LOSSES[1].tobytes())


def test_a_changed_loss_of_a_class_is_refused_and_names_its_epoch(small):
    flip(with_losses(small), offset_of(small.file, "epochs/val_loss_per_class") + 2 * 24 + 6)
    with pytest.raises(RunError, match="metrics of epoch 3 do not match"):
        load_run("small")
    assert store.verify("small")["damaged"] == [3]


def test_runs_of_before_hold_no_losses_of_classes_and_go_on_without(small):
    small.write(epochs=2)
    assert load_run("small").val_loss is None
    with closing(store.RunWriter(small.folder)) as writer:
        writer.write_epoch(3, small.rows[2], {"val_loss_per_class": LOSSES[2]})
    assert store.verify("small") == {"run": "small", "epochs_done": 3, "epochs": 4, "damaged": []}
    assert load_run("small").val_loss is None


def test_version_1_holds_none(small):
    to_version_1(small.write())
    assert load_run("small").val_loss is None


def test_a_metric_of_another_shape_is_refused_and_nothing_is_done(small):
    sentence = r"val_loss_per_class must have shape \(3,\); it is \(2,\)"
    with closing(small.create(val_loss_per_class=True)) as writer, pytest.raises(RunError, match=sentence):
        writer.write_epoch(1, small.rows[0], {"val_loss_per_class": np.zeros(2)})
    assert store.RunFile(small.folder).done() == 0


def test_several_labels_are_refused_with_losses_of_classes(small):
    small.labels = np.eye(7, 3, dtype=np.uint8)
    with pytest.raises(RunError, match="one label per sample only"):
        small.create(multi_label=True, val_loss_per_class=True)
