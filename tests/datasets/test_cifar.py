"""CIFAR: val and test are halves of the official test split, with every class in both."""

import numpy as np
import pytest

from coreset_engine.datasets import all_sources, cifar, library
from coreset_engine.errors import DatasetError


def test_the_halves_are_disjoint_and_cover_everything():
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(10), 1000))
    val, test = cifar.halves(labels)
    assert sorted([*val, *test]) == list(range(10_000))


def test_every_class_is_halved():
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(100), 100))
    for half in cifar.halves(labels):
        np.testing.assert_array_equal(np.bincount(labels[half]), np.full(100, 50))


def test_odd_classes_differ_by_one_sample_at_most():
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 1, 2])
    val, test = (np.bincount(labels[half], minlength=3) for half in cifar.halves(labels))
    assert (abs(val - test) <= 1).all()


def test_halves_are_in_ascending_order_by_hand():
    val, test = cifar.halves(np.array([1, 0, 1, 0]))
    # class 0 in rows 1, 3 and class 1 in rows 0, 2: the first of each goes to val
    assert (val.tolist(), test.tolist()) == ([0, 1], [2, 3])


def test_both_sets_are_known_at_their_own_size():
    sources = all_sources()
    assert {name: (sources[name].samples, sources[name].sides) for name in ("cifar10", "cifar100")} == {
        "cifar10": ((50_000, 5_000, 5_000), (32,)),
        "cifar100": ((50_000, 5_000, 5_000), (32,)),
    }


class Fake:
    """Stands for torchvision's class: 40 train and 20 test images of two classes."""

    classes = tuple(f"c{i}" for i in range(10))

    def __init__(self, root, train, download):
        count = 40 if train else 20
        self.data = np.arange(count * 32 * 32 * 3).reshape(count, 32, 32, 3).astype(np.uint8)
        self.targets = [i % 10 for i in range(count)]


def test_val_and_test_come_from_the_official_test_images(monkeypatch, tmp_path):
    from torchvision import datasets

    monkeypatch.setenv("TORCHVISION_ROOT", str(tmp_path / "tv"))
    monkeypatch.setattr(datasets, "CIFAR10", Fake)
    found = library.load("cifar10")
    assert {split: len(values) for split, values in found.labels.items()} == {"train": 40, "val": 10, "test": 10}
    official = Fake("", False, True).data
    np.testing.assert_array_equal(found.images["val"], official[:10])
    np.testing.assert_array_equal(found.images["test"], official[10:])


def test_a_failed_download_is_a_sentence(monkeypatch, tmp_path):
    from torchvision import datasets

    def offline(*_, **__):
        raise RuntimeError("Error downloading")

    monkeypatch.setenv("TORCHVISION_ROOT", str(tmp_path / "tv"))
    monkeypatch.setattr(datasets, "CIFAR10", offline)
    with pytest.raises(DatasetError, match="cifar10 could not be downloaded"):
        library.load("cifar10")
