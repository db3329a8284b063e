"""One-hot labels are classes wherever they come in, and it is said; true label sets stay what they are."""

import json

import numpy as np
import pytest

from coreset_engine import Dynamics, Recorder, Snapshot, load_run, select
from coreset_engine.datasets import files

CLASSES = np.array([0, 2, 1, 2, 0])
ONE_HOT = np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1], [1, 0, 0]])
LOGITS = np.random.default_rng(7).normal(0, 3, (2, 5, 3)).astype(np.float32)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool, np.float32])
def test_dynamics_of_one_hot_labels_are_those_of_the_classes_to_the_bit(dtype):
    with pytest.warns(UserWarning, match="one-hot"):
        found = Dynamics.from_logits(LOGITS, ONE_HOT.astype(dtype))
    wanted = Dynamics.from_logits(LOGITS, CLASSES)
    np.testing.assert_array_equal(found.labels, CLASSES)
    for name, values in wanted.signals.items():
        np.testing.assert_array_equal(found.signals[name], values)
    assert "3 classes" in found.read_as[0]


def test_one_row_with_two_ones_keeps_a_set_of_labels():
    labels = ONE_HOT.copy()
    labels[3] = [1, 0, 1]
    found = Dynamics.from_logits(LOGITS, labels)
    assert found.multi_label
    assert found.read_as == ()


def test_a_snapshot_takes_one_hot_labels_as_classes():
    with pytest.warns(UserWarning, match="one-hot"):
        found = Snapshot.from_arrays(features=LOGITS[0], logits=LOGITS[0], labels=ONE_HOT)
    np.testing.assert_array_equal(found.labels, CLASSES)


def test_a_recorder_takes_one_hot_labels_as_classes_and_says_so_in_the_file_of_the_run(cache):
    with pytest.warns(UserWarning, match="one-hot"):
        recorder = Recorder("mine", labels=ONE_HOT, classes=3, epochs=1)
    with recorder:
        recorder.record(1, [0, 1, 2, 3, 4], LOGITS[0].tolist())
        recorder.end_epoch(1)
    np.testing.assert_array_equal(load_run("mine").labels, CLASSES)
    assert "one-hot" in json.loads((cache / "runs" / "mine" / "run.json").read_text())["read_as"][0]


def write(path, **labels):
    images = {f"{split}_images": np.full((len(values), 9, 9), 7, np.uint8) for split, values in labels.items()}
    np.savez(path, **images, **{f"{split}_labels": values for split, values in labels.items()})
    return path


def test_images_whose_labels_are_one_hot_in_every_split_have_classes(tmp_path):
    found = files.read_medmnist_file(write(tmp_path / "a.npz", train=ONE_HOT, val=ONE_HOT[:2] * 1.0, test=ONE_HOT[1:]))
    assert (found.task, found.classes, found.labels["train"].tolist()) == ("multi-class", 3, [0, 2, 1, 2, 0])
    assert "one-hot" in found.read_as[0]


def test_one_row_of_the_test_split_keeps_a_set_of_labels(tmp_path):
    found = files.read_medmnist_file(write(tmp_path / "a.npz", train=ONE_HOT, val=ONE_HOT, test=ONE_HOT * 0))
    assert found.multi_label
    assert found.read_as == ()


@pytest.mark.parametrize("labels", [CLASSES[:, None], ONE_HOT])
def test_select_takes_a_column_and_one_hot_rows_as_classes(labels):
    scores = np.array([5.0, 1, 2, 9, 4])
    assert select(scores, labels, rate=0.6, rule="balanced").tolist() == [0, 2, 3]
