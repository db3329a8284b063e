"""The one call from dynamics, or from anybody's scores, to a coreset."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import scores, selection
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError


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


def _is_dynamics(source: Any) -> bool:
    """Return whether `source` is one run's dynamics or a sequence of runs'."""
    return isinstance(source, Dynamics) or (
        isinstance(source, (list, tuple)) and bool(source) and isinstance(source[0], Dynamics)
    )
