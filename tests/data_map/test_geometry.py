"""Which samples lie inside a box or a line: by hand, and against one sample after another."""

import numpy as np
import pytest

from coreset_engine.data_map import geometry
from coreset_engine.data_map.geometry import inside_box, inside_polygon
from coreset_engine.errors import ConfigError


def inside_plainly(x, y, px, py):
    """The even-odd rule for one sample."""
    odd = False
    for a in range(len(px)):
        x0, y0, x1, y1 = px[a - 1], py[a - 1], px[a], py[a]
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            odd = not odd
    return odd


@pytest.fixture
def cloud():
    draws = np.random.default_rng(1)
    return draws.uniform(-1, 1, 3000), draws.uniform(-1, 1, 3000)


@pytest.mark.parametrize("box", [(0, 2, 1, 3), (2, 0, 3, 1)])
def test_a_box_includes_its_edges_whichever_corner_comes_first(box):
    found = inside_box(np.array([0, 2, 1, 2.1, 1]), np.array([1, 3, 2, 2, 0.9]), *box)
    assert found.tolist() == [True, True, True, False, False]


def test_nan_lies_in_no_box_and_in_no_polygon():
    x, y = np.array([np.nan, 0.5, 0.5]), np.array([0.5, np.nan, 0.5])
    assert inside_box(x, y, 0, 1, 0, 1).tolist() == [False, False, True]
    assert inside_polygon(x, y, [0, 1, 1, 0], [0, 0, 1, 1]).tolist() == [False, False, True]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("corners", [3, 7, 60])
def test_samples_lie_inside_lines_that_cross_themselves_as_the_rule_says(cloud, corners, seed, monkeypatch):
    monkeypatch.setattr(geometry, "BLOCK", 1000)
    px, py = np.random.default_rng(seed).uniform(-1.1, 1.1, (2, corners))
    expected = [inside_plainly(*one, px, py) for one in zip(*cloud, strict=True)]
    assert inside_polygon(*cloud, px, py).tolist() == expected
    assert 0 < np.mean(expected) < 1


def test_what_a_star_goes_around_twice_lies_outside():
    turns = 2 * np.pi * np.arange(5) * 2 / 5
    found = inside_polygon(np.array([0.0, 0.9]), np.array([0.0, 0.0]), np.cos(turns), np.sin(turns))
    assert found.tolist() == [False, True]


def test_a_line_may_end_where_it_began(cloud):
    opened = inside_polygon(*cloud, [-0.5, 0.6, 0.1], [-0.5, -0.4, 0.7])
    closed = inside_polygon(*cloud, [-0.5, 0.6, 0.1, -0.5], [-0.5, -0.4, 0.7, -0.5])
    np.testing.assert_array_equal(opened, closed)
    assert opened.any()


@pytest.mark.parametrize("corners", [[], [(0, 0)], [(-1, -1), (1, 1)], [(-1, 0), (0, 0), (1, 0)], [(0, -1)] * 5])
def test_a_line_without_an_area_holds_nothing(cloud, corners):
    px, py = np.array(corners, float).reshape(-1, 2).T
    assert not inside_polygon(*cloud, px, py).any()


def test_of_two_polygons_with_a_common_edge_exactly_one_holds_the_samples_on_it():
    x, y = np.full(5, 0.5), np.linspace(0.1, 0.9, 5)
    left = inside_polygon(x, y, [0, 0.5, 0.5, 0], [0, 0, 1, 1])
    right = inside_polygon(x, y, [0.5, 1, 1, 0.5], [0, 0, 1, 1])
    assert (left ^ right).all()


def test_samples_on_the_height_of_a_corner_are_counted_once():
    x, y = np.array([-2.0, 0.0, 2.0]), np.zeros(3)
    assert inside_polygon(x, y, [-1, 0, 1, 0], [0, -1, 0, 1]).tolist() == [False, True, False]


@pytest.mark.parametrize("corners", [([0, 1, np.nan], [0, 0, 1]), ([0, 1], [0, 1, 1])])
def test_corners_that_make_no_polygon_are_refused(corners):
    with pytest.raises(ConfigError, match="Draw it again"):
        inside_polygon(np.zeros(1), np.zeros(1), *corners)
