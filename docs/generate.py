"""The generated parts of the documentation: each stands between two markers of a file and is made anew from the code.

python docs/generate.py            writes the parts that changed
python docs/generate.py --check    writes nothing; ends with 1 and names the parts that are not current
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))  # reliability_table
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import click
import reliability_table

from coreset_engine.cli import cli
from coreset_engine.dashboard.shell import pages
from tests import test_imports

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 110  # signs of a line of help, as on a wide terminal


class Part(NamedTuple):
    """A generated part: the file it stands in, the name in its markers, and what makes its text."""

    file: str
    name: str
    make: Callable[[], str]


def command_reference() -> str:
    """Return the help of every command and sub-command as Markdown, each folded under its name."""
    top = click.Context(cli, info_name="python -m coreset_engine", terminal_width=WIDTH, **cli.context_settings)
    return "\n\n".join(
        f"<details><summary><code>{context.command_path.removeprefix(top.command_path).strip()}</code>: "
        f"{context.command.get_short_help_str(WIDTH).rstrip('.')}</summary>\n\n"
        f"```\n{context.get_help()}\n```\n\n</details>"
        for context in commands_of(top)
    )


def commands_of(group: click.Context) -> Iterator[click.Context]:
    """Yield a context of every command of a group and of the groups in it."""
    for name, command in group.command.commands.items():
        context = click.Context(command, info_name=name, parent=group)
        yield context
        if isinstance(command, click.Group):
            yield from commands_of(context)


def import_table() -> str:
    """Return what every module directly under `coreset_engine` may import, as `tests/test_imports.py` checks it."""
    foundation = test_imports.FOUNDATION
    rows = []
    for module in sorted(set(test_imports.TABLE) - foundation):
        allowed = test_imports.TABLE[module]
        named = [f"`{name}`" for name in sorted(allowed - foundation)]
        rows.append(
            (f"`{module}`", ", ".join((["the foundation"] if foundation <= allowed else []) + named) or "nothing")
        )
    return f"The foundation: {_names(foundation)}.\n\n" + _table(("Module", "May import"), rows)


def room_table() -> str:
    """Return what the shared rooms of the dashboard may import of one another, as `tests/test_imports.py` checks it."""
    rows = [(f"`{room}`", _names(allowed) or "none") for room, allowed in test_imports.SHARED.items()]
    return _table(("Shared room", "Rooms it may import"), rows)


def page_table() -> str:
    """Return the table of pages with their former addresses."""
    rows = []
    for page in pages.PAGES:
        former = {name for name, now in pages.FORMER.items() if now.address == page.address and pages.moved(name)}
        rows.append((page.title, f"`/{page.address}`", f"`{page.file}`", page.group or "links only", _names(former)))
    return _table(("Page", "Address", "File", "Menu group", "Former addresses"), rows)


def promise_table() -> str:
    """Return the table of faults, what is promised of each, its test, and what that last found."""
    return _table(("Fault", "Promise", "Test", "Last figure"), reliability_table.rows())


def _names(names: Iterable[str]) -> str:
    """Return names in alphabetical order, as code."""
    return ", ".join(f"`{name}`" for name in sorted(names))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


PARTS = (
    Part("docs/commands.md", "commands", command_reference),
    Part("docs/architecture.md", "pages", page_table),
    Part("docs/architecture.md", "rooms", room_table),
    Part("docs/architecture.md", "imports", import_table),
    Part("docs/reliability.md", "promises", promise_table),
)


def filled(text: str, name: str, made: str) -> str:
    """Return a file's text with `made` between the markers of a part.

    Raises:
        ValueError: the text has not exactly one such pair of markers.
    """
    begin, end = f"<!-- generated: {name} -->\n", f"<!-- end of {name} -->\n"
    if (text.count(begin), text.count(end)) != (1, 1) or text.index(begin) > text.index(end):
        raise ValueError(f"There must be one {begin.strip()} and behind it one {end.strip()}.")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{made}\n\n{end}{rest.partition(end)[2]}"


def main(arguments: list[str]) -> int:
    """Bring every part up to date, or with `--check` only tell which are not; return the exit code."""
    stale = []
    for part in PARTS:
        path = ROOT / part.file
        text = path.read_text(encoding="utf-8")
        current = filled(text, part.name, part.make())
        if current == text:
            continue
        stale.append(f"{part.file}: {part.name}")
        if "--check" not in arguments:
            path.write_text(current, encoding="utf-8")
    for part in stale:
        print(f"{part} {'is not current: run `make docs`' if '--check' in arguments else 'is made anew'}")
    return int("--check" in arguments and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
