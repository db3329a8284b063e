"""Dynamics of other code: one output, probabilities under the wrong name, NaN, pickles, the files of TDDS."""

import json

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from coreset_engine import Dynamics, Recorder, load_run
from coreset_engine.cli import cli
from coreset_engine.errors import EngineError
from coreset_engine.store import read_foreign

LABELS = np.array([0, 1, 1, 0])
LOGITS = np.random.default_rng(3).normal(0, 2, (3, 4, 2)).astype(np.float32)


def saved(path, **arrays):
    np.savez(path, **arrays)
    return path


def test_one_output_is_a_sigmoids_logit_of_two_classes(tmp_path):
    z = np.array([[[0.0], [np.log(3)], [-np.log(3)], [np.log(4)]]], np.float32)  # p of class 1: 1/2, 3/4, 1/4, 4/5
    found = read_foreign(saved(tmp_path / "a.npz", labels=LABELS, logits=z))
    assert found.classes == 2
    np.testing.assert_allclose(found.target_probability, [[0.5, 0.75, 0.25, 0.2]], rtol=1e-6)
    assert "two classes" in found.read_as[0]


def test_one_probability_per_sample_is_that_of_class_1(tmp_path):
    p = np.array([[[0.5], [0.75], [0.25], [0.875]]])
    found = read_foreign(saved(tmp_path / "a.npz", labels=LABELS, probabilities=p))
    np.testing.assert_allclose(found.target_probability, [[0.5, 0.75, 0.25, 0.125]], rtol=1e-6)


def test_probabilities_called_logits_are_doubted_in_both_readings(tmp_path):
    e = np.exp(LOGITS)
    path = saved(tmp_path / "a.npz", labels=LABELS, logits=e / e.sum(axis=2, keepdims=True))
    (said,) = read_foreign(path).read_as
    assert "read as logits" in said
    assert "`probabilities`" in said
    assert read_foreign(saved(path, labels=LABELS, logits=LOGITS)).read_as == ()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_output_that_is_no_number_is_refused_with_its_place(value):
    logits = LOGITS.copy()
    logits[1, 2, 0] = value
    with pytest.raises(EngineError, match=r"epoch 2 \(first: sample 2\)"):
        Dynamics.from_logits(logits, LABELS)


def test_endings_in_capitals_are_read(tmp_path):
    path = saved(tmp_path / "a.npz", labels=LABELS, logits=LOGITS).rename(tmp_path / "A.NPZ")
    np.testing.assert_array_equal(read_foreign(path).labels, LABELS)


def test_a_pickle_is_refused_and_says_what_to_do(tmp_path):
    (tmp_path / "td-all.pickle").write_bytes(b"cos\nsystem\n")
    with pytest.raises(EngineError, match=r"pickle.*Convert it to \.npz"):
        read_foreign(tmp_path / "td-all.pickle")


@pytest.fixture
def tdds(tmp_path):
    for epoch, order in enumerate(([2, 0, 3, 1], [0, 1, 2, 3], [3, 2, 1, 0])):
        np.save(tmp_path / f"{epoch}_Output.npy", LOGITS[epoch][order])
        np.save(tmp_path / f"{epoch}_Index.npy", order)
    np.save(tmp_path / "labels.npy", LABELS)
    return tmp_path


@pytest.mark.parametrize("given", ["", "1_Output.npy"])
def test_files_of_tdds_become_a_run_in_the_order_of_the_train_split(tdds, given, cache):
    answer = CliRunner().invoke(cli, ["import", str(tdds / given), "--run", "mine"])
    assert answer.exit_code == 0, answer.output
    wanted = Dynamics.from_logits(LOGITS, LABELS)
    np.testing.assert_array_equal(load_run("mine").error_norms, wanted.error_norms)
    assert "TDDS" in answer.output
    assert "TDDS" in json.loads((cache / "runs" / "mine" / "run.json").read_text())["read_as"][0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda f: (f / "labels.npy").unlink(), "keeps no labels"),
        (lambda f: (f / "1_Index.npy").unlink(), "epoch 1 has only one"),
        (lambda f: [(f / f"1_{kind}.npy").unlink() for kind in ("Output", "Index")], "lacks 1_Output"),
        (lambda f: np.save(f / "2_Index.npy", [0, 0, 1, 2]), "each of the rows 0 to 3 once"),
        (lambda f: np.save(f / "2_Index.npy", [0, 1, 2]), r"2_Index.npy \(3,\)"),
        (lambda f: np.save(f / "labels.npy", np.array([0, None], object)), "can't be read"),
    ],
)
def test_files_of_tdds_that_do_not_fit_are_refused_with_a_sentence(tdds, change, sentence):
    change(tdds)
    with pytest.raises(EngineError, match=sentence):
        read_foreign(tdds)


def test_a_recorder_of_one_output_records_the_two_classes_of_a_sigmoid(cache):
    with pytest.warns(UserWarning, match="two classes"):
        recorder = Recorder("mine", labels=LABELS, classes=1, epochs=1)
    with recorder:
        recorder.record(1, np.arange(4), np.array([[0.0], [np.log(3)], [-np.log(3)], [np.log(4)]], np.float32))
        recorder.end_epoch(1)
    np.testing.assert_allclose(load_run("mine").target_probability, [[0.5, 0.75, 0.25, 0.2]], rtol=1e-6)


def test_what_a_file_without_the_members_needed_holds_is_told(tmp_path):
    np.savez(tmp_path / "a.npz", y=[0], **{"out\x1bput": [1.0]}, **{f"epoch_{t}": [1.0] for t in range(9)})
    with pytest.raises(EngineError, match=r"a\.npz holds y, out\?put, epoch_0, .*, …, and none of the members needed"):
        read_foreign(tmp_path / "a.npz")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["run/labels"] = [0]
    with pytest.raises(EngineError, match=r"a\.h5 holds run, and none of the members needed"):
        read_foreign(tmp_path / "a.h5")


def test_one_epoch_alone_says_how_it_is_given(tmp_path):
    np.savez(tmp_path / "a.npz", labels=[0, 1], probabilities=np.full((2, 2), 0.5))
    with pytest.raises(EngineError, match=r"Give one epoch alone as outputs\[None\]"):
        read_foreign(tmp_path / "a.npz")
