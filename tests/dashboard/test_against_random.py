"""Differences to Random, paired by seed, worked by hand and by scipy.stats."""

import numpy as np
import pytest
from scipy import stats

from coreset_engine.config import Recipe
from coreset_engine.dashboard import against_random
from tests.compared import config, frame, metrics

FIGURE = "test_acc_best_val"
EVA = {"early": 1, "late": 190, "length": 10}


def seeds(method, values, **more):
    """One row a value, seeds counting from 0."""
    return [(config(method, seed=seed, **more), metrics(value)) for seed, value in enumerate(values)]


def test_a_method_is_compared_with_random_of_the_same_seed():
    one, other = [0.61, 0.66, 0.70], [0.60, 0.64, 0.69]
    (line,) = against_random.compare(frame(*seeds("random", other), *seeds("eva", one, options=EVA)), FIGURE).to_dict(
        "records"
    )
    expected = stats.ttest_rel(one, other)
    assert (line["n"], line["alone"]) == (3, 0)
    assert line["difference"] == pytest.approx(0.04 / 3)
    assert line["p"] == line["p_holm"] == pytest.approx(expected.pvalue)
    low, high = expected.confidence_interval(0.95)
    assert (line["difference"] - line["half"], line["difference"] + line["half"]) == pytest.approx((low, high))


def test_several_comparisons_are_corrected_together():
    rows = [*seeds("random", [0.60, 0.64, 0.69]), *seeds("aum", [0.61, 0.66, 0.70]), *seeds("el2n", [0.5, 0.56, 0.58])]
    found = against_random.compare(frame(*rows), FIGURE)
    np.testing.assert_allclose(found["p_holm"].min(), 2 * found["p"].min())
    assert found["p_holm"].max() == max(found["p"].max(), 2 * found["p"].min())


@pytest.mark.parametrize(
    "change",
    [{"rate": 0.2}, {"architecture": "lenet"}, {"recipe": Recipe(epochs=100).to_dict()}, {"dataset_sha256": "cd" * 32}],
)
def test_random_of_another_setting_is_no_partner(change):
    rows = [*seeds("random", [0.6, 0.7], **change), *seeds("eva", [0.6, 0.8], options=EVA)]
    (line,) = against_random.compare(frame(*rows), FIGURE).to_dict("records")
    assert (line["n"], line["alone"]) == (0, 2)
    assert np.isnan(line["difference"])


def test_a_collapsed_run_makes_no_pair():
    rows = [*seeds("random", [0.6, 0.7]), *seeds("aum", [0.61])]
    rows.append((config("aum", seed=1), metrics(0.1, collapsed=True)))
    (line,) = against_random.compare(frame(*rows), FIGURE).to_dict("records")
    assert (line["n"], line["difference"]) == (1, pytest.approx(0.01))
    assert np.isnan(line["half"])


def test_a_draw_with_the_trainings_own_seed_goes_before_another_draw():
    rows = [*seeds("random", [0.6]), (config("random", options={"seed": 7}), metrics(0.1)), *seeds("aum", [0.65])]
    (line,) = against_random.compare(frame(*rows), FIGURE).to_dict("records")
    assert line["difference"] == pytest.approx(0.05)


def test_the_verdict_counts_what_is_more_than_chance():
    rows = [*seeds("random", [0.60, 0.64, 0.69]), *seeds("aum", [0.40, 0.45, 0.49]), *seeds("el2n", [0.5, 0.7, 0.72])]
    text = against_random.verdict(against_random.compare(frame(*rows), FIGURE))
    assert "Of 2 comparisons 0 are better and 1 worse than Random (paired t-test over 3 seeds" in text
    assert "1 can't be told from it. With 2 or 3 seeds only" in text
    assert "whether another recording would select as well is not tested" in text


def test_without_pairs_the_verdict_says_that_nothing_can_be_tested():
    found = against_random.compare(frame(*seeds("aum", [0.5])), FIGURE)
    assert "nothing can be tested" in against_random.verdict(found)
    assert against_random.for_people(found, 100)["reads"].tolist() == ["no test: too few pairs"]


def test_people_read_differences_in_points_with_their_interval():
    rows = [*seeds("random", [0.60, 0.64, 0.69]), *seeds("aum", [0.40, 0.45, 0.49])]
    found = against_random.for_people(against_random.compare(frame(*rows), FIGURE), 100).iloc[0]
    assert found["difference"] == pytest.approx(-100 * 0.59 / 3)
    assert found["low"] < found["difference"] < found["high"] < 0
    assert found["reads"] == "worse than Random"


def test_where_lower_is_better_less_than_random_is_better():
    rows = [*seeds("random", [0.10, 0.14, 0.19]), *seeds("aum", [0.30, 0.35, 0.39]), *seeds("el2n", [0.01, 0.04, 0.1])]
    found = against_random.compare(frame(*rows), "test_ece_best_val")
    assert "Of 2 comparisons 1 is better and 1 worse than Random" in against_random.verdict(found)
    assert against_random.for_people(found, 100)["reads"].tolist() == ["worse than Random", "better than Random"]
    # the difference itself keeps its sign
    assert found["difference"].tolist() == pytest.approx([0.61 / 3, -0.28 / 3])
