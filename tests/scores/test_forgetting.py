"""Forgetting events, and what a sample that was never learned gets."""

import numpy as np
import pytest

from coreset_engine import Dynamics, score
from coreset_engine.errors import ConfigError


def run_of_hits(*hits):
    """A run with one sample a string: "1" where it is right in that epoch."""
    right = np.array([[letter == "1" for letter in sample] for sample in hits]).T
    labels = np.zeros(len(hits), np.int64)
    return Dynamics(labels, {"prediction": np.where(right, 0, 1).astype(np.uint8)}, 2, len(right))


def test_an_event_is_right_then_wrong_an_epoch_later():
    run = run_of_hits("10101", "11111", "00011", "11000", "01100")
    np.testing.assert_array_equal(score(run, "forgetting"), [2, 0, 0, 1, 1])


@pytest.mark.parametrize(("choice", "expected"), [("0", 0), ("max", 4), ("inf", np.inf)])
def test_a_sample_never_learned_gets_what_is_chosen(choice, expected):
    np.testing.assert_array_equal(score(run_of_hits("0000", "0100"), "forgetting", never_learned=choice), [expected, 1])


@pytest.mark.parametrize(
    ("choice", "name"), [("0", "forgetting_from_logits"), ("max", "toneva_forgetting"), ("inf", "datadiet_forgetting")]
)
def test_the_three_variants_equal_the_golden_counts_exactly(golden, golden_run, choice, name):
    got = score(golden_run, "forgetting", never_learned=choice)
    np.testing.assert_array_equal(got, golden("baselines")[name])


def test_half_precision_log_probabilities_give_the_counts_of_ccs_exactly(golden):
    probabilities = np.exp(golden("logp16")["logp16"].astype(np.float64))
    run = Dynamics.from_probabilities(probabilities, golden("logits_2")["targets"])
    np.testing.assert_array_equal(score(run, "forgetting"), golden("baselines")["ccs_forgetting"])
    np.testing.assert_array_equal(run.correct.sum(axis=0), golden("baselines")["ccs_correctness"])


def test_another_choice_is_refused_with_those_that_exist(golden_run):
    with pytest.raises(ConfigError, match="give one of 0, max, inf"):
        score(golden_run, "forgetting", never_learned="T")
