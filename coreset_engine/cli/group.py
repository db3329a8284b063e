"""A group of commands that imports a command when it is asked for: the engine behind all of them takes a second."""

import importlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import click


class Entry(NamedTuple):
    """Where a command is, "module:attribute" of the package, and the first paragraph of its help."""

    origin: str
    help: str


class LazyCommands(Mapping[str, click.Command]):
    """The commands of a package by name, each imported when it is asked for."""

    def __init__(self, package: str, entries: Mapping[str, Entry]) -> None:
        """Take the package in which the entries' modules are."""
        self._package, self._entries = package, entries

    def __getitem__(self, name: str) -> click.Command:
        """Return a command."""
        module, _, attribute = self._entries[name].origin.partition(":")
        return getattr(importlib.import_module(f"{self._package}.{module}"), attribute)

    def __iter__(self) -> Iterator[str]:
        """Yield the commands' names."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return how many commands there are."""
        return len(self._entries)


class LazyGroup(click.Group):
    """A click group whose `--help` and `--version` import no command."""

    def __init__(
        self, *, package: str, entries: Mapping[str, Entry], hidden: Mapping[str, Entry], **given: Any
    ) -> None:
        """Take the package of the commands, what is known of each without importing it, and all that a group takes."""
        super().__init__(**given)
        self.commands = LazyCommands(package, {**entries, **hidden})  # type: ignore[assignment]  # nobody adds a command
        self._entries = entries

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands as click does, from what is known without importing them."""
        stand_ins = [click.Command(name, help=entry.help) for name, entry in self._entries.items()]
        click.Group(commands=stand_ins).format_commands(ctx, formatter)
