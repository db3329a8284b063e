"""CLD: float64 correlations, the released code's order in every class, and correlations worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from coreset_engine import Dynamics, score, select
from coreset_engine.errors import DynamicsError, WindowError


@pytest.fixture(scope="module")
def cld(golden):
    return golden("cld")


@pytest.fixture(scope="module")
def outputs(golden):
    """The golden logits and labels."""
    second = golden("logits_2")
    return np.concatenate([golden("logits_1")["logits"], second["logits"]]), second["targets"].astype(int)


@pytest.fixture(scope="module")
def run(outputs, cld):
    return Dynamics.from_logits(*outputs, "golden", val_loss=cld["cld_val_loss_by_class64"])


def loss_run(losses, val_loss, labels=None):
    """A run of two classes in which the samples' losses are `losses` (T, N)."""
    p = np.exp(-np.array(losses, float))
    labels = np.zeros(p.shape[1], int) if labels is None else np.array(labels)
    outputs = np.stack([np.where(labels == 0, p, 1 - p), np.where(labels == 1, p, 1 - p)], axis=2)
    return Dynamics.from_probabilities(outputs, labels, "own", val_loss=np.array(val_loss, float))


def test_the_scores_are_those_of_float64_loops(run, cld):
    np.testing.assert_allclose(score(run, "cld"), cld["cld_r64"], rtol=0, atol=1e-7)


def test_the_first_15_epochs_are_correlated_alone(outputs, cld):
    logits, labels = outputs
    run = Dynamics.from_logits(logits[:15], labels, val_loss=cld["cld_val_loss_by_class64"][:15])
    np.testing.assert_allclose(score(run, "cld"), cld["cld_r64_first15"], rtol=0, atol=1e-7)


@pytest.mark.parametrize("c", range(11))
def test_the_order_in_a_class_is_that_of_the_released_code(c, run, cld):
    in_order = score(run, "cld")[cld[f"cld_order_{c}"]]
    assert (run.labels[cld[f"cld_order_{c}"]] == c).all()
    assert (np.diff(in_order) < 1e-7).all()


def test_as_many_of_every_class_are_the_first_of_the_released_code(run, cld):
    kept = select(run, method="cld", rate=44 / 600, rule="balanced", budget="equal")
    for c in range(11):
        assert set(kept[run.labels[kept] == c]) == set(cld[f"cld_order_{c}"][:4].tolist())


def test_a_loss_that_moves_with_its_class_scores_1_and_one_against_it_minus_1():
    # differences -1, -3, -2 beside -½, -1½, -1, and 1, 3, 2; the other class goes another way
    run = loss_run([[7, 1], [6, 2], [3, 5], [1, 7]], [[4, 1], [3.5, 2], [2, 1], [1, 2]])
    np.testing.assert_allclose(score(run, "cld"), [1, -1], atol=1e-6)


def test_every_sample_is_held_against_its_own_class():
    run = loss_run([[7, 7], [6, 6], [3, 3], [1, 1]], [[4, 1], [3.5, 1.5], [2, 3], [1, 4]], labels=[0, 1])
    np.testing.assert_allclose(score(run, "cld"), [1, -1], atol=1e-6)


@pytest.mark.parametrize("constant", ["sample", "class"])
def test_what_does_not_vary_scores_0(constant):
    steady, moving = [[0.4], [0.3], [0.2], [0.1]], [[4.0], [1.0], [3.0], [2.0]]
    val = np.hstack([steady if constant == "class" else moving, moving])
    np.testing.assert_array_equal(score(loss_run(moving if constant == "class" else np.ones((4, 1)), val), "cld"), [0])


def test_a_run_without_validation_losses_says_what_to_do(tiny_run):
    with pytest.raises(DynamicsError, match=r"tiny does not hold\. Record it again"):
        score(tiny_run, "cld")


@pytest.mark.parametrize("epochs", [1, 2])
def test_two_epochs_have_nothing_to_correlate(epochs):
    with pytest.raises(WindowError, match=f"at least 3 epochs; own has {epochs}"):
        score(loss_run(np.ones((epochs, 2)), np.ones((epochs, 2))), "cld")


@pytest.mark.parametrize("epochs", [3, 4, 5])
def test_a_short_run_has_scores(epochs):
    draws = np.random.default_rng(epochs)
    values = score(loss_run(draws.uniform(0.1, 3, (epochs, 4)), draws.uniform(0.1, 3, (epochs, 2))), "cld")
    assert (np.abs(values) <= 1).all()
    assert len(np.unique(values)) > 1


def test_a_class_without_validation_samples_has_no_score():
    val = np.array([[4, np.nan], [3, np.nan], [1, np.nan]])
    losses = [[3, 1], [2, 2], [1, 3]]
    assert score(loss_run(losses, val), "cld").shape == (2,)  # no train sample is of class 1
    with pytest.raises(DynamicsError, match="own has no validation loss of class 1 in every epoch"):
        score(loss_run(losses, val, labels=[0, 1]), "cld")


def test_an_epoch_without_validation_losses_is_told():
    with pytest.raises(DynamicsError, match="no validation loss of class 0 in every epoch"):
        score(loss_run(np.ones((3, 1)), [[1, 1], [np.nan, 1], [1, 1]]), "cld")


def test_a_class_whose_loss_diverged_is_named_with_its_epoch():
    val = np.ones((4, 2))
    run = loss_run(np.ones((4, 2)), val.copy(), labels=[0, 1])
    val[2, 1] = np.inf
    with pytest.raises(
        DynamicsError, match=r"of class 1 in every epoch \(.* in epoch 3\).* where the training diverged"
    ):
        score(replace(run, val_loss=val), "cld")
