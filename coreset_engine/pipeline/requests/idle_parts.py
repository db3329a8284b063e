"""Parts of a request that nothing asked for would use."""

from collections.abc import Collection, Iterable, Sequence
from itertools import product
from typing import Any

from coreset_engine import budgets, methods
from coreset_engine.coreset import FULL
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline.requests.sweep_options import METRICS
from coreset_engine.pipeline.requests.window_words import STEPPED
from coreset_engine.recommended import AUTO, ITS_OWN

_ALL = f"Method {FULL} keeps all samples, so that rule, budgets and cut-off change nothing. Leave them out."


def refuse_in_retrainings(asked: Any) -> None:
    """Refuse what none of the methods of a `RetrainingRequest` would use, and evidence of no cut-off.

    Raises:
        ConfigError: it has such a part.
    """
    _refuse(asked.methods, asked.references, shares=bool(budgets.given(vars(asked))), ruled=asked.rule != "top")
    budgets.refuse_idle(asked.hard_cutoff, asked.hard_cutoff_by, None, "none")
    refuse_idle_snapshot(asked.snapshot, (*asked.methods, *asked.references), (asked.rule,), (asked.class_budget,))


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
    chosen = _selecting((*asked.methods, *asked.references))
    refuse_idle_snapshot(asked.snapshot, chosen, [word.partition(":")[0] for word in asked.rules], asked.class_budgets)
    if asked.windows and not any(methods.get(name).windows == "pair" for name in chosen):
        raise ConfigError("No method here compares two windows, so that windows change nothing. Leave them out.")
    if asked.lengths and not any("length" in methods.get(name).options for name in chosen):
        raise ConfigError("No method here reads windows, so that a length of windows changes nothing. Leave it out.")
    if asked.step is not None and not any(word.partition(":")[0] in STEPPED for word in asked.windows):
        raise ConfigError(f"A step is of windows as {', '.join(STEPPED)}, and none are asked for. Leave it out.")
    if asked.metric != METRICS[0] and not asked.search:
        raise ConfigError(
            f"The metric {asked.metric} is what a search maximises. Ask for a search, too, or leave it out."
        )


def refuse_idle_snapshot(
    snapshot: int | None, names: Collection[str], rules: Sequence[str] = ("top",), kinds: Sequence[str] = ("none",)
) -> None:
    """Refuse the epoch of a snapshot that nothing reads.

    Args:
        snapshot: the epoch, None for none.
        names: methods.
        rules: selection rules.
        kinds: class budgets.

    Raises:
        ConfigError: there is an epoch, and none of them reads a snapshot.
    """
    each = product(_selecting(names), rules, kinds)
    if snapshot is not None and not any(methods.reads_snapshot(*one) for one in each):
        raise ConfigError(f"Nothing here reads a snapshot, so that snapshot {snapshot} changes nothing. Leave it out.")


def _selecting(words: Iterable[str]) -> list[str]:
    """Return the names of the methods, which may carry options, that select by what they are told."""
    return [name for name in (word.partition(":")[0] for word in words) if name not in (AUTO, FULL)]


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
