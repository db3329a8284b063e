"""The pack of a replay: which samples are in it, and what it says of them, worked out by hand."""

import numpy as np
import pytest

from coreset_engine import Dynamics
from coreset_engine.explorer.pack import unpacked
from coreset_engine.explorer.played import replay_rows
from coreset_engine.explorer.replay import replay_pack
from coreset_engine.kernels.axes import principal_axes

# p of class 0 by epoch for two samples, the second one of class 1
P = np.array([[0.5, 0.5], [1.0, 0.25], [0.0, 0.75]])
RUN = Dynamics.from_probabilities(np.stack([P, 1 - P], axis=2), np.array([0, 1]), "two")


def run_of(labels):
    outputs = np.full((1, len(labels), 2), 0.5)
    return Dynamics.from_probabilities(outputs, np.asarray(labels))


def test_a_small_run_is_played_whole():
    assert replay_rows(RUN).tolist() == [0, 1]


def test_a_sample_of_a_large_run_has_the_shares_of_its_classes_and_the_injected_label_errors():
    wrong = np.zeros(16, bool)
    wrong[[0, 15]] = True
    rows = replay_rows(run_of([0] * 12 + [1] * 4), {"wrong_label": wrong}, most=8)
    assert {0, 15} <= set(rows.tolist())
    assert (np.diff(rows) > 0).all()
    assert ((rows < 12).sum(), (rows >= 12).sum()) == (6, 2)  # three quarters and one quarter of 8


def test_label_errors_take_at_most_a_quarter_of_the_sample():
    wrong = np.arange(40) % 2 == 0
    rows = replay_rows(run_of([0, 1, 1, 0] * 10), {"wrong_label": wrong}, most=12)
    assert len(rows) == 12
    assert wrong[rows].sum() == 3


def test_a_pack_holds_the_signals_to_a_65535th_and_what_was_injected():
    truth = {"wrong_label": np.array([True, False]), "true_label": np.array([1, -1]), "corrupted": np.array([2, 2])}
    facts, arrays = unpacked(replay_pack(RUN, ("liver", "heart"), np.array([0, 1]), truth=truth))
    assert (facts["epochs"], facts["count"], facts["total"], facts["errors"]) == (3, 2, 2, [1, 1])
    np.testing.assert_allclose(arrays["target_probability"] / 65_535, [[0.5, 0.5], [1, 0.75], [0, 0.25]], atol=1e-5)
    low, high = facts["signals"]["margin"]  # p - (1 - p) of the label
    margins = low + arrays["margin"] * ((high - low) / 65_535)
    np.testing.assert_allclose(margins, [[0, 0], [1, 0.5], [-1, -0.5]], atol=2e-5)
    assert arrays["prediction"].tolist() == [[0, 0], [0, 1], [1, 0]]
    assert [facts["kinds"][code] for code in arrays["injected"]] == ["label error", "corrupted"]
    assert arrays["true_label"].tolist() == [1, 65_535]
    assert facts["snapshots"] == []


def test_values_of_a_long_run_are_bytes(monkeypatch):
    monkeypatch.setattr("coreset_engine.explorer.replay.FINE", 10)
    facts, arrays = unpacked(replay_pack(RUN, ("a", "b"), np.array([1])))
    assert (facts["full"], arrays["target_probability"].dtype) == (255, np.uint8)
    assert arrays["target_probability"].ravel().tolist() == [128, 191, 64]  # 0.5, 0.75, 0.25 of 255


def test_samples_of_several_labels_are_named_by_their_sets():
    logits = np.zeros((2, 2, 2), np.float32)
    run = Dynamics.from_logits(logits, np.array([[1, 1], [0, 0]]))
    facts, arrays = unpacked(replay_pack(run, ("a", "b"), np.array([0, 1])))
    assert [facts["names"][place] for place in arrays["label"]] == ["a + b", "no label"]
    assert not facts["by_class"]


CROSS = np.array([[3, 1], [-1, 1], [1, 2], [1, 0]], float)  # around (1, 1): 2 to either side, 1 up and down


def test_the_principal_axes_are_the_directions_of_the_greatest_spread():
    centre, axes, shares = principal_axes(CROSS)
    assert centre.tolist() == [1, 1]
    np.testing.assert_allclose(axes, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(shares, [0.8, 0.2])  # 8 and 2 of 10


def test_the_features_of_every_snapshot_lie_on_the_axes_of_the_last():
    run = run_of([0, 1, 0, 1])
    features = {2: np.tile([2.0, 1.5], (4, 1)), 5: CROSS}
    facts, arrays = unpacked(replay_pack(run, ("a", "b"), np.arange(4), features=features))
    assert (facts["snapshots"], facts["shares"]) == ([2, 5], [0.8, 0.2])
    spans = np.array(facts["spans"])
    places = spans[:, :1] + arrays["components"] * (np.diff(spans) / 65_535)
    np.testing.assert_allclose(places[0], [[1] * 4, [0.5] * 4], atol=1e-4)
    np.testing.assert_allclose(places[1], [[2, -2, 0, 0], [0, 0, 1, -1]], atol=1e-4)


def test_features_of_one_column_have_no_plane():
    facts, arrays = unpacked(replay_pack(RUN, ("a", "b"), np.arange(2), features={3: np.ones((2, 1))}))
    assert facts["snapshots"] == []
    assert "components" not in arrays


@pytest.mark.parametrize("kept", [None, np.array([False, True])])
def test_the_coreset_is_in_the_pack_where_it_is_given(kept):
    arrays = unpacked(replay_pack(RUN, ("a", "b"), np.arange(2), kept=kept))[1]
    assert arrays.get("kept", np.array([])).tolist() == ([] if kept is None else [0, 1])
