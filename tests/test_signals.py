"""The signals of one epoch against float64 oracles, and which outputs and labels are refused."""

import numpy as np
import pytest

from coreset_engine import signals
from coreset_engine.errors import DynamicsError

NAMES = list(signals.SIGNALS)


def softmax_oracle(logits, labels):
    """Every signal in float64, sample by sample, with the small side of 1 - p added up, not subtracted."""
    rows = {name: [] for name in NAMES} | {"prediction": []}
    for z, y in zip(logits.astype(np.float64), labels, strict=True):
        e = np.exp(z - z.max())
        p = e / e.sum()
        others = np.delete(p, y)
        rows["error_norm"].append(np.sqrt(others.sum() ** 2 + (others**2).sum()))
        rows["target_probability"].append(p[y])
        rows["margin"].append(p[y] - others.max())
        rows["entropy"].append(-sum(q * np.log(q) for q in p if q > 0))
        rows["loss"].append(np.log(e.sum()) - (z[y] - z.max()))
        rows["prediction"].append(int(np.argmax(z)))
    return {name: np.array(values) for name, values in rows.items()}


def sigmoid_oracle(logits, labels):
    """Every signal of a multi-label epoch in float64, as written in the docstring of `from_logits`."""
    p = 1 / (1 + np.exp(-logits.astype(np.float64)))
    right = np.where(labels == 1, p, 1 - p)
    plogp = p * np.log(p) + (1 - p) * np.log(1 - p)
    return {
        "error_norm": np.sqrt(((p - labels) ** 2).sum(axis=1)),
        "target_probability": right.mean(axis=1),
        "margin": (right - (1 - right)).mean(axis=1),
        "entropy": -plogp.mean(axis=1),
        "loss": -np.log(right).mean(axis=1),
    }


@pytest.fixture
def outputs():
    """Logits (300, 7) of ordinary size and their labels."""
    draws = np.random.default_rng(7)
    return draws.normal(0, 3, (300, 7)).astype(np.float32), draws.integers(0, 7, 300)


@pytest.mark.parametrize("name", NAMES)
def test_ordinary_logits_give_the_float64_values(outputs, name):
    got = signals.from_logits(*outputs)[name]
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, softmax_oracle(*outputs)[name], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("offset", [0.0, 1e3, -1e4])
@pytest.mark.parametrize("gap", [5, 28, 60])
def test_a_tiny_error_norm_keeps_its_digits(offset, gap):
    logits = np.array([[offset + gap, offset, offset - 1], [offset, offset + gap, offset + 0.5]], np.float32)
    labels = np.array([0, 1])
    expected = softmax_oracle(logits, labels)["error_norm"]
    got = signals.from_logits(logits, labels)["error_norm"]
    np.testing.assert_allclose(got, expected, rtol=1e-5)
    assert gap < 28 or expected.max() < 3e-12  # where 1 - p in float32 would be 0


def test_two_classes_have_an_error_norm_of_root_two_times_the_error_worked_by_hand():
    # p = (0.8, 0.2), label 1: errors 0.8 and -0.8
    got = signals.from_logits(np.log([[0.8, 0.2]]), np.array([1]))
    np.testing.assert_allclose(got["error_norm"], [0.8 * np.sqrt(2)], rtol=1e-6)
    np.testing.assert_allclose(got["target_probability"], [0.2], rtol=1e-6)
    np.testing.assert_allclose(got["margin"], [-0.6], rtol=1e-6)
    np.testing.assert_allclose(got["loss"], [-np.log(0.2)], rtol=1e-6)
    assert got["prediction"] == [0]


@pytest.mark.parametrize("scale", [1e3, 1e6, 1e30])
def test_saturated_logits_give_finite_signals_within_their_ranges(scale):
    logits = np.random.default_rng(1).normal(0, scale, (100, 5)).astype(np.float32)
    got = signals.from_logits(logits, np.arange(100) % 5)
    assert all(np.isfinite(got[name]).all() for name in NAMES)
    assert ((got["error_norm"] >= 0) & (got["error_norm"] <= np.sqrt(2) * (1 + 1e-6))).all()
    assert ((got["entropy"] >= 0) & (got["loss"] >= 0)).all()
    assert (np.abs(got["margin"]) <= 1).all()


def test_the_prediction_is_the_first_of_equal_classes():
    got = signals.from_logits(np.array([[1.0, 3, 3], [2, 2, 2]]), np.array([0, 0]))
    np.testing.assert_array_equal(got["prediction"], [1, 0])


@pytest.mark.parametrize(("classes", "dtype"), [(2, np.uint8), (256, np.uint8), (257, np.uint16)])
def test_predictions_take_the_smallest_type_and_reach_the_last_class(classes, dtype):
    got = signals.from_logits(np.eye(classes)[[classes - 1, 0]], np.array([0, 0]))["prediction"]
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, [classes - 1, 0])


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_the_type_of_the_labels_makes_no_difference(dtype):
    draws = np.random.default_rng(2)
    logits, labels = draws.normal(size=(500, 7)), draws.integers(0, 7, 500)
    expected = signals.from_logits(logits, labels)["error_norm"]
    np.testing.assert_array_equal(signals.from_logits(logits, labels.astype(dtype))["error_norm"], expected)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", [0, 1])  # the sample's own class, another class
def test_a_logit_that_is_no_number_is_refused_with_its_sample(outputs, value, column):
    logits, labels = outputs
    labels[17] = 0
    logits[17, column] = value
    with pytest.raises(DynamicsError, match=r"1 of 300 samples are NaN or infinite \(first: sample 17\)"):
        signals.from_logits(logits, labels)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_multi_label_logit_that_is_no_number_is_refused_with_its_sample(value):
    logits = np.zeros((6, 4))
    logits[3, 2] = value
    with pytest.raises(DynamicsError, match="first: sample 3"):
        signals.from_logits(logits, np.zeros((6, 4), np.uint8))


@pytest.mark.parametrize("name", NAMES)
def test_multi_label_signals_equal_the_oracle(name):
    draws = np.random.default_rng(4)
    logits, labels = draws.normal(0, 3, (200, 14)).astype(np.float32), draws.integers(0, 2, (200, 14))
    expected = sigmoid_oracle(logits, labels)[name]
    np.testing.assert_allclose(signals.from_logits(logits, labels)[name], expected, rtol=2e-6, atol=1e-6)


def test_a_tiny_multi_label_error_norm_keeps_its_digits():
    got = signals.from_logits(np.array([[30.0, -40]]), np.array([[1, 0]]))["error_norm"]
    np.testing.assert_allclose(got, [np.hypot(np.exp(-30), np.exp(-40))], rtol=1e-5)


def test_multi_label_predictions_are_bit_sets():
    got = signals.from_logits(np.array([[1.0, -1, 2], [-1, -1, -1]]), np.zeros((2, 3), np.uint8))["prediction"]
    np.testing.assert_array_equal(got, [0b101, 0])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_probabilities_give_the_signals_of_their_logits(outputs, dtype):
    logits, labels = outputs
    e = np.exp(logits.astype(np.float64))
    probabilities = (e / e.sum(axis=1, keepdims=True)).astype(dtype)
    got, expected = signals.from_probabilities(probabilities, labels), softmax_oracle(logits, labels)
    for name in NAMES:
        np.testing.assert_allclose(got[name], expected[name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_half_precision_probabilities_are_accepted(outputs):
    logits, labels = outputs
    e = np.exp(logits.astype(np.float64))
    half = (e / e.sum(axis=1, keepdims=True)).astype(np.float16)
    got = signals.from_probabilities(half, labels)
    np.testing.assert_allclose(got["error_norm"], softmax_oracle(logits, labels)["error_norm"], rtol=0, atol=2e-3)


@pytest.mark.parametrize("row", [[0.5, 0.6], [0.2, 0.2], [1.2, -0.2], [np.nan, 1.0], [np.inf, 0.0]])
def test_rows_that_are_no_probabilities_are_refused_with_their_sample(row):
    with pytest.raises(DynamicsError, match=r"1 row is no probabilities \(first: sample 1"):
        signals.from_probabilities(np.array([[0.5, 0.5], row]), np.array([0, 1]))


@pytest.mark.parametrize("labels", [1, 14, 40, 63, 64, 200])
def test_any_number_of_labels_is_right_exactly_where_all_of_them_are(labels):
    truth = np.random.default_rng(labels).integers(0, 2, (50, labels), np.uint8)
    z = np.where(truth == 1, 2.0, -2.0).astype(np.float32)
    z[7, labels - 1] *= -1  # one label of one sample is said wrongly
    z[9] *= -1
    got = signals.from_logits(z, truth)["prediction"]
    assert np.flatnonzero(got != signals.packed_labels(truth)).tolist() == [7, 9]
    alike = {tuple(row) for row in truth.tolist()}
    assert len(np.unique(signals.strata_of(truth))) == len(alike)


def test_multi_label_probabilities_are_refused():
    with pytest.raises(DynamicsError, match="give its logits"):
        signals.from_probabilities(np.array([[0.5, 0.5]]), np.array([[0, 1]]))


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([0, 3], r"1 label lies outside 0\.\.2 \(first: row 1 has 3\)"),
        ([-1, 0], r"first: row 0 has -1"),
        ([0.0, 1.0], "whole numbers.*float64"),
        ([], "whole numbers"),
        ([[[0]]], "whole numbers"),
        (["a", "b"], "whole numbers"),
        ([[0, 1]], "2 columns but there are 3 outputs"),
        ([[0, 1, 2]], r"1 label lies outside 0\.\.1"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, sentence):
    with pytest.raises(DynamicsError, match=sentence):
        signals.check_labels(np.array(labels), 3)


def test_a_column_of_labels_is_taken_as_classes():
    got = signals.check_labels(np.array([[2], [0]], np.uint8), 3)
    np.testing.assert_array_equal(got, [2, 0])
    assert got.dtype == np.int64


@pytest.mark.parametrize(("classes", "multi_label"), [(0, False), (65_537, False), (65_537, True)])
def test_more_classes_than_a_prediction_can_tell_apart_are_refused(classes, multi_label):
    with pytest.raises(DynamicsError, match="are possible"):
        signals.prediction_dtype(classes, multi_label)


def test_probabilities_of_logits_add_up_to_one():
    got = signals.probabilities(np.array([[[1e4, 0, -1e4], [1, 1, 1]]]), multi_label=False)
    np.testing.assert_allclose(got, [[[1, 0, 0], [1 / 3, 1 / 3, 1 / 3]]], rtol=1e-6)


def test_probabilities_of_multi_label_logits_are_sigmoids():
    got = signals.probabilities(np.array([[0.0, 100, -100]]), multi_label=True)
    np.testing.assert_allclose(got, [[0.5, 1, 0]], atol=1e-7)


def test_the_logits_given_are_left_as_they_were(outputs):
    logits, labels = outputs
    before = logits.copy()
    signals.from_logits(logits, labels)
    np.testing.assert_array_equal(logits, before)
