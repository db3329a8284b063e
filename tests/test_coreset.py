"""What is asked of a selection: checked when made, the same after every conversion, exact to the last bit of α."""

import shlex

import numpy as np
import pytest

from coreset_engine import CoresetSpec, coreset_of, methods, scores, select, selection
from coreset_engine.cli.select import select as command
from coreset_engine.coreset import Coreset
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.windows import Window

WINDOWS = {"early": 1, "late": 4, "length": 2}
RATES = (1.0, 0.1, 1 / 3, 0.123456789012345, 1e-9)
# one value that is not the default for every type of option, at its lowest bound's side
OTHER = {bool: lambda one: not one.default, int: lambda one: 3, str: lambda one: "aum",
         float: lambda one: (max(one.within.least, 0) if one.within else 0) + 0.123456789}  # fmt: skip


def given(known):
    """Options of a method or rule, each with another value than its default."""
    found = {}
    for name, one in known.items():
        others = [choice for choice in one.choices if choice != one.default]
        found[name] = others[-1] if others else OTHER[one.kind](one)
    return found


def every_spec():
    """A spec for every method × rule, with and without options."""
    for name, entry in methods.all_methods().items():
        for rule in ("top",) if methods.is_greedy(name) else selection.all_rules():
            needed = {key: 3 for key, one in entry.options.items() if one.required}
            yield name, rule, needed, {}
            shared = {
                key: value for key, value in given(selection.get(rule).options).items() if key not in entry.options
            }
            yield name, rule, given(entry.options), shared


def test_a_spec_is_the_same_after_arguments_text_and_python_for_every_method_rule_and_rate():
    count = 0
    for name, rule, options, of_rule in every_spec():
        for rate in RATES:
            spec = CoresetSpec("demo", name, options, rule, rate=rate, rule_options=of_rule)
            assert CoresetSpec.from_argv(spec.to_argv()) == spec
            assert CoresetSpec.from_text(spec.to_text()) == spec
            assert eval(spec.to_python()) == spec
            assert hash(CoresetSpec.from_text(spec.to_text())) == hash(spec)
            count += 1
    assert count > 2 * len(RATES) * len(scores.all_scores())


def test_runs_averaged_in_exclusion_and_snapshot_come_back_too():
    more = {"average": ("b", "c"), "exclusion": "odd; rm -rf ~", "snapshot": 4}
    spec = CoresetSpec("demo", "margin", rate=0.2, **more)
    assert CoresetSpec.from_argv(shlex.split(shlex.join(spec.to_argv()))) == spec
    assert CoresetSpec.from_text(spec.to_text()) == eval(spec.to_python()) == spec
    assert (spec.average, spec.exclusion, spec.snapshot) == (("b", "c"), "odd; rm -rf ~", 4)


def test_the_command_line_reads_the_arguments_of_a_spec_as_the_spec_does():
    spec = CoresetSpec("demo", "eva", WINDOWS, "ccs", rate=1 / 3, rule_options={"strata": 7}, average=("b",))
    found = command.make_context("select", [*spec.to_argv(), "--out", "c.csv"]).params
    assert (found["run"], found["method"], found["rate"], found["rule"]) == ("demo", "eva", 1 / 3, "ccs")
    assert found["average"] == ("b",)
    assert dict(item.split("=") for item in found["extra"]) == {"early": "1", "late": "4", "length": "2", "strata": "7"}


def test_windows_may_be_given_by_words_of_their_own():
    words = ["demo", "--method", "eva", "--early", "1", "--late", "4", "--length", "2", "--rate", "0.1"]
    assert CoresetSpec.from_argv(words) == CoresetSpec("demo", "eva", WINDOWS, rate=0.1)


@pytest.mark.parametrize("words", [[], ["demo"], ["demo", "--method", "aum"], ["demo", "--rate", "0.1"], ["--rate"]])
def test_arguments_with_a_gap_are_a_sentence(words):
    with pytest.raises(ConfigError, match=r"is missing|has no value|One run is needed"):
        CoresetSpec.from_argv(words)


def test_values_get_their_types_and_options_of_the_rule_find_their_place():
    spec = CoresetSpec("demo", "random", {"seed": "3", "strata": "20", "cutoff": None}, "ccs", rate=0.2)
    assert (spec.options, spec.rule_options) == ({"seed": 3}, {"seed": 3, "strata": 20})
    assert spec == CoresetSpec("demo", "random", {"seed": 3}, "ccs", rate=0.2, rule_options={"strata": 20})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"method": "evaa"}, "no method 'evaa'"),
        ({"rule": "tops"}, "no selection rule 'tops'"),
        ({"rate": 0}, "selection rate is 0"),
        ({"rate": float("nan")}, "selection rate is nan"),
        ({"rate": "0.1"}, "selection rate is '0.1'"),
        ({"run": "--run"}, "is no name of a run"),
        ({"options": WINDOWS | {"window": 3}}, "has an option 'window'"),
        ({"options": {"early": 1}}, "needs a value for late"),
        ({"options": WINDOWS | {"length": "two"}}, "length='two' is not possible"),
        ({"method": "k-center", "options": {}, "rule": "balanced"}, "picks a set itself"),
        ({"method": "full", "options": {}, "rule": "balanced"}, "has no options, rule, budgets or cut-off"),
        (
            {"method": "random", "options": {"seed": 1}, "rule": "ccs", "rule_options": {"seed": 2}},
            "share the option seed",
        ),
    ],
)
def test_what_can_not_be_is_refused_when_it_is_made(wrong, said):
    asked = {"run": "demo", "method": "eva", "options": WINDOWS, "rate": 0.1} | wrong
    with pytest.raises(EngineError, match=said):
        CoresetSpec(**asked)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"run":"x"}', CoresetSpec("demo", "aum", rate=0.1).to_text().replace("0.1", '"much"')],
)
def test_a_text_that_was_changed_is_a_sentence(text):
    with pytest.raises(ConfigError, match="selection in this link can't be read"):
        CoresetSpec.from_text(text)


@pytest.mark.parametrize(
    ("method", "options", "windows"),
    [
        ("eva", {"early": 2, "late": 9, "length": 3}, (Window(2, 3), Window(9, 3))),
        ("eva", {"early": 2, "late": 19}, (Window(2, 10), Window(19, 10))),
        ("var-single", {"start": 4, "length": 3}, (Window(4, 3),)),
        ("el2n", {"epochs": 5}, (Window(1, 5),)),
        ("dual", {"epochs": 30}, (Window(1, 30),)),
        ("dual", {}, ()),  # the length of the run decides
        ("aum", {}, ()),
        ("full", {}, ()),
    ],
)
def test_the_windows_are_those_that_the_method_reads(method, options, windows):
    assert CoresetSpec("demo", method, options, rate=0.1).windows == windows


def test_the_label_says_method_windows_rate_rule_and_exclusion():
    eva = CoresetSpec("a", "eva", {"early": 1, "late": 7, "length": 3}, rate=0.1, average=("b",), exclusion="bad")
    assert eva.label == "eva 1/7 K3 mean of 2 runs, α = 10 %, without bad"
    ccs = CoresetSpec("a", "aum", {}, "ccs", rate=0.125, rule_options={"strata": 20})
    assert ccs.label == "aum, α = 12.5 %, rule ccs strata=20"


def test_file_names_tell_coresets_apart():
    options = {"early": 1, "late": 190, "length": 10, "combine": "sum"}
    eva = CoresetSpec("organs", "eva", options, "balanced", rate=0.1, exclusion="odd")
    assert eva.file_stem == "organs-eva-1-190-K10-alpha-0.1-rule-balanced-without-odd"
    el2n = CoresetSpec("organs", "el2n", {"epochs": 10}, rate=0.05, average=("b",))
    assert el2n.file_stem == "organs-el2n-mean-of-2-runs-alpha-0.05"
    late = CoresetSpec("organs", "grand", {"seed": 3}, "ccs", rate=0.05, rule_options={"strata": 20}, snapshot=7)
    assert late.file_stem == "organs-grand-after-epoch-7-alpha-0.05-rule-ccs-strata-20-seed-3"


def test_a_coreset_of_a_spec_is_what_select_keeps(recorded):
    spec = CoresetSpec("tiny", "eva", WINDOWS, "balanced", rate=0.13)
    found = coreset_of(spec)
    from coreset_engine import load_run

    expected = select(load_run("tiny"), method="eva", rule="balanced", rate=0.13, **WINDOWS)
    np.testing.assert_array_equal(found.rows, expected)
    np.testing.assert_array_equal(np.flatnonzero(found.kept), expected)
    assert (found.size, found.spec) == (len(expected), spec)


def test_all_data_is_every_row(recorded):
    assert coreset_of(CoresetSpec("tiny", "full", rate=1.0)).rows.tolist() == list(range(200))


def test_places_threshold_and_mask_follow_from_rows_and_ranking():
    values = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    found = Coreset(np.array([1, 3]), values, "highest")
    assert found.kept.tolist() == [False, True, False, True, False]
    assert (found.size, found.threshold) == (2, 0.6)
    assert found.places.tolist() == [1, 2, 3, 4, 5]
