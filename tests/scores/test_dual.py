"""DUAL: the released code's scores, float64 loops, and windows worked by hand."""

import numpy as np
import pytest

from coreset_engine import Dynamics, compute, score
from coreset_engine.errors import WindowError
from coreset_engine.scores import first_epochs
from tests.devices import TENSORS

CASES = range(9)


@pytest.fixture(scope="module")
def dual(golden):
    return golden("dual")


@pytest.fixture(scope="module")
def run(golden):
    """A run of the golden logits whose p_y is kept in float64, as the reference read it."""
    second = golden("logits_2")
    z = np.concatenate([golden("logits_1")["logits"], second["logits"]]).astype(np.float64)
    e = np.exp(z - z.max(axis=2, keepdims=True))
    p = (e / e.sum(axis=2, keepdims=True))[:, np.arange(600), second["targets"]]
    return Dynamics(second["targets"], {"target_probability": p}, 11, 40, "given")


def own_probability_run(rows, name="own"):
    """A run in which the probability of each sample's class is `rows` (T, N)."""
    p = np.array(rows, np.float32)
    return Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.zeros(p.shape[1], int), name)


@pytest.mark.parametrize("case", CASES)
def test_the_scores_are_those_of_float64_loops(case, dual, run):
    epochs, window = map(int, dual["dual_T_J"][case])
    np.testing.assert_allclose(score(run, "dual", epochs=epochs, window=window), dual[f"dual64_{case}"], rtol=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_the_scores_are_a_tenth_of_the_released_codes(case, dual, run):
    epochs, window = map(int, dual["dual_T_J"][case])
    got = 10 * score(run, "dual", epochs=epochs, window=window)
    np.testing.assert_allclose(got, dual[f"dual_{case}"], rtol=1e-5, atol=1e-7)


def test_recorded_single_precision_gives_them_too(dual, golden_run):
    got = score(golden_run, "dual", epochs=30, window=10)
    np.testing.assert_allclose(got, dual["dual64_0"], rtol=1e-4, atol=1e-8)


def test_a_settled_sample_scores_0_and_an_undecided_one_by_hand():
    # windows (0, 1), (1, 0): std with J - 1 is 1/sqrt 2, mean ½, so each gives 1/(2 sqrt 2); the last window counts
    run = own_probability_run([[0, 1], [1, 1], [0, 1]])
    np.testing.assert_allclose(score(run, "dual", epochs=3, window=2), [0.5 / np.sqrt(2), 0], rtol=1e-12)


def test_epochs_after_the_first_ones_do_not_count():
    run = own_probability_run([[0, 1], [1, 1], [0, 1], [0.3, 0.2]])
    short = own_probability_run([[0, 1], [1, 1], [0, 1]])
    np.testing.assert_array_equal(score(run, "dual", epochs=3, window=2), score(short, "dual", epochs=3, window=2))


@pytest.mark.parametrize(("recorded", "window", "first"), [(200, 10, 30), (400, 10, 60), (90, 10, 13), (40, 10, 11)])
def test_by_default_15_percent_of_the_run_count(recorded, window, first):
    assert first_epochs(recorded, window) == first


@pytest.mark.parametrize(
    ("recorded", "window", "first"), [(40, 20, 21), (12, 10, 11), (11, 10, 11), (10, 10, 10), (3, 10, 3)]
)
def test_a_short_run_has_at_least_two_windows_where_they_fit(recorded, window, first):
    assert first_epochs(recorded, window) == first


def test_the_default_is_the_explicit_form(golden_run):
    np.testing.assert_array_equal(score(golden_run, "dual"), score(golden_run, "dual", epochs=11, window=10))


@pytest.mark.parametrize("epochs", [1, 2, 3, 4, 5])
def test_a_run_shorter_than_a_window_is_refused_and_scored_with_a_smaller_one(epochs):
    run = own_probability_run(np.linspace(0, 1, epochs)[:, None], "short")
    with pytest.raises(WindowError, match=f"DUAL over epochs 1..{epochs} with windows of 10 does not fit short"):
        score(run, "dual")
    if epochs > 1:
        assert score(run, "dual", window=2)[0] > 0


@pytest.mark.parametrize("wrong", [{"window": 1}, {"epochs": 13}, {"epochs": 5, "window": 6}, {"epochs": 0}])
def test_windows_that_do_not_fit_are_refused(wrong, tiny_run):
    with pytest.raises(WindowError, match="Give epochs up to 12 and a window from 2 to that"):
        score(tiny_run, "dual", **wrong)


@pytest.mark.parametrize("device", TENSORS)
def test_tensors_give_the_same_scores(golden_run, device):
    with compute.on(device):
        got = score(golden_run, "dual", epochs=30)
    np.testing.assert_allclose(got, score(golden_run, "dual", epochs=30), rtol=1e-12)
