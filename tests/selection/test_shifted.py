"""Shifted: which ranks are kept."""

import numpy as np
import pytest

from coreset_engine import select
from coreset_engine.errors import ConfigError, SelectionError

SCORES, LABELS = np.array([5.0, 1, 4, 2, 3, 0, 9, 8, 7, 6]), np.zeros(10, int)  # ranking: 6 7 8 9 0 2 4 3 1 5


@pytest.mark.parametrize(
    ("keep", "expected"), [("highest", [0, 8, 9]), ("lowest", [2, 3, 4]), ("middle", [3, 4, 9])]
)  # around the median of 4.5: rows 2 and 0 hold 4 and 5, then come 4 and 9 with 3 and 6, then 3 with 2
def test_the_first_fifth_of_the_ranking_is_skipped(keep, expected):
    kept = select(SCORES, LABELS, rate=0.3, rule="shifted", cutoff=0.2, keep=keep)
    np.testing.assert_array_equal(kept, expected)


def test_without_a_cutoff_it_is_the_top():
    kept = select(SCORES, LABELS, rate=0.3, rule="shifted", cutoff=0)
    np.testing.assert_array_equal(kept, select(SCORES, LABELS, rate=0.3))


def test_a_part_of_a_sample_is_not_skipped():
    np.testing.assert_array_equal(select(SCORES, LABELS, rate=0.1, rule="shifted", cutoff=0.19), [7])


def test_the_default_skips_three_tenths_at_a_tenth():
    np.testing.assert_array_equal(select(SCORES, LABELS, rate=0.1, rule="shifted"), [9])


def test_skipping_more_than_the_rate_leaves_is_refused():
    with pytest.raises(SelectionError, match=r"After skipping 50% .* 5 samples are left, fewer than the 6 to keep"):
        select(SCORES, LABELS, rate=0.6, rule="shifted", cutoff=0.5)


@pytest.mark.parametrize("cutoff", [-0.1, 1.0, np.inf])
def test_a_cutoff_outside_0_to_1_is_refused(cutoff):
    with pytest.raises(ConfigError, match="give a share from 0 to below 1"):
        select(SCORES, LABELS, rate=0.1, rule="shifted", cutoff=cutoff)
