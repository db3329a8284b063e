import numpy as np
import pytest

from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import DynamicsError, WindowError
from coreset_engine.scores.var_single import var_single
from coreset_engine.window_map import windows


def norms(epochs, samples, seed=0):
    return np.random.default_rng(seed).uniform(0, 1.4, (epochs, samples)).astype(np.float32)


def test_a_coarse_map_has_every_tenth_start_the_papers_starts_and_the_last():
    tens = {1, 11, 21, 31, 41, 51, 61, 71, 81, 91, 101, 111, 121, 131, 141, 151, 161, 171, 181, 191}
    assert windows.starts(200, 10, 10).tolist() == sorted(tens | {90, 100, 150, 170, 190})


def test_the_last_start_that_fits_is_taken_where_the_step_misses_it():
    assert windows.starts(30, 8, 10).tolist() == [1, 11, 21, 23]


def test_200_epochs_have_16471_pairs_of_windows_of_10():
    starts = windows.starts(200, 10, 1)
    assert starts.tolist() == list(range(1, 192))
    assert windows.pair_count(starts, 10) == 181 * 182 // 2


def test_a_late_window_may_begin_right_behind_the_early_one():
    assert windows.first_late(np.array([1, 4, 5, 9]), 4).tolist() == [2, 3, 3, 4]


@pytest.mark.parametrize(("epochs", "length", "told"), [(19, 10, "10 epochs"), (30, 1, "1 epoch")])
def test_windows_that_do_not_fit_twice_are_refused(epochs, length, told):
    with pytest.raises(WindowError, match=f"Two windows of {told} do not fit a run of {epochs} epochs"):
        windows.starts(epochs, length)


def test_a_step_below_one_is_refused():
    with pytest.raises(WindowError, match="0 epochs apart"):
        windows.starts(40, 10, 0)


def test_variances_have_the_bits_of_the_scoring_method():
    rows = norms(14, 9_001)
    run = Dynamics(np.zeros(9_001, np.int64), {"error_norm": rows}, 1, 14)
    found = windows.variances(rows, np.array([1, 3, 5]), 10, threads=2)
    for position, start in enumerate((1, 3, 5)):
        np.testing.assert_array_equal(found[position], var_single(run, start=start, length=10))


@pytest.mark.parametrize("few", [2, 3, 7])
def test_variances_of_some_samples_have_the_bits_of_those_of_all(few):
    rows = norms(10, 500, seed=few)
    chosen = np.arange(few) * 60 + 5
    np.testing.assert_array_equal(windows.window_variance(rows[:, chosen]), windows.window_variance(rows)[chosen])


def test_a_window_with_nan_is_refused_by_its_epochs():
    rows = norms(20, 5)
    rows[12, 3] = np.nan
    with pytest.raises(DynamicsError, match=r"epochs 11\.\.20 is NaN"):
        windows.variances(rows, np.array([1, 11]), 10)
