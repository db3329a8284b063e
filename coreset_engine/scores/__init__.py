"""Scoring methods: a run's dynamics or a snapshot -> one number per sample. A file that defines a `Score` adds one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine import registry
from coreset_engine.alike import check_alike
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError, DynamicsError, WindowError
from coreset_engine.names import counted
from coreset_engine.snapshot import Snapshot

Keep = Literal["highest", "lowest", "middle"]
Windows = Literal["none", "one", "pair"]
Source = Dynamics | Snapshot


@dataclass(frozen=True)
class Score(registry.Described):
    """A scoring method of the registry.

    Attributes:
        name: as in the command line and in Python.
        label: as on pages.
        compute: Dynamics or Snapshot, and keyword-only options -> (N,) float64, in the paper's sign.
        keep: the end of the scores that the method keeps.
        formula: in plain text, with its window or epochs.
        source: paper and equation.
        windows: of which it reads epochs: "pair" (options early, late, length), "one" (start and length, or the first
            `epochs`), or "none" where it reads all of them.
        over_windows: what of the error norm's epochs in its windows it adds up, where it is no more than that: "variance" or
            "mean"; "" for all others. Such a score is computed in the browser, too.
        reads: "dynamics", "snapshot", or "any" where the number of samples is enough.
    """

    name: str
    label: str
    compute: Callable[..., NDArray[np.float64]]
    keep: Keep
    formula: str
    source: str
    windows: Windows = "none"
    over_windows: Literal["", "variance", "mean"] = ""
    reads: Literal["dynamics", "snapshot", "any"] = "dynamics"

    @property
    def function(self) -> Callable[..., Any]:
        """Return what does the work; its signature declares the options and its docstring explains them."""
        return self.compute

    @property
    def options(self) -> dict[str, registry.Option]:
        """Return the method's options by name."""
        return registry.options(self.compute)


@cache
def all_scores() -> dict[str, Score]:
    """Return every scoring method by name."""
    return registry.discover(__name__, Score)


def get(name: str) -> Score:
    """Return one scoring method.

    Raises:
        UnknownNameError: there is none of this name.
    """
    return registry.lookup(all_scores(), name, "scoring method")


def score(source: Source | Sequence[Source], method: str, **options: Any) -> NDArray[np.float64]:
    """Return the scores of a method, (N,) float64 in the paper's sign.

    Args:
        source: a run's dynamics, or a snapshot for methods that read features; or several, of one recipe on the same
            samples with other seeds: the scores are averaged.
        method: name of a scoring method.
        options: the method's options; `methods` lists them.

    Raises:
        UnknownNameError: there is no such method.
        ConfigError: an option is unknown, missing or impossible, or the method reads the other kind of source.
        WindowError: a window does not fit the recorded epochs.
        DynamicsError: a signal is missing or not finite, or the runs do not match.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.5, 0.25], [1, 0.75]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "confidence").tolist()
        [0.75, 0.5]
        >>> score([run, run], "el2n", epochs=1).round(4).tolist()  # S = √2 (1 - p) in epoch 1, the mean of two runs
        [0.7071, 1.0607]
    """
    entry = get(method)
    options = registry.check_options(f"Method {method}", entry.options, options)
    runs = [source] if isinstance(source, Source) else list(source)
    _check_sources(entry, runs)
    values = np.mean([entry.compute(run, **options) for run in runs], axis=0)
    if not np.isposinf(values[~np.isfinite(values)]).all():
        raise DynamicsError(f"Method {method} gave NaN for {runs[0].name}: the run's signals are damaged.")
    return values


def _check_sources(entry: Score, runs: list[Source]) -> None:
    """Raise an EngineError unless `runs` are what the method reads and belong together."""
    if not runs:
        raise DynamicsError("There are no dynamics to score: give one run or several.")
    wanted = {"dynamics": Dynamics, "snapshot": Snapshot}.get(entry.reads)
    if wanted and not all(isinstance(run, wanted) for run in runs):
        given = type(runs[0]).__name__
        raise ConfigError(
            f"Method {entry.name} reads a {entry.reads if entry.reads == 'snapshot' else 'run of dynamics'}; it was "
            f"given a {given}. Record the run, or give Snapshot.from_arrays(features=..., logits=..., labels=...)."
        )
    check_alike(runs)


def named(word: str) -> tuple[Score, dict[str, Any]]:
    """Return the method, and its options, that one word means: `forgetting`, `eva:21/31`, or `eva:21/31/5` with K.

    Raises:
        UnknownNameError: there is no such method.
        ConfigError: it needs windows and none are given, or what is behind its name are none.

    Example:
        >>> from coreset_engine.scores import named
        >>> named("eva:21/31")[1]
        {'early': 21, 'late': 31}
    """
    name, colon, rest = word.partition(":")
    entry = get(name)
    parts = rest.split("/")
    if entry.windows == "pair":
        if colon and len(parts) in (2, 3) and all(part.isascii() and part.isdecimal() for part in parts):
            return entry, dict(zip(("early", "late", "length"), map(int, parts), strict=False))
        raise ConfigError(
            f"Method {name} needs a value for early, late: write them behind its name as {name}:E/L, or with K as "
            f"{name}:E/L/K, e.g. {name}:21/31."
        )
    if colon:
        raise ConfigError(f"Method {name} has no early and late window, but {word!r} gives some. Write {name} alone.")
    return entry, {}


def spelt(word: str) -> str:
    """Return the one way to write a method with its windows, so that `eva:03/31` is no other than `eva:3/31`.

    Raises:
        EngineError: it means none, see `named`.

    Example:
        >>> from coreset_engine.scores import spelt
        >>> spelt("eva:03/31/05"), spelt("dual")
        ('eva:3/31/5', 'dual')
    """
    entry, windows = named(word)
    return f"{entry.name}:{'/'.join(map(str, windows.values()))}" if windows else entry.name


def first_epochs(recorded: int, window: int = 10) -> int:
    """Return how many of the first epochs tell early what a run does: 15 % of them, but more than one window, if there are.

    Args:
        recorded: epochs of the run.
        window: epochs per window.

    Source: Cho et al. 2025 (arXiv:2502.06905), who take 30 of 200 epochs and windows of 10.

    Example:
        >>> from coreset_engine.scores import first_epochs
        >>> first_epochs(200), first_epochs(40), first_epochs(5)
        (30, 11, 5)
    """
    return min(recorded, max(window + 1, 15 * recorded // 100))


def window(rows: NDArray[np.floating], start: int, length: int, least: int = 2) -> NDArray[np.float64]:
    """Return epochs start .. start + length - 1 (counted from 1) of `rows` (T, N) as float64 (length, N).

    Raises:
        WindowError: the window holds fewer than `least` epochs or leaves the T recorded ones.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.scores import window
        >>> window(np.array([[1], [2], [3], [4]]), 2, 2).tolist()
        [[2.0], [3.0]]
    """
    epochs = len(rows)
    if length < least or start < 1 or start + length - 1 > epochs:
        raise WindowError(
            f"A window of {counted(length, '{epoch|epochs}')} from epoch {start} does not fit a run of "
            f"{counted(epochs, '{epoch|epochs}')}. Choose at least "
            f"{least} epoch{'s' * (least > 1)} with start >= 1 and start + length - 1 <= {epochs}, or record a longer run."
        )
    return rows[start - 1 : start - 1 + length].astype(np.float64)


def window_pair(
    rows: NDArray[np.floating], early: int, late: int, length: int, least: int = 2
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the early and the late window of `rows`, each (length, N) float64.

    Raises:
        WindowError: a window does not fit the recorded epochs, or the two overlap.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.scores import window_pair
        >>> first, second = window_pair(np.array([[1], [2], [3], [4]]), 1, 3, 2)
        >>> first.tolist(), second.tolist()
        ([[1.0], [2.0]], [[3.0], [4.0]])
    """
    if early + length > late:
        raise WindowError(
            f"The windows overlap: {early}..{early + length - 1} and {late}..{late + length - 1}. "
            f"Start the late window at {early + length} or later, or shorten both."
        )
    return window(rows, early, length, least), window(rows, late, length, least)
