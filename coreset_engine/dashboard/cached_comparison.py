"""What the Compare page computes of whole rankings, once for each array of scores."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import methods
from coreset_engine.analysis import overlap
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached

RANKED = 16  # scores whose ranks are kept


def agreement(selections: Sequence[CoresetSpec]) -> NDArray[np.float64]:
    """Return (S, S) rank correlations of selections; NaN for methods that pick a set, which rank nothing.

    Raises:
        EngineError: a coreset can't be computed.
    """
    return overlap.correlations([None if methods.is_greedy(one.method) else _ranks_of(one) for one in selections])


def _ranks_of(spec: CoresetSpec) -> NDArray[np.float64]:
    """Return (N,) the higher the sooner kept; rule and rate play no part, so all specs of the same scores share them."""
    coreset = cached.coreset(spec)
    known = _known()
    if (found := known.get(key := (id(coreset.scores), coreset.keep))) is None or found[0] is not coreset.scores:
        ranks = overlap.ranks(coreset.scores, coreset.keep)
        ranks.flags.writeable = False
        known[key] = found = (coreset.scores, ranks)
        for old in list(known)[:-RANKED]:
            known.pop(old, None)
    return found[1]


@st.cache_resource(show_spinner=False)
def _known() -> dict[tuple[int, str], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return the ranks computed last with the scores that they are of: to sort a million takes 0.2 s."""
    return {}
