"""Dyn-Unc: the released code's scores and sets, and one window worked by hand."""

import numpy as np
import pytest

from coreset_engine import Dynamics, compute, score, select
from coreset_engine.errors import WindowError
from tests.devices import TENSORS


@pytest.fixture(scope="module")
def dyn_unc(golden):
    return golden("dyn_unc")


def own_probability_run(rows):
    """A run in which the probability of each sample's class is `rows` (T, N)."""
    p = np.array(rows, np.float32)
    return Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.zeros(p.shape[1], int), "own")


@pytest.fixture(scope="module")
def run(dyn_unc, golden):
    """A run of the probabilities that the released code was given."""
    given = {"target_probability": dyn_unc["dynunc_pred_prob"]}
    return Dynamics(golden("logits_2")["targets"], given, 11, 40, "given")


@pytest.mark.parametrize("case", range(3))
def test_the_scores_are_a_tenth_of_the_released_codes(case, dyn_unc, run):
    got = score(run, "dyn-unc", window=int(dyn_unc["dynunc_windows"][case]))
    np.testing.assert_allclose(10 * got, dyn_unc[f"dynunc_score_{case}"], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("case", range(3))
def test_the_coreset_is_that_of_the_released_code(case, dyn_unc, golden_run):
    rate, window = dyn_unc["dynunc_fractions"][case], int(dyn_unc["dynunc_windows"][case])
    got, ranks = select(golden_run, method="dyn-unc", rate=rate, window=window), dyn_unc[f"dynunc_score_{case}"]
    np.testing.assert_array_equal(np.sort(ranks[got]), np.sort(ranks[dyn_unc[f"dynunc_keep_{case}"]]))


def test_the_last_window_is_left_out():
    # windows (0, 1), (1, 1) and, left out, (1, 0): std with J - 1 is 1/sqrt 2 and 0, so the mean is 1/(2 sqrt 2)
    run = own_probability_run([[0], [1], [1], [0]])
    np.testing.assert_allclose(score(run, "dyn-unc", window=2), [0.5 / np.sqrt(2)], rtol=1e-12)


def test_over_the_whole_run_it_is_one_standard_deviation():
    run = own_probability_run([[0, 1], [1, 1], [1, 1], [0, 1]])  # 4 (1/2)^2 / 3
    np.testing.assert_allclose(score(run, "dyn-unc", over="whole"), [np.sqrt(1 / 3), 0], rtol=1e-12)


@pytest.mark.parametrize("device", TENSORS)
def test_tensors_give_the_same_scores(golden_run, device):
    with compute.on(device):
        got = score(golden_run, "dyn-unc")
    np.testing.assert_allclose(got, score(golden_run, "dyn-unc"), rtol=1e-12)


@pytest.mark.parametrize("window", [0, 1, 12, 20])
def test_a_window_that_leaves_no_other_is_refused(window, tiny_run):
    with pytest.raises(WindowError, match="a window of 2 to 11 epochs"):
        score(tiny_run, "dyn-unc", window=window)


def test_one_epoch_has_no_spread():
    with pytest.raises(WindowError, match="does not fit own with its 1"):
        score(own_probability_run([[0.5]]), "dyn-unc", over="whole")
