"""A model of val over the windows proposes what to train, through Optuna's ask and tell.

Val changes little from one pair of windows to the next, so that a training tells of its neighbours, too; see `surface`.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from coreset_engine.coreset import CoresetSpec
from coreset_engine.sweep.candidates import Evidence, Round, Trial

START = 8  # at least, evenly over the list before the model is asked
FINALISTS = 3  # at most, that are trained with every seed


class Model:
    """Some at even distances, then what the model expects most of; the best few with all seeds."""

    name = "model"
    label = "Model of the map"

    def next(self, evidence: Evidence, slots: int) -> Round | None:
        """Return the next proposals, as many as run at once."""
        first, known = evidence.seeds[0], {trial.candidate for trial in evidence.values}
        room = _room(evidence, _finalists(evidence))
        start = min(room, max(START, room // 4))
        spread = [int(one) for one in np.unique(np.linspace(0, len(evidence.candidates) - 1, start).round())]
        unseen = [one for one in spread if one not in known]
        if unseen:
            return self._round(unseen, first, evidence, f"{len(spread)} at even distances, before a model can be made")
        if len(known) < room and all(map(math.isnan, evidence.values.values())):
            untried = [one for one in range(len(evidence.candidates)) if one not in known]
            return self._round(untried[: room - len(known)][:slots], first, evidence, "the next ones, since all failed")
        if len(known) < room:
            asked, why = propose(evidence, min(slots, room - len(known)))
            return self._round(
                asked, first, evidence, f"{why}, where a smooth map of the {len(known)} trainings promises most"
            )
        return self._finals(evidence)

    def _round(self, numbers: list[int], seed: int, evidence: Evidence, why: str) -> Round:
        """Return full trainings of candidates with one seed."""
        return Round(tuple(Trial(one, seed, evidence.epochs) for one in numbers), why)

    def _finals(self, evidence: Evidence) -> Round | None:
        """Return the trainings of the best with the seeds that they lack."""
        first = evidence.seeds[0]
        most = _finalists(evidence)
        firsts = {one: evidence.values.get(Trial(one, first, evidence.epochs), math.nan)
                  for one in range(len(evidence.candidates))}  # fmt: skip
        ranked = sorted((one for one in firsts if not math.isnan(firsts[one])), key=lambda one: -firsts[one])
        asked = [Trial(one, seed, evidence.epochs) for seed in evidence.seeds[1:] for one in ranked[:most]]
        missing = tuple(trial for trial in asked if trial not in evidence.values)
        return Round(missing, f"the best {most} with the other seeds") if missing else None


STRATEGY = Model()


def _finalists(evidence: Evidence) -> int:
    """Return how many are trained with every seed: fewer than `FINALISTS` where else no more candidates could be tried."""
    count = len(evidence.candidates)
    fitting = (most for most in range(min(FINALISTS, count), 0, -1) if _room(evidence, most) >= min(count, most + 1))
    return next(fitting, 0)


def _room(evidence: Evidence, finalists: int) -> int:
    """Return how many candidates the budget bears with the first seed beside so many finalists with the others."""
    return max(0, min(len(evidence.candidates), evidence.budget - finalists * (len(evidence.seeds) - 1)))


def propose(evidence: Evidence, count: int) -> tuple[list[int], str]:
    """Return candidates that are not trained yet and of which the model expects most, and what it expects of the first.

    The study is made anew of the evidence each time, so that the same evidence gives the same proposals.

    Args:
        evidence: values at the full length with the first seed, of which one at least did not fail.
        count: how many.
    """
    import optuna

    from coreset_engine.sweep.sampler import SurfaceSampler, spaces

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    places = places_of(evidence.candidates)
    sampler, axes = SurfaceSampler(places), spaces(places)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for trial, value in evidence.values.items():
        state = optuna.trial.TrialState.FAIL if math.isnan(value) else optuna.trial.TrialState.COMPLETE
        told = None if math.isnan(value) else value
        study.add_trial(
            optuna.trial.create_trial(params=places[trial.candidate], distributions=axes, value=told, state=state)
        )
    free = len(places) - len({trial.candidate for trial in evidence.values})
    found, why = [], ""
    for _ in range(min(count, free)):
        found.append(places.index(study.ask(axes).params))
        if not why and sampler.told is not None:
            mean, sd = sampler.told
            why = f"{evidence.candidates[found[0]].label} ({100 * mean:.1f} ± {100 * sd:.1f} % expected on val)"
    return found, why


def places_of(specs: Sequence[CoresetSpec]) -> list[dict[str, Any]]:
    """Return where coresets lie in the space that is searched: what varies of methods, options, rules, budgets."""
    found = [{"method": spec.method, **spec.options, "rule": spec.rule,
              **{f"rule_{name}": value for name, value in spec.rule_options.items()},
              "class_budget": spec.class_budget, "hard_cutoff": spec.hard_cutoff,
              "hard_cutoff_by": spec.hard_cutoff_by, "group_budget": spec.group_budget} for spec in specs]  # fmt: skip
    names = dict.fromkeys(name for place in found for name in place)
    varied = [name for name in names if len({_plain(place.get(name)) for place in found}) > 1]
    places = [{name: _plain(place.get(name)) for name in varied} for place in found]
    if len({tuple(place.values()) for place in places}) < len(places):  # they differ in something else
        return [place | {"candidate": number} for number, place in enumerate(places)]
    return places


def _plain(value: Any) -> Any:
    """Return a value as Optuna takes it."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
