"""The spread by the draw and by the training, worked by hand."""

import math

import pytest

from coreset_engine import results
from coreset_engine.results.seeds import components
from tests.compared import config, frame, metrics

FIGURE = "test_acc_best_val"


def drawn(values, **more):
    """One row of Random for each (selection seed, training seed)."""
    return [
        (config("random", seed=training, options={"seed": draw}, **more), metrics(value))
        for (draw, training), value in values.items()
    ]


CROSSED = {(0, 0): 0.50, (0, 1): 0.54, (1, 0): 0.70, (1, 1): 0.74}


def test_crossed_seeds_are_a_two_way_table():
    # means by draw 0.52 and 0.72: MS 2 * 0.02 = 0.04; by training 0.60 and 0.64: MS 2 * 0.0008 = 0.0016; rest 0
    found = components(CROSSED)
    assert (found.layout, found.draw, found.training) == ("crossed", pytest.approx(0.02), pytest.approx(0.0008))
    assert found.draw_share == pytest.approx(0.02 / 0.0208)


def test_trainings_of_other_seeds_within_draws_are_nested():
    # within: (0.0008 + 0.0008) / 2; between 0.04, n0 = 2: draw (0.04 - 0.0008) / 2
    found = components({(0, 0): 0.50, (0, 1): 0.54, (1, 2): 0.70, (1, 3): 0.74})
    assert (found.layout, found.draw, found.training) == ("nested", pytest.approx(0.0196), pytest.approx(0.0008))


def test_a_seed_that_one_draw_lacks_counts_nowhere():
    (line,) = results.part("components", frame(*drawn(CROSSED | {(1, 2): 0.1})), metric=FIGURE).to_dict("records")
    assert (line["layout"], line["draws"], line["trainings"], line["n"]) == ("crossed", 2, 2, 4)
    assert line["mean"] == pytest.approx(0.62)


def test_a_negative_variance_is_none():
    # both draws have the mean 0.6, so that the draw explains nothing
    found = components({(0, 0): 0.5, (0, 1): 0.7, (1, 0): 0.7, (1, 1): 0.5})
    assert (found.draw, found.training) == (0, pytest.approx(0.04))


@pytest.mark.parametrize("values", [{}, {(0, 0): 1.0, (1, 1): 2.0}, {(0, 0): 1.0, (0, 1): 2.0}])
def test_seeds_that_do_not_both_vary_say_nothing(values):
    assert components(values) is None


def test_the_part_tells_which_of_the_two_weighs_more():
    (line,) = results.part("components", frame(*drawn(CROSSED)), metric=FIGURE).to_dict("records")
    assert (line["label"], line["rate"], line["draws"], line["trainings"], line["n"]) == ("random", 0.1, 2, 2, 4)
    assert (line["draw_sd"], line["training_sd"]) == pytest.approx((math.sqrt(0.02), math.sqrt(0.0008)))
    assert line["weighs"] == "the draw weighs more"


def test_a_draw_that_always_takes_the_trainings_seed_is_left_out():
    rows = frame(*[(config("random", seed=seed), metrics(0.5)) for seed in range(3)])
    assert results.seed_components(rows, FIGURE).empty
