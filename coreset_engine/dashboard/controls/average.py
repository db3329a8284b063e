"""The choice of runs whose scores are averaged in."""

import streamlit as st

from coreset_engine.dashboard import cached


def choose_average(run: str) -> tuple[str, ...]:
    """Draw which runs of other seeds the scores are averaged over and return them; nothing where there is none.

    Raises:
        EngineError: the run is missing or damaged.
    """
    others = cached.finished_replicates(run)
    if not others:
        return ()
    chosen = st.multiselect(
        "Average with",
        others,
        key="average",
        bind="query-params",
        placeholder="further runs (seeds)",
        help="Scores depend on the recording's seed. Offered are finished runs of the same images, architecture, recipe "
        "and epochs with other seeds; record the same with another seed to get one.",
    )
    return tuple(chosen)
