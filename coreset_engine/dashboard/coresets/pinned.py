"""A selection pinned as A: kept in the URL, so that what is added and removed against it can be shared."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.errors import ConfigError, EngineError

KEY = "a"  # in the URL


class Changes(NamedTuple):
    """How a coreset differs from A: samples added, samples removed, and the Jaccard overlap, 0..1."""

    added: int
    removed: int
    jaccard: float


def changes(kept: NDArray[np.bool_], pinned: NDArray[np.bool_]) -> Changes:
    """Return how a coreset differs from A; both (N,)."""
    either, shared = int((kept | pinned).sum()), int((kept & pinned).sum())
    return Changes(int(kept.sum()) - shared, int(pinned.sum()) - shared, shared / either if either else 1.0)


def pin(now: CoresetSpec) -> None:
    """Remember a selection as A; a callback."""
    st.query_params[KEY] = st.session_state[KEY] = now.to_text()


def unpin() -> None:
    """Forget A; a callback."""
    st.query_params.pop(KEY, None)
    st.session_state.pop(KEY, None)


def current() -> CoresetSpec | None:
    """Return what is pinned: by the link, or earlier in this browser tab.

    Raises:
        ConfigError: the link's text can't be read; it is forgotten.
    """
    text = st.query_params.get(KEY) or st.session_state.get(KEY)
    if not text:
        return None
    st.query_params[KEY] = st.session_state[KEY] = text
    try:
        return CoresetSpec.from_text(text)
    except EngineError:
        unpin()
        raise


def members(pinned: CoresetSpec, run: str) -> NDArray[np.bool_]:
    """Return which samples of a run are in A, (N,).

    Raises:
        ConfigError: A can't be computed any more, or belongs to other images than the run.
    """
    if cached.info(pinned.run).dataset_sha256 != cached.info(run).dataset_sha256:
        raise ConfigError(
            f"A was pinned on {pinned.run}, which has other images than {run}. Unpin it, or choose that run."
        )
    try:
        return cached.coreset(pinned).kept
    except EngineError as error:
        raise ConfigError(f"A ({pinned.label}) can't be computed: {error}") from None
