"""Runs are deleted here, and taken back until the app is started again."""

import streamlit as st

from coreset_engine import results, store
from coreset_engine.dashboard.shell import changing, failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.executors import queue


def draw(runs: list[str]) -> None:
    """Draw what deletes one of the runs, and what restores a deleted one; nothing where there is neither."""
    deleted = store.deleted_runs()
    with st.container(horizontal=True):
        if runs:
            with st.popover("Delete a run", icon=":material/delete:", **changing()):
                _draw_deletion(runs)
        for run in deleted:
            state = changing(help="Deleted runs can be restored until the app is started again.")
            st.button(
                f"Restore {markdown_safe(run)}", key=f"overview_restore_{run}", on_click=_restore, args=(run,), **state
            )


def _draw_deletion(runs: list[str]) -> None:
    """Draw the choice of a run, what its deletion means, and the button."""
    run = st.selectbox("Run", runs, index=None, placeholder="Choose a run", key="overview_delete_run")
    if run is None:
        return
    with failing_gracefully():
        rows, jobs = results.of_run(run), queue.of_run(run)
    size = f"{store.run_size(run) / 2**20:,.1f} MiB"
    numbers = ", ".join(str(job.id) for job in jobs) or "none"
    st.markdown(f"It holds {size}. Result rows that came of it, which stay: {rows}. Jobs that name it: {numbers}.")
    label = f"Delete {markdown_safe(run)}"
    st.button(label, type="primary", key="overview_delete", on_click=_delete, args=(run,), **changing())
    st.caption("It can be restored until the app is started again.")


def _delete(run: str) -> None:
    """Move a run to the trash."""
    st.session_state.pop("overview_delete_run", None)
    with failing_gracefully():
        store.delete_run(run)


def _restore(run: str) -> None:
    """Take a run back from the trash."""
    with failing_gracefully():
        store.restore_run(run)
