"""Var-S: EVA's early half."""

import numpy as np
import pytest

from coreset_engine import score
from coreset_engine.errors import WindowError


@pytest.mark.parametrize("number", range(7))
def test_it_equals_the_golden_variance_of_the_early_window(golden, golden_run, number):
    eva = golden("eva")
    early, _, length = eva["config_te_tl_K_onebased"][number]
    got = score(golden_run, "var-single", start=early, length=length)
    np.testing.assert_allclose(got, eva[f"Ve_{number}"], rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(("start", "length"), [(0, 5), (4, 10), (13, 2), (1, 13)])
def test_a_window_outside_the_run_names_the_epochs_that_fit(tiny_run, start, length):
    with pytest.raises(WindowError, match=r"run of 12 epochs.*start \+ length - 1 <= 12"):
        score(tiny_run, "var-single", start=start, length=length)


def test_one_epoch_has_no_variance_and_is_refused(tiny_run):
    with pytest.raises(WindowError, match="at least 2 epochs"):
        score(tiny_run, "var-single", start=3, length=1)
