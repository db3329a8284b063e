"""Bring in: dynamics that were recorded elsewhere become a run."""

import streamlit as st

from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.record import import_, parts
from coreset_engine.dashboard.shell import failing_gracefully, links, page_setup
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.pipeline import requests

page_setup("Bring in", "Dynamics that another training loop has recorded become a run that every page can read.")

st.info(
    "A .npz or .h5 with `labels` (N,) and either `logits` or `probabilities` (T, N, C): epochs × train samples × classes, "
    "samples in the order of the train split. It is checked before anything is kept.",
    icon=":material/info:",
)
with st.container(border=True):
    upload = st.file_uploader("A file of yours", type=[ending[1:] for ending in import_.ENDINGS], key="bring_upload")
    with failing_gracefully():
        files = import_.offered()
    text = st.selectbox(
        f"… or a file in {parts.shown_root()}",
        files,
        index=None,
        key="bring_path",
        accept_new_options=True,
        placeholder="for files too large to upload: choose one, or type its path below that folder",
    )
    given = upload.name if upload else text
    free = import_.free_name(given) if given else ""
    name = st.text_input("Name of the run", key="bring_name", max_chars=64, placeholder=free) or free
    go = st.button("Bring it in", key="bring_go", type="primary", icon=":material/upload_file:", disabled=not given)

if go and given:
    with failing_gracefully(), st.spinner("Reading and checking …", show_time=True):
        said = import_.bring_upload(upload.name, upload.getbuffer(), name) if upload else ""
        said = said or import_.bring_file(import_.inside_root(given), name)
    st.success(markdown_safe(said))
    links.draw("pages/2_Explore.py", "Explore it", {"run": name}, icon="tune")

with st.container(horizontal=True, vertical_alignment="center"):
    st.download_button(
        "An example file",
        data=import_.example,
        file_name=import_.EXAMPLE,
        key="bring_example",
        on_click="ignore",
        icon=":material/download:",
    )
    links.draw("pages/1_Record.py", "Images instead? Record on them", icon="folder_open")
st.markdown("## The same by command or in Python")
with failing_gracefully():
    path = upload.name if upload else str(import_.inside_root(text)) if text else import_.EXAMPLE
request = requests.ImportRequest(path, name or import_.free_name(path))
code_tabs.draw(requests.commands([request]), requests.python([request]))
with st.expander("Writing such a file"):
    st.code(
        "import numpy\n\nepochs = []\n"
        "# at the end of every epoch, with the train images in their own order:\n"
        "epochs.append(logits)  # (N, C) float32\n"
        "# after the last one:\n"
        'numpy.savez("dynamics.npz", labels=labels, logits=numpy.stack(epochs))  # (N,), (T, N, C)',
        language="python",
    )
    st.caption("Without images the gallery stays empty and nothing can be retrained; all else works.")
st.caption("Research use only: not a medical device.")
