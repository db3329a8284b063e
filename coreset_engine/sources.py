"""Sources: what methods and rules can read of a run: its dynamics, its snapshots, or both."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import budgets, greedy, methods, paths, scores, signals, store
from coreset_engine.alike import check_alike, several, told_by
from coreset_engine.budgets import Limits
from coreset_engine.budgets.groups import WHOLE, numbered
from coreset_engine.budgets.groups import check as check_groups
from coreset_engine.budgets.hard_cutoff import BY, check, check_by
from coreset_engine.budgets.hard_cutoff import hard_cutoff as cut_hard
from coreset_engine.budgets.needs import class_difficulty, one_minus_recall
from coreset_engine.budgets.places import MEASURED
from coreset_engine.datasets import library
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError
from coreset_engine.snapshot import Snapshot

_REMEMBERED = 16  # results; what Compare shows of five methods and of five draws fits


class Sources:
    """What methods and rules can read of one or several runs of one recipe; each part is loaded when it is first used."""

    def __init__(
        self,
        dynamics: Callable[[], Sequence[Dynamics]] | None = None,
        snapshots: Callable[[], Sequence[Snapshot]] | None = None,
        groups: Callable[[], NDArray[np.str_]] | None = None,
    ) -> None:
        """Take what loads the dynamics, the snapshots, one a run, and the group of every sample, (N,)."""
        self._load_dynamics, self._load_snapshots, self._load_groups = dynamics, snapshots, groups
        self._load_names: Callable[[], tuple[str, ...]] = tuple  # of the classes; none are known
        self._known: OrderedDict[str, Any] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}  # by what is computed: two browsers never compute the same twice

    @classmethod
    def of(cls, source: Any, snapshot: Snapshot | None = None, groups: NDArray[np.str_] | None = None) -> "Sources":
        """Return the sources that consist of `source`, a Dynamics or Snapshot or several, and of `snapshot` and `groups`.

        Raises:
            ConfigError: `source` is neither, or there is not one group per sample.
        """
        if isinstance(source, Sources):
            return source
        given = [source] if isinstance(source, scores.Source) else list(source)
        if groups is not None and groups.shape != (given[0].n_samples,):
            raise ConfigError(f"groups has shape {groups.shape} for {given[0].n_samples:,} samples. Give one each.")
        belongs = None if groups is None else lambda: groups
        dynamics = [one for one in given if isinstance(one, Dynamics)]
        if len(dynamics) == len(given):
            return cls(lambda: dynamics, None if snapshot is None else lambda: [snapshot], belongs)
        snapshots = [one for one in given if isinstance(one, Snapshot)]
        if len(snapshots) == len(given):
            return cls(None, lambda: snapshots, belongs)
        raise ConfigError("Give dynamics or snapshots of the same kind, one or several.")

    @classmethod
    def of_run(cls, run: str, average: Sequence[str] = (), epoch: int | None = None) -> "Sources":
        """Return the sources of a run of the cache and of further runs, with their snapshots after `epoch` (the last).

        Nothing is read here; what can't be read is told when it is first used.
        """
        names = several(run, average)
        found = cls(
            lambda: [store.load_run(name) for name in names], lambda: [load_snapshot(name, epoch) for name in names]
        )
        return found.named_as(run)

    def named_as(self, run: str) -> "Sources":
        """Return these sources with the groups of a run's images and the names of its classes."""
        self._load_groups = lambda: train_groups(run)
        self._load_names = cache(lambda: tuple(store.RunFile(paths.run_folder(run)).info.class_names))
        return self

    @cached_property
    def dynamics(self) -> list[Dynamics]:
        """Return the dynamics of every run.

        Raises:
            ConfigError: there are none.
            DynamicsError: they are no trainings of the same with other seeds, see `check_alike`.
        """
        if self._load_dynamics is None:
            raise ConfigError("This needs training dynamics, but only a snapshot was given. Give the run's dynamics.")
        return check_alike(list(self._load_dynamics()))

    @cached_property
    def snapshots(self) -> list[Snapshot]:
        """Return the snapshot of every run.

        Raises:
            ConfigError: there are none.
            DynamicsError: they are no trainings of the same with other seeds, see `check_alike`.
        """
        if self._load_snapshots is None:
            raise ConfigError(
                "This needs a snapshot (features and logits), but only dynamics were given. Give snapshot=, e.g. "
                "Snapshot.from_arrays(features=..., logits=..., labels=...)."
            )
        return check_alike(list(self._load_snapshots()))

    @property
    def has_dynamics(self) -> bool:
        """Return whether there are dynamics."""
        return self._load_dynamics is not None

    def read_by(self, method: str) -> list[Dynamics] | list[Snapshot]:
        """Return what a method reads: dynamics, or snapshots.

        Raises:
            UnknownNameError: there is no such method.
            ConfigError: there is nothing of that kind.
        """
        reads = methods.reads(method)
        from_dynamics = reads == "dynamics" or (reads == "any" and self.has_dynamics)
        return self.dynamics if from_dynamics else self.snapshots

    def score(self, method: str, options: dict[str, Any]) -> NDArray[np.float64]:
        """Return the scores of a method, (N,) read-only; kept for the next call, since another rate needs them again.

        Raises:
            EngineError: as `scores.score` says.
        """
        return self._once(("score", method, options), lambda: scores.score(self.read_by(method), method, **options))

    @cached_property
    def groups(self) -> NDArray[np.str_]:
        """Return the group of every sample, (N,) text, "" for one of none.

        Raises:
            ConfigError: there are none.
        """
        if self._load_groups is None:
            raise ConfigError("Budgets by group need the group of every sample. Give groups=, one text per sample.")
        return self._load_groups()

    def limits(
        self, rate: float, class_budget: str, hard_cutoff: float, hard_cutoff_by: str = BY, group_budget: str = "none"
    ) -> Limits:
        """Return what bounds a choice: budgets with what they ask for, and the samples that a cut-off leaves.

        Raises:
            ConfigError: they are not possible, or need dynamics, groups or a validation part that is not there.
        """
        check_groups(group_budget, class_budget, hard_cutoff)
        by_group = group_budget not in ("none", WHOLE)
        belongs = numbered(self.groups) if by_group else None
        budget = budgets.parse(class_budget)
        need = self._once(("need", budget.kind), lambda: self._need(budget.kind)) if budget.kind in MEASURED else None
        if not check(hard_cutoff):
            return Limits(budget, need, None, group_budget, belongs)
        asked = ("pool", rate, hard_cutoff, check_by(hard_cutoff_by))
        kept = self._once(asked, lambda: cut_hard(self.dynamics, rate, base=hard_cutoff, by=hard_cutoff_by))
        names = tuple(np.unique(self.groups).tolist()) if by_group else self._load_names()
        return Limits(budget, need, kept, group_budget, belongs, names)

    def _need(self, kind: str) -> NDArray[np.float64]:
        """Return how much each class needs, (C,): 1 - recall on val for "drop", its mean difficulty for "difficulty"."""
        if kind == "difficulty":
            return np.mean([class_difficulty(run) for run in self.dynamics], axis=0)
        return np.mean([one_minus_recall(snapshot) for snapshot in self.snapshots], axis=0)

    def early_probability(self, epochs: int | None = None, window: int | None = None) -> NDArray[np.float64]:
        """Return each sample's mean p_y over the first epochs, (N,), the mean over the runs.

        Args:
            epochs: how many; 15 % of the recorded ones where it is not said, but more than a window has.
            window: epochs per window, 10 where it is not said.

        Raises:
            ConfigError: there are no dynamics.
            DynamicsError: a value is not finite.
        """
        first = int(epochs or scores.first_epochs(self.dynamics[0].epochs, int(window or 10)))
        means = [run.target_probability[:first].mean(axis=0, dtype=np.float64) for run in self.dynamics]
        return np.asarray(np.mean(means, axis=0))

    def pick(
        self, method: str, rate: float, exclude: Sequence[int] | NDArray, limits: Limits, options: dict[str, Any]
    ) -> greedy.Picks:
        """Return the picks of a greedy method; kept for the next call, since picking can take seconds.

        Raises:
            ConfigError: there are several runs, whose picks can't be averaged.
            EngineError: as `greedy.pick` says.
        """
        read = self.read_by(method)
        if len(read) > 1:
            raise ConfigError(f"{method} picks from one run; picks of several runs can't be averaged. Give one run.")
        options = options | self._needed(method, options)
        named = {
            name: hashlib.sha256(value.tobytes()).hexdigest() if isinstance(value, np.ndarray) else value
            for name, value in (options | {"need": limits.need, "pool": limits.pool, "of": limits.belongs}).items()
        }
        budget = f"{limits.budget} {limits.group_budget}"
        asked = ("pick", method, rate, np.asarray(exclude, np.int64).tolist(), budget, named)
        return self._once(
            asked, lambda: greedy.pick(read[0], method, rate=rate, exclude=exclude, limits=limits, **options)
        )

    def hardness(self, word: str) -> NDArray[np.float64]:
        """Return the scores that a word means, (N,) float64 >= 0, turned so that high is hard.

        The kept end is the hard one. Scores of which the lowest are kept are taken from the largest; of others that can be
        negative the least is taken off. The word is as `scores.named` reads it: `forgetting`, or `eva:21/31` with windows.

        Raises:
            ConfigError: the method keeps the middle of its scores, which is no end.
            EngineError: as `score` says.
        """
        entry, options = scores.named(word)
        if entry.keep == "middle":
            raise ConfigError(f"{word} keeps the middle of its scores, so they can't say how hard a sample is.")
        values = self.score(entry.name, options)
        return values.max() - values if entry.keep == "lowest" else values - min(0.0, float(values.min()))

    def _needed(self, method: str, options: dict[str, Any]) -> dict[str, NDArray]:
        """Return what a greedy method needs beside features, under the option's name: numbers as given, or a named score."""
        entry = methods.get(method)
        needs = getattr(entry, "needs", "")
        if not needs:
            return {}
        given = options.get(needs, entry.options[needs].default)
        return {needs: self.hardness(given) if isinstance(given, str) else np.asarray(given)}

    def _once(self, asked: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        """Return what `compute` gives, or gave when the same was asked among the last few times."""
        key = json.dumps(asked, sort_keys=True, default=str)
        with self._locks.setdefault(key, threading.Lock()):
            if (found := self._known.get(key)) is not None:
                return found
            found = compute()
            for values in [found.rows, found.weights] if isinstance(found, greedy.Picks) else [found]:
                if values is not None:
                    values.flags.writeable = False
            self._known[key] = found
        while len(self._known) > _REMEMBERED:
            with suppress(KeyError):  # another thread has made room
                self._known.popitem(last=False)
        return found


def train_groups(run: str) -> NDArray[np.str_]:
    """Return the groups of the images that a run of the cache was recorded on, (N,).

    Raises:
        EngineError: they have none, the run names none, is missing or damaged, or they are not in the cache.
    """
    info = store.RunFile(paths.run_folder(run)).info
    if not info.dataset_sha256:
        raise ConfigError(f"{run} names no images, so it has no groups. Take a run recorded on images with groups.")
    groups = library.cached(info.dataset, info.dataset_sha256).groups
    if "train" not in groups:
        raise ConfigError(
            f"The train images of {run} have no groups. Load them again with train_groups, --group-column or --group-prefix."
        )
    return groups["train"]


def load_snapshot(run: str, epoch: int | None = None) -> Snapshot:
    """Return the snapshot of a run of the cache after one of the epochs asked for when it was recorded, or the last.

    Raises:
        UnknownNameError: the name can't be a run's.
        RunError: there is no such snapshot, or it is damaged.
        DynamicsError: its values are not finite.
    """
    folder = paths.run_folder(run)
    arrays = store.read_snapshot(folder) if epoch is None else store.read_snapshot(folder, epoch)
    info = store.RunFile(folder).info
    epochs = epoch or info.epochs
    found = _snapshot_of(arrays, "", head_weight=arrays["head_weight"], name=run, epochs=epochs)
    found = replace(found, **told_by(info))
    if "val_features" not in arrays:
        return found
    return replace(found, validation=_snapshot_of(arrays, "val_", name=f"val of {run}", epochs=epochs))


def _snapshot_of(arrays: dict[str, NDArray], prefix: str, **facts: Any) -> Snapshot:
    """Return the snapshot of the arrays whose names begin so.

    What the run was recorded as is not decided anew: labels that come together could be one in every row.
    """
    labels = arrays[f"{prefix}labels"]
    classes = labels if labels.ndim == 1 else np.zeros(len(labels), np.int64)
    features, logits = arrays[f"{prefix}features"], arrays[f"{prefix}logits"]
    found = Snapshot.from_arrays(features=features, logits=logits, labels=classes, **facts)
    return found if labels.ndim == 1 else replace(found, labels=signals.check_labels(labels, found.classes))
