"""What is asked of a sweep: which windows, methods, rules, rates, architectures and seeds are to be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from itertools import product
from typing import Any, ClassVar

from coreset_engine import architectures, argv, budgets, methods, paths, selection, store
from coreset_engine.argv import Takes
from coreset_engine.budgets.hard_cutoff import BY
from coreset_engine.config import check_choice, check_seed
from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline.requests import mode_words, sweep_options, sweep_place, sweep_words, window_words
from coreset_engine.pipeline.requests.idle_parts import refuse_in_sweep
from coreset_engine.pipeline.requests.one_retraining import Retraining
from coreset_engine.pipeline.requests.sweep_options import FLAGS, MANY, METRICS, ONE, SEARCHES
from coreset_engine.pipeline.requests.training_options import TrainingOptions
from coreset_engine.recommended import AUTO
from coreset_engine.results import REFERENCES
from coreset_engine.training_modes import PLAIN


@dataclass(frozen=True)
class SweepRequest(TrainingOptions):
    """What is asked of a sweep over one run: every combination of what is listed, each cell once.

    A method or rule may carry options of its own: `el2n:epochs=5`, `ccs:cutoff=0.3,strata=20`. `weights` are made absolute,
    since workers are started elsewhere; `test_every_epoch` is not of a search, which looks at test once.

    Attributes:
        run: name of the run.
        methods: names; "full" trains on all samples.
        rates: selection rates α.
        windows: in words, see `window_words.FORMS`, for methods that compare two windows; () takes `options`.
        lengths: K, epochs per window; () for the method's own.
        step: epochs from one start of a grid to the next; None for a twentieth of T.
        rules: selection rules, for methods that score every sample.
        class_budgets, hard_cutoffs, hard_cutoffs_by, group_budgets: of every method and of Random, each with each; as of
            `CoresetSpec`.
        options: of methods and rules; each goes to those that have it.
        architectures: to be trained; () for the run's own.
        selection_seeds: of methods and rules that draw; () for the training's.
        training_seeds: of first weights and order.
        references: "full" and "random" beside the methods, without rule.
        modes: of trainings on the full data besides, see `training_modes`; one that takes a share of the samples per epoch
            takes each of `rates` unless it says `rs2:rate=0.1`.
        average, exclusion, snapshot: as of `CoresetSpec`.
        search: "" trains every cell; "halving", "racing" and "model" look for the best with fewer trainings.
        budget: of a search, in retrainings of full length; None for a quarter of the grid.
        metric: on val, by which a search chooses.
        executor, slots, slots_per_device, address, slurm: where cells are trained, see `sweep_place.check`.
    """

    COMMAND: ClassVar[str] = "sweep"
    OPTIONS: ClassVar[dict[str, Takes]] = {
        **dict.fromkeys((*MANY, "--option"), "many"),
        **dict.fromkeys(ONE, "one"),
        **dict.fromkeys(FLAGS, "flag"),
    }

    run: str
    methods: tuple[str, ...]
    rates: tuple[float, ...]
    _: KW_ONLY
    windows: tuple[str, ...] = ()
    lengths: tuple[int, ...] = ()
    step: int | None = None
    rules: tuple[str, ...] = ("top",)
    class_budgets: tuple[str, ...] = ("none",)
    hard_cutoffs: tuple[float, ...] = (0.0,)
    hard_cutoffs_by: tuple[str, ...] = (BY,)
    group_budgets: tuple[str, ...] = ("none",)
    options: Mapping[str, Any] = field(default_factory=dict)
    architectures: tuple[str, ...] = ()
    selection_seeds: tuple[int, ...] = ()
    training_seeds: tuple[int, ...] = (0,)
    references: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    average: tuple[str, ...] = ()
    exclusion: str = ""
    snapshot: int | None = None
    search: str = ""
    budget: int | None = None
    metric: str = METRICS[0]
    executor: str = sweep_place.LOCAL
    slots: int | None = None
    slots_per_device: int | None = None
    address: str = ""
    slurm: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what can't be trained, and bring what is given into one form.

        Raises:
            EngineError: a method, a rule or an option does not exist, or a value is not possible.
        """
        for name, values in sweep_options.typed(self).items():
            object.__setattr__(self, name, values)
        for name, known in (("search", ("", *SEARCHES)), ("metric", METRICS)):
            check_choice(name, getattr(self, name), known)
        self.check_options(self.modes)
        object.__setattr__(self, "weights", self.weights and str(paths.expanded(self.weights).absolute()))
        sweep_place.check(**{name: getattr(self, name) for name in sweep_place.FIELDS})
        if self.test_every_epoch and self.search:
            raise ConfigError("--test-every-epoch is not possible with --search, which looks at test once, at its end.")
        window_words.check(self.windows)
        for seed in (*self.selection_seeds, *self.training_seeds):
            check_seed(seed)
        for name in self.references:
            check_choice("reference", name, REFERENCES)
        for name in self.architectures:
            architectures.get(name)
        for rate in self.rates:
            selection.coreset_size(rate, 1)
        if self.budget is not None and (self.budget < 1 or not self.search):
            raise ConfigError(f"--budget {self.budget} is not possible: give 1 or more retrainings, with --search.")
        if self.search and self.modes:
            raise ConfigError("A search chooses among coresets. Leave out --mode, or --search.")
        for word in self.modes:
            mode_words.each(word, self.rates)
        names = {*self.methods, *self.references}
        if not (names or self.modes) or (names - {FULL} and not self.rates) or not self.training_seeds:
            raise ConfigError("Nothing is asked for: name a method or a reference, a rate and a seed.")
        refuse_in_sweep(self)
        for shared in self._shared():
            CoresetSpec(self.run, REFERENCES[1], rate=1.0, **shared)  # checked when made
        object.__setattr__(self, "options", sweep_words.checked(self.methods, self.rules, self.options))

    @property
    def title(self) -> str:
        """Return what the list of jobs says of it."""
        named = ", ".join((*self.methods, *self.references, *self.modes))
        words = f", windows {', '.join(self.windows)}" if self.windows else ""
        return f"{'Search' if self.search else 'Sweep'} over {named} of {self.run}{words}"

    def cells(self, epochs: int | None = None) -> list[Retraining]:
        """Return every retraining, references first, each once.

        Args:
            epochs: T of the run, read from its file by default.

        Raises:
            EngineError: the run is missing or damaged, or windows do not fit it.
        """
        info = None if epochs and self.architectures else store.RunFile(paths.run_folder(self.run)).info
        total = epochs or (info.epochs if info else 0)
        plain, weighted = self.training_options(weighted=False), self.training_options()
        references = [spec for name in self.references for spec in self._drawn(self._plain(name))]
        parts = [(references, plain, PLAIN), (self.coresets(total), weighted, PLAIN)]
        modes = [mode for word in self.modes for mode in mode_words.each(word, self.rates)]
        parts += [(self._plain(FULL), plain, mode) for mode in modes]
        found = {
            Retraining(spec, seed, name, mode=mode, **options): None
            for specs, options, mode in parts
            for name in self.architectures or ((info.architecture,) if info else ())
            for spec in specs
            for seed in self.training_seeds
        }
        return list(found)

    def _plain(self, name: str) -> list[CoresetSpec]:
        """Return the coresets of a reference: one on all samples, or one per rate, class budget and cut-off."""
        if name == FULL:
            return [CoresetSpec(self.run, FULL, rate=1.0, exclusion=self.exclusion)]
        return [
            CoresetSpec(self.run, name, rate=rate, exclusion=self.exclusion, snapshot=self.snapshot, **shared)
            for shared in self._shared()
            for rate in self.rates
        ]

    def _shared(self) -> list[dict[str, Any]]:
        """Return every budget with every cut-off, as fields of a coreset."""
        axes = (self.class_budgets, self.group_budgets, self.hard_cutoffs, self.hard_cutoffs_by)
        return [dict(zip(budgets.SHARED, one, strict=True)) for one in product(*axes)]

    def coresets(self, epochs: int) -> list[CoresetSpec]:
        """Return every coreset of the methods, each once.

        Args:
            epochs: T of the run.

        Raises:
            EngineError: windows do not fit the run, or an option is missing.
        """
        found: dict[CoresetSpec, None] = {}
        for word in self.methods:
            name, own = sweep_words.with_options(word)
            known = {} if name in (FULL, AUTO) else methods.get(name).options
            given = {key: value for key, value in self.options.items() if key in known} | own
            for placed in self._placed(name, given, epochs):
                found |= dict.fromkeys(self._drawn(self._specs(name, placed)))
        return list(found)

    def _placed(self, name: str, given: dict[str, Any], epochs: int) -> list[dict[str, Any]]:
        """Return a method's options once per length and pair of windows."""
        known = {} if name in (FULL, AUTO) else methods.get(name).options
        if "length" not in known:
            return [given]
        lengths = self.lengths or (int(given.get("length", known["length"].default)),)
        pair = methods.get(name).windows == "pair"
        if pair and not (self.windows or {"early", "late"} <= given.keys()):
            raise ConfigError(
                f"Where do the windows of {name} lie? Add --windows: a pair as 1/21, row:E, column:L or grid."
            )
        if not (self.windows and pair):
            return [given | ({"length": length} if self.lengths else {}) for length in lengths]
        return [
            given | {"early": early, "late": late, "length": length}
            for length in lengths
            for early, late in window_words.pairs(self.windows, epochs, length, self.step)
        ]

    def _specs(self, name: str, given: dict[str, Any]) -> list[CoresetSpec]:
        """Return a method's coresets with given options, one per rule and rate."""
        more: dict[str, Any] = {"average": self.average, "exclusion": self.exclusion, "snapshot": self.snapshot}
        if name == FULL:
            return [CoresetSpec(self.run, FULL, rate=1.0, exclusion=self.exclusion)]
        if name == AUTO:
            return [CoresetSpec(self.run, AUTO, given, rate=rate, **more) for rate in self.rates]
        wanted = [more | shared for shared in self._shared()]
        if methods.is_greedy(name):
            return [CoresetSpec(self.run, name, given, rate=rate, **own) for own in wanted for rate in self.rates]
        rules = []
        for word in self.rules:
            rule, own = sweep_words.with_options(word)
            shared = {key: value for key, value in self.options.items() if key in selection.get(rule).options}
            rules.append((rule, shared | own))
        return [
            CoresetSpec(self.run, name, given, rule, rate=rate, rule_options=own, **bounds)
            for rule, own in rules
            for bounds in wanted
            for rate in self.rates
        ]

    def _drawn(self, specs: Any) -> list[CoresetSpec]:
        """Return coresets once per selection seed where they draw, unchanged where they do not."""
        return [
            drawn
            for spec in specs
            for drawn in dict.fromkeys([spec.with_seed(seed) for seed in self.selection_seeds] or [spec])
        ]

    def to_argv(self) -> list[str]:
        """Return the arguments of `sweep` that mean it; what is the command's default is left out."""
        words = [self.run]
        plain = {one.name: one.default for one in fields(self)}
        for option, name in (*MANY.items(), *ONE.items()):
            value = getattr(self, name)
            if value is None or value == plain[name] or value == ():
                continue
            words += [option, *map(argv.text, value if isinstance(value, tuple) else (value,))]
        return words + sweep_options.flags_of(self) + argv.option_words(self.options)

    @classmethod
    def from_argv(cls, words: Sequence[str]) -> SweepRequest:
        """Return what arguments mean, as `sweep` reads them.

        Raises:
            EngineError: an option is unknown, missing or has an impossible value.
        """
        alone, found = argv.read(words, cls.OPTIONS)
        if len(alone) != 1:
            raise ConfigError(f"One run is needed; given: {' '.join(alone) or 'none'}.")
        given: dict[str, Any] = {"methods": (), "rates": ()}
        kinds: dict[str, Any] = dict.fromkeys(sweep_options.WHOLE, int) | dict.fromkeys(sweep_options.BROKEN, float)
        for option, name in (*MANY.items(), *ONE.items()):
            if option in found:
                values = argv.numbers(found, option, kinds[name]) if name in kinds else tuple(found[option])
                given[name] = values if option in MANY else values[-1]
        given |= sweep_options.of_flags(found)
        return cls(alone[0], options=argv.key_values(found.get("--option", ())), **given)

    def to_python(self) -> str:
        """Return the expression that makes it in Python."""
        return argv.call("SweepRequest", self.run, self.methods, self.rates, **argv.changed(self))
