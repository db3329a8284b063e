"""A selection pinned as A: kept in the URL, so that what enters and what leaves against it can be shared."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.errors import ConfigError, EngineError

KEY = "a"  # in the URL


@dataclass(frozen=True)
class Against:
    """A selection beside A.

    Attributes:
        pinned: (N,) whether a sample is in A.
        entering: rows that are kept now and not in A, ascending.
        leaving: rows of A that are not kept now, ascending.
        jaccard: shared samples as a share of those in either, 0..1.
    """

    pinned: NDArray[np.bool_]
    entering: NDArray[np.int64]
    leaving: NDArray[np.int64]
    jaccard: float


def against(kept: NDArray[np.bool_], pinned: NDArray[np.bool_]) -> Against:
    """Return what a selection has and lacks beside A; both (N,)."""
    either = int((kept | pinned).sum())
    shared = int((kept & pinned).sum())
    return Against(
        pinned, np.flatnonzero(kept & ~pinned), np.flatnonzero(pinned & ~kept), shared / either if either else 1.0
    )


def pin(now: CoresetSpec) -> None:
    """Remember a selection as A."""
    st.query_params[KEY] = st.session_state[KEY] = now.to_text()


def unpin() -> None:
    """Forget A."""
    st.query_params.pop(KEY, None)
    st.session_state.pop(KEY, None)


def current() -> CoresetSpec | None:
    """Return what is pinned: by the link, or earlier in this browser tab.

    Raises:
        ConfigError: the link's text can't be read.
    """
    text = st.query_params.get(KEY) or st.session_state.get(KEY)
    if not text:
        return None
    st.query_params[KEY] = st.session_state[KEY] = text
    return CoresetSpec.from_text(text)


def members(pinned: CoresetSpec, run: str) -> NDArray[np.bool_]:
    """Return which samples of a run are in A, (N,).

    Raises:
        EngineError: A can't be computed any more, or belongs to other images than the run.
    """
    if cached.info(pinned.run).dataset_sha256 != cached.info(run).dataset_sha256:
        raise ConfigError(
            f"A was pinned on {pinned.run}, which has other images than {run}. Unpin it, or choose that run."
        )
    try:
        return cached.coreset(pinned).kept
    except EngineError as error:
        raise ConfigError(f"A ({pinned.label}) can't be computed: {error}") from None
