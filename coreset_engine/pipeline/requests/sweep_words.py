"""Methods and rules of a sweep in words: each may carry options of its own, `ccs:cutoff=0.3,strata=20`."""

from collections.abc import Mapping, Sequence
from typing import Any

from coreset_engine import argv, methods, registry, selection
from coreset_engine.coreset import FULL
from coreset_engine.errors import ConfigError
from coreset_engine.recommended import AUTO


def checked(names: Sequence[str], rules: Sequence[str], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options that several methods and rules share, as values of their types.

    Args:
        names: methods, with options of their own.
        rules: the same of rules.
        options: shared ones.

    Raises:
        EngineError: a method, a rule or an option does not exist, or a value is not possible.
    """
    known: dict[str, registry.Option] = {}
    for word in names:
        name, own = with_options(word)
        if name not in (FULL, AUTO):
            known |= methods.get(name).options
            methods.parsed(name, own)
    for word in rules:
        name, own = with_options(word)
        known |= (entry := selection.get(name).options)
        registry.check_options(f"Rule {name}", entry, own)
    if unknown := [name for name in options if name not in known]:
        raise ConfigError(f"No method or rule here has an option {unknown[0]!r}. They have: {', '.join(known)}.")
    return {name: known[name].parse(value) for name, value in options.items() if value is not None}


def with_options(word: str) -> tuple[str, dict[str, str]]:
    """Return a method's or rule's name and its own options of `ccs:cutoff=0.3,strata=20`.

    Raises:
        ConfigError: an option has no value.
    """
    name, colon, rest = word.partition(":")
    return name, argv.key_values(rest.split(","), word) if colon else {}
