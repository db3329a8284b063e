"""The generated parts of the documentation: each stands between two markers of a file and is made anew from the code.

python docs/generate.py            writes the parts that changed
python docs/generate.py --check    writes nothing; ends with 1 and names the parts that are not current
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import click

from coreset_engine.cli import cli

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


PARTS = (Part("README.md", "commands", command_reference),)


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
