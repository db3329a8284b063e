"""How many samples lie where: against np.histogram2d, and the points drawn of them."""

import numpy as np
import pytest

from coreset_engine.data_map.density import raster, sample_points
from coreset_engine.errors import ConfigError


@pytest.fixture
def cloud():
    """30,000 samples, the numbers of y on a lattice, so that many lie exactly on an edge between two cells."""
    draws = np.random.default_rng(3)
    return draws.normal(size=30_000), draws.integers(0, 31, 30_000) / 30


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_cell_counts_what_numpy_counts(cloud, dtype):
    x, y = (values.astype(dtype) for values in cloud)
    found = raster(x, y, (40, 30))
    counts, x_edges, y_edges = np.histogram2d(x.astype(np.float64), y.astype(np.float64), (40, 30))
    np.testing.assert_array_equal(found.counts, counts.T)
    np.testing.assert_allclose(found.x_edges, x_edges)
    np.testing.assert_allclose(found.y_edges, y_edges)


def test_row_0_is_the_lowest_y_and_column_0_the_lowest_x():
    assert raster([0, 9, 9, 9], [0, 0, 9, 9], (2, 3)).counts.tolist() == [[1, 1], [0, 0], [0, 2]]


def test_limits_include_both_their_ends_and_leave_out_all_beyond():
    found = raster([-0.1, 0, 1, 2, 2.1], [0.5] * 5, (2, 1), limits=((0, 2), (0, 1)))
    assert found.counts.tolist() == [[1, 2]]


def test_samples_that_are_not_finite_are_not_counted():
    found = raster([0, 1, np.nan, 1, np.inf, 0.5], [0, 1, 0, np.nan, 0, -np.inf], (2, 2))
    assert found.counts.tolist() == [[1, 0], [0, 1]]
    assert found.x_edges.tolist() == found.y_edges.tolist() == [0, 0.5, 1]


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_a_map_of_nothing_is_empty(values):
    assert not raster(values, values, (3, 2)).counts.any()
    assert not raster(values, values, (3, 2)).picture.any()


def test_a_single_value_lies_in_the_middle_of_its_map():
    assert raster([7.0, 7.0], [1.0, 1.0], (3, 3)).counts.tolist() == [[0, 0, 0], [0, 2, 0], [0, 0, 0]]


def test_the_picture_is_logarithmic_black_only_where_empty_and_255_at_the_fullest():
    x = np.repeat([0, 1, 2, 3], [0, 1, 99, 9999])
    picture = raster(x, np.zeros(len(x)), (4, 1), limits=((-0.5, 3.5), (-1, 1))).picture
    # 255 ln 2 / ln 10000 = 19.2 and 255 ln 100 / ln 10000 = 127.5
    assert picture.dtype == np.uint8
    assert picture.tolist() in ([[0, 19, 127, 255]], [[0, 19, 128, 255]])


def test_one_sample_beside_very_many_is_not_black():
    x = np.repeat([0, 1], [1, 10**6])
    # 255 ln 2 / ln 1000001 = 12.8
    assert raster(x, x, (2, 1)).picture.tolist() == [[13, 255]]


@pytest.mark.parametrize("limits", [((0, 0), (0, 1)), ((0, 1), (2, 1)), ((0, np.nan), (0, 1))])
def test_limits_that_do_not_ascend_are_refused(limits):
    with pytest.raises(ConfigError, match="the lower one first"):
        raster([0.5], [0.5], limits=limits)


def test_x_and_y_of_different_length_are_refused():
    with pytest.raises(ConfigError, match=r"\(2,\) and y \(3,\)"):
        raster([1, 2], [1, 2, 3])


def test_all_finite_samples_are_drawn_while_they_fit():
    assert sample_points([0, np.nan, 2, 3], [1, 1, 1, np.inf], limit=2).tolist() == [0, 2]


def test_a_lone_sample_far_from_a_crowd_is_always_drawn():
    x = np.r_[np.random.default_rng(0).normal(size=50_000), 60.0]
    for seed in range(5):
        rows = sample_points(x, np.zeros(len(x)), 100, seed)
        assert (len(rows), rows[-1]) == (100, 50_000)
        assert (np.diff(rows) > 0).all()


def test_a_cell_of_a_hundred_times_the_samples_has_ten_times_the_points():
    x = np.repeat([0.0, 1.0], [100, 10_000])
    rows = sample_points(x, x, 220)
    assert np.bincount(x[rows].astype(int)).tolist() == [20, 200]


def test_every_sample_of_a_cell_is_as_likely_to_be_drawn():
    x = np.zeros(40)
    drawn = np.bincount(np.concatenate([sample_points(x, x, 10, seed) for seed in range(2000)]), minlength=40)
    assert np.abs(drawn - 500).max() < 100  # 5 standard deviations of sqrt(2000 / 4 * 3 / 4) = 19.4


def test_the_same_seed_draws_the_same_points_and_another_seed_others(cloud):
    first, again, other = (sample_points(*cloud, 500, seed).tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_a_draw_of_no_points_is_refused():
    with pytest.raises(ConfigError, match="1 or more"):
        sample_points([0.0], [0.0], 0)
