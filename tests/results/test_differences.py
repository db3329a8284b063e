"""Differences to Random, paired by seed, worked by hand and by scipy.stats."""

import numpy as np
import pytest
from scipy import stats

from coreset_engine.config import Recipe
from coreset_engine.results import against_random
from tests.compared import config, frame, metrics

FIGURE = "test_acc_best_val"
EVA = {"early": 1, "late": 190, "length": 10}


def seeds(method, values, **more):
    """One row a value, seeds counting from 0."""
    return [(config(method, seed=seed, **more), metrics(value)) for seed, value in enumerate(values)]


def test_a_method_is_compared_with_random_of_the_same_seed():
    one, other = [0.61, 0.66, 0.70], [0.60, 0.64, 0.69]
    (line,) = against_random(frame(*seeds("random", other), *seeds("eva", one, options=EVA)), FIGURE).to_dict("records")
    expected = stats.ttest_rel(one, other)
    assert (line["n"], line["alone"]) == (3, 0)
    assert line["difference"] == pytest.approx(0.04 / 3)
    assert line["p"] == line["p_holm"] == pytest.approx(expected.pvalue)
    low, high = expected.confidence_interval(0.95)
    assert (line["difference"] - line["half"], line["difference"] + line["half"]) == pytest.approx((low, high))


def test_several_comparisons_are_corrected_together():
    rows = [*seeds("random", [0.60, 0.64, 0.69]), *seeds("aum", [0.61, 0.66, 0.70]), *seeds("el2n", [0.5, 0.56, 0.58])]
    found = against_random(frame(*rows), FIGURE)
    np.testing.assert_allclose(found["p_holm"].min(), 2 * found["p"].min())
    assert found["p_holm"].max() == max(found["p"].max(), 2 * found["p"].min())


def test_a_gain_is_a_difference_with_its_sign_turned_where_lower_is_better():
    rows = frame(*seeds("random", [0.60, 0.64]), *seeds("aum", [0.61, 0.66]))
    for figure, sign in ((FIGURE, 1), ("test_ece_best_val", -1)):
        (line,) = against_random(rows, figure).to_dict("records")
        assert line["difference"] == pytest.approx(0.015)
        assert line["gain"] == pytest.approx(sign * 0.015)


@pytest.mark.parametrize(
    "change",
    [{"rate": 0.2}, {"architecture": "lenet"}, {"recipe": Recipe(epochs=100).to_dict()}, {"dataset_sha256": "cd" * 32}],
)
def test_random_of_another_setting_is_no_partner(change):
    rows = [*seeds("random", [0.6, 0.7], **change), *seeds("eva", [0.6, 0.8], options=EVA)]
    (line,) = against_random(frame(*rows), FIGURE).to_dict("records")
    assert (line["n"], line["alone"]) == (0, 2)
    assert np.isnan(line["difference"])


def test_a_collapsed_run_makes_no_pair():
    rows = [*seeds("random", [0.6, 0.7]), *seeds("aum", [0.61])]
    rows.append((config("aum", seed=1), metrics(0.1, collapsed=True)))
    (line,) = against_random(frame(*rows), FIGURE).to_dict("records")
    assert (line["n"], line["difference"]) == (1, pytest.approx(0.01))
    assert np.isnan(line["half"])


def test_a_draw_with_the_trainings_own_seed_goes_before_another_draw():
    rows = [*seeds("random", [0.6]), (config("random", options={"seed": 7}), metrics(0.1)), *seeds("aum", [0.65])]
    (line,) = against_random(frame(*rows), FIGURE).to_dict("records")
    assert line["difference"] == pytest.approx(0.05)
