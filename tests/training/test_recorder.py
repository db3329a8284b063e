"""Recorder: in anybody's loop, every sample in every epoch, or a sentence that names what is missing."""

import json
from collections import OrderedDict

import numpy as np
import pytest
import torch

from coreset_engine import load_run, paths, store
from coreset_engine.errors import DynamicsError, RunError, UnknownNameError
from coreset_engine.training.recorder import Recorder

LABELS = np.array([0, 1, 2, 1, 0])
LOGITS = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)


def new(run="mine", **given):
    return Recorder(run, **{"labels": LABELS, "classes": 3, "epochs": 2, **given})


def softmax(z):
    e = np.exp(z.astype(np.float64))
    return e / e.sum(axis=-1, keepdims=True)


def error_norms(logits, labels):
    return np.linalg.norm(softmax(logits) - np.eye(logits.shape[-1])[labels], axis=-1)


def begin(**given):
    """A run of which one epoch is recorded."""
    with new(**given) as recorder:
        recorder.record(1, np.arange(5), LOGITS[0])
        recorder.end_epoch(1)


def record_all(recorder, logits=LOGITS, convert=lambda values: values):
    for epoch in range(1, len(logits) + 1):
        for index in (np.array([3, 0]), np.array([4, 1, 2])):
            recorder.record(epoch, convert(index), convert(logits[epoch - 1][index]))
        recorder.end_epoch(epoch, val_accuracy=epoch / 10)


def test_numpy_logits_become_the_error_norms_of_their_softmax():
    with new() as recorder:
        record_all(recorder)
    np.testing.assert_allclose(load_run("mine").error_norms, error_norms(LOGITS, LABELS), rtol=1e-5)


def test_torch_logits_give_the_same_bytes_as_numpy_ones():
    for name, convert in (("a", np.asarray), ("b", torch.from_numpy)):
        with new(name) as recorder:
            record_all(recorder, convert=convert)
    for signal in ("error_norm", "margin", "entropy", "loss", "prediction"):
        assert load_run("a").signal(signal).tobytes() == load_run("b").signal(signal).tobytes(), signal


def test_logits_that_need_a_gradient_are_accepted():
    with new(epochs=1) as recorder:
        recorder.record(1, torch.arange(5), torch.from_numpy(LOGITS[0]).requires_grad_())
        recorder.end_epoch(1)
    np.testing.assert_allclose(load_run("mine").error_norms[0], error_norms(LOGITS[0], LABELS), rtol=1e-5)


def test_bfloat16_logits_of_torch_are_widened_before_the_softmax():
    rounded = torch.from_numpy(LOGITS[0]).bfloat16()
    with new(epochs=1) as recorder:
        recorder.record(1, torch.arange(5), rounded)
        recorder.end_epoch(1)
    np.testing.assert_allclose(load_run("mine").error_norms[0], error_norms(rounded.float().numpy(), LABELS), rtol=1e-5)


def test_double_precision_numpy_logits_are_accepted():
    with new(epochs=1) as recorder:
        recorder.record(1, np.arange(5), LOGITS[0].astype(np.float64))
        recorder.end_epoch(1)
    np.testing.assert_allclose(load_run("mine").error_norms[0], error_norms(LOGITS[0], LABELS), rtol=1e-5)


@pytest.mark.parametrize("index", [3, np.int64(3), torch.tensor(3)])
def test_a_batch_of_one_row_without_a_list_is_refused_in_a_sentence(index, cache):
    recorder = Recorder("own", labels=[0, 1, 0, 1], classes=2, epochs=1)
    with recorder, pytest.raises(DynamicsError, match="must be a list of rows of the train split; it is"):
        recorder.record(1, index, np.zeros((1, 2)))


@pytest.mark.parametrize("size", [{"classes": 0}, {"classes": -2}, {"epochs": 2.5}, {"epochs": "2"}])
def test_sizes_that_are_no_counts_are_refused_and_leave_no_run(size, cache):
    with pytest.raises(DynamicsError, match="is not possible: give a whole number from 1 on"):
        Recorder("own", labels=[0, 1], **{"classes": 2, "epochs": 1, **size})
    assert not (cache / "runs" / "own").exists()


def test_an_index_that_is_no_row_number_is_refused():
    with new(epochs=1) as recorder:
        for index in (np.arange(5) + 0.5, np.ones(5, bool), torch.arange(5.0)):
            with pytest.raises(DynamicsError, match="whole numbers"):
                recorder.record(1, index, LOGITS[0])


def test_of_a_sample_that_comes_twice_the_last_logits_count():
    with new(epochs=1) as recorder:
        recorder.record(1, np.arange(5), LOGITS[1])
        recorder.record(1, np.array([2, 2]), LOGITS[0][[1, 2]])
        recorder.end_epoch(1)
    expected = LOGITS[1].copy()
    expected[2] = LOGITS[0][2]
    np.testing.assert_allclose(load_run("mine").error_norms[0], error_norms(expected, LABELS), rtol=1e-5)


def test_rows_follow_the_index_not_the_order_of_arrival():
    with new(epochs=1) as recorder:
        order = np.array([4, 2, 0, 1, 3])
        recorder.record(1, order, LOGITS[0][order])
        recorder.end_epoch(1)
    np.testing.assert_array_equal(load_run("mine").prediction[0], LOGITS[0].argmax(axis=1))


def test_probabilities_are_kept_when_asked_for():
    with new(probabilities="float32") as recorder:
        record_all(recorder)
    np.testing.assert_allclose(load_run("mine").probabilities, softmax(LOGITS), atol=1e-6)


def test_probabilities_are_not_kept_when_not_asked_for():
    with new() as recorder:
        record_all(recorder)
    with pytest.raises(DynamicsError, match="holds no probabilities"):
        _ = load_run("mine").probabilities


def test_an_unknown_type_of_probabilities_is_refused():
    with pytest.raises(RunError, match="float32 and float16 are possible"):
        new(probabilities="float64")


def test_metrics_of_the_epoch_are_kept():
    with new() as recorder:
        record_all(recorder)
    np.testing.assert_array_equal(
        store.RunFile(store.runs.paths.run_folder("mine")).metrics()["val_accuracy"], [0.1, 0.2]
    )


def test_multi_label_error_norms_run_over_the_labels():
    labels = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0], [1, 0, 0]])
    with Recorder("chest", labels=labels, classes=3, epochs=1) as recorder:
        recorder.record(1, np.arange(5), LOGITS[0])
        recorder.end_epoch(1)
    expected = np.linalg.norm(1 / (1 + np.exp(-LOGITS[0].astype(float))) - labels, axis=1)
    dynamics = load_run("chest")
    np.testing.assert_allclose(dynamics.error_norms[0], expected, rtol=1e-5)
    np.testing.assert_array_equal(dynamics.labels, labels)


def test_a_missing_sample_is_named():
    with new() as recorder:
        recorder.record(1, np.array([0, 1, 4]), LOGITS[0][:3])
        with pytest.raises(DynamicsError, match=r"2 of 5 samples were not recorded .*first: row 2"):
            recorder.end_epoch(1)
    assert not store.run_names()


def test_an_epoch_without_a_batch_is_refused():
    with new() as recorder, pytest.raises(DynamicsError, match="Nothing was recorded in epoch 1"):
        recorder.end_epoch(1)


def test_samples_of_the_epoch_before_do_not_fill_a_gap():
    with new() as recorder:
        recorder.record(1, np.arange(5), LOGITS[0])
        recorder.end_epoch(1)
        recorder.record(2, np.arange(4), LOGITS[1][:4])
        with pytest.raises(DynamicsError, match="first: row 4"):
            recorder.end_epoch(2)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_logits_that_are_not_finite_end_the_recording(bad):
    logits = LOGITS[0].copy()
    logits[2, 1] = bad
    recorder = new()
    recorder.record(1, np.arange(5), logits)
    recorder.end_epoch(1)
    with pytest.raises(DynamicsError, match=r"NaN or infinite \(first: sample 2\)"):
        recorder.close()
    assert not store.run_names()


@pytest.mark.parametrize(
    ("index", "shape"), [(np.arange(5), (5, 2)), (np.arange(5), (4, 3)), (np.arange(3), (5, 3)), (np.arange(5), (5,))]
)
@pytest.mark.parametrize("make", [np.zeros, torch.zeros])
def test_a_wrong_shape_is_named(index, shape, make):
    with new() as recorder, pytest.raises(DynamicsError, match=r"shape \(batch, 3\)"):
        recorder.record(1, index, make(shape))


@pytest.mark.parametrize("index", [[0, 1, 2, 3, 5], [0, 1, 2, 3, -1]])
@pytest.mark.parametrize("make", [np.array, torch.tensor])
def test_a_row_outside_the_train_split_is_refused(index, make):
    with new() as recorder, pytest.raises(DynamicsError, match=r"rows 0 to 4"):
        recorder.record(1, make(index), LOGITS[0] if make is np.array else torch.from_numpy(LOGITS[0]))
        recorder.end_epoch(1)


@pytest.mark.parametrize("epoch", [0, 3, -1])
def test_an_epoch_outside_the_run_is_refused(epoch):
    with new() as recorder, pytest.raises(DynamicsError, match="epochs 1 to 2"):
        recorder.record(epoch, np.arange(5), LOGITS[0])


def test_ending_another_epoch_than_the_one_recorded_is_refused():
    with new() as recorder:
        recorder.record(1, np.arange(5), LOGITS[0])
        with pytest.raises(DynamicsError, match="Epoch 2 can't end: epoch 1 was recorded"):
            recorder.end_epoch(2)


def test_an_epoch_after_a_gap_is_refused_and_one_done_may_be_recorded_again():
    with new() as recorder:
        with pytest.raises(DynamicsError, match="Epoch 2 can't be recorded: epoch 1 was not"):
            recorder.record(2, np.arange(5), LOGITS[1])
        record_all(recorder)
    with new(resume=True) as recorder:
        record_all(recorder)
    assert store.RunFile(paths.run_folder("mine")).done() == 2


@pytest.mark.parametrize(
    ("info", "told"),
    [
        ({"foo": 1}, "has no field 'foo' in its info; there are epochs, samples"),
        ({"seed": "x"}, "can't have seed='x' in its info; give int"),
        ({"seed": True}, "can't have seed=True in its info; give int"),
        ({"recipe": {"lr": np.float32(1)}}, "info holds what JSON can't"),
    ],
)
def test_fields_that_no_run_has_are_refused_before_anything_is_written(cache, info, told):
    with pytest.raises(RunError, match=told):
        new(info=info)
    assert not list(cache.glob("runs/mine/*.*"))


def test_fields_that_no_run_has_are_refused_on_resuming_too():
    begin()
    with pytest.raises(RunError, match="has no field 'foo' in its info"):
        new(info={"foo": 1}, resume=True)


def test_numpy_numbers_are_plain_fields():
    with new(info={"seed": np.int64(3), "recipe": OrderedDict(rate=0.1)}) as recorder:
        record_all(recorder)
    assert load_run("mine").epochs == 2


def test_a_closed_recorder_says_so():
    with new() as recorder:
        record_all(recorder)
    for late in (lambda: recorder.record(1, np.arange(5), LOGITS[0]), lambda: recorder.end_epoch(2)):
        with pytest.raises(RunError, match="is closed"):
            late()


@pytest.mark.parametrize("strange", [LOGITS[0] * 1j, LOGITS[0].astype(str), LOGITS[0].astype(object)])
def test_logits_that_are_no_real_numbers_are_refused(strange):
    with new() as recorder, pytest.raises(DynamicsError, match="must be real numbers"):
        recorder.record(1, np.arange(5), strange)


def test_a_metric_that_is_no_number_and_ragged_labels_are_refused():
    with pytest.raises(DynamicsError, match="as many in every row"):
        new(labels=[[0, 1, 0], [1]])
    with pytest.raises(RunError, match="metric train_loss must be a number; it is 'x'"), new() as recorder:
        recorder.record(1, np.arange(5), LOGITS[0])
        recorder.end_epoch(1, train_loss="x")
        recorder.flush()


def test_batches_of_two_epochs_do_not_mix():
    with new() as recorder:
        recorder.record(1, np.arange(2), LOGITS[0][:2])
        with pytest.raises(DynamicsError, match="epoch 1 has not ended"):
            recorder.record(2, np.arange(2, 5), LOGITS[0][2:])


def test_an_existing_run_is_not_written_over():
    with new() as recorder:
        record_all(recorder)
    with pytest.raises(RunError, match="'mine' exists already"):
        new()


def test_resuming_goes_on_in_the_same_file():
    with new() as recorder:
        recorder.record(1, np.arange(5), LOGITS[0])
        recorder.end_epoch(1)
    with new(resume=True) as recorder:
        recorder.record(2, np.arange(5), LOGITS[1])
        recorder.end_epoch(2)
    np.testing.assert_allclose(load_run("mine").error_norms, error_norms(LOGITS, LABELS), rtol=1e-5)


@pytest.mark.parametrize("other", [{"epochs": 3}, {"classes": 4}, {"labels": LABELS[:4]}])
def test_resuming_with_other_sizes_is_refused(other):
    begin()
    with pytest.raises(RunError, match="was made for 5 samples, 3 classes and 2 epochs"):
        new(**other, resume=True)


def test_resuming_with_other_labels_is_refused():
    begin()
    with pytest.raises(RunError, match="other labels"):
        new(labels=LABELS[::-1] * 2 % 3, resume=True)


def test_a_refused_resume_gives_the_lock_back():
    begin()
    with pytest.raises(RunError):
        new(epochs=3, resume=True)
    new(resume=True).close()


@pytest.mark.parametrize(
    ("field", "was", "now"), [("seed", 1, 2), ("architecture", "a", "b"), ("mode", "train", "eval")]
)
def test_resuming_what_was_begun_otherwise_is_refused_with_both_values(field, was, now, cache):
    begin(info={field: was})
    before = (cache / "runs" / "mine" / "dynamics.h5").read_bytes()
    with pytest.raises(RunError, match=f"was begun .*{was}.*can't go on .*{now}"):
        new(info={field: now}, resume=True)
    assert (cache / "runs" / "mine" / "dynamics.h5").read_bytes() == before
    assert json.loads((cache / "runs" / "mine" / "run.json").read_text())[field] == was


def test_resuming_with_another_recipe_or_without_the_probabilities_is_refused():
    begin(info={"recipe": {"learning_rate": 0.1}}, probabilities="float32")
    with pytest.raises(RunError, match=r"with probabilities float32, so .* with probabilities none"):
        new(info={"recipe": {"learning_rate": 0.1}}, resume=True)
    with pytest.raises(RunError, match=r"with learning_rate 0\.1, so .* with learning_rate 0\.2"):
        new(info={"recipe": {"learning_rate": 0.2}}, probabilities="float32", resume=True)


def test_a_loop_that_fails_in_its_first_epoch_leaves_the_name_free(cache):
    with pytest.raises(ZeroDivisionError), new(epochs=9):
        raise ZeroDivisionError
    assert not (cache / "runs" / "mine").exists()
    begin()


def test_who_is_refused_the_name_touches_nothing(cache):
    with new(info={"seed": 1}) as recorder:
        files = {path.name: path.read_bytes() for path in (cache / "runs" / "mine").iterdir()}
        with pytest.raises(RunError, match="being written by another Recorder of this process"):
            new(info={"seed": 2})
        assert {path.name: path.read_bytes() for path in (cache / "runs" / "mine").iterdir()} == files
        record_all(recorder)


def test_two_recorders_of_one_run_are_refused():
    with new(), pytest.raises(RunError, match="being written by another Recorder of this process"):
        new(resume=True)


@pytest.mark.parametrize("labels", [[0, 1, 3, 0, 0], [0, -1, 1, 1, 1], [0.5, 1, 1, 1, 1], []])
def test_labels_that_do_not_fit_are_refused_and_leave_no_run(labels, cache):
    with pytest.raises(DynamicsError):
        new(labels=np.array(labels))
    assert not (cache / "runs" / "mine").exists()


def test_a_name_that_leaves_the_cache_is_refused():
    with pytest.raises(UnknownNameError):
        new("../mine")


def test_the_run_says_where_it_came_from(cache):
    begin(info={"dataset": "own", "seed": 7})
    info = store.RunFile(cache / "runs" / "mine").info
    assert (info.origin, info.dataset, info.seed) == ("recorder", "own", 7)
    assert info.created.endswith("+00:00")
    assert json.loads((cache / "runs" / "mine" / "run.json").read_text())["epochs"] == 2


def test_an_error_in_the_loop_keeps_the_epochs_recorded():
    with pytest.raises(ZeroDivisionError), new() as recorder:
        recorder.record(1, np.arange(5), LOGITS[0])
        recorder.end_epoch(1)
        raise ZeroDivisionError
    assert load_run("mine").epochs == 1


def test_losses_of_the_classes_are_kept_where_the_run_was_made_for_them():
    for run, info in (("with", {"val_loss_per_class": True}), ("without", {})):
        with new(run, info=info, epochs=1) as recorder:
            recorder.record(1, np.arange(5), LOGITS[0])
            recorder.end_epoch(1, val_loss_per_class=[0.5, 0.25, np.nan])
    np.testing.assert_array_equal(load_run("with").val_loss, [[0.5, 0.25, np.nan]])
    assert load_run("without").val_loss is None


def test_losses_that_are_not_one_for_each_class_are_refused():
    recorder = new(info={"val_loss_per_class": True})
    recorder.record(1, np.arange(5), LOGITS[0])
    recorder.end_epoch(1, val_loss_per_class=[0.5, 0.25])
    with pytest.raises(RunError, match=r"must have shape \(3,\)"):
        recorder.close()


def test_outputs_larger_than_memory_become_signals_while_the_epoch_goes_on(monkeypatch):
    with new("whole") as recorder:
        record_all(recorder)
    monkeypatch.setattr("coreset_engine.training.recorder.HELD", 20)  # a batch of two has 24 bytes
    with new("in-parts") as recorder:
        recorder.record(1, np.array([3, 0]), 9 * LOGITS[0][[3, 0]])  # of 3 and 0 those below count
        recorder.record(1, np.array([4, 1, 2]), LOGITS[0][[4, 1, 2]])
        recorder.record(1, np.array([3]), LOGITS[0][[3]])
        recorder.record(1, np.array([0]), LOGITS[0][[0]])
        recorder.end_epoch(1, val_accuracy=0.1)
        with pytest.raises(DynamicsError, match="has not ended"):
            recorder.record(2, np.array([3, 0]), LOGITS[1][[3, 0]])
            recorder.record(1, np.array([4]), LOGITS[1][[4]])
        with pytest.raises(DynamicsError, match=r"3 of 5 samples were not recorded or are NaN \(first: row 1\)"):
            recorder.end_epoch(2)
        for index in (np.array([3, 0]), np.array([4, 1, 2])):
            recorder.record(2, index, LOGITS[1][index])
        recorder.end_epoch(2, val_accuracy=0.2)
    for signal in ("error_norm", "target_probability", "margin", "loss", "prediction"):
        np.testing.assert_allclose(load_run("in-parts").signal(signal), load_run("whole").signal(signal), rtol=1e-6)


def test_a_logit_that_is_not_finite_is_named_by_its_sample_in_parts_too(monkeypatch):
    monkeypatch.setattr("coreset_engine.training.recorder.HELD", 20)
    with pytest.raises(DynamicsError, match="sample 4 are NaN"), new() as recorder:
        recorder.record(1, np.array([2, 4]), np.array([[0, 1, 2], [0, np.nan, 1]], np.float32))
        recorder.record(1, np.array([0, 1, 3]), LOGITS[0][[0, 1, 3]])
        recorder.end_epoch(1)


def test_metrics_that_no_run_keeps_are_refused_and_the_epoch_can_be_ended_again():
    with new(epochs=1) as recorder:
        recorder.record(1, np.arange(5), LOGITS[0])
        with pytest.raises(DynamicsError, match=r"'mine' keeps no metric 'val_acc'. Call end_epoch\(1\) .* train_loss"):
            recorder.end_epoch(1, train_loss=0.5, val_acc=0.9)
        recorder.end_epoch(1, train_loss=0.5, val_accuracy=0.9)
    assert load_run("mine").epochs == 1


@pytest.mark.parametrize("wrong", [-0.5, np.inf])
def test_losses_of_classes_that_none_has_are_refused(wrong):
    with new(epochs=1, info={"val_loss_per_class": True}) as recorder:
        recorder.record(1, np.arange(5), LOGITS[0])
        with pytest.raises(DynamicsError, match=rf"val_loss_per_class .*'mine' is {wrong:g} for class 2 in epoch 1"):
            recorder.end_epoch(1, val_loss_per_class=[0, np.nan, wrong])
        recorder.end_epoch(1, val_loss_per_class=[0, np.nan, 0.5])
    np.testing.assert_array_equal(load_run("mine").val_loss, [[0, np.nan, 0.5]])


def test_a_training_of_the_engine_that_diverges_keeps_its_losses():
    with new(epochs=1, info={"val_loss_per_class": True, "origin": "recorded"}) as recorder:
        recorder.record(1, np.arange(5), LOGITS[0])
        recorder.end_epoch(1, val_loss_per_class=[0.5, np.inf, 0.5])
    np.testing.assert_array_equal(load_run("mine").val_loss, [[0.5, np.inf, 0.5]])
