"""How methods stand to the samples of a run, computed once for each state of its files."""

from typing import Any

import streamlit as st

from coreset_engine.analysis import samples
from coreset_engine.analysis.samples import Standing
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached


def standings(spec: CoresetSpec, methods: tuple[str, ...]) -> list[Standing]:
    """Return how the methods stand to all samples of a run, shared by all sessions.

    The method of `spec` has its options there, methods of two windows have its windows, all others their defaults.
    """
    return _under_options(spec.to_text(), methods, cached.state(spec.run))


@st.cache_resource(max_entries=8, show_spinner=False)
def _under_options(text: str, methods: tuple[str, ...], state: tuple[Any, ...]) -> list[Standing]:
    """Score anew once for each choice of options what they change; nothing is scored with defaults that it replaces."""
    spec = CoresetSpec.from_text(text)
    found = []
    for method in methods:
        given = samples.options_in_place(method, spec.method, spec.options)
        if given is None:
            found.append(_standing(spec.run, method, state))
        else:
            found.append(samples.standing(cached.sources(spec.run), method, given))
    return found


@st.cache_resource(max_entries=80, show_spinner=False)
def _standing(run: str, method: str, state: tuple[Any, ...]) -> Standing:
    """Score with one method and its default options once for each state of a run's files."""
    return samples.standing(cached.sources(run), method)
