"""What the Compare page computes of whole rankings, once for each array of scores and each two of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import methods
from coreset_engine.analysis import overlap
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached

RANKED = 16  # scores whose ranks are kept


@dataclass(frozen=True)
class Ranked:
    """The ranks of an array of scores, and how they agree with others.

    Attributes:
        scores: (N,).
        ranks: the higher the sooner kept, less their mean.
        number: that no other has.
        known: correlations, by the number of the other.
    """

    scores: NDArray[np.float64]
    ranks: overlap.Centred
    number: int = field(default_factory=count().__next__)
    known: dict[int, float] = field(default_factory=dict)

    def with_other(self, other: "Ranked") -> float:
        """Return the rank correlation with another, computed once."""
        if other.number not in self.known:
            self.known[other.number] = other.known[self.number] = overlap.correlation(self.ranks, other.ranks)
        return self.known[other.number]


def agreement(selections: Sequence[CoresetSpec]) -> NDArray[np.float64]:
    """Return (S, S) rank correlations of selections; NaN for methods that pick a set, which rank nothing.

    Raises:
        EngineError: a coreset can't be computed.
    """
    table = np.full((len(selections), len(selections)), np.nan)
    found = {i: _ranked(one) for i, one in enumerate(selections) if not methods.is_greedy(one.method)}
    for i, one in found.items():
        for j, other in found.items():
            table[i, j] = one.with_other(other)
    return table


def _ranked(spec: CoresetSpec) -> Ranked:
    """Return the ranks of its scores; rule and rate play no part, so all specs of the same scores share them."""
    coreset = cached.coreset(spec)
    known = _known()
    if (found := known.get(key := (id(coreset.scores), coreset.keep))) is None or found.scores is not coreset.scores:
        ranks = overlap.centred(overlap.ranks(coreset.scores, coreset.keep))
        known[key] = found = Ranked(coreset.scores, ranks)
        for old in list(known)[:-RANKED]:
            known.pop(old, None)
    return found


@st.cache_resource(show_spinner=False)
def _known() -> dict[tuple[int, str], Ranked]:
    """Return the ranks computed last with the scores that they are of."""
    return {}
