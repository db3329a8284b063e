"""Exp-S: the mean error norm of a window."""

import numpy as np
import pytest

from coreset_engine import score
from coreset_engine.errors import WindowError


@pytest.mark.parametrize("number", range(7))
def test_it_equals_the_golden_mean_of_the_early_window(golden, golden_run, number):
    eva = golden("eva")
    early, _, length = eva["config_te_tl_K_onebased"][number]
    got = score(golden_run, "exp-single", start=early, length=length)
    np.testing.assert_allclose(got, eva[f"Ee_{number}"], rtol=1e-6, atol=1e-12)


def test_on_the_first_ten_epochs_it_is_el2n(golden_run):
    np.testing.assert_array_equal(score(golden_run, "exp-single", start=1, length=10), score(golden_run, "el2n"))


def test_one_epoch_is_enough_for_a_mean(tiny_run):
    np.testing.assert_array_equal(score(tiny_run, "exp-single", start=12, length=1), tiny_run.error_norms[11])


def test_a_window_past_the_last_epoch_names_the_epochs_that_fit(tiny_run):
    with pytest.raises(WindowError, match=r"at least 1 epoch with start >= 1 and start \+ length - 1 <= 12"):
        score(tiny_run, "exp-single", start=12, length=2)
