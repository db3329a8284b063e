"""One sample of a run: its course by hand, and its place among all others."""

import math

import numpy as np
import pytest

from coreset_engine import Dynamics, Snapshot
from coreset_engine.analysis import samples
from coreset_engine.analysis.samples import Stretch, parse_rows, ranks_of, standings, timeline, under_options
from coreset_engine.datasets import corruptions
from coreset_engine.errors import ConfigError, UnknownNameError
from coreset_engine.sources import Sources

# Sample 1 is labelled 1 and predicted 0 0 1 1 1 0 in epochs 1..6; sample 0 is always right.
NAMES = ("liver", "heart", "spleen")
OWN = [0.2, 0.4, 0.7, 0.8, 0.9, 0.3]


def ranks(sources, row, methods=None):
    """Where methods rank one sample."""
    return ranks_of(standings(sources, methods), row)


@pytest.fixture
def run():
    outputs = np.array([[[0.9, 0.1], [1 - own, own]] for own in OWN])
    return Dynamics.from_probabilities(outputs, np.array([0, 1]), "tiny")


def test_a_timeline_tells_every_signal_of_every_epoch(run):
    told = timeline(run, 1)
    assert (told.row, told.label, told.epochs.tolist()) == (1, 1, [1, 2, 3, 4, 5, 6])
    assert set(told.signals) == {"error_norm", "target_probability", "margin", "entropy", "loss", "probabilities"}
    np.testing.assert_allclose(told.signals["target_probability"], OWN, rtol=1e-6)
    np.testing.assert_allclose(told.signals["error_norm"], np.sqrt(2) * (1 - np.array(OWN)), rtol=1e-6)
    np.testing.assert_allclose(told.signals["probabilities"][:, 1], OWN, rtol=1e-6)


def test_equal_predictions_are_joined_to_stretches_of_epochs_from_1(run):
    told = timeline(run, 1)
    assert told.prediction.tolist() == [0, 0, 1, 1, 1, 0]
    assert told.correct.tolist() == [False, False, True, True, True, False]
    assert told.stretches == [(1, 2, 0), (3, 5, 1), (6, 6, 0)]
    assert timeline(run, 0).stretches == [Stretch(1, 6, 0)]


def test_a_multi_label_sample_is_told_as_sets_of_labels():
    logits = np.array([[[5, -5, 5]], [[5, -5, -5]]], np.float32)
    told = timeline(Dynamics.from_logits(logits, np.array([[1, 0, 1]])), 0)
    assert (told.label, told.prediction.tolist(), told.correct.tolist()) == (0b101, [0b101, 0b001], [True, False])


@pytest.mark.parametrize("row", [2, -1])
def test_a_sample_that_does_not_exist_is_refused(run, row):
    for call in (lambda: timeline(run, row), lambda: ranks(Sources.of(run), row, ["aum"])):
        with pytest.raises(ConfigError, match="0 to 1"):
            call()


def test_rank_1_is_the_sample_that_a_method_keeps_first(run):
    # AUM keeps the lowest, variability the highest: both put the unsettled sample first
    found = {one.method: one for one in ranks(Sources.of(run), 1, ["aum", "variability"])}
    assert [(one.rank, one.of, one.keep) for one in found.values()] == [(1, 2, "lowest"), (1, 2, "highest")]
    assert found["aum"].score == pytest.approx(np.mean(2 * np.array(OWN) - 1), rel=1e-6)
    assert [one.rank for one in ranks(Sources.of(run), 0, ["aum", "variability"])] == [2, 2]


def test_a_method_of_the_middle_ranks_the_middle_first():
    features = np.array([[0.0], [1], [2], [4], [8]])
    snapshot = Snapshot.from_arrays(features=features, logits=np.zeros((5, 1)), labels=np.zeros(5, int))
    # distances to the median 2 are 2 1 0 2 6; in order 0 1 2 2 6 sample 0 is the middle, samples 1 and 3 beside it
    assert standings(Sources.of(snapshot), ["moderate"])[0].ranks.tolist() == [1, 2, 4, 3, 5]


def test_windows_that_must_be_given_are_the_two_ends_of_the_run(run, tiny_run):
    found = standings(Sources.of(run), ["eva", "exp-dual", "aum"])
    assert [one.options for one in found] == [{"early": 1, "late": 4, "length": 3}] * 2 + [{}]
    own = np.sqrt(2) * (1 - np.array(OWN))
    np.testing.assert_allclose(found[0].scores, [0, own[:3].var() + own[3:].var()], atol=1e-6)
    assert standings(Sources.of(tiny_run), ["eva"])[0].options == {"early": 1, "late": 7, "length": 6}


def test_a_method_that_cannot_be_computed_is_named_with_its_reason(run):
    grand, el2n, aum = ranks(Sources.of(run), 1, ["grand", "el2n", "aum"])
    assert "needs a snapshot" in grand.failure
    assert "10 epochs" in el2n.failure  # of 6
    assert (math.isnan(grand.score), grand.rank, grand.of) == (True, 0, 0)
    assert (aum.failure, aum.rank) == ("", 1)


def test_by_default_every_scoring_method_is_there_and_no_greedy_one(recorded):
    names = {one.method: one for one in standings(Sources.of_run("tiny"))}
    assert {"eva", "aum", "forgetting", "grand", "moderate", "random"} <= set(names)
    assert not {"k-center", "craig", "uniform"} & set(names)
    assert names["grand"].failure == names["eva"].failure == ""
    for one in names.values():
        assert one.failure or sorted(one.ranks.tolist()) == list(range(1, 201))


def test_kept_standings_answer_for_every_sample(tiny_run):
    kept = standings(Sources.of(tiny_run), ["forgetting", "eva"])
    assert sorted(samples.ranks_of(kept, row)[1].rank for row in range(8)) == list(range(1, 9))


def test_a_method_that_does_not_exist_is_refused(run):
    with pytest.raises(UnknownNameError, match="scoring method"):
        standings(Sources.of(run), ["k-center"])


def test_standings_take_the_windows_chosen_and_leave_other_methods_alone(tiny_run):
    sources = Sources.of(tiny_run)
    found = standings(sources, ["eva", "exp-dual", "aum"])
    options = {"early": 2, "late": 7, "length": 3, "combine": "sum"}
    eva, dual, aum = under_options(found, sources, "eva", options)
    norms = tiny_run.error_norms.astype(np.float64)
    early, late = norms[1:4], norms[6:9]  # epochs 2..4 and 7..9
    np.testing.assert_allclose(eva.scores, early.var(axis=0) + late.var(axis=0))
    np.testing.assert_array_equal(np.argsort(eva.ranks), np.argsort(-eva.scores))
    assert dual.options == {"early": 2, "late": 7, "length": 3}
    apart = early.mean(axis=0) + late.mean(axis=0)
    np.testing.assert_array_equal(np.argsort(dual.ranks), np.argsort(-apart))
    assert aum is found[2]


def test_options_that_can_not_be_met_are_told_in_place_of_a_score(tiny_run):
    sources = Sources.of(tiny_run)
    found = standings(sources, ["eva"])
    eva = under_options(found, sources, "eva", {"early": 2, "late": 11, "length": 3})[0]
    assert eva.scores is None
    assert "does not fit a run of 12 epochs" in eva.failure


def test_methods_that_take_long_on_many_samples_are_left_out_where_they_are_not_wanted():
    assert set(samples.scoring_methods()) - set(samples.scoring_methods(slow_too=False)) == {"cal", "zcore"}


def test_what_was_planted_is_told_of_the_sample_and_of_its_copy():
    known = {
        "true_label": np.array([0, 1, 0, -1]),
        "wrong_label": np.array([False, True, False, True]),
        "duplicate_of": np.array([-1, -1, 0, -1]),
        "corrupted": np.array([0, 1, 0, 0]),
    }
    kind = corruptions.TYPES[0]
    assert samples.injected(known, 1, NAMES) == [
        "Its label is an injected error: the image shows heart.",
        f"The image was corrupted on purpose: {kind}.",
    ]
    assert samples.injected(known, 0, NAMES) == ["A near-duplicate of it was injected: row 2."]
    assert samples.injected(known, 2, NAMES) == ["It was injected as a near-duplicate of row 0."]
    assert samples.injected(known, 3, NAMES) == ["Its label is an injected error."]


def test_nothing_planted_is_said_only_where_the_truth_is_known():
    assert samples.injected({"wrong_label": np.array([False])}, 0, NAMES) == ["No error was injected into this sample."]
    assert samples.injected({}, 0, NAMES) == []


@pytest.mark.parametrize(("text", "rows"), [("", []), ("3, 1", [3, 1]), ("1 1  2", [1, 2]), (" 7 ", [7])])
def test_row_numbers_are_read_from_a_text(text, rows):
    assert parse_rows(text, 8) == rows


@pytest.mark.parametrize("text", ["8", "-1", "a", "1.5", "١"])
def test_a_text_that_is_no_row_number_says_what_is_possible(text):
    if text == "١":  # a decimal digit of another script is read as the number it is
        assert parse_rows(text, 8) == [1]
        return
    with pytest.raises(ConfigError, match="from 0 to 7"):
        parse_rows(text, 8)
