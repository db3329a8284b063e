"""What Explore says of the classes: their kept rates, and what gives each its share."""

import pytest

from coreset_engine.analysis.classes import ClassRate
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.explore import data

UNEVEN = [ClassRate("heart", 4, 80), ClassRate("liver", 6, 20)]  # 5 % and 30 % at α = 10 %


def asked(method="aum", rule="top", **more):
    return CoresetSpec("tiny", method, {}, rule, rate=0.1, **more)


@pytest.mark.parametrize(
    ("method", "control"), [("aum", {"rule": "balanced"}), ("herding", {"class_budget": "proportional"})]
)
def test_where_a_class_keeps_little_the_control_that_balances_is_offered(method, control):
    assert data.balancing(asked(method), UNEVEN) == control
    assert data.balancing(asked(method), [ClassRate("heart", 9, 100)]) == {}  # 9 % is near enough to 10 %


@pytest.mark.parametrize(
    "spec", [asked(rule="balanced"), asked(class_budget="equal"), CoresetSpec("tiny", "full", rate=1.0)]
)
def test_where_classes_have_their_places_nothing_is_offered(spec):
    assert data.balancing(spec, UNEVEN) == {}


def test_rates_are_told_from_the_smallest_and_of_many_classes_the_ends():
    assert data.rates_in_words(UNEVEN) == "Kept of each class: heart 5 %, liver 30 %."
    many = [ClassRate(f"c{place}", place, 100) for place in range(20)]
    assert data.rates_in_words(many) == (
        "Kept of each class: c0 0 %, c1 1 %, c2 2 %, c3 3 %, c4 4 %, c5 5 %, 8 more, c14 14 %, c15 15 %, c16 16 %, "
        "c17 17 %, c18 18 %, c19 19 %."
    )


@pytest.mark.parametrize(
    ("method", "more", "live"),
    [
        ("eva", {}, True),
        ("eva", {"hard_cutoff": 0.3, "class_budget": "tempered", "rule": "balanced"}, True),
        ("eva", {"hard_cutoff": 0.3, "hard_cutoff_by": "never-learned"}, False),
        ("eva", {"group_budget": "whole"}, False),
        ("eva", {"class_budget": "drop"}, False),
        ("eva", {"average": ("other",)}, False),
        ("eva", {"rule": "ccs"}, False),
        ("el2n", {}, True),
        ("tdds", {}, False),
        ("herding", {}, False),
    ],
)
def test_the_browser_follows_only_what_it_computes_as_the_engine_does(method, more, live):
    options = {"early": 1, "late": 9, "length": 4} if method == "eva" else {}
    assert data.is_live(CoresetSpec("tiny", method, options, rate=0.1, **more)) is live
