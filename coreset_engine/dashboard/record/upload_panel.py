"""The part of the Record page that takes own images from the browser and removes those it took before."""

from datetime import UTC, datetime

import streamlit as st
from streamlit import config
from streamlit.delta_generator import DeltaGenerator

from coreset_engine import memory
from coreset_engine.dashboard.record import data, preview_panel
from coreset_engine.dashboard.shell import changing, failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.datasets import own_names, uploads
from coreset_engine.errors import EngineError
from coreset_engine.executors import queue
from coreset_engine.names import counted

_COUNT = "record_upload_count"  # in the session: uploads taken so far; each has a control of its own, then empty again
_REFUSED = "record_upload_refused"  # in the session: which file was refused last, and why
_HELP = (
    "A MedMNIST-format .npz, or a .zip of one sub-folder of pictures per class, with or without train, val and test above "
    "them. It is kept in the cache, and read with the checks of any path. What is larger belongs in the folder below."
)


def draw(place: DeltaGenerator) -> None:
    """Draw the upload of own images; what comes is kept, chosen as the data set and checked at once.

    It is called before the choice of the data set is drawn.
    """
    count = st.session_state.get(_COUNT, 0)
    kinds = list(uploads.KINDS)
    state = changing(help=_HELP)
    file = place.file_uploader("Upload or drop own images", type=kinds, key=f"record_upload_{count}", **state)
    if file is not None:
        refused, why = st.session_state.get(_REFUSED, ("", ""))
        why = why if refused == file.file_id else _take(file.name, file.getbuffer())
        if why:
            st.session_state[_REFUSED] = (file.file_id, why)
            place.error(markdown_safe(why), icon=":material/error:")
        else:
            st.session_state[_COUNT] = count + 1
            st.rerun()
    with failing_gracefully():
        kept = uploads.all_kept()
    if kept:
        with place.popover(counted(len(kept), "{upload|uploads} kept"), icon=":material/inventory_2:"):
            _removal(kept)


def _take(name: str, content: memoryview) -> str:
    """Keep a file, choose it as the data set and have it checked; return why not, "" where it is kept."""
    with st.spinner("Keeping the upload …"):
        try:
            path = uploads.keep(name, content)
        except EngineError as error:
            return str(error)
    st.session_state["dataset"] = own_names.listed(str(path))
    preview_panel.check_next()
    return ""


def _removal(kept: list[uploads.Upload]) -> None:
    """Draw the choice of an upload, what its removal means, and the button."""
    names = {upload.key: upload for upload in kept}
    key = st.selectbox(
        "Upload",
        list(names),
        format_func=lambda key: f"{names[key].path.name} ({names[key].amount}, {_day(names[key])})",
        index=None,
        placeholder="Choose an upload",
        key="record_remove_key",
    )
    if key not in names:
        total = memory.amount(sum(upload.size for upload in kept))
        st.caption(f"In all {total}; up to {config.get_option('server.maxUploadSize')} MB each (server.maxUploadSize).")
        return
    with failing_gracefully():
        path = str(names[key].path)
        named = [job for job in queue.all_jobs() if path in job.arguments]
    jobs = ", ".join(str(job.id) for job in named if job.active)
    later = ", ".join(str(job.id) for job in named if job.resumable)
    st.markdown("Runs recorded from it keep their images, which lie in the cache as arrays.")
    if jobs:
        st.caption(f"Jobs that have still to read it: {jobs}. It can be removed when they are over.")
    if later:
        st.caption(f"Jobs that can't be resumed without it: {later}.")
    state = changing(disabled=bool(jobs))
    st.button("Remove it", key="record_remove", type="primary", on_click=_remove, args=(key,), **state)


def _remove(key: str) -> None:
    """Remove an upload; the choice of the data set falls back to the first where it was chosen."""
    st.session_state.pop("record_remove_key", None)
    with failing_gracefully():
        path = next((str(upload.path) for upload in uploads.all_kept() if upload.key == key), "")
        uploads.remove(key)
    if st.session_state.get("dataset") == own_names.listed(path):
        st.session_state["dataset"] = next(iter(data.sources()))


def _day(upload: uploads.Upload) -> str:
    """Return the day on which an upload came."""
    return datetime.fromtimestamp(upload.kept, UTC).strftime("%Y-%m-%d")
