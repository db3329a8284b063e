"""A selection pinned as A: kept in the URL, so that what enters and what leaves against it can be shared."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import api, results
from coreset_engine.dashboard import readers
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.insight import exclusions

KEY = "a"  # in the URL


@dataclass(frozen=True)
class Pinned:
    """What decides a selection."""

    run: str
    method: str
    options: dict[str, Any]
    rule: str
    rate: float
    average: tuple[str, ...] = ()
    exclusion: str = ""

    def to_text(self) -> str:
        """Return it as one line of JSON, without spaces."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)

    @classmethod
    def of_text(cls, text: str) -> "Pinned":
        """Return what `to_text` wrote.

        Raises:
            ConfigError: the text was changed or cut off.
        """
        try:
            found = json.loads(text)
            given = {"run": str, "method": str, "options": dict, "rule": str, "rate": (int, float)}
            given |= {"average": list, "exclusion": str}
            if set(found) != set(given) or not all(isinstance(found[name], kind) for name, kind in given.items()):
                raise ValueError("fields are missing or of another type")
            return cls(**found | {"average": tuple(map(str, found["average"]))})
        except (ValueError, TypeError, RecursionError) as error:
            raise ConfigError(f"The pinned selection in this link can't be read: {error}. Unpin it.") from None

    @property
    def label(self) -> str:
        """Return it in words, e.g. "eva 1/190 K10, α = 10 %"."""
        row = {"method": self.method, "options": self.options, "rule": "top", "rule_options": {}, "seed": 0}
        words = [results.label(row | {"average": list(self.average)}), f"α = {100 * self.rate:g} %"]
        words += [f"rule {self.rule}"] if self.rule != "top" else []
        words += [f"without {self.exclusion}"] if self.exclusion else []
        return ", ".join(words)


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


def pin(now: Pinned) -> None:
    """Remember a selection as A."""
    st.query_params[KEY] = st.session_state[KEY] = now.to_text()


def unpin() -> None:
    """Forget A."""
    st.query_params.pop(KEY, None)
    st.session_state.pop(KEY, None)


def current() -> Pinned | None:
    """Return what is pinned: by the link, or earlier in this browser tab.

    Raises:
        ConfigError: the link's text can't be read.
    """
    text = st.query_params.get(KEY) or st.session_state.get(KEY)
    if not text:
        return None
    st.query_params[KEY] = st.session_state[KEY] = text
    return Pinned.of_text(text)


def members(pinned: Pinned, run: str) -> NDArray[np.bool_]:
    """Return which samples of a run are in A, (N,).

    Raises:
        EngineError: A can't be computed any more, or belongs to other images than the run.
    """
    if readers.info(pinned.run).dataset_sha256 != readers.info(run).dataset_sha256:
        raise ConfigError(
            f"A was pinned on {pinned.run}, which has other images than {run}. Unpin it, or choose that run."
        )
    try:
        excluded = exclusions.load(readers.info(run).dataset_sha256, pinned.exclusion).rows if pinned.exclusion else ()
        sources = readers.sources(pinned.run, pinned.average)
        choice = api.choose(
            sources, pinned.method, rate=pinned.rate, rule=pinned.rule, exclude=excluded, **pinned.options
        )
    except EngineError as error:
        raise ConfigError(f"A ({pinned.label}) can't be computed: {error}") from None
    mask = np.zeros(len(choice.scores), bool)
    mask[choice.rows] = True
    return mask
