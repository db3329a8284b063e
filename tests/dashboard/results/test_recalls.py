"""How the recall of every class reads."""

import pytest

from coreset_engine.dashboard.results import charts, class_changes
from coreset_engine.results import class_recalls
from coreset_engine.results.parts import Question, get
from tests.compared import config, frame, metrics, recalled

FIGURE = "test_acc_best_val"
NAMES = ("liver", "left|kidney")


def test_a_class_that_is_lost_while_the_mean_stays_is_told():
    table = recalled((0.95, 0.6), (0.95, 0.7))
    (sentence,) = class_changes.warnings(class_recalls(table, FIGURE), NAMES)
    assert sentence == (
        "aum at α = 10 %: the accuracy falls by 2.0 points only, but recall falls in left\\|kidney by 25 points (n = 2)."
    )


def test_a_class_that_falls_with_the_mean_is_told_too():
    (sentence,) = class_changes.warnings(class_recalls(recalled((0.3, 0.3), accuracy=0.5), FIGURE), NAMES)
    assert sentence == (
        "aum at α = 10 %: the accuracy falls by 40.0 points, and recall falls in liver by 60 points, left\\|kidney by 60 "
        "points (n = 1)."
    )


def test_a_fall_of_less_than_10_points_is_not_told():
    assert not class_changes.warnings(class_recalls(recalled((0.9, 0.81), accuracy=0.88), FIGURE), NAMES)


def test_the_chart_has_one_dot_a_seed_and_class():
    table = recalled((0.9, 0.5), (0.8, 0.7))
    spec, _ = charts.recalls(table, "aum", 0.1, FIGURE, NAMES)
    dots = {series["name"]: series["data"] for series in spec["series"]}
    assert dots["aum"] == [[90, "liver"], [50, "left|kidney"], [80, "liver"], [70, "left|kidney"]]
    assert len(dots["Full data"]) == 4


def test_the_largest_fall_stands_first():
    part, question = get("recalls"), Question(metric=FIGURE, coreset=("aum", 0.1))
    shown = part.for_people(part.answer(recalled((0.85, 0.5)), question), question)
    assert shown["class"].tolist() == ["class 1", "class 0"]
    assert shown["change"].tolist() == [pytest.approx(-40), pytest.approx(-5)]
    assert shown["n"].tolist() == ["1 / 2", "1 / 2"]


def test_the_furthest_fall_is_told_and_shown_first():
    rest = [(config("el2n"), metrics(0.3, (0.1, 0.1))), (config("full"), metrics(0.9, (0.9, 0.9)))]
    table = class_recalls(frame((config("aum"), metrics(0.88, (0.95, 0.6))), *rest), FIGURE)
    assert class_changes.worst(table) == ("el2n", 0.1)
    assert [sentence.partition(" ")[0] for sentence in class_changes.warnings(table, NAMES)] == ["el2n", "aum"]


def test_rates_that_read_alike_are_told_apart_by_more_digits():
    coresets = [("aum", 0.333), ("aum", 1 / 3), ("el2n", 0.1)]
    assert class_changes.by_text(coresets) == dict(
        zip(("aum, 33.3 %", "aum, 33.3333 %", "el2n, 10 %"), coresets, strict=True)
    )
    assert list(class_changes.by_text(coresets[1:])) == ["aum, 33.3 %", "el2n, 10 %"]
