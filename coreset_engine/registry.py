"""Registries: every entry of a folder's files, found by type, and the options of a registered function."""

import importlib
import inspect
import math
import pkgutil
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Protocol, TypeVar

from coreset_engine.errors import ConfigError, UnknownNameError


class Named(Protocol):
    """What a registry lists."""

    @property
    def name(self) -> str:
        """Return the name in scripts."""


Entry = TypeVar("Entry", bound=Named)
Value = TypeVar("Value")


def discover(package: str, kind: type[Entry]) -> dict[str, Entry]:
    """Return the entries of type `kind` that the files of `package` define at module level, by their `name`."""
    found: dict[str, Entry] = {}
    folder = importlib.import_module(package)
    for info in pkgutil.iter_modules(folder.__path__):
        module = importlib.import_module(f"{package}.{info.name}")
        for value in vars(module).values():
            entries = value if isinstance(value, tuple) else (value,)
            # a class, too, can have all that a protocol asks of its instances
            own = [entry for entry in entries if isinstance(entry, kind) and not isinstance(entry, type)]
            found.update({entry.name: entry for entry in own})
    return dict(sorted(found.items(), key=lambda item: (getattr(item[1], "order", 0), item[0])))


def lookup(entries: dict[str, Value], name: str, what: str) -> Value:
    """Return `entries[name]`.

    Raises:
        UnknownNameError: there is no such entry; the message lists those that exist.
    """
    if name not in entries:
        raise UnknownNameError(f"There is no {what} {name!r}. Choose one of: {', '.join(entries)}.")
    return entries[name]


@dataclass(frozen=True, kw_only=True)
class Described:
    """What every method and rule says of itself; the Methods page and the command `methods` show it.

    Attributes:
        order: place in lists.
        family: heading under which it stands, e.g. "uncertainty".
        cost: asymptotic time and memory in N, T, C, D and M.
        measured: seconds and peak memory at a stated size, as `benchmarks/methods.py` measured them.
        differences: where paper and released code differ and what is done here; empty where nothing is known.
        checked: against what the results were checked, and how closely they agree.
        colour: place among the colours of methods, see `colours`; each place is one method's for good. A method without one
            has the colour that its name comes to.
        later: options that came after results were first kept: at their defaults a result row does not say them, so that
            rows from before mean the same.
    """

    order: int = 50
    colour: int | None = None
    family: str = ""
    cost: str = ""
    measured: str = ""
    differences: str = ""
    checked: str = ""
    later: tuple[str, ...] = ()

    def without_later(self, values: dict[str, Any], known: "dict[str, Option]") -> dict[str, Any]:
        """Return the values of the `known` options without those of `later` that have their defaults."""
        same = {name for name in self.later if values[name] == known[name].default}
        return {name: value for name, value in values.items() if name not in same}


@dataclass(frozen=True)
class Within:
    """Which numbers an option takes, beside its type: `Annotated[float, Within("a number of 0 or more", 0)]`.

    Attributes:
        words: the same for people, behind "give".
        least, most: the lowest and the highest number; none is infinite.
        above, below: whether these themselves are left out.
    """

    words: str
    least: float = -math.inf
    most: float = math.inf
    above: bool = False
    below: bool = False

    def holds(self, value: float) -> bool:
        """Return whether a number is one of them."""
        too_low = value <= self.least if self.above else value < self.least
        too_high = value >= self.most if self.below else value > self.most
        return math.isfinite(value) and not (too_low or too_high)


FROM_ONE, FROM_ZERO = Within("a whole number of 1 or more", 1), Within("a number of 0 or more", 0)
POSITIVE = Within("a number above 0", 0, above=True)
LEGACY_SEED = Within(f"a whole number from 0 to {2**32 - 1}", 0, 2**32 - 1)  # as RandomState takes it
SHARE, PART = Within("a share from 0 to 1", 0, 1), Within("a share from 0 to below 1", 0, 1, below=True)


@dataclass(frozen=True)
class Option:
    """One keyword-only option of a registered function, read from its signature."""

    name: str
    default: Any  # inspect.Parameter.empty when it must be given
    kind: type
    choices: tuple[Any, ...] = ()
    within: Within | None = None

    @property
    def required(self) -> bool:
        """Return whether a caller must give it."""
        return self.default is inspect.Parameter.empty

    def parse(self, text: Any) -> Any:
        """Return `text` as a value of this option.

        Raises:
            ConfigError: it is not of the option's type, not among its choices, or not within its bounds.
        """
        if getattr(text, "shape", ()):
            raise ConfigError(f"Option {self.name} takes one value here, not an array: arrays are given to `select`.")
        for choice in self.choices:
            if str(choice) == str(text):
                return choice
        try:
            if not self.choices:
                value = self._number(text)
                if self.within is None or self.within.holds(value):
                    return value
        except (TypeError, ValueError, OverflowError):
            pass  # told below, together with a value that is not among the choices
        allowed = f"one of {', '.join(map(str, self.choices))}" if self.choices else self._allowed()
        raise ConfigError(f"Option {self.name}={text!r} is not possible: give {allowed}.")

    def _number(self, text: Any) -> Any:
        """Return `text` as a value of the option's type; a ValueError where it is none."""
        if self.kind is bool and isinstance(text, str):  # bool("false") is True
            return ("false", "true").index(text.lower()) == 1
        value = self.kind(text)
        changed = not isinstance(text, str) and value != text  # int(10.5) would be 10; NaN differs from itself
        if changed or (self.name == "seed" and value < 0):  # NumPy takes no negative seed
            raise ValueError(text)
        return value

    def _allowed(self) -> str:
        """Return in words what the option takes."""
        if self.within is not None:
            return self.within.words
        return f"a value of type {self.kind.__name__}" + (", 0 or more" if self.name == "seed" else "")


def options(function: Callable[..., Any]) -> dict[str, Option]:
    """Return the keyword-only options of `function`; `Literal` annotations become choices, `Within` beside a type bounds."""
    return dict(_options(function))


@lru_cache(512)  # reading a signature takes a tenth of a selection
def _options(function: Callable[..., Any]) -> dict[str, Option]:
    """Return what `options` does, read once."""
    hints = typing.get_type_hints(function, include_extras=True)
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            continue
        hint = hints[name]
        within = next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Within)), None)
        hint = hint if within is None else hint.__origin__
        if isinstance(hint, types.UnionType):
            hint = next(part for part in typing.get_args(hint) if part is not type(None))
        choices = typing.get_args(hint) if typing.get_origin(hint) is Literal else ()
        found[name] = Option(name, parameter.default, str if choices else hint, choices, within)
    return found


def defaults(known: dict[str, Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of every known option: the given one, else the default; None where it must be given and is not."""
    return {name: given.get(name, None if option.required else option.default) for name, option in known.items()}


def check_options(owner: str, known: dict[str, Option], given: dict[str, Any]) -> dict[str, Any]:
    """Return the value of every known option: the given one parsed, else the default.

    Raises:
        ConfigError: an option is unknown, missing or has an impossible value.
    """
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ConfigError(f"{owner} has no option {unknown[0]!r}. It has: {', '.join(known) or 'none'}.")
    missing = [name for name, option in known.items() if option.required and name not in given]
    if missing:
        raise ConfigError(f"{owner} needs a value for {', '.join(missing)}.")
    return {
        name: option.default if _is_default(option, given.get(name, option.default)) else option.parse(given[name])
        for name, option in known.items()
    }


def _is_default(option: Option, value: Any) -> bool:
    """Return whether a value is an option's default; an array, which compares element by element, never is."""
    return not getattr(value, "shape", ()) and bool(value == option.default)
