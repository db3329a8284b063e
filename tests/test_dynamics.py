"""Dynamics: what can be made from outputs, what is refused, and what a run says about itself."""

import numpy as np
import pytest

from coreset_engine import Dynamics
from coreset_engine.errors import DynamicsError


def test_the_golden_logits_give_the_golden_error_norms(golden, golden_run):
    np.testing.assert_allclose(golden_run.error_norms, golden("eva")["S"], rtol=0, atol=1e-6)


def test_every_signal_has_a_row_an_epoch_and_a_column_a_sample(tiny_run):
    for name in ("error_norms", "target_probability", "margin", "entropy", "loss", "prediction", "correct"):
        assert getattr(tiny_run, name).shape == (12, 8), name
    assert tiny_run.probabilities.shape == (12, 8, 3)
    assert (tiny_run.epochs, tiny_run.n_samples, tiny_run.classes, tiny_run.multi_label) == (12, 8, 3, False)


def test_row_t_minus_1_is_epoch_t(tiny_run, tiny_logits, tiny_labels):
    fifth = Dynamics.from_logits(tiny_logits[4:5], tiny_labels)
    np.testing.assert_array_equal(tiny_run.error_norms[4], fifth.error_norms[0])


def test_probabilities_give_the_dynamics_of_their_logits(tiny_run, tiny_labels):
    again = Dynamics.from_probabilities(tiny_run.probabilities, tiny_labels)
    np.testing.assert_allclose(again.error_norms, tiny_run.error_norms, rtol=1e-5, atol=1e-6)


def test_a_sample_is_correct_where_its_prediction_is_its_label(tiny_run, tiny_logits, tiny_labels):
    np.testing.assert_array_equal(tiny_run.correct, tiny_logits.argmax(axis=2) == tiny_labels)


def test_a_multi_label_sample_is_correct_where_every_label_is():
    run = Dynamics.from_logits(np.array([[[1.0, -1], [1, 1], [1, 1]]]), np.array([[1, 0], [1, 0], [1, 1]]))
    np.testing.assert_array_equal(run.correct, [[True, False, True]])


def test_multi_label_samples_are_grouped_by_their_label_set():
    run = Dynamics.from_logits(np.zeros((1, 4, 2)), np.array([[1, 0], [0, 1], [1, 0], [1, 1]]))
    groups = run.strata_labels
    assert groups[0] == groups[2]
    assert len(np.unique(groups)) == 3


@pytest.mark.parametrize(
    ("outputs", "sentence"),
    [
        (np.zeros((12, 8)), r"shape \(epochs, samples, classes\)"),
        (np.zeros((12, 8, 3), int), "floating-point"),
        (np.zeros((0, 8, 3)), r"no epoch: their shape is \(0, 8, 3\)"),
        (np.zeros((12, 0, 3)), "no sample"),
        (np.zeros((12, 7, 3)), "8 labels but outputs of 7 samples"),
        (np.zeros((8, 12, 3)), r"outputs of 12 samples: .* is \(8, 12, 3\).* axes in this order"),
    ],
)
def test_outputs_that_do_not_fit_are_refused(outputs, sentence, tiny_labels):
    with pytest.raises(DynamicsError, match=sentence):
        Dynamics.from_logits(outputs, tiny_labels)


def test_a_nan_in_the_logits_is_refused(tiny_logits, tiny_labels):
    tiny_logits[3, 2, 1] = np.nan
    with pytest.raises(DynamicsError, match="first: sample 2"):
        Dynamics.from_logits(tiny_logits, tiny_labels)


def test_a_sample_that_was_never_recorded_is_an_error_not_a_zero(tiny_run):
    norms = tiny_run.error_norms.copy()
    norms[6, 4] = np.nan
    gap = Dynamics(tiny_run.labels, {"error_norm": norms}, 3, 12, "gap")
    with pytest.raises(DynamicsError, match="error_norm of gap is NaN or infinite for sample 4 in epoch 7"):
        _ = gap.error_norms


def test_a_signal_of_another_shape_is_refused(tiny_run):
    short = Dynamics(tiny_run.labels, {"margin": tiny_run.margin[:5]}, 3, 12, "short")
    with pytest.raises(DynamicsError, match=r"margin of short has shape \(5, 8\), but the run has 12 epochs and 8"):
        _ = short.margin


def test_a_missing_signal_names_those_that_are_there(tiny_run):
    bare = Dynamics(tiny_run.labels, {"loss": tiny_run.loss}, 3, 12, "bare")
    with pytest.raises(DynamicsError, match="bare holds no entropy: it has loss"):
        _ = bare.entropy


def test_a_run_without_a_whole_epoch_is_refused():
    with pytest.raises(DynamicsError, match="no finished epoch yet"):
        Dynamics(np.array([0, 1]), {}, 2, 0)


def test_a_run_whose_labels_do_not_fit_its_classes_is_refused():
    with pytest.raises(DynamicsError, match=r"outside 0\.\.1"):
        Dynamics(np.array([0, 2]), {}, 2, 1)


def test_validation_losses_have_a_row_an_epoch_and_a_column_a_class(tiny_logits, tiny_labels):
    losses = np.arange(36).reshape(12, 3)
    run = Dynamics.from_logits(tiny_logits, tiny_labels, val_loss=losses)
    assert run.val_loss.dtype == np.float64
    np.testing.assert_array_equal(run.val_loss, losses)
    assert Dynamics.from_logits(tiny_logits, tiny_labels).val_loss is None


@pytest.mark.parametrize("shape", [(12,), (11, 3), (12, 2), (3, 12)])
def test_validation_losses_of_another_shape_are_refused(shape, tiny_logits, tiny_labels):
    with pytest.raises(
        DynamicsError, match=r"val_loss of tiny must be numbers of shape \(epochs, classes\) = \(12, 3\)"
    ):
        Dynamics.from_logits(tiny_logits, tiny_labels, "tiny", val_loss=np.zeros(shape))


def test_validation_losses_that_are_no_numbers_are_refused(tiny_logits, tiny_labels):
    with pytest.raises(DynamicsError, match=r"must be numbers .* it is <U1"):
        Dynamics.from_logits(tiny_logits, tiny_labels, val_loss=np.full((12, 3), "a"))


def test_several_labels_have_no_validation_loss_of_a_class():
    with pytest.raises(DynamicsError, match="one label per sample"):
        Dynamics.from_logits(np.zeros((2, 3, 2)), np.array([[1, 1], [0, 1], [0, 0]]), val_loss=np.zeros((2, 2)))
