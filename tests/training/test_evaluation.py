"""evaluate: the figures of medmnist.Evaluator, recall by hand, and the flag for a collapsed network."""

import numpy as np
import pytest
from medmnist.evaluator import getACC, getAUC

from coreset_engine.training.evaluation import calibration_error, evaluate, quadratic_kappa


def test_quadratic_kappa_is_that_of_cohen_and_of_scikit_learn():
    # disagreement 1 + 1 of 3, 2, 1 true and 2, 2, 2 predicted, by chance (3 * 10 + 2 * 4 + 1 * 10) / 6 = 8
    assert quadratic_kappa([[2, 1, 0], [0, 1, 1], [0, 0, 1]]) == pytest.approx(1 - 2 / 8)
    assert quadratic_kappa([[3, 0], [5, 0]]) == 0  # one class of several
    assert np.isnan(quadratic_kappa([[0, 0], [0, 5]]))
    metrics = pytest.importorskip("sklearn.metrics")
    draw = np.random.default_rng(0)
    for classes in (2, 5, 9):
        labels, said = draw.integers(0, classes, (2, 300))
        said = np.where(draw.random(300) < 0.4, labels, said)
        counted = np.bincount(classes * labels + said, minlength=classes**2).reshape(classes, classes)
        expected = metrics.cohen_kappa_score(labels, said, weights="quadratic")
        assert quadratic_kappa(counted) == pytest.approx(expected, abs=1e-12)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@pytest.mark.parametrize("classes", [3, 8, 11])
@pytest.mark.parametrize("seed", range(5))
def test_multi_class_accuracy_and_auc_are_those_of_medmnist(classes, seed):
    draw = np.random.default_rng(seed)
    labels = np.r_[np.arange(classes), draw.integers(0, classes, 150)]
    logits = draw.normal(size=(len(labels), classes)).astype(np.float32) + 0.8 * np.eye(classes, dtype="f4")[labels]
    found = evaluate(logits, labels)
    truth, score = labels[:, None], softmax(logits.astype(np.float64))
    assert found.accuracy == pytest.approx(getACC(truth, score, "multi-class"), abs=1e-12)
    assert found.auc == pytest.approx(getAUC(truth, score, "multi-class"), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_binary_accuracy_and_auc_are_those_of_medmnist(seed):
    draw = np.random.default_rng(seed)
    labels = np.r_[0, 1, draw.integers(0, 2, 150)]
    logits = draw.normal(size=(152, 2)).astype(np.float32) + np.eye(2, dtype="f4")[labels]
    found = evaluate(logits, labels)
    truth, score = labels[:, None], softmax(logits.astype(np.float64))
    assert found.accuracy == pytest.approx(getACC(truth, score, "binary-class"), abs=1e-12)
    assert found.auc == pytest.approx(getAUC(truth, score, "binary-class"), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_multi_label_accuracy_and_auc_are_those_of_medmnist(seed):
    draw = np.random.default_rng(seed)
    labels = (draw.random((200, 14)) < 0.2).astype(np.uint8)
    logits = draw.normal(size=(200, 14)).astype(np.float32) + labels
    found = evaluate(logits, labels)
    score = sigmoid(logits.astype(np.float64))
    assert found.accuracy == pytest.approx(getACC(labels, score, "multi-label, binary-class"), abs=1e-12)
    assert found.auc == pytest.approx(getAUC(labels, score, "multi-label, binary-class"), abs=1e-9)


def test_ties_count_half_as_in_medmnist():
    labels = np.random.default_rng(0).integers(0, 2, 300)
    logits = np.zeros((300, 2), np.float32)
    logits[:, 1] = np.random.default_rng(1).integers(0, 4, 300) + labels  # 5 values only
    expected = getAUC(labels[:, None], softmax(logits.astype(np.float64)), "binary-class")
    assert evaluate(logits, labels).auc == pytest.approx(expected, abs=1e-12)


def test_recall_and_balanced_accuracy_by_hand():
    # class 0: 2 of 2 right, class 1: 1 of 3, class 2: 0 of 1
    predicted, labels = np.array([0, 0, 1, 0, 2, 1]), np.array([0, 0, 1, 1, 1, 2])
    found = evaluate(np.eye(3, dtype=np.float32)[predicted], labels)
    assert found.recall == pytest.approx([1, 1 / 3, 0])
    assert found.balanced_accuracy == pytest.approx(4 / 9)
    assert found.accuracy == 0.5


def test_a_class_that_does_not_occur_has_no_recall_and_is_left_out_of_the_means():
    labels = np.array([0, 0, 1, 1])
    found = evaluate(np.array([[2, 0, 1], [1, 0, 9], [0, 2, 0], [0, 1, 0]], np.float32), labels)
    assert found.recall[:2] == [0.5, 1.0]
    assert np.isnan(found.recall[2])
    assert found.balanced_accuracy == 0.75
    # p0 of the second row is below that of both rows of class 1: 2 of 4 pairs; p1 is right in 4 of 4
    assert found.auc == pytest.approx((0.5 + 1) / 2)


def test_a_split_of_one_class_has_no_auc():
    found = evaluate(np.eye(2, dtype=np.float32)[[1, 0]], np.array([1, 1]))
    assert np.isnan(found.auc)
    assert (found.accuracy, found.collapsed) == (0.5, False)


def test_loss_is_the_mean_cross_entropy_in_nats():
    # softmax of (ln 3, 0) is (3/4, 1/4)
    found = evaluate(np.array([[np.log(3), 0], [np.log(3), 0]], np.float32), np.array([0, 1]))
    assert found.loss == pytest.approx(-(np.log(3 / 4) + np.log(1 / 4)) / 2, rel=1e-6)


def test_loss_of_huge_logits_is_finite():
    found = evaluate(np.array([[1e4, 0], [0, 1e4]], np.float32), np.array([1, 1]))
    assert found.loss == pytest.approx(5e3)


def test_multi_label_loss_is_the_mean_binary_cross_entropy():
    found = evaluate(np.array([[0, np.log(3)], [0, -np.log(3)]], np.float32), np.array([[1, 1], [0, 1]]))
    # p = 1/2, 3/4; 1/2, 1/4 of truths 1, 1; 0, 1
    assert found.loss == pytest.approx(-np.log([1 / 2, 3 / 4, 1 / 2, 1 / 4]).mean(), rel=1e-6)


def test_multi_label_recall_and_balanced_accuracy_by_hand():
    labels = np.array([[1, 0], [1, 1], [0, 0], [0, 0]])
    logits = np.array([[1, 1], [-1, 1], [-1, -1], [-1, -1]], np.float32)
    found = evaluate(logits, labels)
    assert found.recall == [0.5, 1.0]
    # recall 1/2 and 1; of the negatives 2/2 and 2/3 are right
    assert found.balanced_accuracy == pytest.approx((0.5 + 1 + 1 + 2 / 3) / 4)
    assert found.accuracy == 6 / 8


def test_a_label_nobody_has_is_left_out():
    found = evaluate(np.array([[1, 1], [-1, -1]], np.float32), np.array([[1, 0], [0, 0]]))
    assert found.recall[0] == 1.0
    assert np.isnan(found.recall[1])
    assert found.auc == 1.0


@pytest.mark.parametrize(("ones", "collapsed"), [(0, True), (1, True), (2, False)])
def test_a_network_that_predicts_one_class_for_nearly_all_is_collapsed(ones, collapsed):
    # 200 samples: up to one prediction of another class is within 0.5 %
    predicted = np.zeros(200, int)
    predicted[:ones] = 1
    assert evaluate(np.eye(2, dtype=np.float32)[predicted], np.arange(200) % 2).collapsed is collapsed


def test_one_class_for_all_is_right_where_all_are_of_that_class():
    assert not evaluate(np.eye(2, dtype=np.float32)[[0] * 50], np.zeros(50, int)).collapsed


def test_a_diverged_network_has_no_auc_and_no_finite_loss():
    found = evaluate(np.full((6, 3), np.nan, np.float32), np.array([0, 1, 2, 0, 1, 2]))
    assert np.isnan(found.auc)
    assert np.isnan(found.loss)
    assert found.collapsed


def test_a_diverged_multi_label_network_has_no_auc_and_no_finite_loss():
    found = evaluate(np.full((4, 2), np.nan, np.float32), np.array([[0, 1], [1, 0], [1, 1], [0, 0]]))
    assert np.isnan(found.auc)
    assert np.isnan(found.loss)


def test_the_calibration_error_is_the_mean_gap_of_fifteen_bins_by_hand():
    # bins 10 (0.6, 0.667], 11 (0.667, 0.733] and 15: gaps 0.35, 0.7 and 0.1 of 2, 1 and 1 of 4 decisions
    confidence, right = np.array([0.64, 0.66, 0.7, 0.9999]), np.array([True, True, False, True])
    assert calibration_error(confidence, right) == pytest.approx((2 * 0.35 + 0.7 + 0.0001) / 4)


def test_over_and_under_confidence_cancel_within_a_bin_and_not_across_bins():
    assert calibration_error(np.array([0.65, 0.65]), np.array([True, False])) == pytest.approx(0.15)
    assert calibration_error(np.array([0.65, 0.75]), np.array([True, False])) == pytest.approx((0.35 + 0.75) / 2)


@pytest.mark.parametrize(("confidence", "other"), [(3 / 15, 2.5 / 15), (9 / 15, 8.2 / 15), (1.0, 14.1 / 15)])
def test_a_bin_holds_its_upper_end(confidence, other):
    # in one bin both gaps are added before the absolute value is taken
    found = calibration_error(np.array([confidence, other]), np.array([True, False]))
    assert found == pytest.approx(abs(1 - confidence - other) / 2)


def test_calibration_of_logits_is_that_of_the_largest_probability():
    # softmax of (ln 3, 0) is (3/4, 1/4): confidence 0.75, right in 3 of 4
    logits = np.tile(np.array([np.log(3), 0], np.float32), (4, 1))
    assert evaluate(logits, np.array([0, 0, 0, 1])).ece == pytest.approx(0, abs=1e-7)
    assert evaluate(logits, np.array([0, 1, 1, 1])).ece == pytest.approx(0.5, rel=1e-6)


def test_multi_label_calibration_counts_every_decision():
    # sigmoid of ln 3 is 3/4: "yes" with 0.75; of -ln 3 "no" with 0.75; 3 of 4 decisions are right
    logits = np.array([[np.log(3), -np.log(3)], [np.log(3), -np.log(3)]], np.float32)
    assert evaluate(logits, np.array([[1, 0], [1, 1]])).ece == pytest.approx(0, abs=1e-7)
    assert evaluate(logits, np.array([[0, 1], [0, 1]])).ece == pytest.approx(0.75, rel=1e-6)


def test_the_confusion_matrix_counts_true_classes_in_rows():
    predicted, labels = np.array([0, 0, 1, 0, 2, 1]), np.array([0, 0, 1, 1, 1, 2], np.uint8)
    assert evaluate(np.eye(3, dtype=np.float32)[predicted], labels).confusion == [[2, 0, 0], [1, 1, 1], [0, 1, 0]]
    assert evaluate(np.ones((2, 2), np.float32), np.array([[0, 1], [1, 0]])).confusion is None


def test_confusion_of_many_classes_does_not_overflow_small_labels():
    labels = np.full(3, 99, np.uint8)
    found = evaluate(np.eye(100, dtype=np.float32)[[99, 99, 98]], labels).confusion
    assert (found[99][99], found[99][98], sum(map(sum, found))) == (2, 1, 3)


def test_a_diverged_network_has_no_calibration_error():
    assert np.isnan(evaluate(np.full((6, 3), np.nan, np.float32), np.array([0, 1, 2, 0, 1, 2])).ece)
    assert np.isnan(evaluate(np.full((4, 2), np.nan, np.float32), np.array([[0, 1], [1, 0], [1, 1], [0, 0]])).ece)
