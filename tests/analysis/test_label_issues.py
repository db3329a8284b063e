"""Suspected labels and confused classes, worked out by hand on 5 samples, 6 epochs and 3 classes."""

import math

import numpy as np
import pytest

from coreset_engine import Dynamics
from coreset_engine.analysis import label_issues, proposals
from coreset_engine.analysis.label_issues import find, quality
from coreset_engine.errors import ConfigError, DynamicsError, WindowError

# What each sample was given in the epochs 1..6; all samples are labelled 0 but the last, which is 2.
WELL = [(0.8, 0.1, 0.1)] * 6
TWICE = [(0.1, 0.7, 0.2)] * 4 + [(0.2, 0.1, 0.7), (0.1, 0.6, 0.3)]  # never right; at last class 2, then 1
LEARNED = [(0.1, 0.2, 0.7)] * 3 + [(0.4, 0.3, 0.3)] * 3  # against its label first, learned by heart later
DOUBTFUL = [(0.45, 0.35, 0.2)] * 4 + [(0.4, 0.45, 0.15)] * 2
LAST = [(0.5, 0.3, 0.2)] * 4 + [(0.1, 0.1, 0.8)] * 2
LABELS = np.array([0, 0, 0, 0, 2])


@pytest.fixture
def run():
    outputs = np.array([WELL, TWICE, LEARNED, DOUBTFUL, LAST], np.float64).transpose(1, 0, 2)
    return Dynamics.from_probabilities(outputs, LABELS, "tiny")


def test_low_aum_suspects_a_mean_margin_below_zero(run):
    found = find(run, "low-aum")
    # margins: 0.7; 4 x -0.6, -0.5, -0.5; 3 x -0.6, 3 x 0.1; 4 x 0.1, 2 x -0.05; 4 x -0.3, 2 x 0.7
    np.testing.assert_allclose(found.scores, [-0.7, 3.4 / 6, 1.5 / 6, -0.3 / 6, -0.2 / 6], atol=1e-6)
    assert found.mask.tolist() == [False, True, True, False, False]


def test_never_learned_suspects_labels_that_no_epoch_predicted(run):
    found = find(run, "never-learned")
    np.testing.assert_allclose(found.scores, [0, 1, 0.5, 2 / 6, 4 / 6])
    assert found.mask.tolist() == [False, True, False, False, False]


def test_confident_elsewhere_adds_the_other_class_where_it_was_predicted_in_the_last_third(run):
    found = find(run, "confident-elsewhere", confidence=0.45)
    # epochs 5 and 6: class 2 with 0.7 and class 1 with 0.6 -> 0.7 / 2; class 1 with 0.45 twice -> 0.45
    np.testing.assert_allclose(found.scores, [0, 0.35, 0, 0.45, 0], atol=1e-6)
    assert found.proposed.tolist() == [-1, 2, 2, 1, 0]
    assert find(run, "confident-elsewhere", confidence=0.34).mask.tolist() == [False, True, False, True, False]
    assert not find(run, "confident-elsewhere").mask.any()


def test_a_class_is_proposed_from_all_epochs_where_the_last_ones_agree_with_the_label(run):
    assert find(run, "low-aum").proposed[[2, 4]].tolist() == [2, 0]


def test_the_votes_of_the_rules_are_counted_and_equal_votes_ordered_by_rank(run):
    found = find(run, confidence=0.34)
    assert found.rule == "combined"
    assert np.floor(found.scores).tolist() == [0, 3, 1, 1, 0]
    # ranks: (1 5 4 2 3), (1 5 3 2 4), (2 4 2 5 2) of 5 + 1; the third has three zeros, which share the ranks 1..3
    np.testing.assert_allclose(found.scores % 1, np.array([4, 14, 9, 9, 9]) / 3 / 6)
    assert found.mask.tolist() == [False, True, False, False, False]
    assert find(run, confidence=0.34, votes=1).mask.tolist() == [False, True, True, True, False]


def test_a_share_suspects_the_highest_scores_only(run):
    assert find(run, "low-aum", share=0.6).rows.tolist() == [1, 2, 4]
    assert find(run, "never-learned", share=0.21).rows.tolist() == [1, 4]  # 1.05 samples are two
    assert find(run, "low-aum", share=1e-11).rows.tolist() == [find(run, "low-aum").scores.argmax()]  # one, not all


def test_rows_come_the_most_suspect_first_and_equal_ones_by_row(run):
    scores, mask = np.array([0.1, 0.9, 0.5, 0.9]), np.array([1, 1, 0, 1], bool)
    found = label_issues.Suspects("low-aum", scores, mask, proposals.Proposals(run))
    assert found.rows.tolist() == [1, 3, 0]


def test_suspects_do_not_depend_on_how_many_samples_are_looked_at_at_once(golden_run, monkeypatch):
    whole = find(golden_run)
    monkeypatch.setattr(proposals, "BLOCK", 7)
    np.testing.assert_array_equal(find(golden_run).scores, whole.scores)
    np.testing.assert_array_equal(find(golden_run).proposed, whole.proposed)


def test_planted_wrong_labels_are_found_with_the_class_they_came_from():
    draws = np.random.default_rng(0)
    true, wrong = draws.integers(0, 4, 400), np.arange(400) < 20
    logits = draws.normal(0, 0.5, (9, 400, 4)) + 3 * np.eye(4)[true]
    found = find(Dynamics.from_logits(logits.astype(np.float32), np.where(wrong, (true + 1) % 4, true)))
    np.testing.assert_array_equal(found.mask, wrong)
    np.testing.assert_array_equal(found.proposed[wrong], true[wrong])


def test_quality_compares_suspects_with_what_is_wrong():
    truth = np.array([True, True, True, False, False, False])
    found = quality(np.array([True, True, False, True, True, False]), truth)
    assert found == (0.5, 2 / 3, 4 / 7, 4)


def test_of_no_suspects_precision_is_unknown_and_the_rest_is_zero():
    found = quality(np.zeros(3, bool), np.array([True, False, False]))
    assert math.isnan(found.precision)
    assert found[1:] == (0, 0, 0)


def test_quality_refuses_two_sets_of_samples():
    with pytest.raises(ConfigError, match="the same samples"):
        quality(np.zeros(3, bool), np.zeros(4, bool))


def test_confused_classes_of_the_last_third_are_counted_per_label(run):
    # the 8 predictions for label 0: 0 0 | 2 1 | 0 0 | 1 1; label 2 is predicted right
    assert label_issues.confused_pairs(run) == [(0, 1, 3, 3 / 8), (0, 2, 1, 1 / 8)]


def test_the_last_third_of_four_epochs_are_two():
    outputs = np.array([WELL, TWICE, LEARNED, DOUBTFUL, LAST], np.float64).transpose(1, 0, 2)[:4]
    # epochs 3 and 4 for label 0: 0 0 | 1 1 | 2 0 | 0 0; for label 2: 0 0
    run = Dynamics.from_probabilities(outputs, LABELS)
    assert label_issues.confused_pairs(run) == [(0, 1, 2, 0.25), (2, 0, 2, 1.0), (0, 2, 1, 1 / 8)]


def test_confused_classes_of_chosen_epochs(run):
    # epoch 4: 0 1 0 0 for label 0, and 0 for label 2
    assert label_issues.confused_pairs(run, 4, 4) == [(0, 1, 1, 0.25), (2, 0, 1, 1.0)]


@pytest.mark.parametrize("epochs", [(3, 7), (5, 4), (-1, 3), (0, 3)])
def test_epochs_that_were_not_recorded_are_refused(run, epochs):
    with pytest.raises(WindowError, match="Choose 1 to 6"):
        label_issues.confused_pairs(run, *epochs)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "high-aum"}, "Choose one of: low-aum, never-learned"),
        ({"share": 0.0}, "share=0.0 is not possible"),
        ({"share": math.nan}, "share=nan is not possible"),
        ({"confidence": 1.5}, "confidence=1.5"),
        ({"votes": 4}, "give 1, 2 or 3"),
    ],
)
def test_what_no_rule_can_do_is_refused(run, options, message):
    with pytest.raises(ConfigError, match=message):
        find(run, **options)


def test_a_multi_label_run_has_no_suspects():
    many = Dynamics.from_logits(np.zeros((2, 3, 2), np.float32), np.array([[0, 1], [1, 1], [0, 0]]))
    for call in (find, label_issues.confused_pairs):
        with pytest.raises(DynamicsError, match="multi-label"):
            call(many)
