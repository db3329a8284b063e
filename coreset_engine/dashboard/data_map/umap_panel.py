"""Under the replay: how its axes get a UMAP, which a job makes."""

import streamlit as st

from coreset_engine import paths, store
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.shell import changing
from coreset_engine.executors import queue
from coreset_engine.executors.table import Job
from coreset_engine.explorer import umap_file, umap_layout

EVERY_SECONDS = 2.0


def draw(run: str, is_made: bool) -> None:
    """Draw a button that has a run laid out, how far that is, or what to install; nothing where it is or can't be.

    Args:
        run: its name.
        is_made: whether it is laid out.

    Raises:
        EngineError: a snapshot is damaged, or the table of jobs can't be read.
    """
    if is_made or not store.snapshot_epochs(paths.run_folder(run)):
        return
    if not umap_layout.is_installed():
        st.caption("UMAP axes need the package umap-learn. Run: `pip install coreset-explorer[umap]`.")
        return
    busy = bool(_jobs(run))
    st.fragment(_look, run_every=EVERY_SECONDS if busy else None, key="umap_watch")(run, busy)


def state(run: str) -> tuple[int, int]:
    """Return what changes when the layout of a run does."""
    return cached.mark(umap_file.path_of(run))


def _jobs(run: str) -> list[Job]:
    """Return the jobs under way that lay a run out."""
    return [job for job in queue.of_run(run) if job.active and job.arguments[:1] == ("umap",)]


def _look(run: str, was_busy: bool) -> None:
    """Draw the button, or how far the job is; the page is drawn anew when that begins and when it has ended."""
    jobs = _jobs(run)
    if was_busy and not jobs:
        st.rerun()
    if jobs:
        st.caption(f"UMAP: {jobs[0].message or 'waits'} …")
    elif st.button(
        "Lay out by UMAP",
        key="umap_start",
        icon=":material/scatter_plot:",
        **changing(help="Adds UMAP of the features to the axes. A job: about 15 s for 6,000 samples."),
    ):
        queue.start(["umap", run], f"UMAP of {run}")
        st.rerun()  # of the whole page, since only that gives this part its clock
