"""Texts from files and people as pages show them: letter by letter, never as links, pictures or formatting."""

import re

from coreset_engine.names import escaped

_JOINER = "\u2060"  # takes no room and breaks no line; Markdown finds no address across it
_ADDRESS = re.compile(r"(?<=www)(?=\.)|(?<=:)(?=//)|(?<=@)", re.IGNORECASE)


def markdown_safe(text: str) -> str:
    """Return text that Markdown shows as it is: a name from a file could otherwise load a picture from anywhere.

    Bare addresses are no links, and signs that can't be shown are shown as their numbers.
    """
    text = escaped(text.replace("\n", " ").replace("\t", " "))
    for sign in "\\`*_{}[]()#+!|<>~$:&":
        text = text.replace(sign, f"\\{sign}")
    return _ADDRESS.sub(_JOINER, text)
