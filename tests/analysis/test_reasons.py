"""Why a sample is kept or not: scores, thresholds and percentiles worked by hand."""

import numpy as np
import pytest

from coreset_engine.analysis.reasons import place, reasons, sentence
from coreset_engine.coreset import Coreset, CoresetSpec

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1])
SCORES = np.array([8.0, 7, 6, 5, 4, 3, 2, 1])


def coreset(rows, spec, scores=SCORES, keep="highest", **more):
    """A coreset of eight samples, ranked by their scores."""
    return Coreset(np.array(rows), scores, keep, spec=spec, **more)


def asked(method="aum", rule="top", **more):
    """What is asked of a run of eight samples at α = 25 %."""
    return CoresetSpec("tiny", method, {}, rule, rate=0.25, **more)


def test_the_threshold_is_the_last_score_kept_and_the_percentile_what_ranks_behind():
    top = coreset([0, 1], asked())
    first, last, below = reasons(top, [0, 1, 2], LABELS)
    assert [one.threshold for one in (first, last, below)] == [7, 7, 7]
    assert [one.percentile for one in (first, last, below)] == [87.5, 75, 62.5]  # 7, 6 and 5 of 8 rank behind
    assert sentence([("A aum", first)]) == "A aum keeps it (score 8 > 7, percentile 87.5)."
    assert sentence([("A", last), ("B", below)]) == (
        "A keeps it (score 7 = 7, percentile 75); B drops it (score 6 < 7, percentile 62.5)."
    )


def test_where_low_scores_are_kept_the_sign_turns():
    low = coreset([6, 7], asked(), keep="lowest")
    assert sentence([("A", reasons(low, [7], LABELS)[0])]) == "A keeps it (score 1 < 2, percentile 87.5)."
    assert sentence([("A", reasons(low, [5], LABELS)[0])]) == "A drops it (score 3 > 2, percentile 62.5)."


@pytest.mark.parametrize("spec", [asked(rule="balanced"), asked(class_budget="equal")])
def test_where_classes_share_the_places_each_has_its_threshold(spec):
    found = reasons(coreset([0, 4], spec), [1, 4, 5], LABELS)
    assert [one.threshold for one in found] == [8, 4, 4]
    assert sentence([("A", found[0])]) == "A drops it (score 7 < 8 of its class, percentile 75)."
    nothing = reasons(coreset([0, 1], spec), [4], LABELS)[0]
    assert sentence([("A", nothing)]) == "A drops it: nothing of its class is kept (score 4, percentile 37.5)."


def test_where_groups_share_the_places_no_score_divides():
    found = reasons(coreset([0, 4], asked(group_budget="equal")), [1, 4], LABELS)  # 4 is kept, and 7 is not
    assert [(one.basis, np.isnan(one.threshold)) for one in found] == [("rule", True)] * 2


def test_a_rule_beyond_the_score_a_draw_and_a_pick_have_no_threshold():
    rule = reasons(coreset([2, 3], asked(rule="ccs")), [0], LABELS)[0]
    draw = reasons(coreset([0, 1], asked("random")), [0], LABELS)[0]
    picked = coreset([2, 5], asked("herding"), np.array([0.0, 0, 2, 0, 0, 1, 0, 0]))
    pick, left = reasons(picked, [5, 0], LABELS)
    assert np.isnan([one.threshold for one in (rule, draw, pick, left)]).all()
    assert np.isnan(left.percentile)  # a set ranks nothing that it leaves
    assert sentence([("A", rule), ("B", draw), ("C", pick), ("D", left)]) == (
        "A drops it by its rule (score 8, percentile 87.5); B draws it, by chance alone; C picks it as number 2; "
        "D does not pick it."
    )


def test_what_may_not_be_kept_is_said_and_the_full_data_keeps_all():
    cut = coreset([1, 2], asked(), cut=np.arange(8) == 0)
    found = reasons(cut, [0, 7], LABELS, excluded=[7])
    full = coreset(range(8), CoresetSpec("tiny", "full", rate=1.0), np.ones(8))
    assert sentence([("A", found[0]), ("B", found[1]), ("C", reasons(full, [3], LABELS)[0])]) == (
        "A may not keep it: it is cut off as too hard; B may not keep it: it is excluded; C keeps every sample."
    )


@pytest.mark.parametrize(
    ("keep", "places"), [("highest", [2, 4, 3, 1]), ("lowest", [2, 1, 3, 4]), ("middle", [1, 3, 2, 4])]
)
def test_a_place_is_counted_where_nothing_is_ranked_and_ties_go_by_row(keep, places):
    few = Coreset(np.array([0]), np.array([2.0, 1, 2, 3]), keep)
    assert [place(few, row) for row in range(4)] == places
    assert few.places.tolist() == places
