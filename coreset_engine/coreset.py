"""What is asked of a selection, and what came out: two types that pages, files, commands and retrainings share."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import argv, budgets, methods, recommended, registry, selection
from coreset_engine.budgets import groups, hard_cutoff
from coreset_engine.budgets.hard_cutoff import BY
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.recommended import AUTO
from coreset_engine.windows import Window

FULL = "full"  # stands for a method where all samples are kept
OPTIONS: dict[str, argv.Takes] = {
    **dict.fromkeys(("--method", "--rate", "--rule", "--exclude", "--snapshot"), "one"),
    **dict.fromkeys(("--option", "--average"), "many"),
    **dict.fromkeys((f"--{name.replace('_', '-')}" for name in ("early", "late", "length", *budgets.SHARED)), "one"),
}


@dataclass(frozen=True)
class CoresetSpec:
    """Which coreset is meant: everything that decides its rows. Checked when made, equal where it means the same.

    Attributes:
        run: name of the run whose dynamics or snapshot are read.
        method: name of a method, "full" for all samples, or "auto" for the recommended selection, whose parts it takes.
        options: of the method, as values of their types; what is not given has its default. Options of the rule may be
            given here, too: they go to `rule_options`, and an option that both have goes to both.
        rule: name of the selection rule; "top" for methods that pick a set themselves.
        rate: α, share of samples kept, above 0 and up to 1.
        rule_options: of the rule.
        average: further runs (seeds) whose scores are averaged in.
        exclusion: rows that are never kept: name of a saved set, or a file of row numbers; "" for none.
        snapshot: epoch whose snapshot is read; None for the last, and where method, rule and budgets read none.
        class_budget: how classes share the places, see `budgets.parse`.
        hard_cutoff: β at α = 10 % of the cut by class and rate, see `budgets.hard_cutoff`; 0 cuts nothing.
        hard_cutoff_by: evidence of the cut, one of `hard_cutoff.EVIDENCE`.
        group_budget: how groups, as patients, share the places, one of `groups.GROUP_BUDGETS`.

    Example:
        >>> from coreset_engine import CoresetSpec
        >>> spec = CoresetSpec("demo", "eva", {"early": 1, "late": 21}, rate=0.1)
        >>> spec.label, [(window.start, window.end) for window in spec.windows]
        ('eva 1/21 K10, α = 10 %', [(1, 10), (21, 30)])
        >>> " ".join(spec.to_argv())
        'demo --method eva --rate 0.1 --rule top --option early=1 --option late=21'
        >>> CoresetSpec.from_argv(spec.to_argv()) == spec
        True
    """

    run: str
    method: str
    options: Mapping[str, Any] = field(default_factory=dict)
    rule: str = "top"
    _: KW_ONLY
    rate: float
    rule_options: Mapping[str, Any] = field(default_factory=dict)
    average: tuple[str, ...] = ()
    exclusion: str = ""
    snapshot: int | None = None
    class_budget: str = "none"
    hard_cutoff: float = 0.0
    hard_cutoff_by: str = BY
    group_budget: str = "none"

    def __post_init__(self) -> None:
        """Refuse what can't be, and bring what is given into one form.

        Raises:
            EngineError: the method, the rule or an option does not exist, or a value is not possible.
        """
        if not self.run or self.run.startswith("-"):
            raise ConfigError(f"{self.run!r} is no name of a run: give one that `runs` lists.")
        rate: Any = self.rate  # whatever its annotation says
        if isinstance(rate, bool) or not isinstance(rate, int | float):
            raise ConfigError(f"The selection rate is {rate!r}; give the kept share as a number above 0 and up to 1.")
        selection.coreset_size(self.rate, 1)
        if self.method == AUTO:
            alone = self.rule == "top" and not self.rule_options and not self._shared
            for name, value in recommended.parts(self.options, alone=alone).items():
                object.__setattr__(self, name, value)
        of_method, of_rule, epoch = dict[str, Any](), dict[str, Any](), None
        if self.method != FULL:
            of_method, of_rule = methods.split(self.method, self.rule, dict(self.options), dict(self.rule_options))
            epoch = self.snapshot if methods.reads_snapshot(self.method, self.rule, self.class_budget) else None
        elif self.options or self.rule_options or self.rule != "top" or self._shared:
            raise ConfigError("Method full keeps all samples: it has no options, rule, budgets or cut-off.")
        found: dict[str, Any] = {"options": of_method, "rule_options": of_rule, "snapshot": epoch, "rate": float(rate)}
        found |= {"average": tuple(map(str, self.average)), "class_budget": str(budgets.parse(self.class_budget))}
        found |= {"hard_cutoff": hard_cutoff.check(self.hard_cutoff), "group_budget": str(self.group_budget)}
        found |= {"hard_cutoff_by": hard_cutoff.check_by(self.hard_cutoff_by) if self.hard_cutoff else BY}
        groups.check(self.group_budget, found["class_budget"], self.hard_cutoff)
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def __hash__(self) -> int:
        """Return a hash; equal specs have equal ones."""
        return hash(self.to_text())

    @property
    def all_options(self) -> dict[str, Any]:
        """Return the options of the rule and of the method; one that both have stands once."""
        return {**self.rule_options, **self.options}

    @property
    def _shared(self) -> dict[str, Any]:
        """Return budgets and cut-off where there are any: texts of before they existed stay the same."""
        return budgets.given(vars(self))

    @property
    def windows(self) -> tuple[Window, ...]:
        """Return the windows of epochs that the method reads: none, one, or the early and the late one."""
        return () if self.method == FULL else methods.windows_of(self.method, self.options)

    @property
    def label(self) -> str:
        """Return it in words, e.g. "eva 1/190 K10, α = 10 %"."""
        named = "full data" if self.method == FULL else methods.label_of(self.method, self.options)
        named += f" mean of {1 + len(self.average)} runs" if self.average else ""
        named += "" if self.snapshot is None else f" after epoch {self.snapshot}"
        words = [named, f"α = {100 * self.rate:g} %"]
        if self.rule != "top":
            words.append(f"rule {self.rule}{methods.unusual(self.rule_options, selection.get(self.rule).options)}")
        words += budgets.words(**self._shared)
        words += [f"without {self.exclusion}"] if self.exclusion else []
        return ", ".join(words)

    @property
    def file_stem(self) -> str:
        """Return the run and the label as a file name, e.g. "organs-eva-1-190-K10-alpha-0.1-rule-balanced"."""
        plain = self.label.replace(f"α = {100 * self.rate:g} %", f"alpha {self.rate:g}")
        return re.sub(r"[^\w.]+", "-", f"{self.run} {plain.replace('τ', 'tau').replace('β', 'beta')}")

    def with_seed(self, seed: int) -> "CoresetSpec":
        """Return it with a seed for the methods and rules that draw, where none is given."""
        if self.method == FULL:
            return self
        draws = any("seed" in entry.options for entry in (methods.get(self.method), selection.get(self.rule)))
        return replace(self, options={"seed": seed} | self.all_options) if draws else self

    def query_params(self) -> dict[str, Any]:
        """Return what the controls of a page hold when they ask for this coreset, by their names in its address."""
        entry = methods.get(self.method)
        of_windows = {"pair": ("early", "late", "length"), "one": ("start", "length"), "none": ()}[entry.windows]
        found: dict[str, Any] = {"run": self.run, "method": self.method, "rate": self.rate}
        budget = budgets.parse(self.class_budget)
        found |= {"average": list(self.average), "exclude": self.exclusion}
        found |= {name: getattr(self, name) for name in budgets.SHARED}
        found |= {"class_budget": budget.kind, "tau": budget.tau}
        for name, value in registry.defaults(entry.options, self.options).items():
            shared = name in of_windows and ("start" in entry.options or entry.windows == "pair")
            control = "width" if name == "length" and entry.windows == "one" else name
            found[control if shared else f"{entry.name}_{name}"] = value
        if methods.is_greedy(self.method):
            return found
        rule = registry.defaults(selection.get(self.rule).options, self.rule_options)
        return found | {"rule": self.rule} | {f"rule_{name}": value for name, value in rule.items()}

    def to_argv(self) -> list[str]:
        """Return the arguments that mean it on the command line: the run, and the options of `select`."""
        words = [self.run, "--method", self.method, "--rate", repr(self.rate)]
        words += [] if self.method == FULL or methods.is_greedy(self.method) else ["--rule", self.rule]
        words += argv.option_words({**self.options, **self.rule_options})
        words += ["--average", *self.average] if self.average else []
        words += ["--exclude", self.exclusion] if self.exclusion else []
        words += budgets.to_argv(self._shared)
        return words + (["--snapshot", str(self.snapshot)] if self.snapshot is not None else [])

    @classmethod
    def from_argv(cls, words: Sequence[str]) -> "CoresetSpec":
        """Return what arguments mean, as `select` reads them.

        Raises:
            EngineError: an option is unknown, missing or has an impossible value.
        """
        alone, found = argv.read(words, OPTIONS)
        if len(alone) != 1:
            raise ConfigError(f"One run is needed; given: {' '.join(alone) or 'none'}.")
        windows = {name: found[f"--{name}"][0] for name in ("early", "late", "length") if f"--{name}" in found}
        argv.one(found, "--rate")  # refused where it is missing
        return cls(
            alone[0],
            argv.one(found, "--method"),
            windows | argv.key_values(found.get("--option", ())),
            argv.one(found, "--rule", "top"),
            rate=argv.number(found, "--rate", float),
            average=tuple(found.get("--average", ())),
            exclusion=argv.one(found, "--exclude", ""),
            snapshot=argv.number(found, "--snapshot", int),
            **budgets.of_argv(found),
        )

    def to_python(self) -> str:
        """Return the expression that makes it in Python."""
        given = {name: getattr(self, name) for name in ("rate", "rule_options", "average", "exclusion", "snapshot")}
        given |= self._shared
        options: dict[str, Any] = {"options": self.options} if self.options else {}
        options |= {"rule": self.rule} if self.rule != "top" else {}
        named = {name: value for name, value in given.items() if name == "rate" or value not in ({}, (), "", None)}
        return argv.call("CoresetSpec", self.run, self.method, **options, **named)

    def to_text(self) -> str:
        """Return it as one line of JSON without spaces, as addresses hold it."""
        later = ("rule_options", "snapshot", *budgets.SHARED)
        found = {name: value for name, value in asdict(self).items() if name not in later} | self._shared
        found |= {"options": self.all_options} | ({} if self.snapshot is None else {"snapshot": self.snapshot})
        return json.dumps(found, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> "CoresetSpec":
        """Return what `to_text` wrote.

        Raises:
            ConfigError: the text was changed or cut off.
        """
        try:
            found = json.loads(text)
            given: dict[str, Any] = {"run": str, "method": str, "options": dict, "rule": str, "rate": (int, float)}
            given |= {"average": list, "exclusion": str}
            added = {"snapshot": int} | dict.fromkeys(budgets.SHARED, str) | {"hard_cutoff": (int, float)}
            given |= {name: kind for name, kind in added.items() if name in found}
            if set(found) != set(given) or not all(isinstance(found[name], kind) for name, kind in given.items()):
                raise ValueError("fields are missing or of another type")
            return cls(**found)
        except (json.JSONDecodeError, RecursionError):
            raise ConfigError("The selection in this link can't be read: it is damaged or cut off.") from None
        except (ValueError, TypeError, EngineError) as error:
            raise ConfigError(f"The selection in this link can't be read: {error}") from None


@dataclass(frozen=True, eq=False)
class Coreset:
    """A coreset with what led to it.

    Attributes:
        rows: (M,) int64 rows of the train split, ascending.
        scores: (N,) float64 score of every sample; for methods that pick a set M for the first pick down to 1 for the
            last, and 0 for samples that were not picked.
        keep: the end of the scores that is kept.
        weights: (M,) float64 training weights beside `rows`, or None where the method gives none.
        spec: what was asked, where it was asked of a run of the cache.
        cut: (N,) whether the hard cut-off left a sample out, none of a group in which it was given up; None without one.
        notes: one sentence for each group in which the cut had to be given up.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    keep: str
    weights: NDArray[np.float64] | None = None
    spec: CoresetSpec | None = None
    cut: NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def kept(self) -> NDArray[np.bool_]:
        """Return (N,) whether a sample is in the coreset."""
        found = np.zeros(len(self.scores), bool)
        found[self.rows] = True
        found.flags.writeable = False
        return found

    @cached_property
    def ranking(self) -> NDArray[np.int64]:
        """Return (N,) rows from the first kept end of the scores to the other; ties by lower row."""
        return selection.ranking(self.scores, self.keep)

    @property
    def size(self) -> int:
        """Return M."""
        return len(self.rows)

    @property
    def threshold(self) -> float:
        """Return the score of the last-ranked sample that is kept; of a top selection it is the cut."""
        if self.keep == "middle":
            return float(self.scores[self.ranking[self.kept[self.ranking]][-1]])
        own = self.scores[self.rows]
        return float(own.min() if self.keep == "highest" else own.max())

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """Return (N,) every sample's place in the ranking, from 1."""
        found = np.empty(len(self.ranking), np.int64)
        found[self.ranking] = np.arange(1, len(self.ranking) + 1)
        found.flags.writeable = False
        return found
