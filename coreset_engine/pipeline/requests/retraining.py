"""What is asked of retrainings on coresets of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

from coreset_engine import architectures, argv, budgets, methods, paths, recommended, selection, store
from coreset_engine.argv import Takes
from coreset_engine.budgets.hard_cutoff import BY
from coreset_engine.config import check_choice, check_seed, whole
from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline.requests import mode_words
from coreset_engine.pipeline.requests.idle_parts import refuse_in_retrainings
from coreset_engine.pipeline.requests.one_retraining import Retraining
from coreset_engine.pipeline.requests.sweep_options import FLAGS, flags_of, of_flags
from coreset_engine.pipeline.requests.training_options import OF_RECIPE, TrainingOptions
from coreset_engine.pipeline.requests.window_words import window_pairs
from coreset_engine.recommended import AUTO
from coreset_engine.results import REFERENCES
from coreset_engine.training_modes import PLAIN

WINDOW_OPTIONS = ("early", "late", "length")


@dataclass(frozen=True)
class RetrainingRequest(TrainingOptions):
    """What is asked of retrainings on coresets of one run: every method × pair of windows × rate × architecture × seed.

    Attributes:
        run: name of the run.
        methods: names; "full" trains on all samples.
        rates: selection rates α; () where all that is trained on is all samples.
        architectures: to be trained; () for the run's own.
        seeds: of the trainings, and of methods and rules that draw where `options` gives none.
        options: of the methods and of the rule. With several methods, windows go to those that have use for them.
        windows: t_e and t_l of several pairs of windows, each a coreset of its own, in place of early and late.
        references: "full" and "random" beside the methods, for comparison: without rule, runs averaged in and weights;
            Random under the same class budgets and cut-off.
        rule, average, exclusion, snapshot, class_budget, hard_cutoff, hard_cutoff_by, group_budget: as of `CoresetSpec`.
        mode: of trainings on the full data in place of `methods`, see `training_modes`; `options` are then the mode's, and
            one that takes a share of the samples per epoch takes each of `rates`.
    """

    COMMAND: ClassVar[str] = "retrain"
    OPTIONS: ClassVar[dict[str, Takes]] = {
        **dict.fromkeys(("--method", "--rate", "--architecture", "--seeds", "--reference", "--windows"), "many"),
        **dict.fromkeys(("--option", "--average"), "many"),
        **dict.fromkeys(("--early", "--late", "--length", "--rule", "--exclude", "--snapshot", "--weighting"), "one"),
        "--weights": "one",
        **dict.fromkeys(
            ("--epochs", "--batch-size", "--lr", "--warmup", "--device", "--mode", *OF_RECIPE.values()), "one"
        ),
        **dict.fromkeys((f"--{name.replace('_', '-')}" for name in budgets.SHARED), "one"),
        **dict.fromkeys(FLAGS, "flag"),
    }

    run: str
    methods: tuple[str, ...]
    rates: tuple[float, ...]
    _: KW_ONLY
    architectures: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    options: Mapping[str, Any] = field(default_factory=dict)
    windows: tuple[tuple[int, int], ...] = ()
    references: tuple[str, ...] = ()
    rule: str = "top"
    average: tuple[str, ...] = ()
    exclusion: str = ""
    snapshot: int | None = None
    class_budget: str = "none"
    hard_cutoff: float = 0.0
    hard_cutoff_by: str = BY
    group_budget: str = "none"
    mode: str = PLAIN

    def __post_init__(self) -> None:
        """Refuse what can't be trained, and bring what is given into one form.

        Raises:
            EngineError: a method, the rule or an option does not exist, or a value is not possible.
        """
        self.check_options((self.mode,))
        for name, value in (mode_words.of_request(self) if self.mode != PLAIN else {}).items():
            object.__setattr__(self, name, value)
        if self.windows and {"early", "late"} & set(self.options):
            raise ConfigError("--windows stands in place of --early and --late. Give one or the other.")
        if self.windows and self.methods and not any(map(_paired, self.methods)):
            raise ConfigError(f"Method {self.methods[0]} has no use for --windows. Leave them out.")
        for name in self.references:
            check_choice("reference", name, REFERENCES)
        for name in self.architectures:
            architectures.get(name)
        for rate in self.rates:
            selection.coreset_size(rate, 1)
        object.__setattr__(self, "average", tuple(self.average))
        for name in ("methods", "architectures", "references"):  # what is named twice is trained once
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        object.__setattr__(self, "rates", tuple(dict.fromkeys(map(float, self.rates))))
        object.__setattr__(self, "seeds", tuple(dict.fromkeys(whole("seed", seed) for seed in self.seeds)))
        object.__setattr__(self, "windows", tuple((int(early), int(late)) for early, late in self.windows))
        object.__setattr__(self, "class_budget", str(budgets.parse(self.class_budget)))
        refuse_in_retrainings(self)
        object.__setattr__(self, "options", self._typed())
        for spec in self.coresets():  # checked when made
            del spec
        for seed in self.seeds:
            check_seed(seed)

    def _typed(self) -> dict[str, Any]:
        """Return the options as values of their types.

        Raises:
            EngineError: a method, the rule or an option does not exist, or a value is not possible.
        """
        entries = [methods.get(name) for name in self.methods if name not in (FULL, AUTO)]
        known = {**selection.get(self.rule).options}
        for entry in reversed(entries):
            known |= entry.options
        if AUTO in self.methods:  # its draws are those of Random
            known |= {"seed": methods.get(REFERENCES[1]).options["seed"]}
        wanted = {name: value for name, value in self.options.items() if value is not None}
        taken = {*known, *(recommended.OPTIONS if AUTO in self.methods else ())}
        # one that is neither a window nor of methods that have none is refused where a coreset is made of it
        idle = [name for name in wanted if name not in taken and (name in WINDOW_OPTIONS or not entries)]
        if idle and self.methods == (FULL,):
            raise ConfigError(f"Method full has no option {idle[0]!r}. It has: none.")
        if idle and len(self.methods) > 1:
            raise ConfigError(f"None of the methods {', '.join(self.methods)} has an option {idle[0]!r}. Leave it out.")
        if not self.methods:
            return {}
        unknown = {name: value for name, value in wanted.items() if name not in known}
        parsed = {name: option.parse(wanted[name]) for name, option in known.items() if name in wanted}
        return parsed | unknown  # the latter are refused where a coreset is made of them

    @property
    def title(self) -> str:
        """Return what the list of jobs says of it."""
        if self.mode != PLAIN:
            return f"Train in mode {', '.join(mode_words.each(self.mode, self.rates))} on the full data of {self.run}"
        named = "full data" if self.methods == (FULL,) else f"{', '.join(self.methods)} coresets"
        pairs = [f"{early}/{late}" for early, late in self.windows]
        told = f", {pairs[0]}" if pairs else ""
        if len(pairs) > 1:
            told = f", {len(pairs)} pairs of windows, {pairs[0]} to {pairs[-1]}"
        without = f" without {self.exclusion}" if self.exclusion else ""
        return f"Retrain on {named} of {self.run}{without}{told}"

    def coresets(self) -> list[CoresetSpec]:
        """Return every coreset that is trained on, the references first."""
        found = self._of_references()
        for name in self.methods:
            for pair in self.windows if self.windows and _paired(name) else [None]:
                given = dict(self.options) | ({} if pair is None else {"early": pair[0], "late": pair[1]})
                found += self._of_method(name, self._used_by(name, given), plain=False)
        return found

    def _of_references(self) -> list[CoresetSpec]:
        """Return the coresets of those references that are not among the methods already."""
        asked = [(name, "top") for name in self.methods if self.mode == PLAIN]
        names = [name for name in self.references if (name, self.rule) not in asked]
        return [spec for name in names for spec in self._of_method(name, {}, plain=True)]

    @property
    def count(self) -> int:
        """Return how many retrainings it asks for."""
        references = len(self._of_references())
        coresets = references + (len(self.coresets()) - references) * len(mode_words.each(self.mode, self.rates))
        return coresets * max(1, len(self.architectures)) * len(self.seeds)

    def _used_by(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """Return the options that go to a method; with several methods, windows only where it has use for them."""
        if name == FULL:
            return {}
        if name == AUTO:
            return {key: value for key, value in given.items() if key in recommended.OPTIONS or len(self.methods) == 1}
        known = methods.get(name).options
        dropped = WINDOW_OPTIONS if len(self.methods) > 1 else ()
        return {key: value for key, value in given.items() if key in known or key not in dropped}

    def _of_method(self, name: str, options: dict[str, Any], *, plain: bool) -> list[CoresetSpec]:
        """Return one method's coresets, one per rate; a plain one knows neither rule nor runs averaged in."""
        more: dict[str, Any] = {"snapshot": self.snapshot} | ({} if plain else {"average": self.average})
        rule = "top" if plain or name in (FULL, AUTO) else self.rule
        if name not in (FULL, AUTO):
            more |= budgets.given(vars(self))
        return [
            CoresetSpec(self.run, name, options, rule, rate=rate, exclusion=self.exclusion, **more)
            for rate in ((1.0,) if name == FULL else self.rates)
        ]

    def retrainings(self) -> list[Retraining]:
        """Return every retraining: of each architecture, of each coreset, with each seed.

        Raises:
            ConfigError: there is no selection rate, and something is selected.
            RunError: no architecture is named, and the run is missing or damaged.
        """
        if not self.rates and {*self.methods, *self.references} - {FULL}:
            raise ConfigError("No selection rate is given. Name at least one, e.g. --rate 0.1.")
        targets = self.architectures or (store.RunFile(paths.run_folder(self.run)).info.architecture,)
        plain, weighted = self.training_options(weighted=False), self.training_options()
        specs, references = self.coresets(), len(self._of_references())
        parts = [(specs[:references], plain, PLAIN)]
        parts += [(specs[references:], weighted, mode) for mode in mode_words.each(self.mode, self.rates)]
        return [
            Retraining(spec, seed, name, mode=mode, **options)
            for part, options, mode in parts
            for name in targets
            for spec in part
            for seed in self.seeds
        ]

    def to_argv(self) -> list[str]:
        """Return the arguments of `retrain` that mean it; what is the command's default is left out."""
        words = [self.run, *(["--method", *self.methods] if self.methods else [])]
        words += ["--rate", *map(repr, self.rates)] if self.rates else []
        words += ["--architecture", *self.architectures] if self.architectures else []
        words += ["--epochs", str(self.epochs)] if self.epochs is not None else []
        words += ["--seeds", *map(str, self.seeds)]
        words += ["--batch-size", str(self.batch_size)] if self.batch_size is not None else []
        for name, value in (("--lr", self.learning_rate), ("--warmup", self.warmup)):
            words += [name, argv.text(float(value))] if value is not None else []
        words += flags_of(self)
        words += [
            word for name, option in OF_RECIPE.items() if (told := getattr(self, name)) for word in (option, told)
        ]
        words += ["--device", self.device] if self.device != "auto" else []
        words += ["--exclude", self.exclusion] if self.exclusion else []
        words += ["--average", *self.average] if self.average else []
        words += ["--rule", self.rule] if self.rule != "top" else []
        words += ["--weighting", self.weighting] if self.weighting != "none" else []
        words += ["--mode", self.mode] if self.mode != PLAIN else []
        words += ["--weights", self.weights] if self.weights else []
        words += ["--snapshot", str(self.snapshot)] if self.snapshot is not None else []
        words += budgets.to_argv(vars(self))
        words += ["--reference", *self.references] if self.references else []
        words += argv.option_words(self.options)
        return words + (["--windows", *(f"{early}/{late}" for early, late in self.windows)] if self.windows else [])

    @classmethod
    def from_argv(cls, words: Sequence[str]) -> RetrainingRequest:
        """Return what arguments mean, as `retrain` reads them.

        Raises:
            EngineError: an option is unknown, missing or has an impossible value.
        """
        alone, found = argv.read(words, cls.OPTIONS)
        if len(alone) != 1:
            raise ConfigError(f"One run is needed; given: {' '.join(alone) or 'none'}.")
        needed = ["--method"] if argv.one(found, "--mode", PLAIN) == PLAIN else []
        needed += ["--rate"] if {*found.get("--method", ()), *found.get("--reference", ())} - {FULL} else []
        for name in needed:
            argv.one(found, name)  # refused where it is missing
        windows = {name: found[f"--{name}"][0] for name in WINDOW_OPTIONS if f"--{name}" in found}
        whole = {"epochs": "--epochs", "batch_size": "--batch-size", "snapshot": "--snapshot"}
        broken = {"learning_rate": "--lr", "warmup": "--warmup"}
        return cls(
            alone[0],
            tuple(found.get("--method", ())),
            argv.numbers(found, "--rate", float),
            architectures=tuple(found.get("--architecture", ())),
            seeds=argv.numbers(found, "--seeds", int) or (0,),
            options=windows | argv.key_values(found.get("--option", ()), beside=windows),
            windows=window_pairs(found.get("--windows", ())),
            references=tuple(found.get("--reference", ())),
            rule=argv.one(found, "--rule", "top"),
            average=tuple(found.get("--average", ())),
            exclusion=argv.one(found, "--exclude", ""),
            weighting=argv.one(found, "--weighting", "none"),
            mode=argv.one(found, "--mode", PLAIN),
            weights=argv.one(found, "--weights", ""),
            **budgets.of_argv(found),
            **of_flags(found),  # type: ignore[arg-type]  # of the types of these fields
            **{name: argv.one(found, option) for name, option in OF_RECIPE.items() if option in found},  # type: ignore[arg-type]
            device=argv.one(found, "--device", "auto"),
            **{name: argv.number(found, option, int) for name, option in whole.items()},
            **{name: argv.number(found, option, float) for name, option in broken.items()},
        )

    def to_python(self) -> str:
        """Return the expression that makes it in Python."""
        return argv.call("RetrainingRequest", self.run, self.methods, self.rates, **argv.changed(self))


def _paired(name: str) -> bool:
    """Return whether a method compares two windows."""
    return name not in (FULL, AUTO) and methods.get(name).windows == "pair"
