"""A sampler of Optuna that asks for the coreset of which a smooth surface over all of them expects most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState

from coreset_engine.sweep import surface


class SurfaceSampler(optuna.samplers.BaseSampler):
    """Of the places that are neither trained nor under way, the one with the largest expected improvement.

    The lengths over which val changes, and its noise over seeds, are those under which the trials so far are likeliest.
    What is under way counts as trained with the value that is expected of it, so that several can be asked for at once.

    Source: for the last, Ginsbourger, Le Riche and Carraro 2010 ("kriging believer").
    """

    def __init__(self, places: Sequence[Mapping[str, Any]]) -> None:
        """Choose among places, each the values of its axes."""
        self._places = places
        self._number = {_frozen(place): number for number, place in enumerate(places)}
        self.told: tuple[float, float] | None = None  # mean and standard deviation expected of what was asked for last

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the axes on which all places have values."""
        return spaces(self._places)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the place to train next; {} where none is left or nothing is known."""
        trials = study.get_trials(deepcopy=False)
        others = [one for one in trials if one.number != trial.number]
        ended = [one for one in others if one.state == TrialState.COMPLETE]
        if not ended:
            return {}
        known = [self._number[_frozen(one.params)] for one in ended]
        values = np.array([float(one.value) for one in ended if one.value is not None])
        some = surface.sample_of(values)
        known, values = [known[number] for number in some], values[some]
        under_way = [one.params for one in others if one.state == TrialState.RUNNING]
        taken = {self._number[_frozen(one.params)] for one in others}
        return self._place(known, values, [self._number[_frozen(params)] for params in under_way], taken)

    def _place(self, known: list[int], values: Any, under_way: list[int], taken: set[int]) -> dict[str, Any]:
        """Return the free place with the largest expected improvement on the best value."""
        best = values.max()
        apart = surface.squares([self._places[one] for one in known], self._places)
        shape = surface.fit(apart[:, :, known], values)
        mean, sd = surface.expected(apart, known, values, shape)
        if under_way:
            known, values = known + under_way, np.concatenate([values, mean[under_way]])
            apart = surface.squares([self._places[one] for one in known], self._places)
            mean, sd = surface.expected(apart, known, values, shape)
            best = values.max()
        hoped = surface.improvement(mean, sd, best)
        hoped[list(taken)] = -np.inf
        chosen = int(np.argmax(hoped))
        if chosen in taken:
            return {}
        self.told = float(mean[chosen]), float(sd[chosen])
        return dict(self._places[chosen])

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Raise: a place is asked for as a whole."""
        raise NotImplementedError("The axes of a coreset are chosen together: ask with all of them.")


def spaces(places: Sequence[Mapping[str, Any]]) -> dict[str, BaseDistribution]:
    """Return the axes of places as Optuna takes them: a range of whole numbers, or a choice."""
    axes = {
        name: sorted({place[name] for place in places}, key=lambda one: (str(type(one)), one)) for name in places[0]
    }
    return {
        name: IntDistribution(min(values), max(values))
        if all(type(value) is int for value in values)
        else CategoricalDistribution(values)
        for name, values in axes.items()
    }


def _frozen(place: Mapping[str, Any]) -> frozenset[tuple[str, Any]]:
    """Return a place as a key."""
    return frozenset(place.items())
