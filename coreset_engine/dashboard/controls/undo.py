"""What was done to ticks and saved exclusions in this browser tab, step by step, so that it can be undone."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import streamlit as st

from coreset_engine.dashboard.shell import links
from coreset_engine.errors import DatasetError
from coreset_engine.store import exclusions
from coreset_engine.store.exclusions import Exclusion

CHANGES, CHOSEN = links.UNSAVED, "exclude"  # in the session: what is ticked, and the set that is worked on
_STEPS, _MOST = "exclusion_steps", 50
Files = Mapping[str, Exclusion | None]


@dataclass(frozen=True)
class Step:
    """One action that changed ticks or saved sets.

    Attributes:
        text: what was done, e.g. "tick 3 rows".
        dataset_sha256: of the images; "" where they are unknown, and nothing can be saved.
        ticks: what was ticked in all sets before.
        chosen: the set that was worked on before.
        before, after: the saved sets that it wrote or deleted, by name; None where there was none.
    """

    text: str
    dataset_sha256: str
    ticks: dict[Any, Any]
    chosen: str | None
    before: Files
    after: Files


@contextmanager
def step(text: str, dataset_sha256: str, *names: str) -> Iterator[None]:
    """Note what is done inside as one step; an error in it is none.

    Args:
        text: what is done.
        dataset_sha256: of the images.
        names: of the saved sets that it may write or delete.
    """
    ticks, chosen = dict(st.session_state.get(CHANGES, {})), st.session_state.get(CHOSEN)
    before = _files(dataset_sha256, names)
    yield
    done = Step(text, dataset_sha256, ticks, chosen, before, _files(dataset_sha256, names))
    st.session_state[_STEPS] = [*st.session_state.get(_STEPS, []), done][-_MOST:]


def last(dataset_sha256: str) -> Step | None:
    """Return the last step on some images that was not undone, if that was the last of all."""
    steps = st.session_state.get(_STEPS, [])
    return steps[-1] if steps and steps[-1].dataset_sha256 == dataset_sha256 else None


def undo(done: Step) -> str:
    """Bring back what was before a step, the last one, and return it in words.

    Raises:
        DatasetError: a set was changed since, elsewhere, or can't be written.
        ViewerError: it would write, and this process only shows.
    """
    if any(
        _contents(_files(done.dataset_sha256, [name])[name]) != _contents(left) for name, left in done.after.items()
    ):
        st.session_state[_STEPS] = [one for one in st.session_state[_STEPS] if one is not done]
        changed = ", ".join(done.after)
        raise DatasetError(f"{changed} was changed since, in another tab or by a command, so this can't be undone.")
    for name, content in done.before.items():
        _restore(done.dataset_sha256, name, content)
    st.session_state[CHANGES] = done.ticks
    if done.before:
        st.session_state[CHOSEN] = done.chosen
    st.session_state[_STEPS] = st.session_state[_STEPS][:-1]
    return f"Undone: {done.text}."


def _files(dataset_sha256: str, names: Sequence[str]) -> dict[str, Exclusion | None]:
    """Return saved sets by name, None where there is none."""
    known = exclusions.names(dataset_sha256) if names else []
    return {name: exclusions.load(dataset_sha256, name) if name in known else None for name in names}


def _contents(saved: Exclusion | None) -> tuple[Any, ...] | None:
    """Return what a saved set says, without the time when it was written."""
    return None if saved is None else (saved.rows, saved.reasons, saved.note)


def _restore(dataset_sha256: str, name: str, content: Exclusion | None) -> None:
    """Write a set as it was, or delete it where there was none."""
    if content is None:
        exclusions.delete(dataset_sha256, name)
        return
    kept = asdict(content)
    given = {key: kept[key] for key in ("dataset", "dataset_sha256", "samples", "reasons", "note")}
    exclusions.save(name, np.array(content.rows, np.int64), **given)
