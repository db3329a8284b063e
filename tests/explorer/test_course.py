"""The course of one sample: what lies where, worked out by hand."""

import numpy as np
import pytest

from coreset_engine import Dynamics
from coreset_engine.analysis.samples import timeline
from coreset_engine.explorer.course import OTHER, course
from coreset_engine.windows import Window

NAMES = ("liver", "heart", "spleen")
OUTPUTS = np.array(
    [[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.8, 0.1, 0.1], [0.2, 0.2, 0.6]]
)  # of a sample of class liver: spleen, liver, liver, spleen


@pytest.fixture
def told():
    return timeline(Dynamics.from_probabilities(OUTPUTS[:, None], np.array([0])), 0)


def test_every_epoch_lies_on_the_line_of_its_class_the_label_first(told):
    found = course(told, NAMES, False, [])
    assert found["lines"] == ["liver", "spleen"]  # heart was never predicted
    assert found["line"] == [1, 0, 0, 1]
    assert found["right"] == [0, 1, 1, 0]
    assert found["predicted"] == ["spleen", "liver", "liver", "spleen"]


def test_every_signal_has_a_strip_of_its_own_with_what_was_recorded(told):
    strips = course(told, NAMES, False, [])["strips"]
    names = ["error norm", "p of the label", "margin", "entropy (nats)", "loss (nats)"]
    assert [strip["name"] for strip in strips] == names
    np.testing.assert_allclose(strips[1]["values"], [0.1, 0.6, 0.8, 0.2], atol=1e-5)
    np.testing.assert_allclose(strips[2]["values"], [-0.6, 0.3, 0.7, -0.4], atol=1e-5)
    chosen = course(told, NAMES, False, [], ("error_norm", "margin"))["strips"]
    assert [strip["name"] for strip in chosen] == ["error norm", "margin"]


def test_ranges_are_those_that_a_signal_can_have_so_that_samples_compare(told):
    limits = [strip["limits"] for strip in course(told, NAMES, False, [])["strips"]]
    # the norm reaches sqrt(2), the entropy of three classes ln 3 = 1.0986; the loss has no end and is -ln 0.1 = 2.3 here
    assert limits == [[0, 1.5], [0, 1], [-1, 1], [0, 1.5], [0, 3]]


def test_windows_are_named_by_the_epochs_they_hold(told):
    def names(*windows):
        return [one["name"] for one in course(told, NAMES, False, windows)["windows"]]

    assert names(Window(1, 2), Window(3, 2)) == ["t_e 1–2", "t_l 3–4"]
    assert names(Window(2, 3)) == ["epochs 2–4"]


def test_classes_beyond_the_eighth_share_a_line():
    outputs = np.eye(12)[np.arange(12)][:, None]  # class t is predicted in epoch t + 1
    told = timeline(Dynamics.from_probabilities(outputs, np.array([5])), 0)
    found = course(told, tuple(f"c{c}" for c in range(12)), False, [])
    assert found["lines"] == ["c5", "c0", "c1", "c2", "c3", "c4", "c6", "c7", "c8", OTHER]
    assert found["line"][-3:] == [9, 9, 9]


def test_predictions_of_several_labels_at_once_are_named_as_sets():
    logits = np.array([[[5, -5, 5]], [[5, -5, -5]]], np.float32)
    told = timeline(Dynamics.from_logits(logits, np.array([[1, 0, 1]])), 0)
    assert course(told, NAMES, True, [])["lines"] == ["liver+spleen", "liver"]
