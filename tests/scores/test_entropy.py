"""Entropy of the last epoch."""

import numpy as np

from coreset_engine import Dynamics, score


def test_it_equals_the_golden_entropy(golden, golden_run):
    np.testing.assert_allclose(score(golden_run, "entropy"), golden("baselines")["entropy_last64"], rtol=0, atol=1e-6)


def test_it_equals_the_entropy_of_the_code_of_ccs(golden, golden_run):
    np.testing.assert_allclose(score(golden_run, "entropy"), golden("baselines")["ccs_entropy_last"], rtol=0, atol=1e-5)


def test_only_the_last_epoch_counts():
    logits = np.array([[[50.0, 0]], [[0, 0]]])
    got = score(Dynamics.from_logits(logits, [0]), "entropy")
    np.testing.assert_allclose(got, [np.log(2)], rtol=1e-6)
