"""The panel in which ticked rows become a saved set: save, save as, rename, delete, export."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from numpy.typing import NDArray

from coreset_engine.dashboard.controls import exclusions, undo
from coreset_engine.dashboard.controls.choices import NOTHING
from coreset_engine.dashboard.controls.exclusions import KINDS, Changes, Work
from coreset_engine.dashboard.shell.frame import changing
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.errors import EngineError
from coreset_engine.names import counted

_PROBLEM, _NEWS = "exclusion_problem", "exclusion_news"


def draw(work: Work, labels: NDArray, names: tuple[str, ...]) -> None:
    """Draw how many rows are ticked and what can be done with them.

    Args:
        work: the set.
        labels: (N,) classes, or (N, L) zeros and ones.
        names: of the classes.
    """
    with st.container(border=True):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            _count(work)
            if work.facts.dataset_sha256:
                _saving(work)
            _exporting(work, labels, names)
            if work.changes.count:
                st.button("Discard changes", key="exclusion_forget", on_click=work.discard)
            _undoing(work)
        _tell(work)
        _answer()


def draw_one(work: Work, row: int) -> None:
    """Draw a box that ticks one sample, and what saves it: for the page of that sample.

    Args:
        work: the set.
        row: of the train split.
    """
    key = f"exclusion_one_{work.name}_{row}"
    st.session_state[key] = row in work.rows  # whatever it was before something was undone
    st.checkbox(
        f"Exclude this sample in {markdown_safe(work.name)}" if work.name else "Exclude this sample",
        key=key,
        on_change=lambda: work.tick({row: st.session_state[key]}, {row: "chosen on the Sample page"}),
    )
    if work.name and work.changes.count:
        st.button("Save", key="exclusion_save", on_click=_try, args=(lambda: _save(work, work.name),), **changing())
    elif work.changes.count:
        st.caption("Not saved yet: the Label issues page saves it under a name.")
    _undoing(work)
    _answer()


def _undoing(work: Work) -> None:
    """Draw the button that undoes the last step, where there was one."""
    done = undo.last(work.facts.dataset_sha256)
    if done is not None:
        st.button(
            "Undo", key="exclusion_undo", icon=":material/undo:", on_click=_try, args=(partial(undo.undo, done),),
            help=markdown_safe(f"Undo: {done.text}"),
        )  # fmt: skip


def _answer() -> None:
    """Show once what the last action said, or what prevented it."""
    _tell_problem("")
    news = st.session_state.pop(_NEWS, "")
    if news:
        st.toast(markdown_safe(news))


def _tell_problem(place: str) -> None:
    """Show once what prevented an action that began at a place of the page."""
    problem = st.session_state.get(_PROBLEM, {}).pop(place, "")
    if problem:
        st.error(markdown_safe(problem), icon=":material/error:")


def _count(work: Work) -> None:
    """Say how many rows are ticked, and in which set they are."""
    count, changed = len(work.rows), work.changes.count
    state = f", {counted(changed, '{change|changes}')} not saved yet" if changed else ""
    where = f" in **{markdown_safe(work.name)}**" if work.name else ""
    st.markdown(f"**{counted(count, '{row|rows}')} ticked**{where}{state}", width="content")


def _tell(work: Work) -> None:
    """Say where the rows act."""
    if not work.facts.dataset_sha256:
        st.caption(
            "It is not known which images this run was recorded on, so rows can't be saved under a name. Export them and "
            "give the file to `--exclude`."
        )
    elif work.name:
        st.caption(f"Explore and Experiments leave the saved rows out, and so does `--exclude {work.name}`.")
    else:
        st.caption(
            "Tick rows and save them under a name; Explore, Experiments and `--exclude NAME` then leave them out."
        )


def _saving(work: Work) -> None:
    """Draw what changes saved sets."""
    if work.name:
        st.button(
            "Save", key="exclusion_save", type="primary", icon=":material/save:",
            on_click=_try, args=(lambda: _save(work, work.name),), **changing(disabled=not work.changes.count),
        )  # fmt: skip
    with st.popover("Save as" if work.name else "Save", icon=":material/save_as:", **changing(disabled=not work.rows)):
        _ask("Name of the set", "exclusion_name", "Save under this name", "exclusion_save_as", partial(_save_as, work))
        if others := exclusions.names(work.facts):
            st.caption(f"The name of a set that exists adds the rows to it: {markdown_safe(', '.join(others))}.")
    if not work.name:
        return
    with st.popover("Rename", icon=":material/edit:", **changing()):
        _ask("New name", "exclusion_new_name", "Rename", "exclusion_rename", partial(_rename, work))
    with st.popover("Delete", icon=":material/delete:", **changing()):
        rows = counted(len(work.saved), "{row|rows}")
        st.markdown(f"Delete **{markdown_safe(work.name)}** with {rows}? *Undo* brings it back in this tab.")
        st.button(
            "Yes, delete the set",
            key="exclusion_delete",
            type="primary",
            on_click=_try,
            args=(lambda: _delete(work),),
            **changing(),
        )


def _ask(label: str, key: str, button: str, button_key: str, action: Callable[[str], str]) -> None:
    """Draw a field for a name with a button, Enter the same, and below it what is wrong with the name."""

    def go() -> None:
        _try(lambda: action(st.session_state[key].strip()), key)

    with st.form(f"{key}_form", border=False):
        st.text_input(label, key=key, placeholder="e.g. wrong-labels", help="a-z, 0-9, '.', '_' and '-'.")
        st.form_submit_button(button, key=button_key, on_click=go, **changing())
    _tell_problem(key)


def _exporting(work: Work, labels: NDArray, names: tuple[str, ...]) -> None:
    """Draw one download per kind of file."""
    rows = work.rows
    with st.popover("Export", disabled=not rows, icon=":material/download:"):
        for kind in KINDS:
            st.download_button(
                {"csv": "CSV: rows, labels, reasons", "json": "JSON: the set", "txt": "TXT: rows"}[kind],
                data=partial(exclusions.as_bytes, kind, work.name, rows, work.facts, labels, names),
                file_name=f"{work.name or 'excluded'}.{kind}",
                key=f"exclusion_export_{kind}",
                on_click="ignore",
            )


def _try(action: Callable[[], str], place: str = "") -> None:
    """Do something before the page runs again; what it says, or the sentence of what prevents it, is shown then.

    Args:
        action: returns what it says.
        place: where the sentence is shown, see `_tell_problem`.
    """
    try:
        st.session_state[_NEWS] = action()
    except EngineError as error:
        st.session_state[_PROBLEM] = {place: str(error)}


def _save(work: Work, name: str) -> str:
    """Save the changes into a set of that name; where it was deleted meanwhile, all rows that are shown as ticked."""
    with undo.step(f"save {name}", work.facts.dataset_sha256, name):
        changes = work.changes if name in exclusions.names(work.facts) else Changes(work.rows)
        made = exclusions.save(name, changes, work.facts)
        work.keep(Changes())
    return f"{made.name} is saved: {counted(len(made.rows), '{row|rows}')}."


def _save_as(work: Work, name: str) -> str:
    """Save all ticked rows under a name, or add them to the set of that name, and go on with it."""
    with undo.step(f"save {name}", work.facts.dataset_sha256, name):
        made = exclusions.save(name, Changes(work.rows), work.facts)
        work.keep(Changes())
        st.session_state["exclude"] = made.name
    return f"{made.name} is saved: {counted(len(made.rows), '{row|rows}')}."


def _rename(work: Work, new: str) -> str:
    """Rename the set and go on with it, its unsaved changes included."""
    with undo.step(f"rename {work.name}", work.facts.dataset_sha256, work.name, new):
        made, changes = exclusions.rename(work.name, new, work.facts), work.changes
        work.keep(Changes())
        Work(work.run, work.facts, made.name, work.saved).keep(changes)
        st.session_state["exclude"] = made.name
    return f"{work.name} is now called {made.name}."


def _delete(work: Work) -> str:
    """Delete the set; its rows are no longer ticked."""
    with undo.step(f"delete {work.name}", work.facts.dataset_sha256, work.name):
        exclusions.delete(work.name, work.facts)
        work.keep(Changes())
        st.session_state["exclude"] = NOTHING
    return f"{work.name} is deleted."
