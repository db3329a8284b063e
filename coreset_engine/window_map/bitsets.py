"""Sets of samples as bits in which every class begins a new word, so that counting within classes is adding up words."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WORD = 64


@dataclass(frozen=True)
class Layout:
    """Where each sample's bit stands.

    Attributes:
        place: (N,) bit of each row of the train split; the bits of a class follow each other by ascending row.
        row: (bits,) row of each bit, -1 for those that fill a class's last word.
        first: (C,) first word of each class that has samples.
        counts: (C,) samples of each of these classes.
    """

    place: NDArray[np.int64]
    row: NDArray[np.int64]
    first: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def bits(self) -> int:
        """Return the number of bits of a set, a multiple of 64."""
        return len(self.row)

    def pack(self, members: NDArray[np.bool_]) -> NDArray[np.uint64]:
        """Return a set given as (N,) by row as (words,) of bits."""
        flags = np.zeros(self.bits, bool)
        flags[self.place] = members
        return pack(flags)


def layout(labels: NDArray[np.integer]) -> Layout:
    """Return the layout for samples of classes `labels` (N,)."""
    classes, counts = np.unique(labels, return_counts=True)
    words = -(-counts // WORD)
    first = np.cumsum(words) - words
    order = np.argsort(labels, kind="stable")
    member = np.searchsorted(classes, labels[order])
    bit = first[member] * WORD + np.arange(len(labels)) - (np.cumsum(counts) - counts)[member]
    row = np.full(int(words.sum()) * WORD, -1)
    row[bit] = order
    place = np.empty(len(labels), np.int64)
    place[order] = bit
    return Layout(place, row, first, counts)


def pack(flags: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return flags (..., bits), a multiple of 64 of them, as (..., bits / 64) words."""
    return np.packbits(flags, axis=-1).view(np.uint64)


def count(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return how many bits are set in (P, words), (P,)."""
    counts: NDArray[np.int64] = np.bitwise_count(words).sum(axis=-1, dtype=np.int64)
    return counts


def class_counts(words: NDArray[np.uint64], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many bits of each class are set in (P, words), (P, C); `first` as in `Layout`."""
    return np.add.reduceat(np.bitwise_count(words), first, axis=-1, dtype=np.int64)


def jaccard(words: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return |A and B| / |A or B| of sets (P, words) and of one set (words,) or as many, (P,) in 0..1.

    At least one of two sets must have a member.
    """
    return count(words & other) / count(words | other)
