"""What the Experiments page offers and asks for: one request per method, see `choose_coresets`."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import architectures, budgets, methods, paths, selection, store
from coreset_engine.config import DEVICES, LOSSES, NORMALISATIONS, VIEWS
from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import option_fields
from coreset_engine.dashboard.controls.average import choose_average
from coreset_engine.dashboard.controls.class_budget import choose_shares
from coreset_engine.dashboard.controls.exclusion import choose_exclusion
from coreset_engine.dashboard.controls.recipe_words import (
    AUGMENT,
    MOMENTA,
    MOMENTUM_HELP,
    NORMALISATION_HELP,
    SCHEDULE_HELP,
    SCHEDULES,
    VIEW_HELP,
    augmentation,
)
from coreset_engine.dashboard.controls.retraining import RATES, REFERENCES
from coreset_engine.dashboard.controls.run_and_method import method_options
from coreset_engine.dashboard.experiments import data
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.widgets import tables
from coreset_engine.datasets import ImageSet
from coreset_engine.errors import ConfigError
from coreset_engine.executors import queue
from coreset_engine.pipeline.requests import RetrainingRequest, retrainable
from coreset_engine.results import people

NEWEST = 12  # result rows shown; the Results page has all of them


def refuse_hindered(run: str, facts: store.RunInfo, images: ImageSet | None) -> None:
    """Raise a ConfigError when nothing can be retrained on a run, as on one without images."""
    reason = retrainable.hindrance(facts, images=images is not None)
    if reason:
        raise ConfigError(
            f"Nothing can be retrained on {run}: {reason}. Choose another run, or export the coreset on the Explore page."
        )


def choose_coresets(run: str, epochs: int) -> list[RetrainingRequest]:
    """Draw methods, rates, rule and their options for a run of `epochs` epochs; return one request per method.

    The first has no method: it says what references share with the others, rates and exclusion.

    Raises:
        EngineError: the run is damaged.
    """
    names = st.multiselect("Methods", _offered(run), ["eva"], key="methods", bind="query-params")
    options = _options_of_methods(names, epochs)
    rates = st.multiselect(
        "Selection rates α",
        sorted({*RATES, *st.session_state.get("rates", ()), *_rates_of_the_link()}),
        [0.05, 0.1, 0.3],
        key="rates",
        bind="query-params",
        help="Shares of the train split that are kept. Every method is trained at every rate.",
    )
    rules = selection.all_rules()
    rule = st.selectbox(
        "Rule",
        list(rules),
        key="rule",
        bind="query-params",
        help="How scores become a coreset. Random, and methods that pick a set themselves, know no rule.",
    )
    rule_options: dict[str, Any] = {}
    if rules[rule].options:
        rule_options = option_fields.draw(rules[rule].options, rules[rule].function, "rule", seeds_may_stay_empty=True)
    images = cached.images(run)
    shared = choose_shares(grouped=images is not None and "train" in images.groups)
    average = choose_average(run)
    name, _ = choose_exclusion(cached.info(run).dataset_sha256)
    if name:
        st.caption("They are left out of every training here, also of Random and of Full data.")
    base = RetrainingRequest(run, (), tuple(sorted(rates)), exclusion=name, **shared)
    return [base, *(_of_method(base, method, given, rule, rule_options, average) for method, given in options.items())]


def _of_method(
    base: RetrainingRequest,
    name: str,
    given: dict[str, Any],
    rule: str,
    rule_options: dict[str, Any],
    average: tuple[str, ...],
) -> RetrainingRequest:
    """Return the request for one method; methods that pick a set know no rule."""
    if methods.is_greedy(name):
        return replace(base, methods=(name,), options=given, average=average)
    # an option that both have goes to both: the method's field is the one that counts
    return replace(base, methods=(name,), options=rule_options | given, rule=rule, average=average)


def _rates_of_the_link() -> list[float]:
    """Return the rates that the address asks for, of which any that makes sense can be chosen."""
    found = []
    for text in st.query_params.get_all("rates"):
        with suppress(ValueError):
            found.append(float(text))
    return [rate for rate in found if 0 < rate <= 1]


def _offered(run: str) -> list[str]:
    """Return the methods that can read this run; those that read features need the snapshot that a recording ends with."""
    has_snapshot = (paths.run_folder(run) / store.SNAPSHOT_NAME).is_file() or queue.recorder_of(run) is not None
    entries = methods.all_methods().items()
    return [name for name, entry in entries if name not in REFERENCES and (has_snapshot or entry.reads != "snapshot")]


def _options_of_methods(names: list[str], epochs: int) -> dict[str, dict[str, Any]]:
    """Draw the options of every method; methods that need a window, or a pair of them, share one."""
    given: dict[str, dict[str, Any]] = {}
    shared: dict[str, dict[str, Any]] = {}
    for name in names:
        entry = methods.get(name)
        if entry.windows in shared and (entry.windows == "pair" or "start" in entry.options):
            given[name] = {key: value for key, value in shared[entry.windows].items() if key in entry.options}
        elif entry.options:
            if len(names) > 1:
                st.markdown(f"**Options of {entry.label}**")
            given[name] = method_options(name, epochs, seeds_may_stay_empty=True)
            if entry.windows == "pair" or "start" in entry.options:
                shared[entry.windows] = given[name]
        else:
            given[name] = {}
    return given


def choose_training(chosen: list[RetrainingRequest], facts: store.RunInfo) -> list[RetrainingRequest]:
    """Draw architectures, seeds, epochs, references, and under "Advanced" batch size, learning rate and device.

    Args:
        chosen: as `choose_coresets` returns them.
        facts: of the run.

    Returns:
        The same requests with what is chosen here; the first one, without a method, has the references.
    """
    names = st.multiselect(
        "Architectures",
        list(architectures.all_architectures()),
        [facts.architecture],
        key=f"retrain_{facts.architecture}",
    )
    first, second = st.columns(2)
    seeds = first.number_input(
        "Seeds",
        1,
        20,
        2,
        key="seeds",
        bind="query-params",
        help="How many trainings from fresh weights per rate: 0, 1, …",
    )
    epochs = second.number_input("Epochs", 1, 1000, facts.epochs, key=f"retrain_epochs_{facts.epochs}")
    with st.container(horizontal=True):
        random = st.checkbox("Random for comparison", True, key="retrain_random")
        full = st.checkbox("Full data for comparison", False, key="retrain_full")
    with st.expander("Advanced"):
        images = cached.images(chosen[0].run)
        advanced = _choose_advanced(ordinal=images is not None and images.ordinal)
    references = tuple(name for name, wanted in zip(REFERENCES, (random, full), strict=True) if wanted)
    training = advanced | {"architectures": tuple(names), "seeds": tuple(range(seeds)), "epochs": int(epochs)}
    return [replace(chosen[0], references=references, **training), *(replace(one, **training) for one in chosen[1:])]


def _choose_advanced(*, ordinal: bool) -> dict[str, Any]:
    """Draw what stands in for the run's recipe, the device, and the loss of grades; return it, None for what stays empty."""
    batch = st.number_input(
        "Batch size",
        1,
        8192,
        None,
        key="retrain_batch",
        placeholder="by the coreset's size",
        help="Empty: the recording's, but on small coresets less, for about 8 steps per epoch; not under 16. "
        "The result row says what was used.",
    )
    rate = st.number_input(
        "Learning rate",
        1e-5,
        10.0,
        None,
        step=0.01,
        format="%g",
        key="retrain_rate",
        placeholder="each architecture's own",
        help="Peak rate. Empty: the recording's for its own architecture, the default for others.",
    )
    augment = st.selectbox(
        "Augment", list(AUGMENT), None, key="retrain_augment", bind="query-params", placeholder="as recorded",
        help="Crop with 4 px padding and horizontal flip. Enlarged: 8 to 100 % of an image in its full size.",
    )  # fmt: skip
    schedule = st.selectbox(
        "Schedule", SCHEDULES, None, key="retrain_schedule", bind="query-params", placeholder="as recorded",
        help=SCHEDULE_HELP,
    )  # fmt: skip
    dropped = st.checkbox(
        "Drop the last batch", key="retrain_drop_last", bind="query-params",
        help="Train without the last batch of an epoch where it is not full, as the code of EVA does.",
    )  # fmt: skip
    device = st.selectbox("Device", DEVICES, key="retrain_device", help="auto: a GPU where there is one.")
    found: dict[str, Any] = {"batch_size": batch, "learning_rate": rate, "device": device, "schedule": schedule}
    found |= {"augment": AUGMENT[augment]} if augment else {}
    found |= {"augmentation": augmentation(augment)} if found.get("augment") else {}
    found |= {"drop_last": dropped} | _choose_inputs()
    if ordinal:
        found["loss"] = st.selectbox(
            "Loss", LOSSES, None, key="retrain_loss", placeholder="as recorded",
            help="The classes are grades. ordinal: the squared earth mover's distance. Rows of another loss are told apart.",
        )  # fmt: skip
    return found


def _choose_inputs() -> dict[str, Any]:
    """Draw what networks see of images, and how momentum goes; return it, None for what stays empty."""
    first, second, third = st.columns(3)
    told: dict[str, Any] = {"bind": "query-params", "placeholder": "as recorded"}
    momentum = third.selectbox("Momentum", MOMENTA, None, key="retrain_momentum", help=MOMENTUM_HELP, **told)
    return {
        "normalisation": first.selectbox(
            "Normalisation", NORMALISATIONS, None, key="retrain_normalisation", help=NORMALISATION_HELP, **told
        ),
        "view": second.selectbox("View", VIEWS, None, key="retrain_view", help=VIEW_HELP, **told),
        "nesterov": MOMENTA[momentum] if momentum else None,
    }


def plan(chosen: list[RetrainingRequest], facts: store.RunInfo) -> list[RetrainingRequest]:
    """Return what to start for a form: one request per reference and per method, so that each has its own options.

    Args:
        chosen: as `choose_training` returns them.
        facts: of the run.

    Raises:
        EngineError: the run is damaged, or more rows are excluded than a rate leaves out.
    """
    base = replace(chosen[0], references=())
    full = replace(base, methods=(FULL,), rates=(1.0,), **budgets.SHARED)
    wanted = [full if name == FULL else replace(base, methods=(name,)) for name in chosen[0].references]
    found = [one for one in (*wanted, *chosen[1:]) if one.rates and one.architectures]
    if any(one.methods != (FULL,) for one in found):
        size = selection.coreset_size(max(base.rates), facts.samples)
        selection.remaining(facts.samples, _excluded(base), size)
    return found


def _excluded(base: RetrainingRequest) -> NDArray[np.int64]:
    """Return the rows that no training of a request sees."""
    return cached.excluded(CoresetSpec(base.run, FULL, rate=1.0, exclusion=base.exclusion))


def draw_newest(table: pd.DataFrame, facts: store.RunInfo) -> None:
    """Draw the newest result rows on the images of a run, and the way to all of them.

    Args:
        table: as `results.frame` gives it.
        facts: of the run.
    """
    rows = table[table["dataset_sha256"] == facts.dataset_sha256] if len(table) else table
    if not len(rows):
        st.caption("None yet.")
        return
    tables.draw(data.newest_rows(rows, NEWEST), people.ROW_COLUMNS, "retrain_rows")
    there = data.results_of_newest(rows)
    links.draw("pages/8_Results.py", "Compare them on the Results page", there, icon="monitoring")
