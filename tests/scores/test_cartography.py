"""Confidence, variability and correctness: the three coordinates of a data map."""

import numpy as np
import pytest

from coreset_engine import Dynamics, score, scores


@pytest.fixture(scope="module")
def own_probabilities(golden):
    """p_y (40, 600) of the golden logits, by another route: exp(z_y) / sum exp(z) in float64."""
    second = golden("logits_2")
    logits = np.concatenate([golden("logits_1")["logits"], second["logits"]]).astype(np.float64)
    e = np.exp(logits)
    return np.take_along_axis(e / e.sum(axis=2, keepdims=True), second["targets"][None, :, None], 2)[..., 0]


def run_of(rows):
    p = np.array(rows, np.float32)
    return Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.zeros(p.shape[1], int))


RUN = run_of([[0.25, 1], [0.75, 1]])  # in epoch 1 the first sample is taken for class 1


@pytest.mark.parametrize(
    ("name", "expected"), [("confidence", [0.5, 1]), ("variability", [0.25, 0]), ("correctness", [0.5, 1])]
)
def test_two_epochs_worked_by_hand(name, expected):
    np.testing.assert_array_equal(score(RUN, name), expected)


@pytest.mark.parametrize(("name", "reduce"), [("confidence", np.mean), ("variability", np.std)])
def test_the_golden_probabilities_have_this_mean_and_spread(name, reduce, golden_run, own_probabilities):
    np.testing.assert_allclose(score(golden_run, name), reduce(own_probabilities, axis=0), rtol=1e-6, atol=1e-7)


def test_correctness_counts_the_epochs_that_the_code_of_ccs_counts(golden):
    probabilities = np.exp(
        golden("logp16")["logp16"].astype(np.float64)
    )  # of what that code stores: halves tie otherwise
    run = Dynamics.from_probabilities(probabilities, golden("logits_2")["targets"])
    np.testing.assert_array_equal(score(run, "correctness") * 40, golden("baselines")["ccs_correctness"])


@pytest.mark.parametrize(
    ("name", "keep"), [("confidence", "lowest"), ("variability", "highest"), ("correctness", "lowest")]
)
def test_hard_and_ambiguous_samples_are_kept_by_default(name, keep):
    assert scores.get(name).keep == keep
