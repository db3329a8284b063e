"""How the verdict reads."""

import pytest

from coreset_engine import results
from coreset_engine.dashboard.results import data
from coreset_engine.results.parts import Question, get
from tests.compared import config, frame, metrics

FIGURE = "test_acc_best_val"


def for_people(table, metric=FIGURE):
    return get("verdict").for_people(table, Question(metric=metric))


def seeds(method, values, found_by=None, **more):
    """One row a value, seeds counting from 0."""
    noted = {} if found_by is None else {"found_by": found_by}
    return [(config(method, seed=seed, **more), metrics(value, **noted)) for seed, value in enumerate(values)]


TWO = [*seeds("random", [0.60, 0.64]), *seeds("aum", [0.20, 0.25]), *seeds("el2n", [0.61, 0.64])]


def test_the_verdict_names_what_is_clearly_worse():
    text = data.verdict(results.verdicts(frame(*TWO), FIGURE))
    assert text == (
        "2 comparisons with Random: 0 clearly better, 1 clearly worse (aum at 10 %), 1 with no clear difference "
        "(n = 2 pairs)."
    )


def test_without_pairs_the_verdict_says_that_nothing_can_be_tested():
    found = results.verdicts(frame(*seeds("aum", [0.5])), FIGURE)
    assert "nothing can be tested" in data.verdict(found)
    assert for_people(found)["verdict"].tolist() == ["no test: too few pairs"]


def test_what_only_a_search_trained_is_named_and_not_tested():
    table = results.verdicts(frame(*TWO, *seeds("grand", [0.9, 0.9], "racing")), FIGURE)
    assert data.verdict(table).endswith("1 found by searching is not tested.")
    shown = for_people(table).set_index("method")
    assert shown.loc["grand", "found by"] == "racing"
    assert shown.loc["grand", "verdict"] == "found by searching: not tested"


def test_another_random_than_the_fitting_one_is_named():
    balanced = seeds("aum", [0.20, 0.25], rule="balanced")
    table = results.verdicts(frame(*seeds("random", [0.60, 0.64]), *balanced), FIGURE)
    assert "No Random, stratified here" in data.verdict(table)
    assert for_people(table)["against"].tolist() == ["Random, uniform (no Random, stratified here)"]


def test_a_line_without_a_random_says_which_one_to_train():
    fewer = seeds("aum", [0.20, 0.25], excluded={"sha256": "efef", "rows": 40})
    assert for_people(results.verdicts(frame(*TWO[:2], *fewer), FIGURE))["against"].tolist() == [
        "no Random, uniform without these samples here"
    ]
    assert for_people(results.verdicts(frame(*seeds("aum", [0.2])), FIGURE))["against"].tolist() == [
        "no Random, uniform here"
    ]


def test_people_read_shares_in_percent_and_differences_in_points():
    line = for_people(results.verdicts(frame(*TWO), FIGURE)).iloc[0]
    assert (line["reached"], line["Random"], line["difference"]) == pytest.approx((22.5, 62.0, -39.5))
    assert line["low"] < line["difference"] < line["high"] < 0


def test_where_lower_is_better_less_than_random_is_better():
    rows = [*seeds("random", [0.10, 0.14]), *seeds("aum", [0.50, 0.55]), *seeds("el2n", [0.09, 0.15])]
    table = results.verdicts(frame(*rows), "test_ece_best_val")
    assert table["verdict"].tolist() == ["clearly worse", "no clear difference"]
    assert "found by" not in for_people(table, "test_ece_best_val")
