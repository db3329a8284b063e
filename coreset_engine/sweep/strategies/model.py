"""A model of val over the windows proposes what to train, through Optuna's ask and tell.

Source: Watanabe 2023, arXiv:2304.11127 (tree-structured Parzen estimator as Optuna has it).
"""

import math
from typing import Any

import numpy as np

from coreset_engine.sweep.candidates import Evidence, Round, Trial

START = 8  # at least, evenly over the list before the model is asked
FINALISTS = 3  # that are trained with every seed


class Model:
    """Some at even distances, then what the model expects most of; the best few with all seeds."""

    name = "model"
    label = "Model-based (TPE)"

    def next(self, evidence: Evidence, slots: int) -> Round | None:
        """Return the next proposals, as many as run at once."""
        first, known = evidence.seeds[0], {trial.candidate for trial in evidence.values}
        finals = FINALISTS * (len(evidence.seeds) - 1)
        room = max(1, min(len(evidence.candidates), evidence.budget - finals))
        start = min(room, max(START, room // 4))
        spread = [int(one) for one in np.unique(np.linspace(0, len(evidence.candidates) - 1, start).round())]
        unseen = [one for one in spread if one not in known]
        if unseen:
            return self._round(unseen, first, evidence, f"{len(spread)} at even distances, before a model can be made")
        if len(known) < room:
            asked = propose(evidence, min(slots, room - len(known)))
            return self._round(asked, first, evidence, f"where the model expects most, {len(known)} of {room} known")
        return self._finals(evidence)

    def _round(self, numbers: list[int], seed: int, evidence: Evidence, why: str) -> Round:
        """Return full trainings of candidates with one seed."""
        return Round(tuple(Trial(one, seed, evidence.epochs) for one in numbers), why)

    def _finals(self, evidence: Evidence) -> Round | None:
        """Return the trainings of the best with the seeds that they lack."""
        first = evidence.seeds[0]
        firsts = {one: evidence.values.get(Trial(one, first, evidence.epochs), math.nan)
                  for one in range(len(evidence.candidates))}  # fmt: skip
        ranked = sorted((one for one in firsts if not math.isnan(firsts[one])), key=lambda one: -firsts[one])
        asked = [Trial(one, seed, evidence.epochs) for seed in evidence.seeds[1:] for one in ranked[:FINALISTS]]
        missing = tuple(trial for trial in asked if trial not in evidence.values)
        return Round(missing, f"the best {FINALISTS} with the other seeds") if missing else None


STRATEGY = Model()


def propose(evidence: Evidence, count: int) -> list[int]:
    """Return candidates that are not trained yet and of which the model expects most.

    The study is made anew of the evidence each time, so that the same evidence gives the same proposals.

    Args:
        evidence: values at the full length with the first seed.
        count: how many.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    places = [_place(spec) for spec in evidence.candidates]
    axes = {name: sorted({place[name] for place in places}, key=str) for name in places[0]}
    spaces = {name: _distribution(values) for name, values in axes.items()}
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(
        seed=len(evidence.values), multivariate=True, constant_liar=True))  # fmt: skip
    for trial, value in evidence.values.items():
        if trial.epochs == evidence.epochs and not math.isnan(value):
            study.add_trial(
                optuna.trial.create_trial(params=places[trial.candidate], distributions=spaces, value=value)
            )
    taken = {trial.candidate for trial in evidence.values}
    found: list[int] = []
    for _ in range(count):
        asked = study.ask(spaces).params
        free = [one for one in range(len(places)) if one not in taken and one not in found]
        if not free:
            break
        found.append(min(free, key=lambda one: _distance(places[one], asked, axes)))
    return found


def _place(spec: Any) -> dict[str, Any]:
    """Return where a coreset lies in the space that is searched: its options, its rule and that rule's."""
    return {**spec.options, "rule": spec.rule, **{f"rule_{name}": value for name, value in spec.rule_options.items()}}


def _distribution(values: list[Any]) -> Any:
    """Return the values of one axis as Optuna takes them: a range of numbers, or a choice of words."""
    import optuna

    if all(type(value) is int for value in values):
        return optuna.distributions.IntDistribution(min(values), max(values))
    return optuna.distributions.CategoricalDistribution(values)


def _distance(place: dict[str, Any], asked: dict[str, Any], axes: dict[str, list[Any]]) -> float:
    """Return how far a candidate is from what was asked for: 1 per axis from end to end, 1 for another word."""
    total = 0.0
    for name, values in axes.items():
        if all(type(value) is int for value in values):
            total += abs(place[name] - asked[name]) / max(1, max(values) - min(values))
        else:
            total += place[name] != asked[name]
    return total
