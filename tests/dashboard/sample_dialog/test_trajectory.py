"""The chart of one sample's course: what lies where, worked out by hand."""

import numpy as np
import pytest

from coreset_engine import Dynamics
from coreset_engine.analysis.samples import timeline
from coreset_engine.dashboard.sample_dialog import trajectory
from coreset_engine.windows import Window

NAMES = ("liver", "heart", "spleen")
OUTPUTS = np.array(
    [[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.8, 0.1, 0.1], [0.2, 0.2, 0.6]]
)  # of a sample of class liver: spleen, liver, liver, spleen


@pytest.fixture
def told():
    return timeline(Dynamics.from_probabilities(OUTPUTS[:, None], np.array([0])), 0)


def test_a_stretch_covers_its_epochs_from_edge_to_edge_on_the_line_of_its_class(told):
    spec, _ = trajectory.chart(told, NAMES, False, [])
    right, wrong = spec["series"][:2]
    assert spec["yAxis"][0]["data"] == ["liver", "spleen"]  # the label first; heart was never predicted
    assert right["data"] == [[1.5, 0], [3.5, 0], [None, None]]
    assert wrong["data"] == [[0.5, 1], [1.5, 1], [None, None], [3.5, 1], [4.5, 1], [None, None]]
    assert right["itemStyle"]["color"] != wrong["itemStyle"]["color"]


def test_every_signal_has_a_strip_of_its_own_with_what_was_recorded(told):
    spec, height = trajectory.chart(told, NAMES, False, [])
    strips = spec["series"][2:]
    assert [strip["name"] for strip in strips] == [
        "error norm",
        "p of the label",
        "margin",
        "entropy (nats)",
        "loss (nats)",
    ]
    assert strips[1]["data"] == [[1, 0.1], [2, 0.6], [3, 0.8], [4, 0.2]]
    assert strips[2]["data"] == [[1, -0.6], [2, 0.3], [3, 0.7], [4, -0.4]]
    assert [strip["xAxisIndex"] for strip in strips] == [1, 2, 3, 4, 5]
    last = spec["grid"][-1]
    assert height > last["top"] + last["height"]


def test_ranges_are_those_that_a_signal_can_have_so_that_samples_compare(told):
    spec, _ = trajectory.chart(told, NAMES, False, [])
    ranges = [(axis["min"], axis["max"]) for axis in spec["yAxis"][1:]]
    # the norm reaches sqrt(2), the entropy of three classes ln 3 = 1.0986; the loss has no end
    assert ranges == [(0, 1.5), (0, 1), (-1, 1), (0, 1.5), (0, None)]


def test_both_windows_are_shaded_in_every_strip_over_the_epochs_they_hold(told):
    spec, _ = trajectory.chart(told, NAMES, False, [Window(1, 2), Window(3, 2)])
    for series in (spec["series"][0], *spec["series"][2:]):
        areas = [(start["name"], start["xAxis"], stop["xAxis"]) for start, stop in series["markArea"]["data"]]
        assert areas == [("t_e 1–2", 0.5, 2.5), ("t_l 3–4", 2.5, 4.5)]


def test_a_single_window_is_shaded_once(told):
    spec, _ = trajectory.chart(told, NAMES, False, [Window(2, 3)])
    assert [start["xAxis"] for start, _ in spec["series"][0]["markArea"]["data"]] == [1.5]


def test_classes_beyond_the_eighth_share_a_line():
    outputs = np.eye(12)[np.arange(12)][:, None]  # class t is predicted in epoch t + 1
    told = timeline(Dynamics.from_probabilities(outputs, np.array([5])), 0)
    spec, _ = trajectory.chart(told, tuple(f"c{c}" for c in range(12)), False, [])
    lines = spec["yAxis"][0]["data"]
    assert lines == ["c5", "c0", "c1", "c2", "c3", "c4", "c6", "c7", "c8", trajectory.OTHER]
    assert spec["series"][1]["data"][-3:] == [[11.5, 9], [12.5, 9], [None, None]]


def test_predictions_of_several_labels_at_once_are_named_as_sets():
    logits = np.array([[[5, -5, 5]], [[5, -5, -5]]], np.float32)
    told = timeline(Dynamics.from_logits(logits, np.array([[1, 0, 1]])), 0)
    spec, _ = trajectory.chart(told, NAMES, True, [])
    assert spec["yAxis"][0]["data"] == ["liver+spleen", "liver"]
    assert spec["yAxis"][1]["max"] == 2  # the norm over three labels reaches sqrt(3)
