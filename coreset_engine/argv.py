"""Words of a command line: options with their values, as the commands read them, for types that convert both ways."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from types import MappingProxyType
from typing import Any, Literal

from coreset_engine.errors import ConfigError

Takes = Literal["one", "many", "flag"]


def read(words: Sequence[str], known: Mapping[str, Takes]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the words that belong to no option, and the values of every option given: none for a flag.

    An option that takes many may be repeated, or be followed by several values at once: `--seeds 0 1 2`. Of an option
    that takes one the last value counts, and so does the last of a flag and its `--no-`.

    Args:
        words: as a shell splits them.
        known: what each option takes, by its name, e.g. "--rate".

    Raises:
        ConfigError: an option is unknown, or has no value, or has one and is a flag.
    """
    alone: list[str] = []
    found: dict[str, list[str]] = {}
    left = iter(words)
    current = ""
    for word in left:
        if not word.startswith("--"):
            (found[current] if current else alone).append(word)
            continue
        name, equals, value = word.partition("=")
        if name not in known:
            raise ConfigError(f"There is no option {name}. There are: {', '.join(known)}.")
        if known[name] == "flag":
            if equals:
                raise ConfigError(f"{name} takes no value.")
            found.pop(f"--{name[5:]}" if name.startswith("--no-") else f"--no-{name[2:]}", None)
            found[name], current = [], ""
            continue
        first = value if equals else next(left, None)
        if first is None:
            raise ConfigError(f"{name} has no value.")
        if known[name] == "one":
            found[name], current = [first], ""
        else:
            found.setdefault(name, []).append(first)
            current = "" if equals else name  # of --rate=0.1 0.3 the second word is none of its values
    return alone, found


def one(found: Mapping[str, list[str]], name: str, otherwise: str | None = None) -> str:
    """Return the value of an option that takes one.

    Raises:
        ConfigError: it was not given, and there is no value `otherwise`.
    """
    if name in found:
        return found[name][0]
    if otherwise is None:
        raise ConfigError(f"{name} is missing.")
    return otherwise


def number(found: Mapping[str, list[str]], name: str, kind: type[int] | type[float]) -> Any:
    """Return the value of an option as a number, or None where it was not given.

    Raises:
        ConfigError: it is no such number.
    """
    return numbers(found, name, kind)[-1] if name in found else None


def numbers(found: Mapping[str, list[str]], name: str, kind: type[int] | type[float]) -> tuple[Any, ...]:
    """Return all values of an option as numbers.

    Raises:
        ConfigError: one is no such number.
    """
    try:
        return tuple(kind(value) for value in found.get(name, ()))
    except ValueError:
        words = "whole numbers" if kind is int else "numbers"
        raise ConfigError(f"{name} takes {words}; given was {' '.join(found[name])}.") from None


def key_values(
    given: Iterable[str], option: str = "--option", beside: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, str]:
    """Return what K=V items say.

    Args:
        given: the items.
        option: that brings them, for the message.
        beside: what options of their own names say already.

    Raises:
        ConfigError: one has no value, or says again what was said.
    """
    found: dict[str, str] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals:
            raise ConfigError(f"{option} {item!r} has no value. Write it as name=value.")
        if name in found:
            raise ConfigError(f"{option} gives {name} twice, {found[name]!r} and {value!r}. Give it once.")
        if name in beside:
            raise ConfigError(f"{name} is given twice, {beside[name]!r} and by {option} {value!r}. Give it once.")
        found[name] = value
    return found


def text(value: Any) -> str:
    """Return a value as a word from which the same value is read again: a float with all its digits."""
    return repr(value) if isinstance(value, float) else str(value)


def option_words(options: Mapping[str, Any]) -> list[str]:
    """Return options of a method or rule as words: `--option name=value` each."""
    return [word for name, value in options.items() for word in ("--option", f"{name}={text(value)}")]


def command(*words: str) -> str:
    """Return a line for a shell that starts a command of the engine."""
    return shlex.join(["python", "-m", "coreset_engine", *words])


def fields_of(kind: type) -> list[Field[Any]]:
    """Return the fields of a kind of request: first what it is of, which is given by place, then all that has a default."""
    return sorted(fields(kind), key=lambda one: one.kw_only is True)


def changed(asked: Any) -> dict[str, Any]:
    """Return the fields of a request that are given by name and are not the default."""
    told = {}
    for one in filter(lambda one: one.kw_only, fields(asked)):
        usual = one.default if one.default_factory is MISSING else one.default_factory()
        if getattr(asked, one.name) != usual:
            told[one.name] = getattr(asked, one.name)
    return told


def call(function: str, *positional: Any, **named: Any) -> str:
    """Return a call as Python: `function(…)` with its arguments written out."""
    words = [*map(repr, positional), *(f"{name}={value!r}" for name, value in named.items())]
    return f"{function}({', '.join(words)})"
