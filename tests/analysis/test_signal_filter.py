"""Filters over signals, on samples whose values are worked by hand."""

import re

import numpy as np
import pytest

from coreset_engine import Dynamics, load_run, score
from coreset_engine.analysis import filter_meaning
from coreset_engine.analysis.signal_filter import matching, numbers_in, rows_matching
from coreset_engine.errors import ConfigError, WindowError
from coreset_engine.sources import Sources

NAMES = ("liver", "left kidney", "7")
# p of three classes, one line per epoch, samples 0..4 with the labels below it
EPOCHS = [
    [[0.8, 0.1, 0.1], [0.1, 0.7, 0.2], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.1, 0.8, 0.1]],
    [[0.8, 0.1, 0.1], [0.5, 0.3, 0.2], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.7, 0.2, 0.1]],
    [[0.8, 0.1, 0.1], [0.1, 0.7, 0.2], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.1, 0.8, 0.1]],
    [[0.8, 0.1, 0.1], [0.5, 0.3, 0.2], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.1, 0.8, 0.1]],
]
LABELS = [0, 1, 1, 2, 1]
# confidence, the mean p_y:        0.8  0.5  0.3  0.6  0.65
# forgetting, right then wrong:    0    2    never right  0    1
# predicted last:                  0    0    0    2    1


@pytest.fixture
def run():
    return Dynamics.from_probabilities(np.array(EPOCHS), np.array(LABELS), "tiny")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("confidence > 0.62", [0, 4]),
        ("0.62 < confidence", [0, 4]),
        ("confidence >= 0.45 and confidence < 0.62", [1, 3]),
        ("forgetting = 1", [4]),
        ("forgetting == 2 or forgetting = 1", [1, 4]),
        ("class = liver", [0]),
        ("liver = class", [0]),
        ("class = 'left kidney'", [1, 2, 4]),
        ('label != "left kidney"', [0, 3]),
        ("class = 1", [1, 2, 4]),
        ("class = 7", [3]),  # the class named 7 is number 2
        ("class in (liver, 7)", [0, 3]),
        ("class not in (liver, 7)", [1, 2, 4]),
        ("prediction_last = liver", [0, 1, 2]),
        ("prediction_last != class", [1, 2]),
        ("correct_last", [0, 3, 4]),
        ("not correct_last", [1, 2]),
        ("NOT correct_last AND Confidence < 0.4", [2]),
        ("correctness = 1", [0, 3]),
        ("loss_last > 1.2", [1, 2]),  # -ln 0.3 = 1.204 of both; others at most -ln 0.6
        ("row in (0, 4)", [0, 4]),
        ("row >= 2 and row <= 3", [2, 3]),
        ("aum < -0.1", [2]),  # 0.3 - 0.6 in every epoch
        ("class = liver or class = 7 and row < 1", [0]),  # `and` first
        ("(class = liver or class = 7) and row > 0", [3]),
        ("not (class = liver or not correct_last)", [3, 4]),
        ("confidence > loss_last", [0, 3, 4]),  # 0.5 and 0.3 are below 1.204; 0.6 is above -ln 0.6 = 0.51
        ("forgetting > 3 and class = liver and not correct_last", []),
        ("not not correct_last", [0, 3, 4]),
    ],
)
def test_a_filter_is_true_of_the_samples_found_by_hand(text, rows, run):
    assert rows_matching(run, text, class_names=NAMES).tolist() == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("confidence < p50", [1, 2]),  # the middle one, 0.6, is not below itself
        ("confidence <= p50", [1, 2, 3]),
        ("confidence > p90", [0]),  # 0.65 and 0.8: 0.74
        ("confidence < p10", [2]),  # 0.3 and 0.5: 0.38
        ("p87.5 > confidence", [1, 2, 3, 4]),  # half of the way from 0.65 to 0.8
        ("confidence >= p100", [0]),
    ],
)
def test_a_percentile_is_taken_over_all_samples(text, rows, run):
    assert rows_matching(run, text).tolist() == rows


def test_a_percentile_of_values_that_are_infinite_is_one_of_them():
    values = np.array([1.0, 2.0, np.inf, np.inf])
    assert filter_meaning._at_percentile(values, 100) == np.inf
    assert filter_meaning._at_percentile(values, 50) == 2.0  # between 2 and infinity lies no number
    assert filter_meaning._at_percentile(values, 80) == np.inf


def test_the_classes_own_names_go_before_the_names_of_values(run):
    names = ("label", "aum", "p10")
    assert rows_matching(run, "prediction_last = label", class_names=names).tolist() == [0, 1, 2]
    assert rows_matching(run, "class in (label, p10)", class_names=names).tolist() == [0, 3]
    assert rows_matching(run, "prediction_last = label").tolist() == [0, 3, 4]  # without such a class: the label itself


def test_dashes_of_names_may_be_underscores(tiny_run):
    assert matching(tiny_run, "var_all >= p0 and var-all >= p0").all()


def test_a_sample_of_several_labels_is_of_each_of_them():
    logits = np.array([[[5, -5, 5], [-5, 5, -5], [5, 5, 5]]], np.float32)
    run = Dynamics.from_logits(logits, np.array([[1, 0, 1], [1, 0, 0], [1, 1, 1]]))
    assert rows_matching(run, "class = 0").tolist() == [0, 1, 2]
    assert rows_matching(run, "class in (1, 2)").tolist() == [0, 2]
    assert rows_matching(run, "class != 2").tolist() == [1]
    assert rows_matching(run, "prediction_last = 1").tolist() == [1, 2]
    assert rows_matching(run, "prediction_last = class and correct_last").tolist() == [0, 2]


def test_a_run_of_the_cache_knows_the_names_of_its_classes(recorded):
    run = load_run("tiny")
    kept = np.flatnonzero((score(run, "aum") < np.quantile(score(run, "aum"), 0.1)) & (run.labels == 1))
    assert rows_matching("tiny", "aum < p10 and class = 1").tolist() == kept.tolist()
    assert matching(Sources.of_run("tiny"), "aum < p10 and class = 1").sum() == len(kept) > 0


def test_scores_of_several_runs_are_averaged_and_all_else_is_the_first_ones(run):
    other = Dynamics.from_probabilities(np.array(EPOCHS)[:, :, [0, 1, 2]] * 0 + 1 / 3, np.array(LABELS), "other")
    both = Sources.of([run, other])  # confidence: the mean with 1/3, 0.567 0.417 0.317 0.467 0.492
    assert rows_matching(both, "confidence > 0.48 and correct_last").tolist() == [0, 4]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("group = P1", [0, 3]),
        ("group != P1 and group != 007", [2, 4]),
        ("group in ('P 2', 007)", [1, 2]),
        ("group not in (P1)", [1, 2, 4]),
        ("not correct_last or group = P1", [0, 1, 2, 3]),
    ],
)
def test_samples_are_found_by_what_they_belong_to(text, rows, run):
    groups = np.array(["P1", "007", "P 2", "P1", ""])
    assert rows_matching(run, text, groups=lambda: groups).tolist() == rows


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("group = P9", "Filter, character 9: no train image belongs to a group 'P9'."),
        ("group > P1", "Filter, character 1: groups have no order."),
        ("group", "Filter, character 1: group alone is neither true nor false. Compare it, e.g. group = P01."),
    ],
)
def test_a_mistake_about_groups_is_one_sentence_with_its_place(text, said, run):
    with pytest.raises(ConfigError, match=re.escape(said)):
        matching(run, text, groups=lambda: np.array(["P1"] * 5))


def test_without_groups_none_can_be_asked_for(run, recorded):
    with pytest.raises(ConfigError, match="needs groups="):
        matching(run, "group = P1")
    with pytest.raises(ConfigError, match="The train images of tiny have no groups"):
        matching("tiny", "group = P1")


@pytest.mark.parametrize("name", ["wrong_label", "true_label", "corrupted", "duplicate_of"])
def test_injected_errors_can_not_be_asked_for(name, run):
    with pytest.raises(ConfigError, match=f"there is no value '{name}'"):
        matching(run, f"{name} = 1")


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        (
            "aun > 3",
            1,
            "there is no value 'aun'. There are: class, label, prediction_last, correct_last, group, loss_last",
        ),
        ("class = livr", 9, "there is no class 'livr'. Choose one of: liver, left kidney, 7; or a number from 0."),
        ("class in (liver, 9)", 18, "there is no class '9'"),
        ("class > liver", 1, "classes have no order"),
        ("aum", 1, "aum alone is neither true nor false. Compare it, e.g. aum > p50."),
        ("row > 1 and class", 13, "class alone is neither true nor false"),
        ("correct_last = 1", 1, "correct_last is true or false: write it alone, or not correct_last."),
        ("aum < liver", 7, "aum is a number: compare it with one, or with a percentile as p10, not 'liver'."),
        ("aum < p101", 7, "p101 is no percentile. They run from p0 to p100."),
        ("3 < 4", 1, "'3' is no value of a sample"),
        ("aum >", 6, "what it is compared with is missing here."),
        ("aum > and row = 1", 7, "what it is compared with is missing here, before 'and'."),
        ("and row = 1", 1, "a value, e.g. aum > 0.5, is missing here, before 'and'."),
        ("(aum > 3", 1, "this parenthesis has no end."),
        ("aum > 3)", 8, "')' is one too many. Join comparisons by and, or."),
        ("0 < aum < 3", 9, "'<' is one too many."),
        ("aum > 3 row = 1", 9, "'row' is one too many."),
        ("class in liver", 10, "in takes a list: write it as in (liver, spleen)."),
        ("class in (liver 7)", 17, "the list has no end."),
        ("class in ()", 11, "a member of the list is missing here, before ')'."),
        ('class = "left kidney', 9, 'the quote " has no end.'),
        ("class = 3d", 9, "'3d' can't be read."),
        ("aum > 1.2.3", 7, "'1.2.3' can't be read."),
        ("aum * 2 > 1", 5, "'*' can't be read."),
        ("__import__('os')", 11, "'(' is one too many."),
        ("not " * 60 + "correct_last", 201, "more than 50 parentheses and nots"),
        ("(" * 60 + "correct_last" + ")" * 60, 51, "more than 50 parentheses and nots"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(text, at, said, run):
    with pytest.raises(ConfigError) as told:
        matching(run, text, class_names=NAMES)
    assert str(told.value).startswith(f"Filter, character {at}: ")
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("text", "said"), [(" ", "The filter is empty."), ("row = 1 or " * 100, "has 1,100 characters")]
)
def test_a_filter_that_says_nothing_or_too_much_is_refused(text, said, run):
    with pytest.raises(ConfigError, match=said):
        matching(run, text)


def test_a_value_that_a_run_can_not_give_is_told_by_the_method_itself(run):
    with pytest.raises(WindowError, match="10 epochs"):  # of 4
        matching(run, "el2n > 0.1")


def test_the_numbers_that_a_filter_reads_are_named_in_their_order():
    assert numbers_in("forgetting > 3 and not (aum < p10 or row = 2) and class = cld and 1 < forgetting") == [
        "forgetting",
        "aum",
    ]


def test_what_is_compared_needs_no_option_and_is_not_drawn():
    known = set(filter_meaning.kinds())
    assert {"forgetting", "aum", "el2n", "confidence", "variability", "correctness", "entropy", "dyn-unc"} <= known
    assert not {"eva", "exp-dual", "random", "grand", "moderate", "cal"} & known


def test_of_more_labels_than_an_integer_has_bits_a_class_is_not_asked_for():
    labels = np.zeros((3, 64), np.uint8)
    labels[0, 63] = 1
    run = Dynamics.from_logits(np.full((2, 3, 64), 2, np.float32), labels, "many")
    names = tuple(f"l{number}" for number in range(64))
    with pytest.raises(ConfigError, match="for up to 63 labels only"):
        matching(Sources.of(run), "class = l63", class_names=names)
    assert matching(Sources.of(run), "correct_last", class_names=names).tolist() == [False] * 3
