"""One sample of a run: what became of it from epoch to epoch, and where every method ranks it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coreset_engine import scores, signals
from coreset_engine.analysis.reasons import counted
from coreset_engine.datasets import corruptions
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.selection import ranking
from coreset_engine.sources import Sources

SLOW = ("cal", "zcore")  # compare all samples with all, or with many points: 32 and 19 s at N = 35,000


class Stretch(NamedTuple):
    """Epochs start .. stop, counted from 1 and both included, in which the prediction stayed the same."""

    start: int
    stop: int
    predicted: int


@dataclass(frozen=True)
class Timeline:
    """What was recorded of one sample.

    Attributes:
        row: of the train split.
        label: its class; of a multi-label run the set of its labels, one bit each.
        epochs: (T,) 1 .. T.
        signals: by name, (T,) each; also `probabilities` (T, C) where they were kept.
        prediction: (T,) int64 predicted class, or bit set.
        correct: (T,) whether that is the label.
        stretches: the same as runs of equal predictions, in order.
    """

    row: int
    label: int
    epochs: NDArray[np.int64]
    signals: dict[str, NDArray[np.floating]]
    prediction: NDArray[np.int64]
    correct: NDArray[np.bool_]
    stretches: list[Stretch]


def timeline(dynamics: Dynamics, row: int) -> Timeline:
    """Return everything that a run recorded of one sample.

    Raises:
        ConfigError: the row does not exist.
        DynamicsError: a signal is missing or not finite.
    """
    _check_row(row, dynamics.n_samples)
    names = [name for name in (*signals.SIGNALS, "probabilities") if name in dynamics.signals]
    recorded = {name: np.array(dynamics.signal(name)[:, row]) for name in names}
    prediction = dynamics.prediction[:, row].astype(np.int64)
    label = int(signals.packed_labels(dynamics.labels[row : row + 1])[0])
    epochs = np.arange(1, dynamics.epochs + 1)
    return Timeline(row, label, epochs, recorded, prediction, prediction == label, _stretches(prediction))


def _stretches(prediction: NDArray[np.int64]) -> list[Stretch]:
    """Return the runs of equal values."""
    cuts = [0, *(np.flatnonzero(np.diff(prediction)) + 1).tolist(), len(prediction)]
    return [Stretch(a + 1, b, int(prediction[a])) for a, b in pairwise(cuts)]


def predicted(prediction: int, names: Sequence[str], multi_label: bool) -> str:
    """Return the name of a predicted class, or those of a set of labels; beyond 63 labels what tells the set from others."""
    if not multi_label:
        return names[prediction]
    if len(names) > signals.BIT_LABELS:
        return f"set {prediction:016x} of {len(names)} labels" if prediction else "no label"
    return "+".join(name for c, name in enumerate(names) if prediction >> c & 1) or "no label"


def by_epoch(told: Timeline, names: Sequence[str], multi_label: bool) -> list[dict[str, Any]]:
    """Return one line an epoch: epoch, predicted (the class's name), correct, and every signal recorded.

    Args:
        told: of one sample.
        names: of the classes.
        multi_label: whether predictions are sets, one bit each.
    """
    return [
        {"epoch": epoch + 1, "predicted": predicted(int(prediction), names, multi_label)}
        | {"correct": bool(told.correct[epoch])}
        | {name: values[epoch].tolist() for name, values in told.signals.items()}
        for epoch, prediction in enumerate(told.prediction)
    ]


def injected(known: Mapping[str, NDArray], row: int, names: Sequence[str]) -> list[str]:
    """Return which errors were injected into one sample, a sentence each; [] where nothing is known of such errors.

    Args:
        known: (N,) arrays: `ImageSet.truth`.
        row: of the train split.
        names: of the classes.
    """
    found = []
    if "wrong_label" in known and known["wrong_label"][row]:
        true = int(known["true_label"][row]) if "true_label" in known else -1
        shows = f": the image shows {names[true]}" if 0 <= true < len(names) else ""
        found.append(f"Its label is an injected error{shows}.")
    code = int(known["corrupted"][row]) if "corrupted" in known else 0
    if code:
        found.append(f"The image was corrupted on purpose: {corruptions.TYPES[code - 1]}.")
    if "duplicate_of" in known:
        origin = int(known["duplicate_of"][row])
        if origin >= 0:
            found.append(f"It was injected as a near-duplicate of row {origin}.")
        copies = np.flatnonzero(known["duplicate_of"] == row).tolist()
        if copies:
            found.append(f"A near-duplicate of it was injected: row {', '.join(map(str, copies))}.")
    return found or (["No error was injected into this sample."] if known else [])


def parse_rows(text: str, samples: int) -> list[int]:
    """Return the row numbers in a text such as "12, 345", at most 12 of them; [] for an empty text.

    Raises:
        ConfigError: something else than row numbers of the train split stands there.
    """
    words = text.replace(",", " ").split()
    bad = [word for word in words if not word.isdecimal() or int(word) >= samples]
    if bad:
        raise ConfigError(
            f"{bad[0]!r} is no row of the train split. Give numbers from 0 to {samples - 1}, with commas."
        )
    return list(dict.fromkeys(int(word) for word in words))[:12]


def scoring_methods(slow_too: bool = True) -> list[str]:
    """Return the names of all methods that score every sample, those that take long on many samples as asked."""
    return [name for name in scores.all_scores() if slow_too or name not in SLOW]


@dataclass(frozen=True)
class Standing:
    """How one method scores and ranks all samples of a run; to be kept by the caller, since it costs what scoring costs.

    Attributes:
        method, label, keep: as in the registry.
        options: those that were needed, e.g. EVA's windows.
        scores: (N,) float64, or None where the method failed.
        failure: the reason, "" where there are scores.
    """

    method: str
    label: str
    keep: str
    options: dict[str, int]
    scores: NDArray[np.float64] | None = None
    failure: str = ""

    @cached_property
    def ranks(self) -> NDArray[np.int32] | None:
        """Return (N,) 1 for the first sample kept; ties by lower row. None where it failed."""
        if self.scores is None:
            return None
        ranks = np.empty(len(self.scores), np.int32)
        ranks[ranking(self.scores, self.keep)] = np.arange(1, len(ranks) + 1)
        return ranks

    def rank(self, row: int) -> int:
        """Return one sample's rank, counted where the end that is kept allows it; 0 where it failed."""
        if self.scores is not None and self.keep != "middle":
            return counted(self.scores, self.keep, row)
        return 0 if self.ranks is None else int(self.ranks[row])


def standings(sources: Sources, methods: Sequence[str] | None = None) -> list[Standing]:
    """Return how each scoring method stands to all samples, with its default options, in the registry's order.

    Windows that must be given are the first and the last 10 epochs, or halves of a shorter run. All methods together take
    0.7 s on the demo (N = 6,000), but for ZCore, which takes 6 s; CAL compares all samples with all, so that it alone grows
    with N².

    Args:
        sources: of a run. What it computes is not put among the few scores that it remembers.
        methods: names; by default all that score every sample. Greedy methods rank no samples.

    Raises:
        UnknownNameError: there is no scoring method of that name.
    """
    entries = [scores.get(name) for name in (scoring_methods() if methods is None else methods)]
    return [_standing(sources, entry) for entry in entries]


def under_options(
    found: Sequence[Standing], sources: Sources, method: str, options: Mapping[str, Any]
) -> list[Standing]:
    """Return standings with the options of one method, its window pair for all other methods that need a pair, too.

    Args:
        found: standings with default options.
        sources: of the same run.
        method: the one that was chosen; it need not be among `found`.
        options: its options.
    """
    given = [options_in_place(one.method, method, options) for one in found]
    return [one if new is None else _again(sources, one, new) for one, new in zip(found, given, strict=True)]


def options_in_place(name: str, method: str, options: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the options of method `name` where `method` has `options`, of which others take windows; None for defaults."""
    pair = {key: options[key] for key in ("early", "late", "length") if key in options}
    if name == method:
        return dict(options)
    return pair if len(pair) == 3 and scores.get(name).windows == "pair" else None


def standing(sources: Sources, method: str, options: Mapping[str, Any] | None = None) -> Standing:
    """Return how one scoring method stands to all samples, with its default options or with others."""
    entry = scores.get(method)
    if options is None:
        return _standing(sources, entry)
    return _again(sources, Standing(entry.name, entry.label, entry.keep, {}), dict(options))


class Rank(NamedTuple):
    """Where one method ranks one sample: 1 of `of` is the first one kept; NaN and 0 where the method failed."""

    method: str
    label: str
    keep: str
    score: float
    rank: int
    of: int
    failure: str


def ranks_of(found: Sequence[Standing], row: int) -> list[Rank]:
    """Return where each method ranks one sample: the rows of a table, made of kept standings at once.

    Raises:
        ConfigError: the row does not exist.
    """
    table = []
    for one in found:
        score, rank, count = float("nan"), 0, 0
        if one.scores is not None:
            count = len(one.scores)
            _check_row(row, count)
            score, rank = float(one.scores[row]), one.rank(row)
        table.append(Rank(one.method, one.label, one.keep, score, rank, count, one.failure))
    return table


def _standing(sources: Sources, entry: scores.Score) -> Standing:
    """Return how one method stands, or why it can't be said."""
    options: dict[str, int] = {}
    try:
        read = sources.read_by(entry.name)
        options = _options(entry, read[0].epochs)
        values = scores.score(read, entry.name, **options)
    except EngineError as error:
        return Standing(entry.name, entry.label, entry.keep, options, failure=str(error))
    return Standing(entry.name, entry.label, entry.keep, options, values)


def _again(sources: Sources, one: Standing, options: dict[str, Any]) -> Standing:
    """Return how a method stands with other options."""
    try:
        values = sources.score(one.method, options)
    except EngineError as error:
        return replace(one, options=options, scores=None, failure=str(error))
    return replace(one, options=options, scores=values, failure="")


def _options(entry: scores.Score, epochs: int) -> dict[str, int]:
    """Return values for the options that must be given: windows at both ends of the run."""
    length = max(1, min(10, epochs // 2))
    windows = {"early": 1, "late": max(1 + length, epochs - length + 1), "length": length}
    needed = [name for name, option in entry.options.items() if option.required]
    if set(needed) - set(windows):
        raise ConfigError(f"{entry.name} needs a value for {', '.join(needed)}, which has no default.")
    return {name: windows[name] for name in windows if needed and name in entry.options}


def _check_row(row: int, samples: int) -> None:
    """Raise a ConfigError for a row that does not exist."""
    if not 0 <= row < samples:
        raise ConfigError(f"There is no sample {row}: the rows run from 0 to {samples - 1:,}.")
