"""Exp-D: the mean error norms of two windows, added."""

import numpy as np
import pytest

from coreset_engine import score
from coreset_engine.errors import WindowError


@pytest.mark.parametrize("number", range(7))
def test_it_equals_the_golden_sum_of_both_means(golden, golden_run, number):
    eva = golden("eva")
    early, late, length = eva["config_te_tl_K_onebased"][number]
    got = score(golden_run, "exp-dual", early=early, late=late, length=length)
    np.testing.assert_allclose(got, eva[f"ExpD_{number}"], rtol=1e-6, atol=1e-12)


def test_overlapping_windows_are_refused(tiny_run):
    with pytest.raises(WindowError, match=r"overlap: 1\.\.5 and 5\.\.9"):
        score(tiny_run, "exp-dual", early=1, late=5, length=5)
