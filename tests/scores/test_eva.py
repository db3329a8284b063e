"""EVA: the paper's equation, the released code, and which windows are refused."""

import numpy as np
import pytest

from coreset_engine import Dynamics, score
from coreset_engine.errors import ConfigError, WindowError

CONFIGS = range(7)  # the eighth has K = 1: no variance


def run_of_norms(norms):
    """A run whose error norms are given, everything else absent."""
    norms = np.asarray(norms, np.float32)
    return Dynamics(np.arange(norms.shape[1]) % 2, {"error_norm": norms}, 2, len(norms))


@pytest.fixture(scope="module")
def half_run(golden):
    """The golden run as the released code reads it: error norms of exp(half-precision log-probabilities)."""
    labels = golden("logits_2")["targets"].astype(int)
    errors = np.exp(golden("logp16")["logp16"].astype(np.float64))
    errors[:, np.arange(len(labels)), labels] -= 1
    return Dynamics(labels, {"error_norm": np.linalg.norm(errors, axis=2)}, 11, 40)


def test_the_score_is_the_sum_of_two_population_variances_worked_by_hand():
    run = run_of_norms([[1, 0], [3, 0], [9, 9], [0, 1], [0, 5]])
    # sample 0: epochs 1-2 hold 1, 3 (variance 1), epochs 4-5 hold 0, 0; sample 1: 0, 0 and 1, 5 (variance 4)
    np.testing.assert_array_equal(score(run, "eva", early=1, late=4, length=2), [1, 4])


def test_the_released_code_gives_each_window_half_of_the_weight_worked_by_hand():
    run = run_of_norms([[1, 0, 0], [3, 0, 2], [0, 1, 0], [0, 5, 0]])
    # early variances 1, 0, 1 and late ones 0, 4, 0: halves of their shares
    got = score(run, "eva", early=1, late=3, length=2, combine="normalized")
    np.testing.assert_allclose(got, [0.25, 0.5, 0.25], rtol=1e-15)


def test_a_window_in_which_nothing_moves_adds_nothing_to_the_normalized_score():
    run = run_of_norms([[1, 0], [3, 0], [0, 0], [0, 0]])
    got = score(run, "eva", early=1, late=3, length=2, combine="normalized")
    np.testing.assert_allclose(got, [0.5, 0], rtol=1e-15)


@pytest.mark.parametrize("number", CONFIGS)
def test_the_sum_equals_the_golden_equation_6(golden, golden_run, number):
    eva = golden("eva")
    early, late, length = eva["config_te_tl_K_onebased"][number]
    got = score(golden_run, "eva", early=early, late=late, length=length)
    np.testing.assert_allclose(got, eva[f"V_{number}"], rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("number", CONFIGS)
def test_the_normalized_form_equals_the_golden_one(golden, golden_run, number):
    eva = golden("eva")
    early, late, length = eva["config_te_tl_K_onebased"][number]
    got = score(golden_run, "eva", early=early, late=late, length=length, combine="normalized")
    late_sum = (eva[f"V_{number}"] - eva[f"Ve_{number}"]).sum()
    floor = 1e-9 / min(eva[f"Ve_{number}"].sum(), late_sum)  # the 1e-9 of equation 6, divided as the variances are
    np.testing.assert_allclose(got, eva[f"V_l1norm_{number}"], rtol=1e-5, atol=floor)


@pytest.mark.parametrize("number", range(4))
def test_the_normalized_form_equals_the_released_code(golden, golden_run, half_run, number):
    eva = golden("eva")
    first, end, late, _ = eva["official_config_emin_emax_lmin_lmax_zerobased_halfopen"][number]
    window = {"early": first + 1, "late": late + 1, "length": end - first, "combine": "normalized"}
    official = eva[f"official_{number}"].astype(np.float64)
    np.testing.assert_allclose(score(golden_run, "eva", **window), official, rtol=0, atol=5e-4 * official.max())
    np.testing.assert_allclose(score(half_run, "eva", **window), official, rtol=1e-5, atol=1e-6 * official.max())


def test_the_windows_default_to_ten_epochs_and_the_papers_sum(golden, golden_run):
    got = score(golden_run, "eva", early=1, late=31)
    np.testing.assert_allclose(got, golden("eva")["V_0"], rtol=1e-5, atol=1e-9)


def test_exact_copies_of_a_sample_get_exactly_its_score(golden, golden_run):
    ties = golden("logits_2")
    got = score(golden_run, "eva", early=1, late=31)
    np.testing.assert_array_equal(got[ties["tie_src"]], got[ties["tie_dst"]])


@pytest.mark.parametrize(("early", "late", "length"), [(0, 7, 3), (-1, 7, 3), (1, 10, 4), (1, 13, 2), (1, 8, 6)])
def test_a_window_outside_the_run_names_the_epochs_that_fit(tiny_run, early, late, length):
    with pytest.raises(WindowError, match=r"start >= 1 and start \+ length - 1 <= 12"):
        score(tiny_run, "eva", early=early, late=late, length=length)


@pytest.mark.parametrize("length", [1, 0, -3])
def test_fewer_than_two_epochs_are_refused(tiny_run, length):
    with pytest.raises(WindowError, match="at least 2 epochs"):
        score(tiny_run, "eva", early=1, late=7, length=length)


@pytest.mark.parametrize(("early", "late", "first"), [(1, 3, 4), (3, 3, 6), (7, 3, 10)])
def test_overlapping_or_swapped_windows_name_the_first_epoch_that_fits(tiny_run, early, late, first):
    with pytest.raises(WindowError, match=f"overlap.*Start the late window at {first} or later"):
        score(tiny_run, "eva", early=early, late=late, length=3)


def test_windows_may_touch_and_end_with_the_run(tiny_run):
    norms = tiny_run.error_norms.astype(np.float64)
    expected = norms[:6].var(axis=0) + norms[6:].var(axis=0)
    np.testing.assert_allclose(score(tiny_run, "eva", early=1, late=7, length=6), expected, rtol=1e-12)


def test_two_epochs_are_enough(tiny_run):
    norms = tiny_run.error_norms.astype(np.float64)
    expected = ((norms[0] - norms[1]) / 2) ** 2 + ((norms[10] - norms[11]) / 2) ** 2  # variance of two numbers
    np.testing.assert_allclose(score(tiny_run, "eva", early=1, late=11, length=2), expected, rtol=1e-9)


def test_windows_must_be_given(tiny_run):
    with pytest.raises(ConfigError, match="Method eva needs a value for late"):
        score(tiny_run, "eva", early=1)


def test_a_length_between_two_epochs_is_refused_not_rounded(tiny_run):
    with pytest.raises(ConfigError, match=r"length=2\.5 is not possible: give a value of type int"):
        score(tiny_run, "eva", early=1, late=7, length=2.5)
