"""Recorder in loops as people write them: rows and labels on a GPU, notebooks, percent, images that a run names."""

import code
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from coreset_engine import Recorder, images_from_arrays, load_run
from coreset_engine.errors import ConfigError, DynamicsError, RunError
from coreset_engine.pipeline.requests import RetrainingRequest
from coreset_engine.store import is_being_written

LABELS = np.array([0, 1, 2, 1, 0])
LOGITS = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)


class Elsewhere(torch.Tensor):
    """A tensor that says that it lies on a GPU."""

    @property
    def device(self):
        return SimpleNamespace(type="cuda")


def on_gpu(values):
    return torch.as_tensor(values).as_subclass(Elsewhere)


def new(run="mine", **given):
    return Recorder(run, **{"labels": LABELS, "classes": 3, "epochs": 2, **given})


def recorded(index, logits):
    with new() as recorder:
        recorder.record(1, index, logits)
        recorder.end_epoch(1)
    return load_run("mine").error_norms[0]


@pytest.fixture
def norms(cache):
    e = np.exp(LOGITS.astype(np.float64))
    return np.linalg.norm(e / e.sum(axis=1, keepdims=True) - np.eye(3)[LABELS], axis=1)


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8])
@pytest.mark.parametrize("where", [on_gpu, torch.as_tensor, np.asarray, list])
def test_rows_of_any_type_and_place_name_their_samples(norms, kind, where):
    order = np.array([3, 1, 0, 4, 2], kind)
    np.testing.assert_allclose(recorded(where(order), on_gpu(LOGITS[order])), norms, atol=1e-6)


def test_rows_on_a_gpu_beside_logits_of_the_host_name_their_samples(norms):
    np.testing.assert_allclose(recorded(on_gpu([3, 1, 0, 4, 2]), LOGITS[[3, 1, 0, 4, 2]]), norms, atol=1e-6)


@pytest.mark.parametrize("rows", [[-1, 0, 1, 2, 3], [0, 1, 2, 3, 5]])
@pytest.mark.parametrize("where", [on_gpu, np.asarray])
def test_rows_beyond_the_train_split_are_refused_on_a_gpu_too(cache, rows, where):
    with new() as recorder:
        with pytest.raises(DynamicsError, match=r"rows"):
            recorder.record(1, where(rows), on_gpu(LOGITS))
            recorder.end_epoch(1)
        recorder.record(1, on_gpu(range(5)), on_gpu(LOGITS))
        recorder.end_epoch(1)


@pytest.mark.parametrize("rows", [[0.0, 1.0, 2.0, 3.0, 4.0], [True] * 5])
def test_rows_on_a_gpu_that_are_no_numbers_are_refused(cache, rows):
    with new() as recorder, pytest.raises(DynamicsError, match="must be whole numbers"):
        recorder.record(1, on_gpu(rows), on_gpu(LOGITS))


def test_labels_that_need_a_gradient_or_are_no_numbers_say_what_to_give(cache):
    with pytest.raises(DynamicsError, match=r"labels\.astype\(int\)"):
        new(labels=torch.tensor(LABELS).float().requires_grad_())
    with pytest.raises(DynamicsError, match=r"numpy\.unique"):
        new(labels=["cat", "dog", "ox", "dog", "cat"])


def test_labels_of_every_epoch_are_told_by_their_shape(cache):
    with pytest.raises(DynamicsError, match="Labels have 5 columns but there are 3 outputs"):
        new(labels=np.tile(LABELS, (2, 1)))


@pytest.mark.parametrize("epoch", [1.0, "1", None])
def test_an_epoch_that_is_no_whole_number_is_refused(cache, epoch):
    with new() as recorder, pytest.raises(DynamicsError, match="give a whole number, counted from 1"):
        recorder.record(epoch, np.arange(5), LOGITS)


@pytest.mark.parametrize("name", ["train_accuracy", "val_accuracy"])
def test_an_accuracy_in_percent_is_refused_and_the_epoch_can_be_ended_again(cache, name):
    with new() as recorder:
        recorder.record(1, np.arange(5), LOGITS)
        with pytest.raises(DynamicsError, match=rf"{name} is a share from 0 to 1; it is 75\. Divide"):
            recorder.end_epoch(1, **{name: torch.tensor(75.0)})
        recorder.end_epoch(1, **{name: 1.0000001})


def test_a_recorder_left_open_by_a_notebook_is_told_and_once_closed_gone_on_with(cache):
    left = new()
    with pytest.raises(RunError, match=r"another Recorder of this process\. Call close"):
        new(resume=True)
    left.close()
    new().close()


def record_first(recorder):
    recorder.record(1, np.arange(5), LOGITS)
    recorder.end_epoch(1)


def test_a_recorder_that_nobody_holds_gives_up_its_run_without_an_epoch(cache):
    left = new()
    left.record(1, np.arange(3), LOGITS[:3])
    del left
    assert not (cache / "runs" / "mine").exists()
    new(epochs=3).close()


def test_epochs_handed_over_are_written_when_their_recorder_is_dropped_and_gone_on_with(cache):
    left = new()
    record_first(left)
    del left
    for _ in range(100):  # until the thread that writes the epoch lets go of it
        if not is_being_written(cache / "runs" / "mine"):
            break
        time.sleep(0.05)
    assert load_run("mine").epochs == 1
    with new(resume=True) as recorder:
        assert recorder.done == 1
        recorder.record(2, np.arange(5), LOGITS)
        recorder.end_epoch(2)
    assert load_run("mine").epochs == 2


def test_an_error_in_a_loop_without_with_leaves_the_run_to_the_next_recorder(cache):
    def train():
        recorder = new()
        recorder.itself = recorder  # as a callback that a trainer keeps beside it
        record_first(recorder)
        recorder.record(2, np.arange(5), np.full((5, 3), np.nan))
        recorder.end_epoch(2)
        recorder.flush()

    with pytest.raises(DynamicsError, match="NaN or infinite"):
        train()
    new(resume=True).close()


def test_a_cell_that_failed_in_a_function_can_be_run_again_though_its_error_is_kept(cache, capsys):
    notebook = code.InteractiveInterpreter({"new": new, "record_first": record_first})
    loop = "def train(**given):\n    recorder = new(**given)\n    record_first(recorder)\n    recorder.record(2, [0], [[0]])"
    notebook.runsource(f"{loop}\n", symbol="exec")
    said = []
    for cell in ("train()", "train(resume=True)", "train(resume=True)"):
        notebook.runsource(cell)  # which keeps the error and, in its frames, the recorder
        said.append(capsys.readouterr().err.splitlines()[-1])
    sys.last_type = sys.last_value = sys.last_traceback = None
    assert ["another Recorder" in line for line in said] == [False, True, False]
    assert "run this again where only the error before still held it" in said[1]
    assert "logits must have shape" in said[0] == said[2]


def test_a_fork_that_ends_leaves_the_files_of_its_parents_recorder(cache):
    script = """
import os, sys
from coreset_engine import Recorder
recorder = Recorder("mine", labels=[0, 1], classes=2, epochs=1)
child = os.fork()
if not child:
    sys.exit()
os.waitpid(child, 0)
recorder.record(1, [0, 1], [[0, 1], [1, 0]])
recorder.end_epoch(1)
recorder.close()
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert load_run("mine").epochs == 1


@pytest.fixture
def images(cache):
    pixels, labels = np.arange(40 * 64, dtype=np.uint8).reshape(40, 8, 8), np.arange(40) % 2
    return images_from_arrays("own", pixels, labels)


def named(images):
    return {"dataset": images.name, "dataset_sha256": images.sha256, "class_names": list(images.class_names)}


def test_a_run_may_name_its_images_whose_labels_must_be_its_own(images):
    labels = images.labels["train"]
    with pytest.raises(RunError, match="other labels than the train split of own"):
        new(labels=1 - labels, classes=2, info=named(images))
    with pytest.raises(RunError, match="other labels"):
        new(labels=labels[:-1], classes=2, info=named(images))
    new(labels=1 - labels, classes=2, info={"dataset": "unknown", "dataset_sha256": "0" * 64}).close()
    with new(labels=labels, classes=2, info=named(images)) as recorder:
        recorder.record(1, np.arange(len(labels)), np.zeros((len(labels), 2)))
        recorder.end_epoch(1)


def test_a_run_of_somebody_s_loop_says_that_its_recipe_is_not_known(images):
    from coreset_engine.pipeline import retrain

    test_a_run_may_name_its_images_whose_labels_must_be_its_own(images)
    with pytest.raises(ConfigError, match="was not trained by `record`, so its recipe is not known"):
        list(retrain(RetrainingRequest("mine", ("random",), (0.5,))))


def test_lightning_is_found_under_its_other_name(cache, monkeypatch):
    other = pytest.importorskip("pytorch_lightning")
    for name in [name for name in sys.modules if name.split(".")[0] == "lightning"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "lightning", None)
    monkeypatch.delitem(sys.modules, "coreset_engine.integrations.lightning", raising=False)
    from coreset_engine.integrations.lightning import LightningRecorder

    assert issubclass(LightningRecorder, other.Callback)
    monkeypatch.delitem(sys.modules, "coreset_engine.integrations.lightning")
