"""How differences to Random read."""

import pytest

from coreset_engine import results
from coreset_engine.dashboard.results import data
from coreset_engine.results.parts import Question, get
from tests.compared import config, frame, metrics

FIGURE = "test_acc_best_val"
EVA = {"early": 1, "late": 190, "length": 10}


def for_people(table, metric=FIGURE):
    return get("random").for_people(table, Question(metric=metric))


def seeds(method, values, **more):
    """One row a value, seeds counting from 0."""
    return [(config(method, seed=seed, **more), metrics(value)) for seed, value in enumerate(values)]


def test_the_verdict_counts_what_is_more_than_chance():
    rows = [*seeds("random", [0.60, 0.64, 0.69]), *seeds("aum", [0.40, 0.45, 0.49]), *seeds("el2n", [0.5, 0.7, 0.72])]
    text = data.verdict(results.against_random(frame(*rows), FIGURE))
    assert "Of 2 comparisons 0 are better and 1 worse (aum at 10 %) than Random (paired t-test over 3 seeds" in text
    assert "1 with no clear difference. With 2 or 3 seeds only" in text


def test_without_pairs_the_verdict_says_that_nothing_can_be_tested():
    found = results.against_random(frame(*seeds("aum", [0.5])), FIGURE)
    assert "nothing can be tested" in data.verdict(found)
    assert for_people(found)["reads"].tolist() == ["no test: too few pairs"]


def test_people_read_differences_in_points_with_their_interval():
    rows = [*seeds("random", [0.60, 0.64, 0.69]), *seeds("aum", [0.40, 0.45, 0.49])]
    found = for_people(results.against_random(frame(*rows), FIGURE)).iloc[0]
    assert found["difference"] == pytest.approx(-100 * 0.59 / 3)
    assert found["low"] < found["difference"] < found["high"] < 0
    assert found["reads"] == "worse than Random"


def test_where_lower_is_better_less_than_random_is_better():
    rows = [*seeds("random", [0.10, 0.14, 0.19]), *seeds("aum", [0.30, 0.35, 0.39]), *seeds("el2n", [0.01, 0.04, 0.1])]
    found = results.against_random(frame(*rows), "test_ece_best_val")
    assert "Of 2 comparisons 1 is better (el2n at 10 %) and 1 worse (aum at 10 %) than Random" in data.verdict(found)
    assert for_people(found)["reads"].tolist() == ["worse than Random", "better than Random"]
    # the difference itself keeps its sign
    assert found["difference"].tolist() == pytest.approx([0.61 / 3, -0.28 / 3])
