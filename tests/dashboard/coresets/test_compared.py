"""The selections of a comparison: their text in the link, common ones, and the controls that ask for one."""

import json

import pytest

from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.coresets import compared
from coreset_engine.errors import ConfigError

WINDOWS = {"early": 1, "late": 7, "length": 3}
EVA = CoresetSpec("tiny", "eva", WINDOWS | {"combine": "sum"}, rate=0.1)
CCS = CoresetSpec("tiny", "random", {"seed": 3}, "ccs", rate=0.2, average=("tiny1",), exclusion="bad")


def test_selections_come_back_from_their_text():
    assert compared.of_text(compared.to_text([EVA, CCS])) == (EVA, CCS)


def test_the_text_names_no_field_and_ends_where_nothing_follows():
    assert json.loads(compared.to_text([EVA]))[0] == ["tiny", "eva", EVA.options, "top", 0.1]


def test_eight_long_selections_fit_into_a_link():
    long = CoresetSpec(
        "a-rather-long-run-name-s0", "eva", EVA.options, rate=0.123, average=("a-rather-long-run-name-s1",)
    )
    assert len(compared.to_text([long] * 8)) < 1200


@pytest.mark.parametrize(
    "text", ["{", "{}", "3", "[3]", "[[]]", '[["tiny","eva",{},"top"]]', '[["tiny","eva",{},"top","much"]]',
             '[["tiny","eva",[],"top",0.1]]', json.dumps([json.loads(compared.to_text([EVA]))[0]] * 9), "[" * 100_000],
)  # fmt: skip
def test_a_text_that_was_changed_is_a_sentence(text):
    with pytest.raises(ConfigError, match="comparison in this link can't be read"):
        compared.of_text(text)


def test_common_methods_take_rate_windows_and_exclusion_of_the_controls():
    now = CoresetSpec("tiny", "exp-dual", WINDOWS, "balanced", rate=0.3, exclusion="bad")
    found = compared.usual(now, 12)
    assert [one.method for one in found] == ["exp-dual", "random", "eva", "el2n", "aum", "forgetting"]
    assert {(one.rate, one.exclusion) for one in found} == {(0.3, "bad")}
    assert found[2].options == WINDOWS | {"combine": "sum"}


def test_el2n_looks_no_further_than_the_run_goes():
    assert {one.method: one.options for one in compared.usual(EVA, 6)}["el2n"] == {"epochs": 6}


def test_the_controls_of_a_selection_have_its_values_under_their_keys():
    held = compared.as_controls(EVA, 12)
    expected = WINDOWS | {"run": "tiny", "method": "eva", "rate": 0.1, "rule": "top", "eva_combine": "sum"}
    shares = {"class_budget": "none", "tau": 0.5, "hard_cutoff": 0.0, "hard_cutoff_by": "aum", "group_budget": "none"}
    assert held == expected | shares | {"average": [], "exclude": "none"}


def test_options_of_a_rule_have_their_type_and_what_it_chooses_itself_stays_empty():
    held = compared.as_controls(
        CoresetSpec("tiny", "random", {"seed": "3", "strata": "20"}, "ccs", rate=0.2, average=("b",), exclusion="bad"),
        12,
    )
    assert (held["random_seed"], held["rule_strata"], held["rule_cutoff"]) == (3, 20, None)
    assert (held["average"], held["exclude"]) == (["b"], "bad")


def test_values_that_no_control_can_hold_are_brought_into_its_range():
    held = compared.as_controls(CoresetSpec("x", "var-single", {"start": 2, "length": 150}, rate=0.001), 200)
    assert (held["rate"], held["width"], held["start"]) == (0.01, 50, 2)


def test_a_greedy_method_leaves_the_rule_alone():
    assert not [key for key in compared.as_controls(CoresetSpec("x", "k-center", rate=0.1), 12) if "rule" in key]
