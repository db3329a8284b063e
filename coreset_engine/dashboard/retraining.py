"""What the Retrain page offers, asks for and starts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from coreset_engine import architectures, launch, paths, scores, selection, store
from coreset_engine.dashboard.controls import method_options
from coreset_engine.datasets import ImageSet
from coreset_engine.errors import DatasetError
from coreset_engine.tables import duration

RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True)
class Plan:
    """What will be started: commands, how many retrainings, and a sentence about them."""

    commands: tuple[str, ...]
    arguments: tuple[tuple[str, ...], ...]
    titles: tuple[str, ...]
    count: int
    sentence: str


def refuse_without_images(facts: store.RunInfo, images: ImageSet | None) -> None:
    """Raise a DatasetError when a run has no images to retrain on."""
    if images is None:
        raise DatasetError(
            f"The images of this run ({facts.dataset or 'imported dynamics'}) are not in the cache, so nothing can be "
            "retrained on them. Choose another run, or export the coreset on the Explore page."
        )


def choose_methods() -> list[str]:
    """Draw the choice of methods and return it; Random is a reference of its own."""
    entries = {name: entry for name, entry in scores.all_scores().items() if name != "random"}
    return st.multiselect("Methods", list(entries), ["eva"], key="methods", bind="query-params")


def choose_options(methods: list[str], epochs: int) -> dict[str, dict[str, Any]]:
    """Draw the options of every method; methods that need a window, or a pair of them, share one."""
    given: dict[str, dict[str, Any]] = {}
    shared: dict[str, dict[str, Any]] = {}
    for name in methods:
        entry = scores.get(name)
        if entry.needs in shared:
            given[name] = {key: value for key, value in shared[entry.needs].items() if key in entry.options}
        elif entry.options:
            with st.expander(f"Options of {entry.label}", expanded=bool(entry.needs)):
                given[name] = method_options(name, epochs)[0]
            if entry.needs:
                shared[entry.needs] = given[name]
        else:
            given[name] = {}
    return given


def form(facts: store.RunInfo) -> dict[str, Any]:
    """Draw rates, seeds, architectures, epochs, rule and references; return what they say."""
    rates = st.multiselect("Selection rates α", RATES, [0.05, 0.1, 0.3], key="rates", bind="query-params")
    first, second = st.columns(2)
    seeds = first.number_input("Seeds (each a fresh network)", 1, 20, 2, key="seeds", bind="query-params")
    epochs = second.number_input("Epochs", 1, 1000, facts.epochs, key=f"retrain_epochs_{facts.epochs}")
    entries = architectures.all_architectures()
    names = st.multiselect(
        "Networks",
        list(entries),
        [facts.architecture],
        key=f"retrain_{facts.architecture}",
    )
    rules = selection.all_rules()
    rule = st.selectbox("Rule", list(rules), key="retrain_rule")
    with st.container(horizontal=True):
        random = st.checkbox("Random for comparison", True, key="retrain_random")
        full = st.checkbox("Full data for comparison", False, key="retrain_full")
    return {
        "rates": sorted(rates),
        "seeds": int(seeds),
        "epochs": epochs,
        "names": names,
        "rule": rule,
        "random": random,
        "full": full,
    }


def plan(
    run: str, methods: list[str], options: dict[str, dict[str, Any]], asked: dict[str, Any], facts: store.RunInfo
) -> Plan:
    """Return what to start for a form: one command a method, so that each has its own options."""
    common = [
        "--architecture",
        *asked["names"],
        "--epochs",
        str(asked["epochs"]),
        "--seeds",
        *map(str, range(asked["seeds"])),
    ]
    rates = ["--rate", *(f"{rate:g}" for rate in asked["rates"])]
    commands, titles = [], []
    references = [name for name in ("random", "full") if asked[name]]
    jobs = [(name, {}) for name in references] + [(name, options[name]) for name in methods]
    for name, given in jobs:
        words = ["retrain", run, "--method", name, *(["--rate", "1"] if name == "full" else rates), *common]
        words += ["--rule", asked["rule"]] if name not in references else []
        words += [word for key, value in given.items() for word in ("--option", f"{key}={value}")]
        commands.append(tuple(words))
        titles.append(f"Retrain on {name} coresets of {run}" if name != "full" else f"Retrain on all data of {run}")
    per_rate = asked["seeds"] * len(asked["names"])
    ready = bool(asked["names"]) and (bool(asked["rates"]) or not (set(methods) | set(references)) - {"full"})
    shares = [
        1.0 if name == "full" else rate for name, _ in jobs for rate in ([1.0] if name == "full" else asked["rates"])
    ]
    count = per_rate * len(shares) if ready else 0
    return Plan(
        commands=tuple(f"python -m coreset_engine {' '.join(words)}" for words in commands) if count else (),
        arguments=tuple(commands),
        titles=tuple(titles),
        count=count,
        sentence=_sentence(count, shares, asked, facts, run),
    )


def seconds_per_image(facts: store.RunInfo, run: str) -> float:
    """Return how long the recording took for one image of one epoch, its evaluation included."""
    seconds = store.RunFile(paths.run_folder(run)).metrics()["seconds"]
    return float(np.median(seconds)) / facts.samples


def _sentence(count: int, shares: list[float], asked: dict[str, Any], facts: store.RunInfo, run: str) -> str:
    """Return how many retrainings there will be and about how long they take: by this run's speed where it is known."""
    if not count:
        return "Choose at least one method or reference, one rate and one network."
    entries = architectures.all_architectures()
    measured = seconds_per_image(facts, run)
    slowness = sum(measured if name == facts.architecture else 1 / entries[name].speed for name in asked["names"])
    images = sum(shares) * facts.samples * asked["epochs"] * asked["seeds"]
    return (
        f"{count} retrainings; rows that exist are not trained again. Roughly {duration(images * slowness)} at this "
        "run's speed (two CPU cores for other networks), longer for small coresets: evaluating costs more than training."
    )


def start(planned: Plan) -> None:
    """Start the jobs of a plan; they run one after the other.

    Raises:
        JobError: a process can't be started.
    """
    for words, title in zip(planned.arguments, planned.titles, strict=True):
        launch.start(list(words), title)


def newest(rows: pd.DataFrame, count: int = 12) -> pd.DataFrame:
    """Return the newest result rows as a table for people."""
    last = rows.iloc[::-1].head(count)
    return pd.DataFrame(
        {
            "method": last["label"],
            "α": 100 * last["rate"],
            "M": last["samples"],
            "network": last["architecture"],
            "seed": last["seed"],
            "val best": 100 * last["val_acc_best"],
            "test at best val": 100 * last["test_acc_best_val"],
            "test last": 100 * last["test_acc_last"],
            "batch": last["batch_size"],
            "seconds": last["seconds"],
            "collapsed": last["collapsed"].astype(bool),
        }
    )


def newest_columns() -> dict[str, Any]:
    """Return how the columns of `newest` are drawn."""
    percent = {
        name: st.column_config.NumberColumn(f"{name} (%)", format="%.2f")
        for name in ("val best", "test at best val", "test last")
    }
    return percent | {
        "α": st.column_config.NumberColumn("α (%)", format="%.3g"),
        "M": st.column_config.NumberColumn(format="localized"),
    }
