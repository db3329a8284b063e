"""A sweep as YAML, and back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from coreset_engine import argv
from coreset_engine.errors import ConfigError
from coreset_engine.faults import unreadable
from coreset_engine.pipeline.requests.sweep import SweepRequest

NEEDED = ("run", "methods", "rates")


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types
    """Reads plain values, and refuses a name that stands twice in a mapping; YAML's own loader takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping.

        Raises:
            YAMLError: a name stands twice, or a tag calls something else a mapping.
        """
        names = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
        if twice := [name for name in names if names.count(name) > 1]:
            raise yaml.YAMLError(f"{twice[0]!r} stands in it twice. Leave out one of them")
        return dict(super().construct_mapping(node, deep))


def to_yaml(request: SweepRequest) -> str:
    """Return a sweep as YAML; what is the default is left out."""
    plain = {one.name: one.default for one in argv.fields_of(SweepRequest)} | {"options": {}}
    whole = asdict(request)
    given = {name: whole[name] for name, value in plain.items() if whole[name] != value}
    lists = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    return str(yaml.safe_dump(lists, sort_keys=False, allow_unicode=True))


def from_yaml(source: str | Path) -> SweepRequest:
    """Return what YAML asks for.

    Args:
        source: the text, or the path of a file.

    Raises:
        ConfigError: it can't be read, is no mapping, or lacks a field or has an unknown one.
        EngineError: the sweep itself is not possible.
    """
    try:
        text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
        found = yaml.load(text, _Loader)  # a safe loader
    except OSError as error:
        raise ConfigError(unreadable(source, error)) from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"The sweep can't be read as YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(found, dict):
        raise ConfigError(f"The sweep is no mapping but {type(found).__name__}. Write `run: …`, `methods: […]`.")
    known = [one.name for one in argv.fields_of(SweepRequest)]
    unknown = [str(name) for name in found if name not in known]
    missing = [name for name in NEEDED if name not in found]
    if unknown or missing:
        wrong = f"has no field {', '.join(unknown)}" if unknown else f"needs {', '.join(missing)}"
        raise ConfigError(f"A sweep {wrong}. Its fields: {', '.join(known)}.")
    try:
        return SweepRequest(**found)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"The sweep has a value of the wrong type: {error}.") from None
