"""A search for the best windows: fewer trainings than the grid, chosen on val, confirmed on test with fresh seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coreset_engine import budgets, registry, results
from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline.requests import Retraining, RetrainingRequest, SweepRequest
from coreset_engine.results import statistics
from coreset_engine.sweep.candidates import Evidence, Round, counted_value
from coreset_engine.sweep.pool import Outcome, Pool, Watch
from coreset_engine.sweep.strategies import Strategy, all_strategies

CONFIRMING = 3  # fresh seeds with which the winner and Random are trained before test is looked at
TEST = {"val_acc_best": "test_acc_best_val", "val_acc_last": "test_acc_last",
        "val_bal_acc_best": "test_bal_acc_best_val", "val_bal_acc_last": "test_bal_acc_last",
        "val_kappa_best": "test_kappa_best_val", "val_kappa_last": "test_kappa_last"}  # fmt: skip
SHARE = 4  # of the grid one in so many trainings is spent unless a budget is given
LEAST = 2  # candidates with every seed that such a budget bears at least
Heard = Callable[[str, Evidence], None]  # told of an architecture's evidence after every training
Trying = Callable[[Sequence[CoresetSpec]], None]  # told what a round has yet to train, in order, whenever that changes
Tell = Callable[[str], None]  # told in a sentence each training that failed


@dataclass(frozen=True)
class SearchState:
    """What a search says: while it runs, and at its end.

    Attributes:
        best: the coreset that is best so far, on val.
        val: of it, over the training seeds, from the spread pooled over all candidates.
        chosen_by: the figure that chose.
        why: what is trained next, and why; "" at the end.
        spent: trainings so far, in full ones.
        grid: full trainings that the whole grid would have been.
        candidates: coresets among which was chosen.
        test: of the winner with fresh seeds, None before the confirmation.
        against_random: winner minus Random on test, paired by the fresh seeds; None before.
        short: epochs of the trainings that `val` is of while none of full length has ended; 0 from then on.
    """

    best: CoresetSpec
    architecture: str
    val: statistics.Interval
    chosen_by: str
    why: str
    spent: float
    grid: int
    candidates: int
    test: statistics.Interval | None = None
    against_random: statistics.Interval | None = None
    short: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON; windows as E/L where there are two."""
        spec = self.best
        windows = "/".join(str(window.start) for window in spec.windows)
        return {
            "method": spec.method, "windows": windows, "options": dict(spec.options), "rule": spec.rule,
            "rule_options": dict(spec.rule_options), "rate": spec.rate, "architecture": self.architecture,
            "coreset": spec.to_text(), "chosen_by": self.chosen_by, "val": _plain(self.val), "test": _plain(self.test),
            "against_random": _plain(self.against_random), "spent": round(self.spent, 2), "grid": self.grid,
            "candidates": self.candidates, "next": self.why, "short": self.short,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> SearchState:
        """Return what `to_dict` described; LookupError, TypeError or ValueError where it is something else."""
        val = _interval(plain["val"])
        if val is None or not math.isfinite(val.mean):
            raise ValueError("it has no value on val")
        return cls(
            CoresetSpec.from_text(plain["coreset"]), str(plain["architecture"]), val, str(plain["chosen_by"]),
            str(plain["next"]), float(plain["spent"]), int(plain["grid"]), int(plain["candidates"]),
            _interval(plain["test"]), _interval(plain["against_random"]), int(plain.get("short", 0)),
        )  # fmt: skip


def strategy(name: str) -> Strategy:
    """Return one strategy.

    Raises:
        UnknownNameError: there is none of this name.
    """
    return registry.lookup(all_strategies(), name, "search")


class Search:
    """One search per selection rate and architecture of a request, on the workers of a pool."""

    def __init__(self, request: SweepRequest, epochs: int, architecture: str) -> None:
        """Prepare a search.

        Args:
            request: with `search` set.
            epochs: T of the run, also the full length of a training unless the request says otherwise.
            architecture: of the run.

        Raises:
            ConfigError: there are fewer than two coresets to choose among, or the budget bears no two.
            EngineError: windows do not fit the run.
        """
        self._request = request
        self._strategy = strategy(request.search)
        self._error = ""  # of the training that failed or collapsed last
        if request.budget is not None and request.budget < LEAST:
            raise ConfigError(f"--budget {request.budget} compares nothing: give {LEAST} or more retrainings.")
        specs = [spec for spec in request.coresets(epochs) if spec.method != FULL]
        self.groups: list[tuple[str, Evidence]] = []
        for name in request.architectures or (architecture,):
            for rate in request.rates:
                own = [spec for spec in specs if spec.rate == rate]
                if len(own) < 2:
                    raise ConfigError("A search needs at least two coresets to choose among: give --windows grid.")
                seeds = request.training_seeds
                budget = request.budget or max(4, LEAST * len(seeds), math.ceil(len(own) * len(seeds) / SHARE))
                self.groups.append((name, Evidence(own, request.epochs or epochs, seeds, budget)))

    @property
    def trainings(self) -> int:
        """Return about how many full trainings will be made, confirmation included."""
        return sum(min(evidence.budget, evidence.grid) + 2 * CONFIRMING for _, evidence in self.groups)

    def run(
        self, pool: Pool, slots: int, *, watch: Watch = lambda share, line: None,
        should_stop: Callable[[], bool] = lambda: False, trying: Trying = lambda left: None,
        heard: Heard = lambda architecture, evidence: None, tell: Tell = lambda error: None,
    ) -> Iterator[SearchState]:  # fmt: skip
        """Train what the strategy asks for and yield what is known after each round; the last of a group is confirmed.

        Args:
            pool: workers.
            slots: trainings at once.
            watch: told how many full trainings are done, and what the newest does.
            should_stop: asked now and then.
            trying: told what the round has yet to train.
            heard: told what is known after every training.
            tell: told each training that failed, and why; it counts as spent and wins nothing.

        Raises:
            EngineError: nothing can be trained.
            Interrupted: `should_stop` said so; the same search goes on where it was.
        """
        before = 0.0
        for architecture, evidence in self.groups:
            while asked := self._strategy.next(evidence, slots):
                if (known := self._found(architecture, evidence, asked)) is not None:
                    yield known
                told = _beyond(before + evidence.spent, watch)
                for left in self._train(pool, architecture, evidence, asked, told, should_stop, tell):
                    trying(left)
                    heard(architecture, evidence)
            final = self._found(architecture, evidence, None)
            if final is None or final.short:
                raise ConfigError(f"No training of the search counts, so there is nothing to choose. {self._error}")
            yield self._confirmed(final, pool, _beyond(before + evidence.spent, watch), should_stop, tell)
            before += evidence.spent + 2 * CONFIRMING

    def _train(
        self, pool: Pool, architecture: str, evidence: Evidence, asked: Round, watch: Watch,
        should_stop: Callable[[], bool], tell: Tell,
    ) -> Iterator[list[CoresetSpec]]:  # fmt: skip
        """Train one round, take its values into the evidence, and yield what is left of it."""
        trials = {self._item(evidence.candidates[trial.candidate], architecture, trial.seed, trial.epochs): trial
                  for trial in asked.trials}  # fmt: skip
        note, left = {"found_by": self._strategy.name}, list(trials)
        yield [item.spec for item in left]
        for outcome in pool.train(list(trials), watch=watch, should_stop=should_stop, note=note):
            trial = trials[outcome.item]
            evidence.values[trial] = self._value(outcome, self._request.metric, tell)
            evidence.rows[trial] = str((outcome.row or {}).get("key", ""))
            left.remove(outcome.item)
            yield [item.spec for item in left]

    def _value(self, outcome: Outcome, figure: str, tell: Tell) -> float:
        """Return what a training reached; NaN where it does not count, which is told and kept in case that none does."""
        value = math.nan if outcome.row is None else counted_value(outcome.row, figure)
        if math.isnan(value):
            reached = (outcome.row or {}).get(figure)
            lost = f"its row has no {figure}" if reached is None or math.isnan(reached) else "it collapsed to one class"
            item = outcome.item
            self._error = f"Failed: {item.spec.label}, {item.architecture}, seed {item.seed}: {outcome.error or lost}"
            tell(self._error)
        return value

    def _item(self, spec: CoresetSpec, architecture: str, seed: int, epochs: int) -> Retraining:
        """Return the retraining of a trial."""
        options = self._request.training_options(weighted=spec.method not in results.REFERENCES)
        return Retraining(spec, seed, architecture, **options | {"epochs": epochs})

    def _found(self, architecture: str, evidence: Evidence, asked: Round | None) -> SearchState | None:
        """Return what is known now, by trainings of full length or else by the longest, None before the first one."""
        epochs = evidence.longest
        best = evidence.best(epochs)
        if best is None:
            return None
        return SearchState(
            evidence.candidates[best], architecture, evidence.interval(best, epochs), self._request.metric,
            asked.why if asked else "", evidence.spent, evidence.grid, len(evidence.candidates),
            short=epochs if epochs < evidence.epochs else 0,
        )  # fmt: skip

    def _confirmed(
        self, found: SearchState, pool: Pool, watch: Watch, should_stop: Callable[[], bool], tell: Tell
    ) -> SearchState:
        """Return the winner with what it and Random, under the same budgets and cut-off, reach on test with fresh seeds."""
        asked = self._request
        seeds = fresh_seeds(asked)
        random = random_beside(found.best)
        epochs = self.groups[0][1].epochs
        items = {name: [self._item(spec, found.architecture, seed, epochs) for seed in seeds]
                 for name, spec in (("best", found.best), ("random", random))}  # fmt: skip
        note, figure = {"found_by": "confirmation"}, TEST[asked.metric]
        everything = [item for group in items.values() for item in group]
        outcomes = pool.train(everything, watch=watch, should_stop=should_stop, note=note)
        reached = {outcome.item: self._value(outcome, figure, tell) for outcome in outcomes}
        values = {name: [reached[item] for item in group] for name, group in items.items()}
        difference = statistics.paired(values["best"], values["random"]).difference
        return replace(found, why="", test=statistics.interval(values["best"]), against_random=difference)


def random_beside(spec: CoresetSpec) -> CoresetSpec:
    """Return Random as a coreset is held against it: of its rate, exclusion, budgets and cut-off, read of the same epoch."""
    shared = {"exclusion": spec.exclusion, "snapshot": spec.snapshot} | budgets.given(vars(spec))
    return CoresetSpec(spec.run, "random", rate=spec.rate, **shared)


def _beyond(past: float, watch: Watch) -> Watch:
    """Return a watch that counts from `past` trainings on."""
    return lambda share, line: watch(past + share, line)


def _plain(interval: statistics.Interval | None) -> dict[str, Any] | None:
    """Return an interval as plain values."""
    if interval is None:
        return None
    return {"mean": interval.mean, "low": interval.low, "high": interval.high, "n": interval.n}


def fresh_seeds(request: SweepRequest) -> tuple[int, ...]:
    """Return the training seeds that confirm a search: none of them has chosen."""
    first = max((*request.training_seeds, *request.selection_seeds)) + 1
    return tuple(range(first, first + CONFIRMING))


def confirmation(request: SweepRequest, found: SearchState, seeds: Sequence[int]) -> RetrainingRequest:
    """Return what trains a search's winner and Random with seeds, as the search confirms them.

    Args:
        request: of the search.
        found: what it found.
        seeds: that have not chosen, see `fresh_seeds`.
    """
    spec = found.best
    return RetrainingRequest(
        spec.run, (spec.method,), (spec.rate,), architectures=(found.architecture,), seeds=tuple(seeds),
        options=spec.all_options, rule=spec.rule, references=("random",), average=spec.average, snapshot=spec.snapshot,
        exclusion=spec.exclusion, **budgets.given(vars(spec)), **request.training_options(),
    )  # fmt: skip


def _interval(plain: dict[str, Any] | None) -> statistics.Interval | None:
    """Return the interval of plain values; its standard deviation is not among them."""
    if plain is None:
        return None
    half = (float(plain["high"]) - float(plain["low"])) / 2
    return statistics.Interval(float(plain["mean"]), math.nan, int(plain["n"]), half)
