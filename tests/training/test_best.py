"""The best epoch on val, worked by hand."""

import pytest
import torch

from coreset_engine.training.best import Best, balanced_accuracy, is_collapsed, tally

NET = torch.nn.Linear(1, 1)


def taken(offers):
    """The epoch that is best of (value, collapsed), offered in turn."""
    best = Best()
    for epoch, (value, collapsed) in enumerate(offers, 1):
        best.offer(epoch, value, collapsed, NET)
    return best.epoch


@pytest.mark.parametrize(
    ("offers", "epoch"),
    [
        ([(0.5, False), (0.7, False), (0.6, False)], 2),
        ([(0.7, False), (0.7, False), (0.6, False)], 2),  # of equal ones the later
        ([(0.9, True), (0.4, False), (0.9, True)], 2),  # one that collapsed never, whatever its accuracy
        ([(0.9, True), (0.9, True), (0.8, True)], 2),  # unless all did
    ],
)
def test_the_best_epoch_is_the_highest_the_later_and_none_that_collapsed(offers, epoch):
    assert taken(offers) == epoch


def test_the_weights_are_those_of_the_epoch_taken():
    net, best = torch.nn.Linear(1, 1), Best()
    best.offer(1, 0.5, False, net)
    kept = net.weight.detach().clone()
    with torch.no_grad():
        net.weight += 1
    best.offer(2, 0.4, False, net)
    assert torch.equal(best.state["weight"], kept)


def test_balanced_accuracy_is_the_mean_recall_of_the_classes_that_occur():
    logits = torch.tensor([[2.0, 0, 0], [0, 2, 0], [2, 0, 0], [2, 0, 0]])  # predicted 0, 1, 0, 0
    counts = tally(logits, torch.tensor([0, 0, 1, 0]))  # recalls 2/3, 0; class 2 does not occur
    assert counts.tolist() == [[2, 0, 0], [3, 1, 0], [3, 1, 0]]
    assert balanced_accuracy(counts) == pytest.approx(1 / 3)


def test_one_predicted_class_of_several_is_a_collapse():
    labels = torch.tensor([0] * 150 + [1] * 50)
    one, few = torch.zeros(200, 2), torch.zeros(200, 2)
    one[:, 0], few[:, 0], few[:2, 1] = 1, 1, 2
    assert is_collapsed(tally(one, labels), labels)
    assert not is_collapsed(tally(few, labels), labels)  # 198 of 200 are 99.0 %, below 99.5
    assert not is_collapsed(tally(one, torch.zeros(200, dtype=torch.int64)), torch.zeros(200, dtype=torch.int64))


def test_labels_of_a_multi_label_task_count_as_yes_and_no():
    logits, labels = torch.tensor([[1.0, -1], [1, 1], [-1, 1]]), torch.tensor([[1.0, 0], [0, 1], [1, 1]])
    # yes: label 0 right 1 of 2, label 1 right 2 of 2; no: label 0 right 0 of 1, label 1 right 1 of 1
    assert balanced_accuracy(tally(logits, labels)) == pytest.approx((1 / 2 + 1 + 0 + 1) / 4)
    assert not is_collapsed(tally(logits, labels), labels)
