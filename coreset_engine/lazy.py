"""Packages that import what they offer when it is first asked for, so that a light command loads no heavy library."""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def attributes(package: str, origins: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and the `__dir__` of a package (PEP 562).

    The package states the same names under `if TYPE_CHECKING:` and in `__all__`, for editors and type checkers.
    No name may be that of a module of the package: importing that module would put it in the name's place.

    Args:
        package: its `__name__`.
        origins: the module of the package that each name is taken from.
    """

    def get(name: str) -> Any:
        """Return what the package offers under a name; from then on it is an attribute like any other."""
        if name not in origins:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{origins[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        """Return the package's attributes, those that are not imported yet among them."""
        return sorted({*vars(sys.modules[package]), *origins})

    return get, names
