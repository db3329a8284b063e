"""What the Overview page draws: what this is, what coresets reach, where to begin, runs, and what to copy."""

from typing import Any

import pandas as pd
import streamlit as st

from coreset_engine import store, windows
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.controls import retraining
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.coresets.gallery import draw as draw_gallery
from coreset_engine.dashboard.coresets.gallery_data import Group, Keys
from coreset_engine.dashboard.overview import charts, code, data, deletion, story
from coreset_engine.dashboard.sample_dialog.dialog import open_sample
from coreset_engine.dashboard.shell import changing, failing_gracefully, links, saved_views, shortcuts
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.errors import EngineError
from coreset_engine.executors import queue

INTRODUCTION = (
    "Much of a medical image set is redundant, some of it misleading. **Record** one training on all images and the "
    "error of every image in every epoch is kept. **Explore** what each method would keep of it: EVA takes the images "
    "whose error moves most in an early and a late window of epochs. **Retrain** on that *coreset*, compare it with a "
    "random one of the same size, and **export it**."
)


def draw_introduction(table: pd.DataFrame, run: str, *, empty: bool) -> pd.DataFrame:
    """Draw what this is and what coresets reach; return the retrainings behind the chart, none where there is no chart.

    Args:
        table: all results, as `results.frame` gives them.
        run: whose data set's results are shown unless others are asked for, "" where there is none.
        empty: whether there is neither a run nor a job.
    """
    st.markdown("## Coreset Explorer")
    if empty:
        st.info(
            "Nothing is recorded yet. The demo records a small network on synthetic CT phantoms and needs no download."
        )
    st.markdown(INTRODUCTION)
    try:
        of_run = cached.info(run).dataset_sha256 if run else ""
    except EngineError:
        of_run = ""  # the table of runs tells what is wrong
    groups = data.glances(table, of_run)
    if not groups:
        return table.iloc[:0]
    st.markdown(
        "## What coresets reach",
        help="Lines: means over seeds. Points: single retrainings. The best epoch is chosen on val.",
    )
    head = next(iter(groups))
    if len(groups) > 1:
        head = st.selectbox("Of", list(groups), key="glance", bind="query-params")
    else:
        st.caption(markdown_safe(head))
    spec, alt = charts.chart(groups[head])
    draw_chart(spec, height=300, key="overview_results", alt=alt)
    st.caption("Research use only: not a medical device.")
    return groups[head]


def draw_story(runs: list[str], table: pd.DataFrame) -> None:
    """Draw the demo in numbers, where its run is whole and its images are here."""
    if story.RUN not in runs:
        return
    try:
        facts, images = cached.info(story.RUN), cached.images(story.RUN)
        whole = facts.dataset == story.RUN and cached.dynamics(story.RUN).epochs == story.EPOCHS
        if images is None or not whole or "wrong_label" not in images.truth:
            return
        wrong = images.truth["wrong_label"].astype(bool)
        own = table if table.empty else table[table["dataset_sha256"] == facts.dataset_sha256]
        told = story.sentences(story.lines(wrong, cached.coreset, own), int(wrong.sum()))
    except EngineError:
        return  # the table of runs tells what is wrong
    st.markdown(
        "## The demo in numbers", help="Test accuracy at the best val epoch, means over seeds; synthetic phantoms."
    )
    st.markdown("\n".join(f"- {sentence}" for sentence in told))


def draw_first_steps(run: str, *, idle: bool, results: bool) -> windows.Windows | None:
    """Draw where to begin, step by step; return the windows by which the images of a run are ranked that are shown.

    Args:
        run: to explore, "" where there is none.
        idle: whether no job is under way.
        results: whether there is any to look at.
    """
    pair = None
    with st.container(border=True):
        if run:
            st.markdown("**1. Look at what a method keeps**")
            links.draw("pages/2_Explore.py", f"Explore {run}", {"run": run}, icon="tune")
            st.caption("Move the two windows and the selection rate: scores, classes and kept images follow.")
            links.draw("pages/3_Windows.py", "Find better windows", {"run": run}, icon="search", key="overview_windows")
            pair = extremes(run)
        elif idle:
            st.markdown("**1. Make something to look at**")
            if st.button("Make the demo (about three minutes)", type="primary", key="overview_demo", **changing()):
                with failing_gracefully():
                    queue.start_demo()
                st.rerun()
        else:
            st.markdown("**1.** The demo can be explored as soon as its first epochs are recorded: see below.")
    if run:
        with st.container(border=True):
            st.markdown("**2. Hold it against Random**")
            if results:
                links.draw("pages/8_Results.py", "See what was reached", icon="monitoring", key="overview_reached")
                st.caption("Paired by seed, with a verdict per method and rate.")
            else:
                _draw_retrainings(run)
    _draw_recording("3" if run else "2")
    return pair


def _draw_retrainings(run: str) -> None:
    """Draw the link to retrainings on a run, or on another where nothing can be retrained on it, or why there is none."""
    reason = ""
    for name in (run, *store.run_names()):
        try:
            found = retraining.hindrance(name)
        except EngineError:
            found = "it is damaged"  # as the table of runs tells
        if not found:
            break
        reason = reason or found
    else:
        st.caption(f"No retraining on {run}: {markdown_safe(reason)}.")
        return
    links.draw("pages/7_Experiments.py", "Start retrainings", {"run": name}, icon="replay", key="overview_retrain")
    st.caption("Fresh networks on a coreset and on Random; the verdict then stands on Results.")


def _draw_recording(number: str) -> None:
    """Draw the step that brings other data, under its number."""
    with st.container(border=True):
        st.markdown(f"**{number}. Record other images**")
        links.draw("pages/1_Record.py", "Record your own images", icon="folder_open", key="record_images")
        st.caption("Drop a MedMNIST-format .npz or a .zip with one sub-folder of pictures per class.")
        record = {"dataset": "organsmnist"}
        icon = "fiber_manual_record"
        links.draw("pages/1_Record.py", "Record on a MedMNIST set", record, icon=icon, key="record_medmnist")
        st.caption(
            "Twelve sets at 28 to 224 px, or CIFAR.",
            help="On two cores take LeNet-5 or ResNet-8: minutes, not days.",
        )
        tab = {"tab": "Import dynamics"}
        links.draw("pages/1_Record.py", "Import your own dynamics", tab, icon="upload_file", key="record_import")
        st.caption("What your training loop recorded: a file, or three lines of Python.")


def draw_runs(runs: list[str]) -> None:
    """Draw the table of runs, a warning for each that can't be read, and the saved views."""
    st.markdown("## Runs")
    if not runs:
        st.caption("None yet.")
        deletion.draw(runs)
        return
    summaries = [cached.summary(name) for name in runs]
    table = data.run_table(summaries)
    st.dataframe(table, hide_index=True, key="overview_runs", placeholder="–", column_config=_run_columns())
    for problem in data.problems(summaries):
        st.warning(problem)
    deletion.draw(runs)
    st.markdown("## Saved views")
    saved_views.shelf()


def draw_code(runs: list[str], rows: pd.DataFrame, run: str, pair: windows.Windows | None) -> None:
    """Draw what gives all that is shown, and the keyboard shortcuts; the arguments are those of `code.command`."""
    with st.expander("All this as command or Python", icon=":material/content_copy:"):
        code_tabs.draw(code.command(bool(runs), rows, run, pair), code.python(bool(runs), rows, run, pair))
    with st.expander("Keyboard shortcuts", icon=":material/keyboard:"):
        st.markdown(shortcuts.text())


def _run_columns() -> dict[str, Any]:
    """Return how the columns of `data.run_table` are drawn."""
    return {
        "explore": st.column_config.LinkColumn("", display_text="Explore", width="small"),
        "recorded": st.column_config.ProgressColumn(
            "recorded", format="%.0f %%", min_value=0, max_value=100, width="small"
        ),
        "val accuracy": st.column_config.NumberColumn("val accuracy (last, %)", format="%.2f"),
        "train samples": st.column_config.NumberColumn(format="localized"),
        "MiB": st.column_config.NumberColumn(format="%.1f"),
    }


def extremes(run: str) -> windows.Windows | None:
    """Draw the images of a run that EVA ranks first and last, with its first and last epochs as windows; return these.

    Nothing is drawn, and None returned, where the run is too short for two windows, can't be read, or has no images here.
    """
    try:
        images, epochs = cached.images(run), cached.dynamics(run).epochs
    except EngineError:
        return None  # the table of runs tells what is wrong
    if images is None or epochs < 4:
        return None
    pair = windows.default_pair(epochs)
    coreset = cached.coreset(CoresetSpec(run, "eva", vars(pair), rate=0.1))
    ranking = coreset.ranking
    groups = (("kept", "first", ranking[: data.SHOWN]), ("dropped", "last", ranking[: -data.SHOWN - 1 : -1]))
    for name, words, rows in groups:
        group = Group(name, rows.copy, f"ranked {words} of {len(ranking):,} by EVA")
        _, opened = draw_gallery(coreset, [group], Keys(f"overview_{name}", ""))
        if opened is not None:
            open_sample(run, opened)
    return pair
