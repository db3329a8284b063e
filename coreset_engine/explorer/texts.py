"""The scripts for the browser, as one text: each stands in a file of its own in `scripts/` and imports nothing."""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "scripts"


@cache
def script(*names: str) -> str:
    """Return the scripts of these names behind one another; a later one may call what an earlier one defines."""
    return "\n".join(_text(f"{name}.js") for name in names)


@cache
def style(*names: str) -> str:
    """Return the style sheets of these names behind one another."""
    return "\n".join(_text(f"{name}.css") for name in names)


def _text(name: str) -> str:
    """Return one file's text."""
    return (_FOLDER / name).read_text(encoding="utf-8")
