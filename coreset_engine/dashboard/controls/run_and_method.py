"""Controls that several pages draw; their values stand in the URL, so that a view can be shared."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import methods, selection, store
from coreset_engine import windows as legal_windows
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import option_fields
from coreset_engine.dashboard.controls.exclusions import NOTHING
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.store import exclusions
from coreset_engine.windows import Windows


def stop_without_runs() -> None:
    """Where there is no run, say how to get one and end the page; where a link's run is gone, say which one is shown.

    Called first, outside the sidebar, which a phone hides.
    """
    if names := store.run_names():
        _leave_unknown_run(names)
        return
    st.info(
        "There is no recorded run yet. The demo takes about two minutes and needs no download.", icon=":material/info:"
    )
    links.draw("app.py", "Make the demo on the Overview page", icon="home")
    links.draw("pages/1_Record.py", "Record a run of your own", icon="fiber_manual_record")
    st.stop()


def _leave_unknown_run(names: list[str]) -> None:
    """Say that the run which a link asks for, or which was shown until now, is not there, and forget it."""
    asked = st.session_state.get("run") or st.query_params.get("run")
    if asked and asked not in names:
        st.session_state.pop("run", None)
        st.warning(
            f"There is no run {markdown_safe(repr(asked))} in this cache: it was deleted, or the link is of another cache. "
            f"Shown is {markdown_safe(names[0])}."
        )


def choose_run() -> str:
    """Draw the run selector and return the run; there is one where `stop_without_runs` did not stop."""
    names = store.run_names()
    chosen = st.selectbox(
        "Run",
        names,
        index=None,  # a default would not stand in the address, which would mean another run as soon as there is one
        placeholder=names[0],
        key="run",
        bind="query-params",
        on_change=_forget_windows,
        help="A recorded training.",
    )
    return chosen or names[0]


def _forget_windows() -> None:
    """Let the windows start anew: another run may have fewer epochs."""
    for name in ("early", "late", "length", "start", "samples", "page"):
        st.session_state.pop(name, None)


def choose_exclusion(dataset_sha256: str) -> tuple[str, NDArray[np.int64]]:
    """Draw the selector of the data set's saved exclusions and return the chosen one's name and rows, ascending.

    Both are empty where nothing is excluded, and where it is not known which images a run was recorded on: then there is
    nothing to choose from, and nothing is drawn. A name that a link gives and nobody saved is told and left.

    Raises:
        DatasetError: the file of the chosen set is damaged.
    """
    found = exclusions.names(dataset_sha256) if dataset_sha256 else []
    _leave_unknown_exclusion(found)
    if not dataset_sha256:
        return "", np.empty(0, np.int64)
    name = st.selectbox(
        "Exclude",
        [NOTHING, *(one for one in found if one != NOTHING)],
        key="exclude",
        bind="query-params",
        help="Rows that are never kept: sets of them are made on the Suspects page.",
    )
    if name == NOTHING:
        return "", np.empty(0, np.int64)
    rows = np.array(exclusions.load(dataset_sha256, name).rows, np.int64)
    st.caption(f"{markdown_safe(name)}: {len(rows):,} rows are never kept.")
    return name, rows


def _leave_unknown_exclusion(found: list[str]) -> None:
    """Say that the set which a link or another data set's page asks for is not there, and forget it."""
    asked = st.session_state.get("exclude", st.query_params.get("exclude", NOTHING))
    if asked not in (NOTHING, *found):
        st.session_state.pop("exclude", None)
        st.warning(
            f"These images have no saved exclusion {markdown_safe(repr(asked))}, so nothing is excluded. Choose another, "
            "or save one on the Suspects page."
        )


def choose_spec(run: str, epochs: int, names: list[str] | None = None) -> CoresetSpec:
    """Draw method, windows, rule and rate for a run of `epochs` epochs and return the coreset that they mean.

    Raises:
        WindowError: the method needs two windows, for which the run is too short.
        ConfigError: an option has an impossible value.
    """
    entries = methods.all_methods()
    names = names or list(entries)
    index = names.index("eva") if "eva" in names else 0
    name = st.selectbox("Method", names, index, key="method", bind="query-params")
    method = entries[name]
    with st.popover(f"{method.label}: formula and source", icon=":material/function:"):
        for heading, fact in methods.facts(methods.describe(method)):
            st.markdown(f"**{heading}.** {markdown_safe(fact)}")
    given = method_options(name, epochs)
    rate = choose_rate()
    if methods.is_greedy(name):
        return CoresetSpec(run, name, given, rate=rate)
    rules = selection.all_rules()
    rule = st.selectbox(
        "Rule",
        list(rules),
        key="rule",
        bind="query-params",
        help="How scores become a coreset: top takes the best-ranked, balanced the same share of every class, ccs drops the "
        "hardest and draws evenly from the rest; see Methods for all.",
    )
    # an option that both have, such as `seed`, is asked for once and goes to both
    rule_given = option_fields.draw(rules[rule].options, rules[rule].function, "rule", skip=given)
    return CoresetSpec(run, name, given, rule, rate=rate, rule_options=rule_given)


def choose_rate() -> float:
    """Draw the selection rate, the same on every page, and return α."""
    return st.slider(
        "Selection rate α",
        0.01,
        1.0,
        0.1,
        0.01,
        format="percent",
        key="rate",
        bind="query-params",
        help="Share of samples kept.",
    )


def method_options(name: str, epochs: int, seeds_may_stay_empty: bool = False) -> dict[str, Any]:
    """Draw a method's options for a run of `epochs` epochs and return their values.

    Raises:
        WindowError: the run is too short for a pair of windows.
    """
    method = methods.get(name)
    given: dict[str, Any] = {}
    if method.windows == "pair":
        pair = window_pair(epochs)
        given = {"early": pair.early, "late": pair.late, "length": pair.length}
    elif "start" in method.options:
        length = st.slider(
            "K, epochs in the window", 2, max(3, min(50, epochs)), min(10, epochs), key="width", bind="query-params"
        )
        start = st.slider("Start of the window", 1, max(2, epochs - 1), 1, key="start", bind="query-params")
        given = {"start": start, "length": length}
    return given | option_fields.draw(method.options, method.function, name, given, seeds_may_stay_empty)


def window_pair(epochs: int) -> Windows:
    """Draw sliders for t_e, t_l and K that push each other, so that no illegal pair is reached.

    Raises:
        WindowError: the run is too short for two windows.
    """
    if epochs < 4:
        raise legal_windows.too_short(epochs)
    start = legal_windows.default(epochs)
    limits = {"early": (1, epochs - 3, start.early), "late": (3, epochs - 1, start.late)}
    limits["length"] = (2, max(3, min(50, epochs // 2)), start.length)
    helps = {
        "early": "First epoch of the early window. EVA adds up how much each error moves in both windows.",
        "late": "First epoch of the late window.",
        "length": "How many epochs each of the two windows has.",
    }
    labels = {
        "early": "t_e, early window starts at",
        "late": "t_l, late window starts at",
        "length": "K, epochs a window",
    }
    values = {}
    for name, (low, high, value) in limits.items():
        values[name] = st.slider(
            labels[name],
            low,
            high,
            value,
            key=name,
            bind="query-params",
            on_change=_push,
            args=(name, epochs),
            help=helps[name],
        )
    return Windows(**values)


def take_windows() -> None:
    """Move the window controls to where the windows were dragged."""
    for name, start in st.session_state["explore_scrub"].moved.items():
        st.session_state[name] = int(start)


def _push(moved: str, epochs: int) -> None:
    """Move the other window controls out of the way of the one just moved."""
    start = legal_windows.default(epochs)
    wanted = Windows(**{name: st.session_state.get(name, getattr(start, name)) for name in ("early", "late", "length")})
    pushed = legal_windows.legal(wanted, epochs, moved)
    for name in ("early", "late", "length"):
        # only what changes: writing back the slider just moved would undo a move that followed meanwhile
        if getattr(pushed, name) != getattr(wanted, name):
            st.session_state[name] = getattr(pushed, name)


def run_line(run: str) -> str:
    """Return one sentence about a run: data, network, epochs, seed."""
    facts = cached.info(run)
    done = cached.dynamics(run).epochs
    state = "" if done == facts.epochs else f" ({done} recorded so far)"
    kind = ", **synthetic**" if is_synthetic(run) else ""
    origin = facts.architecture or facts.origin
    return (
        f"{facts.dataset or 'imported dynamics'}{kind} · {facts.samples:,} train samples · {facts.classes} classes · "
        f"{origin} · {facts.epochs} epochs{state} · seed {facts.seed}"
    )


def is_synthetic(run: str) -> bool:
    """Return whether a run's images were made by this project."""
    found = cached.images(run)
    return found is not None and found.synthetic
