"""The recommended selection: what `auto` stands for, without a search, by the goal and the seed alone."""

from collections.abc import Mapping
from typing import Any

from coreset_engine.budgets import hard_cutoff
from coreset_engine.config import check_choice
from coreset_engine.errors import ConfigError

OPTIONS = ("goal", "seed")
AUTO = "auto"  # stands for a method where the recommended selection is meant
EVIDENCE = (
    "Random under tempered class budgets, behind the hard cut-off: at 2 to 10 % no ranking tried on five sets was clearly "
    "better in balanced accuracy. At 30 % of a set that is easy to learn EVA can be."
)
ITS_OWN = (
    f"Method {AUTO} chooses rule, class budgets and cut-off itself, and knows no budgets by group. Leave them out, or give "
    "them to another method, as random."
)
GOALS: dict[str, dict[str, Any]] = {  # and what serves each; in the study the cut-off gains nothing in accuracy
    "balanced-accuracy": {"class_budget": "tempered", "hard_cutoff": hard_cutoff.BASE},
    "accuracy": {"class_budget": "proportional"},
}


def parts(options: Mapping[str, Any], *, alone: bool = True) -> dict[str, Any]:
    """Return the fields of the coreset that `auto` stands for: Random under class budgets.

    For balanced accuracy places go to the classes by the square root of their sizes, and the hardest samples of each class
    are cut off first (`budgets.hard_cutoff` with β = 0.3 at α = 10 %); for accuracy they go in proportion to the sizes,
    without a cut-off. No ranking comes in: behind the same cut-off none tried in docs/study.md clearly beats Random.

    Args:
        options: `goal`, one of GOALS ("balanced-accuracy"), and `seed` of the draws; without one, each training's own.
        alone: whether neither a rule, nor class budgets, nor a cut-off are given beside.

    Raises:
        ConfigError: they are, another option is given, or a value is not possible.

    Example:
        >>> from coreset_engine import CoresetSpec
        >>> CoresetSpec("demo", "auto", {"goal": "accuracy", "seed": 3}, rate=0.1).label
        'random seed=3, α = 10 %, proportional budgets'
    """
    if not alone:
        raise ConfigError(ITS_OWN)
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise ConfigError(f"Method {AUTO} has no option {unknown[0]!r}. It has: {', '.join(OPTIONS)}.")
    goal = options.get("goal") or next(iter(GOALS))
    check_choice("goal", goal, tuple(GOALS))
    drawn = {}
    if options.get("seed") is not None:
        try:
            drawn = {"seed": int(options["seed"])}
        except (TypeError, ValueError):
            raise ConfigError(
                f"Option seed={options['seed']!r} is not possible: give a whole number, 0 or more."
            ) from None
    return {"method": "random", "options": drawn} | GOALS[goal]
