"""Losses: those of the published codes, and what a weight does."""

import math

import numpy as np
import pytest
import torch

from coreset_engine.config import WEIGHTINGS
from coreset_engine.errors import ConfigError
from coreset_engine.training.losses import (
    check_weights,
    class_losses,
    mean_loss,
    sample_losses,
    squared_distances,
    weighted_loss,
)

Z = torch.tensor([[2.0, 0.0, -1.0], [0.0, 1.0, 0.5], [-1.0, 0.0, 3.0]], dtype=torch.float64)
LABELS = torch.tensor([0, 2, 1])
W = torch.tensor([0.5, 2.0, 0.0], dtype=torch.float64)


@pytest.fixture(scope="module")
def batch(golden):
    """Logits, labels, weights and expected losses of the golden batch."""
    found, second = golden("weighted_loss"), golden("logits_2")
    rows = found["batch_ids"].astype(int)
    logits = torch.from_numpy(golden("logits_1")["logits"][int(found["epoch"])][rows]).double()
    return logits, torch.from_numpy(second["targets"][rows]).long(), torch.from_numpy(found["weights"].copy()), found


@pytest.mark.parametrize(
    ("weighting", "name"),
    [("batch", "loss_tdds_official"), ("per-sample", "loss_tdds_per_sample"), ("normalised", "loss_deepcore_weighted")],
)
def test_weighted_losses_are_those_of_the_published_codes(batch, weighting, name):
    logits, labels, weights, expected = batch
    found = weighted_loss(logits, labels, weights, weighting)
    assert float(found) == pytest.approx(float(expected[name]), rel=0, abs=1e-9)


def test_the_samples_losses_are_those_of_the_golden_batch(batch):
    logits, labels, _, expected = batch
    np.testing.assert_allclose(sample_losses(logits, labels).numpy(), expected["ce_each"], rtol=0, atol=1e-9)


def test_without_a_weighting_the_loss_is_the_plain_mean():
    plain = np.mean([np.log(np.exp(z).sum()) - z[y] for z, y in zip(Z.numpy(), LABELS.numpy(), strict=True)])
    for weights in (None, W):
        assert float(weighted_loss(Z, LABELS, weights, "none")) == pytest.approx(plain, abs=1e-12)


def test_the_ordinal_loss_is_the_squared_distance_of_the_cumulated_probabilities():
    z = torch.tensor([[0.2, 0.3, 0.5]] * 3, dtype=torch.float64).log()
    expected = [0.8**2 + 0.5**2, 0.2**2 + 0.5**2, 0.2**2 + 0.5**2]  # cumulated 0.2, 0.5, 1
    labels = torch.tensor([0, 1, 2])
    np.testing.assert_allclose(squared_distances(z, labels), expected, atol=1e-12)
    far, near = (torch.tensor([[40.0 * (c == grade) for c in range(3)]]) for grade in (2, 1))
    assert [round(float(squared_distances(one, labels[:1])), 6) for one in (far, near)] == [2, 1]  # grade 0 is true
    weights = torch.tensor([0.5, 2.0, 0.0], dtype=torch.float64)
    weighted = weighted_loss(z, labels, weights, "per-sample", "ordinal")
    assert float(weighted) == pytest.approx((0.5 * expected[0] + 2 * expected[1]) / 3, abs=1e-12)
    assert float(mean_loss(z, labels, "ordinal")) == pytest.approx(np.mean(expected), abs=1e-12)


def test_the_ordinal_loss_is_least_in_expectation_at_the_true_probabilities():
    true = torch.tensor([0.1, 0.6, 0.3], dtype=torch.float64)  # what makes it fit for scores of probabilities
    z = true.log().repeat(3, 1).requires_grad_()
    (true * squared_distances(z, torch.arange(3))).sum().backward()
    np.testing.assert_allclose(z.grad.sum(dim=0), 0, atol=1e-12)
    other = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64).log().repeat(3, 1)
    here, there = ((true * squared_distances(one, torch.arange(3))).sum() for one in (z.detach(), other))
    assert float(there) > float(here)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_weights_of_one_change_nothing(weighting):
    ones = torch.ones(3, dtype=torch.float64)
    assert float(weighted_loss(Z, LABELS, ones, weighting)) == pytest.approx(float(mean_loss(Z, LABELS)), abs=1e-12)


@pytest.mark.parametrize(("weighting", "factor"), [("batch", 3), ("per-sample", 3), ("normalised", 1)])
def test_only_the_normalised_loss_does_not_grow_with_the_weights(weighting, factor):
    once, thrice = (float(weighted_loss(Z, LABELS, w, weighting)) for w in (W, 3 * W))
    assert thrice == pytest.approx(factor * once, abs=1e-12)


@pytest.mark.parametrize("weighting", ["per-sample", "normalised"])
def test_a_sample_of_weight_0_has_no_gradient(weighting):
    z = Z.clone().requires_grad_()
    weighted_loss(z, LABELS, W, weighting).backward()
    assert (z.grad.abs().sum(dim=1) > 0).tolist() == [True, True, False]


@pytest.mark.parametrize("weighting", ["batch", "per-sample", "normalised"])
def test_a_batch_of_weight_0_has_a_loss_of_0_and_no_nan(weighting):
    z = Z.clone().requires_grad_()
    loss = weighted_loss(z, LABELS, torch.zeros(3), weighting)
    loss.backward()
    assert float(loss.detach()) == 0
    assert not z.grad.any()


def test_losses_of_a_multi_label_task_are_means_over_its_labels():
    z, y = torch.tensor([[0.0, math.log(3)], [math.log(3), 0.0]]), torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    # sigmoids 1/2 and 3/4: of sample 0 -(ln 1/2 + ln 3/4) / 2, of sample 1 -(ln 1/4 + ln 1/2) / 2
    one, two = (math.log(2) + math.log(4 / 3)) / 2, (math.log(4) + math.log(2)) / 2
    weights = torch.tensor([1.0, 3.0])
    expected = {"none": (one + two) / 2, "batch": one + two, "per-sample": (one + 3 * two) / 2}
    expected["normalised"] = (one + 3 * two) / 4
    found = {weighting: float(weighted_loss(z, y, weights, weighting)) for weighting in WEIGHTINGS}
    assert found == pytest.approx(expected, rel=1e-6)


BAD = {
    "an unknown weighting": (torch.ones(3), "mean", "weighting='mean' is unknown"),
    "a weighting without weights": (None, "batch", "no weights are given"),
    "weights without a weighting": (torch.ones(3), "none", "weights are given"),
    "a weight too few": (torch.ones(2), "batch", r"shape \(2,\) for 3 train samples"),
    "a column": (torch.ones(3, 1), "batch", r"shape \(3, 1\)"),
    "NaN": (torch.tensor([1.0, math.nan, 1.0]), "per-sample", "finite numbers from 0 on"),
    "infinity": (torch.tensor([1.0, math.inf, 1.0]), "per-sample", "finite numbers from 0 on"),
    "a negative weight": (torch.tensor([1.0, -0.1, 1.0]), "normalised", "finite numbers from 0 on"),
    "all 0": (torch.zeros(3), "normalised", "not all 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_weights_that_do_not_fit_are_refused(case):
    weights, weighting, message = BAD[case]
    with pytest.raises(ConfigError, match=message):
        check_weights(weights, weighting, 3)


def test_losses_and_samples_are_added_up_by_class_and_a_class_may_be_missing():
    labels = torch.tensor([0, 2, 0])
    each = sample_losses(Z, labels).numpy()
    sums, counts = class_losses(Z, labels).numpy()
    np.testing.assert_allclose(sums, [each[0] + each[2], 0, each[1]], rtol=1e-12)
    np.testing.assert_array_equal(counts, [2, 0, 1])


def test_no_sample_adds_nothing_to_any_class():
    np.testing.assert_array_equal(class_losses(Z[:0], LABELS[:0]).numpy(), np.zeros((2, 3)))
