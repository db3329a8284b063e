"""Areas of a map: what is drawn comes back from a link unchanged, and holds the same samples."""

import numpy as np
import pytest

from coreset_engine.data_map import areas
from coreset_engine.data_map.areas import Shape
from coreset_engine.errors import ConfigError

LIMITS = ((0.0, 1.0), (0.0, 2.0))


def test_a_box_and_a_line_are_read_from_a_text():
    assert areas.parse("box_0.1_0.3_-1_2e-05~lasso_0_0_1_0_1_1") == [
        Shape("box", (0.1, 0.3), (-1.0, 2e-5)),
        Shape("lasso", (0.0, 1.0, 1.0), (0.0, 0.0, 1.0)),
    ]
    assert areas.parse("  ") == []


def test_a_text_written_by_hand_may_have_spaces_and_commas():
    assert areas.parse("box 0, 1, 2, 3") == [Shape("box", (0.0, 1.0), (2.0, 3.0))]


@pytest.mark.parametrize(
    "text",
    [
        "box_1_2_3",
        "lasso_0_0_1_1",
        "lasso_0_0_1_0_1",
        "circle_1_2_3_4",
        "box_a_b_c_d",
        "box_nan_1_2_3",
        "box_inf_1_2_3",
    ],
)
def test_a_text_that_is_no_area_is_a_sentence_that_says_how_to_write_one(text):
    with pytest.raises(ConfigError, match="box_left_right_low_high"):
        areas.parse(text)


def test_an_area_of_too_many_parts_or_corners_is_refused():
    with pytest.raises(ConfigError, match="at most 20"):
        areas.parse("~".join(["box_0_1_0_1"] * 21))
    with pytest.raises(ConfigError, match="no area"):
        areas.parse("lasso" + "_0_1" * 81)


@pytest.mark.parametrize("scale", [1e-7, 1.0, 3e9])
def test_what_is_drawn_comes_back_from_its_text_to_the_last_bit(scale):
    draws = np.random.default_rng(0)
    x, y = draws.normal(size=(2, 500)) * scale
    limits = ((-3 * scale, 3 * scale), (-3 * scale, 3 * scale))
    shape = areas.drawn("lasso", x.tolist(), y.tolist(), limits)
    text = areas.to_text([shape, areas.drawn("box", (x[0], x[1]), (y[0], y[1]), limits)])
    assert areas.to_text(areas.parse(text)) == text
    assert areas.parse(text)[0] == shape
    assert "+" not in text
    assert len(text) < 2000


def test_a_drawn_corner_moves_by_less_than_a_five_thousandth_of_the_map():
    shape = areas.drawn("box", (0.123456789, 0.987654321), (0.111111111, 1.999999999), LIMITS)
    np.testing.assert_allclose(shape.x, (0.123456789, 0.987654321), atol=1 / 5000)
    np.testing.assert_allclose(shape.y, (0.111111111, 1.999999999), atol=2 / 5000)


def test_a_line_with_thousands_of_corners_keeps_its_form_with_few():
    turns = np.linspace(0, 2 * np.pi, 5000)
    shape = areas.drawn("lasso", 0.5 + 0.4 * np.cos(turns), 1 + 0.8 * np.sin(turns), LIMITS)
    assert 40 < len(shape.x) <= areas.MOST_CORNERS
    np.testing.assert_allclose(np.hypot((np.array(shape.x) - 0.5) / 0.4, (np.array(shape.y) - 1) / 0.8), 1, atol=2e-3)


@pytest.mark.parametrize(
    ("kind", "x", "y"),
    [
        ("lasso", (0.5, 0.5001, 0.5), (1, 1, 1)),
        ("lasso", (0.1, np.nan, 0.5), (1, 1, 2)),
        ("box", (0.1,), (0.1,)),
        ("ring", (0, 1, 1), (0, 0, 1)),
    ],
)
def test_what_can_not_be_an_area_is_asked_for_again(kind, x, y):
    with pytest.raises(ConfigError, match="Draw"):
        areas.drawn(kind, x, y, LIMITS)


def test_several_shapes_hold_what_lies_in_any_of_them():
    x, y = np.array([0.5, 2.5, 5.0, 0.9, np.nan]), np.array([0.5, 2.5, 5.0, 0.1, 0.5])
    shapes = areas.parse("box_0_1_0_0.3~lasso_2_2_3_2_3_3_2_3~box_0.4_0.6_0.4_0.6")
    assert areas.inside(shapes, x, y).tolist() == [True, True, False, True, False]
    assert not areas.inside([], x, y).any()


def test_the_bounds_of_an_area_leave_room_around_it():
    assert areas.bounds(areas.parse("box_3_1_0_10~lasso_1_0_2_-10_3_0"), margin=0.1) == ((0.8, 3.2), (-12.0, 12.0))
    assert areas.bounds([]) is None
    assert areas.bounds(areas.parse("box_1_1_0_5")) is None


def test_a_map_shows_every_finite_sample_with_a_margin():
    x, y = np.array([0.0, 10.0, np.inf, 99.0]), np.array([5.0, 5.0, 1.0, np.nan])
    assert areas.limits_of(x, y) == ((-0.2, 10.2), (4.5, 5.5))


def test_the_regions_hold_a_third_each():
    draws = np.random.default_rng(0)
    variability, confidence = draws.uniform(0, 0.5, 3000), draws.uniform(0, 1, 3000)
    found = areas.regions(variability, confidence)
    easy, ambiguous, hard = (
        areas.inside([found[name]], variability, confidence) for name in ("easy to learn", "ambiguous", "hard to learn")
    )
    for mask in (easy, ambiguous, hard):
        assert abs(mask.sum() - 1000) <= 2
    assert confidence[easy].min() > confidence[~easy].max()
    assert variability[ambiguous].min() > variability[~ambiguous].max()
    assert confidence[hard].max() < confidence[~hard].min()


def test_a_shape_turns_with_its_map():
    draws = np.random.default_rng(1)
    x, y = draws.random((2, 200))
    shape = areas.drawn("lasso", (0.1, 0.9, 0.5), (0.1, 0.2, 0.9), ((0, 1), (0, 1)))
    np.testing.assert_array_equal(areas.inside([shape], x, y), areas.inside([areas.swapped(shape)], y, x))


def test_the_nearest_sample_is_found_in_the_proportions_of_the_map():
    x, y = np.array([0.0, 0.5, 0.5, np.inf]), np.array([0.0, 50.0, np.nan, 1.0])
    limits = ((0.0, 1.0), (0.0, 100.0))
    assert areas.nearest(x, y, (0.49, 49.0), limits) == 1
    assert areas.nearest(x, y, (0.01, 1.0), limits) == 0
    assert areas.nearest(x, y, (0.3, 30.0), limits) is None


def test_samples_in_two_or_more_shapes_are_counted_once():
    x, y = np.array([1.0, 2.0, 3.0, 9.0]), np.zeros(4)
    boxes = [Shape("box", (left, left + 2), (-1, 1)) for left in (0.5, 1.5, 2.5)]  # 1 2 | 2 3 | 3
    assert areas.shared(boxes, x, y) == 2
    assert areas.shared([], x, y) == 0
