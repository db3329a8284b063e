import numpy as np
import pytest

from coreset_engine.errors import SelectionError, WindowError
from coreset_engine.window_map import eva_coreset, window_map
from coreset_engine.window_map.overlap_index import hold


@pytest.mark.parametrize("step", [1, 10])
@pytest.mark.parametrize("late", [16, 31])
def test_overlaps_of_held_sets_are_those_of_the_map_to_the_last_bit(golden_run, step, late):
    current, _ = eva_coreset(golden_run, early=2, late=late, length=10, rate=0.1)
    held = hold(golden_run.error_norms, golden_run.labels, length=10, rate=0.1, step=step)
    found = held.overlap(current)
    expected = window_map(
        golden_run.error_norms, golden_run.labels, length=10, rate=0.1, current=current, step=step, measures=["overlap"]
    )
    np.testing.assert_array_equal(found.matrices["overlap"], expected.matrices["overlap"])
    assert {**vars(found), "starts": 0, "matrices": 0} == {**vars(expected), "starts": 0, "matrices": 0}
    np.testing.assert_array_equal(found.starts, expected.starts)


def test_rates_and_windows_that_do_not_exist_are_refused(golden_run):
    with pytest.raises(SelectionError):
        hold(golden_run.error_norms, golden_run.labels, length=10, rate=0)
    with pytest.raises(WindowError):
        hold(golden_run.error_norms, golden_run.labels, length=21, rate=0.1)
