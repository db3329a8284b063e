"""Parts of a request that nothing asked for would use."""

from collections.abc import Collection
from typing import Any

from coreset_engine import budgets
from coreset_engine.coreset import FULL
from coreset_engine.errors import ConfigError
from coreset_engine.recommended import AUTO, ITS_OWN

_ALL = f"Method {FULL} keeps all samples, so that rule, budgets and cut-off change nothing. Leave them out."


def refuse_in_retrainings(asked: Any) -> None:
    """Refuse what none of the methods of a `RetrainingRequest` would use, and evidence of no cut-off.

    Raises:
        ConfigError: it has such a part.
    """
    _refuse(asked.methods, asked.references, shares=bool(budgets.given(vars(asked))), ruled=asked.rule != "top")
    budgets.refuse_idle(asked.hard_cutoff, asked.hard_cutoff_by, None, "none")


def refuse_in_sweep(asked: Any) -> None:
    """Refuse what none of the methods of a `SweepRequest` would use, and evidence of no cut-off.

    Raises:
        ConfigError: it has such a part.
    """
    axes = (asked.class_budgets, asked.group_budgets, asked.hard_cutoffs, asked.hard_cutoffs_by)
    shares = any(set(axis) - {usual} for axis, usual in zip(axes, budgets.SHARED.values(), strict=True))
    _refuse(asked.methods, asked.references, shares=shares, ruled=asked.rules != ("top",))
    for by in asked.hard_cutoffs_by:
        budgets.refuse_idle(max(asked.hard_cutoffs, default=0.0), by, None, "none")


def _refuse(names: Collection[str], references: Collection[str], *, shares: bool, ruled: bool) -> None:
    """Refuse a rule, class budgets or a cut-off of no use: `auto` chooses its own, and `full` keeps all samples.

    Args:
        names: methods, with options of their own.
        references: Random among them uses class budgets and cut-off.
        shares: whether class budgets or a cut-off are given.
        ruled: whether a rule is.

    Raises:
        ConfigError: none of the methods would use what is given.
    """
    asked = {name.partition(":")[0] for name in names}
    if asked and asked <= {AUTO, FULL} and (ruled or (shares and "random" not in references)):
        raise ConfigError(ITS_OWN if AUTO in asked else _ALL)
