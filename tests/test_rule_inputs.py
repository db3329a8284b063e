"""What a rule is given is refused in a sentence where it is no number for each sample."""

import numpy as np
import pytest

from coreset_engine import select
from coreset_engine.errors import SelectionError
from coreset_engine.selection import select_from_scores

SCORES, LABELS = np.arange(5.0), [0, 0, 1, 1, 1]
RULES = {"probability": "beta", "features": "diverse", "hardness": "ccs"}


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("probability", np.full(5, 50.0), r"probability of sample 0 holds 50\.0\. Give numbers from 0 to 1"),
        ("probability", [0.1, 0.2, -0.1, 0, 1], r"probability of sample 2 holds -0\.1"),
        ("probability", np.ones((5, 1)), r"probability has shape \(5, 1\) .* one number per sample"),
        ("probability", ["a"] * 5, "type <U1"),
        ("features", np.full((5, 2), np.inf), "features of sample 0 holds inf. Give finite numbers"),
        ("features", np.ones(5), r"features has shape \(5,\) .* one row of numbers per sample"),
        ("features", [[1.0], [2.0, 3.0], [1.0], [1.0], [1.0]], "features have rows of several lengths"),
        ("features", np.ones((4, 2)), "features has 4 rows for 5 scores"),
        ("hardness", np.ones((5, 2)), r"hardness has shape \(5, 2\)"),
        ("hardness", [1, 2, np.nan, 4, 5], "hardness of sample 2 holds nan"),
    ],
)
def test_what_stands_beside_the_scores_is_one_possible_value_per_sample(name, given, words):
    with pytest.raises(SelectionError, match=words):
        select_from_scores(SCORES, LABELS, rate=0.4, rule=RULES[name], **{name: given})


def test_an_infinite_hardness_is_the_least_or_the_most_hard():
    hardness = np.array([np.inf, 1.0, -np.inf, 3.0, 2.0])
    kept = select(SCORES, LABELS, rate=0.8, rule="ccs", cutoff=0.2, hardness=hardness)
    assert kept.tolist() == [0, 1, 3, 4]


def test_a_mean_of_probabilities_may_pass_1_by_rounding():
    assert len(select(SCORES, LABELS, rate=0.4, rule="beta", probability=np.full(5, 1 + 1e-7))) == 2


@pytest.mark.parametrize(
    "scores", [["a"] * 5, np.ones(5) * 1j, np.array(["2026-01-01"] * 5, "datetime64[D]"), [[1], [2, 3]]]
)
def test_scores_that_are_no_numbers_are_refused_in_a_sentence(scores):
    with pytest.raises(SelectionError, match=r"^Scores "):
        select(scores, LABELS, rate=0.4)


def test_none_among_the_scores_is_missing_and_whole_numbers_and_flags_are_numbers():
    with pytest.raises(SelectionError, match=r"1 scores are NaN \(first: sample 1\)"):
        select([1, None, 3, 4, 5], LABELS, rate=0.4)
    assert select(np.array([3, 0, 2, 1, 0]), LABELS, rate=0.4).tolist() == [0, 2]
    assert select(np.array([False, True, True, False, False]), LABELS, rate=0.4).tolist() == [1, 2]
