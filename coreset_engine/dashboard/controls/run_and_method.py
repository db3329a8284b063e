"""The selectors of run and method, and the run in words; their values stand in the URL, so that a view can be shared."""

from typing import Any

import streamlit as st

from coreset_engine import methods, recommended, store
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import option_fields, rule_and_rate, windows
from coreset_engine.dashboard.shell import growing, links
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.executors import queue
from coreset_engine.names import counted

DEFAULT = "eva"  # the method that is chosen at first


def stop_without_runs() -> None:
    """Where there is no run, say how to get one and end the page; where a link's run is gone, say which one is shown.

    Called first, outside the sidebar, which a phone hides.
    """
    if names := store.run_names():
        leave_unknown_run(names)
        return
    if growing.await_first_run():
        links.draw("app.py", "See how far it is", icon="home")
        st.stop()
    st.info(
        "There is no recorded run yet. The demo takes about three minutes on two cores and needs no download.",
        icon=":material/info:",
    )
    links.draw("app.py", "Make the demo on the Overview page", icon="home")
    links.draw("pages/1_Record.py", "Record a run of your own", icon="fiber_manual_record")
    imports = {"tab": "Import dynamics"}
    links.draw("pages/1_Record.py", "Import your own dynamics", imports, icon="upload_file", key="link_import")
    st.stop()


def leave_unknown_run(names: list[str], key: str = "run") -> None:
    """Say that the run which a link asks for, or which was shown until now, is not there, and forget it.

    Args:
        names: of all runs.
        key: of the control that shows it.
    """
    wanted = st.session_state.get(key) or st.query_params.get(key)
    if wanted and wanted not in names:
        st.session_state.pop(key, None)
        st.warning(
            f"There is no run {markdown_safe(repr(wanted))} in this cache: it was deleted, or the link is of another cache. "
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


def offer_recommended(run: str) -> None:
    """Draw the button that sets the controls to the recommended selection, with one line of what speaks for it."""
    st.button(
        "Recommended selection",
        key="recommended",
        icon=":material/verified:",
        on_click=_take_recommended,
        args=(run,),
        help=recommended.EVIDENCE,
    )


def _take_recommended(run: str) -> None:
    """Set the controls; the rate and the excluded samples stay as they are."""
    shown = CoresetSpec(run, recommended.AUTO, rate=0.1).query_params()
    st.session_state.update(
        {key: value for key, value in shown.items() if key not in ("run", "rate", "average", "exclude")}
    )


def choose_spec(run: str, epochs: int) -> CoresetSpec:
    """Draw method, windows, rule and rate for a run of `epochs` epochs and return the coreset that they mean.

    Raises:
        WindowError: the method needs two windows, for which the run is too short.
        ConfigError: an option has an impossible value.
    """
    entries = methods.all_methods()
    names = list(entries)
    offer_recommended(run)
    name = st.selectbox("Method", names, names.index(DEFAULT), key="method", bind="query-params")
    method = entries[name]
    with st.popover(f"{method.label}: formula and source", icon=":material/function:"):
        for heading, fact in methods.facts(methods.describe(method)):
            st.markdown(f"**{heading}.** {markdown_safe(fact)}")
    given = method_options(name, epochs)
    rate = rule_and_rate.choose_rate()
    if methods.is_greedy(name):
        return CoresetSpec(run, name, given, rate=rate)
    # an option that both have, such as `seed`, is asked for once and goes to both
    rule, rule_given = rule_and_rate.choose_rule(skip=given)
    return CoresetSpec(run, name, given, rule, rate=rate, rule_options=rule_given)


def method_options(name: str, epochs: int, seeds_may_stay_empty: bool = False) -> dict[str, Any]:
    """Draw a method's options for a run of `epochs` epochs and return their values.

    Raises:
        WindowError: the run is too short for a pair of windows.
    """
    method = methods.get(name)
    given: dict[str, Any] = {}
    if method.windows == "pair":
        pair = windows.choose_pair(epochs)
        given = {"early": pair.early, "late": pair.late, "length": pair.length}
    elif "start" in method.options:
        window = windows.choose_window(epochs)
        given = {"start": window.start, "length": window.length}
    return given | option_fields.draw(method.options, method.function, name, given, seeds_may_stay_empty)


def epochs_to_train_on(run: str) -> int:
    """Return of how many epochs coresets can be asked for: all of them while a job records them, else those recorded.

    Raises:
        EngineError: the run is missing or damaged, or has no whole epoch and nobody records one.
    """
    return cached.info(run).epochs if queue.recorder_of(run) else cached.dynamics(run).epochs


def run_line(run: str) -> str:
    """Return one sentence about a run: data, architecture, epochs, seed."""
    facts = cached.info(run)
    done = cached.epochs_done(run)
    state = "" if done == facts.epochs else f" ({done} recorded so far)"
    kind = ", **synthetic**" if is_synthetic(run) else ""
    origin, dataset = facts.architecture or facts.origin, facts.dataset or "imported dynamics"
    return (
        f"{markdown_safe(dataset)}{kind} · {counted(facts.samples, '{train sample|train samples}')} · "
        f"{counted(facts.classes, '{class|classes}')} · {markdown_safe(origin)} · "
        f"{counted(facts.epochs, '{epoch|epochs}')}{state} · seed {facts.seed}"
    )


def is_synthetic(run: str) -> bool:
    """Return whether a run's images were made by this project."""
    found = cached.images(run)
    return found is not None and found.synthetic
