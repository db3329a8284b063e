"""Which samples of a run are looked at where all are too many."""

import numpy as np
import pytest

from coreset_engine.explorer import run_pack
from coreset_engine.explorer.played import evenly


@pytest.mark.parametrize("count, most, rows", [(10, 4, [0, 2, 5, 7]), (3, 4, [0, 1, 2]), (4, 4, [0, 1, 2, 3])])
def test_rows_lie_at_the_same_distance_or_are_all(count, most, rows):
    assert evenly(count, most).tolist() == rows


def test_a_sample_by_class_has_every_class_in_proportion():
    labels = np.repeat([0, 1, 2], [600, 300, 100])[np.random.default_rng(0).permutation(1000)]
    rows = run_pack.sampled(labels, 50)
    assert np.bincount(labels[rows]).tolist() == [30, 15, 5]
    assert np.all(np.diff(rows) > 0)
