"""AUM in probability and in logit space."""

import numpy as np
import pytest

from coreset_engine import Dynamics, score
from coreset_engine.errors import DynamicsError


def test_forty_times_the_mean_is_the_golden_sum_of_probability_margins(golden, golden_run):
    got = 40 * score(golden_run, "aum")
    np.testing.assert_allclose(got, golden("baselines")["aum_prob_sum64"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(got, golden("baselines")["ccs_aum_sum"], rtol=0, atol=5e-3)


@pytest.mark.parametrize(("name", "tolerance"), [("aum_logit_mean64", 1e-6), ("aum_package_logit_mean", 1e-5)])
def test_the_logit_margins_are_recovered_from_kept_probabilities(golden, golden_run, name, tolerance):
    got = score(golden_run, "aum", space="logit")
    np.testing.assert_allclose(got, golden("baselines")[name], rtol=tolerance, atol=tolerance)


def test_the_margin_is_that_of_the_label_to_the_best_other_class():
    logits = np.log([[[0.5, 0.3, 0.2]], [[0.1, 0.6, 0.3]]])
    got = score(Dynamics.from_logits(logits, [0]), "aum")
    np.testing.assert_allclose(got, [(0.2 - 0.5) / 2], rtol=1e-6)


def test_logit_space_needs_kept_probabilities(tiny_run):
    bare = Dynamics(tiny_run.labels, {"margin": tiny_run.margin}, 3, 12, "bare")
    with pytest.raises(DynamicsError, match="bare holds no probabilities"):
        score(bare, "aum", space="logit")


def test_logit_space_refuses_half_precision(tiny_run):
    half = Dynamics(tiny_run.labels, {"probabilities": tiny_run.probabilities.astype(np.float16)}, 3, 12, "half")
    with pytest.raises(DynamicsError, match=r"needs float32 probabilities.*half holds float16"):
        score(half, "aum", space="logit")
