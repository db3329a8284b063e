"""EL2N: the mean error norm of the first epochs."""

import numpy as np
import pytest

from coreset_engine import score
from coreset_engine.errors import WindowError


def test_ten_times_the_mean_is_the_golden_sum_of_ten_epochs(golden, golden_run):
    got = 10 * score(golden_run, "el2n")
    np.testing.assert_allclose(got, golden("baselines")["el2n_sum10_64"], rtol=1e-6)
    np.testing.assert_allclose(got, golden("baselines")["ccs_el2n_sum10"], rtol=0, atol=2e-3)


def test_it_is_the_mean_over_the_epochs_asked_for(tiny_run):
    expected = tiny_run.error_norms[:3].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(score(tiny_run, "el2n", epochs=3), expected, rtol=1e-12)


@pytest.mark.parametrize("epochs", [13, 0])
def test_epochs_that_the_run_does_not_have_are_refused(tiny_run, epochs):
    with pytest.raises(WindowError, match="does not fit a run of 12 epochs"):
        score(tiny_run, "el2n", epochs=epochs)
