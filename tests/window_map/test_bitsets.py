import numpy as np
import pytest

from coreset_engine.window_map import bitsets
from tests.mapped import unpacked


@pytest.fixture
def labels():
    """300 samples of classes 0, 2 and 5; class 2 has one sample, class 5 exactly two words of them."""
    draws = np.random.default_rng(1)
    found = np.repeat([0, 2, 5], [171, 1, 128])
    draws.shuffle(found)
    return found


def test_a_set_comes_back_from_its_bits(labels):
    members = np.random.default_rng(2).random(300) < 0.3
    layout = bitsets.layout(labels)
    np.testing.assert_array_equal(unpacked(layout, layout.pack(members)), members)


def test_classes_are_counted_apart(labels):
    members = np.random.default_rng(3).random((4, 300)) < 0.5
    layout = bitsets.layout(labels)
    words = np.stack([layout.pack(one) for one in members])
    expected = [[(one & (labels == c)).sum() for c in (0, 2, 5)] for one in members]
    assert bitsets.class_counts(words, layout.first).tolist() == expected
    assert layout.counts.tolist() == [171, 1, 128]
    assert bitsets.count(words).tolist() == members.sum(axis=1).tolist()


def test_jaccard_is_the_shared_part_of_the_union():
    layout = bitsets.layout(np.zeros(6, np.int64))
    one, other = (layout.pack(np.isin(np.arange(6), rows)) for rows in ([0, 1, 2], [2, 3]))
    assert bitsets.jaccard(one[None], other).tolist() == [1 / 4]
