"""Middle: a band of ranks around the median."""

import numpy as np
import pytest

from coreset_engine import select


def test_the_band_lies_around_the_median():
    np.testing.assert_array_equal(select([9.0, 1, 5, 3, 7], np.zeros(5, int), rate=0.6, rule="middle"), [2, 3, 4])


@pytest.mark.parametrize("keep", ["highest", "lowest"])
def test_the_kept_end_makes_no_difference(keep):
    scores = np.random.default_rng(0).normal(size=20)
    expected = np.sort(np.argsort(scores)[8:12])  # ranks round(20 * 0.4) .. round(20 * 0.6) - 1
    np.testing.assert_array_equal(select(scores, np.zeros(20, int), rate=0.2, rule="middle", keep=keep), expected)


def test_ties_keep_the_lower_row():
    np.testing.assert_array_equal(select([0.0, 1, 1, 1, 1, 2], np.zeros(6, int), rate=1 / 3, rule="middle"), [2, 3])
