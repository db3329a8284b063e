"""The part of the Record page that makes a run of dynamics which another training loop recorded."""

import streamlit as st

from coreset_engine import paths, store
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.record import data, imports
from coreset_engine.dashboard.shell import changing, failing_gracefully, links
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.pipeline import requests

FORMAT = (
    "A .npz or .h5 with `labels` (N,) and either `logits` or `probabilities` (T, N, C): epochs × train samples × classes, "
    "samples in the order of the train split. Or, all together, the files that the code of data maps (cartography) wrote, "
    "`dynamics_epoch_0.jsonl` and so on, or that of TDDS with `labels.npy`. It is checked before anything is kept."
)
WRITING = """import numpy

epochs = []
# at the end of every epoch, with the train images in their own order:
epochs.append(logits)  # (N, C) float32
# after the last one:
numpy.savez("dynamics.npz", labels=labels, logits=numpy.stack(epochs))  # (N,), (T, N, C)"""


def draw() -> None:
    """Draw the choice of a file and import it when asked; below, the same as a command and as Python."""
    st.info(FORMAT, icon=":material/info:")
    with st.container(border=True):
        endings = [end[1:] for end in (*imports.ENDINGS, *imports.FOLDERS)]
        sent = st.file_uploader(
            "Upload a file, or all of those that hold an epoch each",
            type=endings,
            key="bring_upload",
            accept_multiple_files=True,
            **changing(),
        )
        with failing_gracefully():
            files, upload = imports.offered_dynamics(), imports.as_one([file.name for file in sent])
        text = st.selectbox(
            f"… or a file in {data.shown_root()}",
            files,
            index=None,
            key="bring_path",
            accept_new_options=True,
            placeholder="for files too large to upload: choose one, or type its path below that folder",
            help="One that holds an epoch stands for all in its folder.",
        )
        given = upload or text
        free = imports.free_name(given) if given else ""
        name = st.text_input("Name of the run", key="bring_name", max_chars=64, placeholder=free) or free
        state = changing(disabled=not given)
        go = st.button("Import", key="bring_go", type="primary", icon=":material/upload_file:", **state)
    if go and given:
        with failing_gracefully(), st.spinner("Reading and checking …", show_time=True):
            said = (
                imports.import_upload({file.name: file.getbuffer() for file in sent}, name)
                if upload
                else imports.import_file(imports.inside_root(given), name)
            )
        st.success(markdown_safe(said))
        if read_as := store.read_as(paths.run_folder(name)):
            st.info("\n\n".join(map(markdown_safe, read_as)), icon=":material/info:")
        links.draw("pages/2_Explore.py", "Explore it", {"run": name}, icon="tune")
    st.download_button(
        "Example file",
        data=imports.example,
        file_name=imports.EXAMPLE,
        key="bring_example",
        on_click="ignore",
        icon=":material/download:",
    )
    with failing_gracefully():
        path = upload if upload else str(imports.inside_root(text)) if text else imports.EXAMPLE
    _code(path, name or imports.free_name(path))


def _code(path: str, run: str) -> None:
    """Draw how a file is imported by command and in Python, and how one is written."""
    st.markdown("## The same by command or in Python")
    request = requests.ImportRequest(path, run)
    code_tabs.draw(requests.commands([request]), requests.python([request]))
    with st.expander("Writing such a file"):
        st.code(WRITING, language="python")
        st.caption("Without images the gallery stays empty and nothing can be retrained; all else works.")
    st.caption("Research use only: not a medical device.")
