"""The one call from dynamics, or from anybody's scores, to a coreset."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import registry, scores, selection
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError
from coreset_engine.selection.ccs import default_cutoff


def select(
    source: Dynamics | Sequence[Dynamics] | NDArray,
    labels: NDArray | None = None,
    *,
    rate: float,
    method: str | None = None,
    rule: str = "top",
    keep: str | None = None,
    **options: Any,
) -> NDArray[np.int64]:
    """Return a coreset: ascending row numbers of the train split, (M,) int64 with M = ceil(rate * N).

    Args:
        source: scores (N,), or one run's dynamics, or several runs' whose scores are averaged.
        labels: (N,) classes; needed with scores, taken from the run otherwise.
        rate: α, share of samples kept, above 0 and up to 1.
        method: scoring method, needed with dynamics.
        rule: selection rule.
        keep: "highest", "lowest" or "middle"; by default the end that the method keeps ("highest" for bare scores).
        options: options of the method and of the rule; one that both have, e.g. `seed`, goes to both.

    Raises:
        EngineError: as `scores.score` and `selection.select_from_scores` say, or a combination makes no sense.
    """
    if not _is_dynamics(source):
        if labels is None or method is not None:
            raise ConfigError("With scores give their labels and no method: select(scores, labels, rate=0.1).")
        return selection.select_from_scores(source, labels, rate=rate, rule=rule, keep=keep or "highest", **options)
    if method is None:
        raise ConfigError("With dynamics give a method: select(dynamics, method='eva', rate=0.1, early=1, late=190).")
    runs = [source] if isinstance(source, Dynamics) else list(source)
    method_options, rule_options = split_options(method, rule, options)
    values = scores.score(runs, method, **method_options)
    return selection.select_from_scores(
        values,
        runs[0].strata_labels,
        rate=rate,
        rule=rule,
        keep=keep or scores.get(method).keep,
        hardness=scores.score(runs, "aum") if rule == "ccs" else None,
        **rule_options,
    )


def split_options(method: str, rule: str, options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options of the method and those of the rule.

    Raises:
        ConfigError: neither has an option of that name.
    """
    of_method, of_rule = scores.get(method).options, selection.get(rule).options
    unknown = [name for name in options if name not in of_method and name not in of_rule]
    if unknown:
        known = ", ".join(dict.fromkeys([*of_method, *of_rule])) or "none"
        raise ConfigError(f"Neither {method} nor rule {rule} has an option {unknown[0]!r}. They have: {known}.")
    return (
        {name: value for name, value in options.items() if name in of_method},
        {name: value for name, value in options.items() if name in of_rule},
    )


def resolve(
    method: str, rule: str, rate: float, options: dict[str, Any], seed: int | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return every option of the method and of the rule with the value that will be used, defaults and β included.

    Args:
        method: scoring method.
        rule: selection rule.
        rate: α, by which CCS chooses β where none is given.
        options: those given, of both; values may be text.
        seed: for methods and rules that draw, where `options` gives none.

    Raises:
        ConfigError: an option is unknown, missing or has an impossible value.
    """
    of_method, of_rule = split_options(method, rule, options)
    resolved = []
    for owner, entry, given in (("Method", scores.get(method), of_method), ("Rule", selection.get(rule), of_rule)):
        drawn = {"seed": seed} if seed is not None and "seed" in entry.options else {}
        resolved.append(registry.check_options(f"{owner} {entry.name}", entry.options, drawn | given))
    if resolved[1].get("cutoff", 0.0) is None:
        resolved[1]["cutoff"] = default_cutoff(rate)
    return resolved[0], resolved[1]


def _is_dynamics(source: Any) -> bool:
    """Return whether `source` is one run's dynamics or a sequence of runs'."""
    return isinstance(source, Dynamics) or (
        isinstance(source, (list, tuple)) and bool(source) and isinstance(source[0], Dynamics)
    )
