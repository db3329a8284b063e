"""The published windows, against the numbers of the paper's tables."""

import pytest

from coreset_engine import architectures, datasets, papers


def test_the_windows_of_a_data_set_are_those_of_the_paper():
    found = papers.windows_for("organamnist")
    assert [(one.rate, one.early, one.late) for one in found] == [
        (0.02, 1, 190),
        (0.05, 1, 190),
        (0.1, 100, 190),
        (0.2, 1, 150),
        (0.3, 90, 150),
        (0.5, 90, 150),
        (0.7, 1, 190),
        (0.9, 90, 190),
    ]
    assert {(one.length, one.epochs, one.architecture) for one in found} == {(10, 200, "resnet18")}


def test_a_rate_gives_the_window_of_this_rate_alone():
    found = papers.windows_for("organsmnist", 0.3)
    assert [(one.rate, one.early, one.late) for one in found] == [(0.3, 170, 190)]


def test_a_rate_that_was_computed_is_the_same_as_one_that_was_written():
    assert papers.windows_for("cifar100", 0.1 + 0.2) == papers.windows_for("cifar100", 0.3) != []


@pytest.mark.parametrize(("dataset", "rate"), [("demo", None), ("organamnist_64", None), ("organamnist", 0.15)])
def test_what_was_not_published_has_no_window(dataset, rate):
    assert papers.windows_for(dataset, rate) == []


def test_the_papers_own_spelling_of_a_data_set_is_understood():
    assert papers.windows_for("CIFAR-10") == papers.windows_for("cifar10") != []


@pytest.mark.parametrize("dataset", ["organamnist", "organsmnist", "cifar10", "cifar100"])
def test_every_published_pair_is_legal_and_names_what_the_engine_knows(dataset):
    assert dataset in datasets.all_sources()
    for one in papers.windows_for(dataset):
        assert one.architecture in architectures.all_architectures()
        assert one.early >= 1
        assert one.early + one.length <= one.late <= one.epochs - one.length + 1
