"""Training modes: which samples each epoch of a training on the full data takes. A file with a `TrainingMode` adds one.

They are no selections: every one of them needs all samples while it trains, so nothing that it leaves out in an epoch can be
left out of a data set. Their results are told apart from those of coresets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import argv, registry
from coreset_engine.errors import ConfigError

PLAIN = "plain"  # stands for a mode where every epoch takes every sample once
RATE = "rate"  # the option that a selection rate asks for


@dataclass(frozen=True)
class Moment:
    """What a mode knows at the beginning of an epoch.

    Attributes:
        samples: N.
        seed: of the training.
        epoch: from 1, of `epochs`.
        losses: (N,) the loss of every sample when it was last trained on, NaN where it never was.
    """

    samples: int
    seed: int
    epoch: int
    epochs: int
    losses: NDArray[np.float64]

    @property
    def order(self) -> NDArray[np.int64]:
        """Return the order in which a plain training takes all samples in this epoch, (N,) int64."""
        return shuffled(self.samples, self.seed, self.epoch)


@dataclass(frozen=True)
class EpochPlan:
    """What one epoch trains on.

    Attributes:
        rows: (m,) int64 in the order in which they are trained on.
        weights: (N,) float64 by which each sample's loss is multiplied; None for 1.
    """

    rows: NDArray[np.int64]
    weights: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class TrainingMode(registry.Described):
    """A training mode of the registry.

    Attributes:
        name, label: in scripts and on pages.
        plan: Moment and keyword-only options -> what the epoch trains on.
        formula, source: what it does and where it comes from.
        reads_losses: whether it needs the samples' losses.
    """

    name: str
    label: str
    plan: Callable[..., EpochPlan]
    formula: str
    source: str
    reads_losses: bool = False

    @property
    def function(self) -> Callable[..., Any]:
        """Return what does the work; its signature declares the options and its docstring explains them."""
        return self.plan

    @property
    def options(self) -> dict[str, registry.Option]:
        """Return the mode's options by name."""
        return registry.options(self.plan)


@dataclass(frozen=True)
class ModeSpec:
    """A training mode with its options, checked.

    Attributes:
        name: of the mode; PLAIN for none.
        options: all of them, as values of their types.
    """

    name: str = PLAIN
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it as one word, from which `parse` makes it again; options that are the default are left out."""
        given = [f"{name}={argv.text(value).lower()}" for name, value in self._unusual.items()]
        return f"{self.name}:{','.join(given)}" if given else self.name

    @property
    def is_plain(self) -> bool:
        """Return whether every epoch takes every sample once."""
        return self.name == PLAIN

    @property
    def label(self) -> str:
        """Return it as lists of results say it, e.g. "rs2 rate=0.1 (training mode)"."""
        given = "".join(f" {name}={value}" for name, value in self._unusual.items())
        return f"{self.name}{given} (training mode)"

    @property
    def rate(self) -> float:
        """Return the share of the samples that an epoch takes, 1 where that is not settled in advance."""
        return float(self.options.get(RATE, 1.0))

    @property
    def _unusual(self) -> dict[str, Any]:
        """Return the options that are not the default."""
        known = {} if self.is_plain else get(self.name).options
        return {name: value for name, value in self.options.items() if value != known[name].default}

    def plan(self, moment: Moment) -> EpochPlan:
        """Return what an epoch trains on."""
        return EpochPlan(moment.order) if self.is_plain else get(self.name).plan(moment, **self.options)


@cache
def all_modes() -> dict[str, TrainingMode]:
    """Return every training mode by name; `plain`, the absence of one, is not among them."""
    return registry.discover(__name__, TrainingMode)


def get(name: str) -> TrainingMode:
    """Return one training mode.

    Raises:
        UnknownNameError: there is none of this name.
    """
    return registry.lookup(all_modes(), name, "training mode")


def names() -> tuple[str, ...]:
    """Return what may be asked for, `plain` first."""
    return (PLAIN, *all_modes())


def parse(text: str, *, rate: float | None = None, options: Mapping[str, Any] | None = None) -> ModeSpec:
    """Return the mode that a word means: its name, with options behind a colon, e.g. `rs2:rate=0.1,replacement=true`.

    Args:
        text: the word.
        rate: for a mode that takes a share of the samples, where the word gives none.
        options: further ones, as values or text; the word's own count first.

    Raises:
        EngineError: there is no such mode, an option is missing, unknown or has an impossible value.

    Example:
        >>> from coreset_engine import training_modes
        >>> str(training_modes.parse("rs2", rate=0.1)), training_modes.parse("infobatch").options
        ('rs2:rate=0.1', {'prune': 0.5, 'anneal': 0.125})
    """
    name, colon, rest = text.partition(":")
    given: dict[str, Any] = dict(options or {}) | (
        argv.key_values(rest.split(","), "The mode's option") if colon else {}
    )
    if name == PLAIN:
        if given:
            raise ConfigError(f"Mode {PLAIN} has no options. Leave out {', '.join(sorted(given))}.")
        return ModeSpec()
    entry = get(name)
    if rate is not None and RATE in entry.options:
        given.setdefault(RATE, rate)
    return ModeSpec(name, registry.check_options(f"Mode {name}", entry.options, given))


def takes_rate(text: str) -> bool:
    """Return whether a word means a mode that takes a share of the samples, and does not say which.

    Raises:
        UnknownNameError: there is no such mode.
    """
    name, _, rest = text.partition(":")
    return name != PLAIN and RATE in get(name).options and not rest.startswith(f"{RATE}=") and f",{RATE}=" not in rest


def shuffled(samples: int, seed: int, number: int) -> NDArray[np.int64]:
    """Return the order of all samples that a training with a seed takes in epoch `number`, (N,) int64."""
    return np.random.default_rng([seed, number]).permutation(samples)
