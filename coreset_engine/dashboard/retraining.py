"""What the Retrain page offers, asks for and starts."""

import shlex
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from coreset_engine import architectures, launch, methods, paths, selection, store
from coreset_engine.dashboard import fields, links, readers
from coreset_engine.dashboard.controls import DEVICES, choose_exclusion, method_options
from coreset_engine.dashboard.pinned import Pinned
from coreset_engine.dashboard.siblings import siblings
from coreset_engine.datasets import ImageSet
from coreset_engine.errors import ConfigError, DatasetError
from coreset_engine.tables import duration

RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
REFERENCES = ("random", "full")


@dataclass(frozen=True)
class Selecting:
    """How coresets are chosen.

    Attributes:
        methods: options by method.
        rates: α.
        rule, rule_options: by which scores become coresets.
        average: runs whose scores are averaged in.
        exclude: name of the saved set of rows that no training sees, "" for none.
        excluded: its rows.
    """

    methods: dict[str, dict[str, Any]]
    rates: list[float]
    rule: str = "top"
    rule_options: dict[str, Any] | None = None
    average: tuple[str, ...] = ()
    exclude: str = ""
    excluded: tuple[int, ...] = ()


@dataclass(frozen=True)
class Training:
    """How networks are trained on them; None leaves batch size and learning rate to the engine."""

    networks: list[str]
    seeds: int
    epochs: int
    references: tuple[str, ...] = ()
    batch_size: int | None = None
    learning_rate: float | None = None
    device: str = "auto"


@dataclass(frozen=True)
class Plan:
    """What will be started: arguments and title of every job, how many retrainings, and a sentence about them."""

    jobs: tuple[tuple[tuple[str, ...], str], ...]
    count: int
    sentence: str

    @property
    def words(self) -> list[tuple[str, ...]]:
        """Return the arguments of every job."""
        return [words for words, _ in self.jobs]

    @property
    def commands(self) -> str:
        """Return what is started, as lines for a shell."""
        return "\n".join(shlex.join(["python", "-m", "coreset_engine", *words]) for words in self.words)


def refuse_without_images(facts: store.RunInfo, images: ImageSet | None) -> None:
    """Raise a DatasetError when a run has no images to retrain on."""
    if images is None:
        raise DatasetError(
            f"The images of this run ({facts.dataset or 'imported dynamics'}) are not in the cache, so nothing can be "
            "retrained on them. Choose another run, or export the coreset on the Explore page."
        )


def choose_selection(run: str, epochs: int) -> Selecting:
    """Draw methods, rates, rule and their options for a run of `epochs` epochs; Random is a reference of its own.

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
        rule_options = fields.draw(rules[rule].options, rules[rule].function, "rule", seeds_may_stay_empty=True)
    average = _choose_average(run)
    name, rows = choose_exclusion(readers.info(run).dataset_sha256)
    if name:
        st.caption("They are left out of every training here, also of Random and of the full data.")
    return Selecting(options, sorted(rates), rule, rule_options, average, name, tuple(rows.tolist()))


def _rates_of_the_link() -> list[float]:
    """Return the rates that the address asks for, of which any that makes sense can be chosen."""
    found = []
    for text in st.query_params.get_all("rates"):
        with suppress(ValueError):
            found.append(float(text))
    return [rate for rate in found if 0 < rate <= 1]


def asking(now: Pinned) -> dict[str, Any]:
    """Return what a link to the Retrain page says beside what pages share, so that its form asks for one selection."""
    named = [] if now.method in REFERENCES else [now.method]  # those are asked for below, for comparison
    return {"methods": links.DEFAULT if now.method == "eva" else named, "rates": [now.rate]}


def _offered(run: str) -> list[str]:
    """Return the methods that can read this run; those that read features need the snapshot of a finished recording."""
    has_snapshot = (paths.run_folder(run) / store.SNAPSHOT_NAME).is_file()
    entries = methods.all_methods().items()
    return [name for name, entry in entries if name not in REFERENCES and (has_snapshot or entry.reads != "snapshot")]


def _options_of_methods(names: list[str], epochs: int) -> dict[str, dict[str, Any]]:
    """Draw the options of every method; methods that need a window, or a pair of them, share one."""
    given: dict[str, dict[str, Any]] = {}
    shared: dict[str, dict[str, Any]] = {}
    for name in names:
        entry = methods.get(name)
        if entry.needs in shared:
            given[name] = {key: value for key, value in shared[entry.needs].items() if key in entry.options}
        elif entry.options:
            if len(names) > 1:
                st.markdown(f"**Options of {entry.label}**")
            given[name] = method_options(name, epochs, seeds_may_stay_empty=True)[0]
            if entry.needs:
                shared[entry.needs] = given[name]
        else:
            given[name] = {}
    return given


def _choose_average(run: str) -> tuple[str, ...]:
    """Draw the choice of runs whose scores are averaged in; nothing where there is none."""
    others = siblings(run)
    if not others:
        return ()
    chosen = st.multiselect(
        "Average with",
        others,
        key="average",
        bind="query-params",
        placeholder="further runs (seeds)",
        help="Scores depend on the recording's seed. Offered are finished runs of the same images, network, recipe and "
        "epochs with other seeds; record the same with another seed to get one.",
    )
    return tuple(chosen)


def choose_training(facts: store.RunInfo) -> Training:
    """Draw networks, seeds, epochs, references, and under "Advanced" batch size, learning rate and device."""
    names = st.multiselect(
        "Networks", list(architectures.all_architectures()), [facts.architecture], key=f"retrain_{facts.architecture}"
    )
    first, second = st.columns(2)
    seeds = first.number_input(
        "Seeds", 1, 20, 2, key="seeds", bind="query-params", help="How many fresh networks at every rate: 0, 1, …"
    )
    epochs = second.number_input("Epochs", 1, 1000, facts.epochs, key=f"retrain_epochs_{facts.epochs}")
    with st.container(horizontal=True):
        random = st.checkbox("Random for comparison", True, key="retrain_random")
        full = st.checkbox("Full data for comparison", False, key="retrain_full")
    with st.expander("Advanced"):
        batch, rate, device = _choose_advanced()
    references = tuple(name for name, wanted in zip(REFERENCES, (random, full), strict=True) if wanted)
    return Training(names, int(seeds), int(epochs), references, batch, rate, device)


def _choose_advanced() -> tuple[int | None, float | None, str]:
    """Draw batch size, learning rate and device, and return them; None for what stays empty."""
    batch = st.number_input(
        "Batch size",
        1,
        8192,
        None,
        key="retrain_batch",
        placeholder="by the coreset's size",
        help="Empty: the recording's, but on small coresets less, for about 8 steps an epoch; not under 16. "
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
        placeholder="each network's own",
        help="Peak of the cosine. Empty: the recording's for its own network, the network's default for others.",
    )
    device = st.selectbox("Device", DEVICES, key="retrain_device", help="auto: a GPU where there is one.")
    return batch, rate, device


def plan(run: str, chosen: Selecting, training: Training, facts: store.RunInfo) -> Plan:
    """Return what to start for a form: one job a method, so that each has its own options.

    Raises:
        EngineError: the run is damaged, or more rows are excluded than a rate leaves out.
    """
    names = [*training.references, *chosen.methods]
    shares = [share for name in names for share in ([1.0] if name == "full" else chosen.rates)]
    count = training.seeds * len(training.networks) * len(shares)
    if not count:
        return Plan((), 0, "Choose at least one method or reference, one rate and one network.")
    wanted = [name for name in names if name == "full" or chosen.rates]
    if wanted != ["full"]:
        selection.remaining(facts.samples, chosen.excluded, selection.coreset_size(max(chosen.rates), facts.samples))
    jobs = tuple((_words(run, name, chosen, training), _title(run, name, chosen.exclude)) for name in wanted)
    return Plan(jobs, count, _sentence(count, sum(shares), training, facts, run))


def _words(run: str, name: str, chosen: Selecting, training: Training) -> tuple[str, ...]:
    """Return the arguments of one method's job; references know neither rule nor options, greedy methods no rule."""
    rates = [1.0] if name == "full" else chosen.rates
    words = ["retrain", run, "--method", name, "--rate", *(f"{rate:g}" for rate in rates)]
    words += ["--architecture", *training.networks, "--epochs", str(training.epochs)]
    words += ["--seeds", *map(str, range(training.seeds))]
    if training.batch_size is not None:
        words += ["--batch-size", str(training.batch_size)]
    if training.learning_rate is not None:
        words += ["--lr", f"{training.learning_rate:g}"]
    if training.device != "auto":
        words += ["--device", training.device]
    words += ["--exclude", chosen.exclude] if chosen.exclude else []
    if name in REFERENCES:
        return tuple(words)
    words += ["--average", *chosen.average] if chosen.average else []
    given = chosen.methods[name]
    if not methods.is_greedy(name):
        words += ["--rule", chosen.rule]
        # an option that both have goes to both on the command line, too: the method's field is the one that counts
        given = (chosen.rule_options or {}) | given
    return (*words, *(word for key, value in given.items() for word in ("--option", f"{key}={value}")))


def _title(run: str, name: str, exclude: str) -> str:
    """Return what the list of jobs says of one method's job."""
    without = f" without {exclude}" if exclude else ""
    return f"Retrain on {'all data' if name == 'full' else f'{name} coresets'} of {run}{without}"


def seconds_per_image(facts: store.RunInfo, run: str) -> float:
    """Return how long the recording took for one image of one epoch, its evaluation included.

    Raises:
        RunError: the run is missing or damaged.
    """
    seconds = store.RunFile(paths.run_folder(run)).metrics()["seconds"]
    return float(np.median(seconds)) / facts.samples


def _sentence(count: int, shares: float, training: Training, facts: store.RunInfo, run: str) -> str:
    """Return how many retrainings there will be and about how long they take: by this run's speed where it is known."""
    entries = architectures.all_architectures()
    measured = seconds_per_image(facts, run)
    slowness = sum(measured if name == facts.architecture else 1 / entries[name].speed for name in training.networks)
    images = shares * facts.samples * training.epochs * training.seeds
    noun = "retraining" if count == 1 else "retrainings"
    return (
        f"{count} {noun}; rows that exist are not trained again. Roughly {duration(images * slowness)} at this "
        "run's speed (two CPU cores for other networks), longer for small coresets: evaluating costs more than training."
    )


def start(planned: Plan) -> None:
    """Start the jobs of a plan; they run one after the other.

    Raises:
        ConfigError: the plan is empty.
        JobError: a process can't be started.
    """
    if not planned.jobs:
        raise ConfigError(planned.sentence)
    for words, title in planned.jobs:
        launch.start(list(words), title)
