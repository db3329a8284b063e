"""The list of the Suspects page to take away: a file, the command and the Python that make it again."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from coreset_engine.dashboard import copying, takeaway

COMMON = ["python", "-m", "coreset_engine", "suspects"]


@dataclass(frozen=True)
class Listed:
    """What decides a list.

    Attributes:
        run: its name.
        alike: whether near-duplicates are listed, and not suspected labels.
        options: those of `export.suspects.near_duplicates` or `wrong_labels`.
    """

    run: str
    alike: bool
    options: dict[str, Any]


def wrong_labels(
    run: str, names: Sequence[str], rule: str, share: float | None, label: int | None, pair: tuple[int, int] | None
) -> Listed:
    """Return what decides a list of suspects: evidence, share of all samples, class and pair of classes."""
    options: dict[str, Any] = {"rule": rule}
    options |= {} if share is None else {"share": share}
    options |= {} if label is None else {"label": _told(label, names)}
    options |= {} if pair is None else {"pair": (_told(pair[0], names), _told(pair[1], names))}
    return Listed(run, False, options)


def near_duplicates(run: str, names: Sequence[str], threshold: float, label: int | None, differ: bool) -> Listed:
    """Return what decides a list of near-duplicates: correlation, class, and whether labels must differ."""
    options: dict[str, Any] = {"threshold": threshold}
    options |= {} if label is None else {"label": _told(label, names)}
    return Listed(run, True, options | ({"differ": True} if differ else {}))


def _told(label: int, names: Sequence[str]) -> str:
    """Return a class as the command reads it: its name, or its number where others have that name, too."""
    return names[label] if list(names).count(names[label]) == 1 else str(label)


def draw(listed: Listed, count: int, table: Callable[[], pd.DataFrame]) -> None:
    """Draw the download of the whole list, of all its pages, and the command and the Python that make it.

    Args:
        listed: what decides it.
        count: its rows.
        table: makes it when it is asked for.
    """
    st.markdown("## Take the list away")
    if count:
        takeaway.rows_button(count, table, f"{listed.run}-{_kind(listed)}", "suspects_csv")
    copying.draw(command(listed), python(listed))


def _kind(listed: Listed) -> str:
    """Return what is listed, as part of a file's name."""
    return "near-duplicates" if listed.alike else "suspects"


def command(listed: Listed) -> str:
    """Return the command that writes a list."""
    words = ["--near-duplicates"] if listed.alike else []
    for name, value in listed.options.items():
        words.append("--class" if name == "label" else f"--{name}")
        if value is not True:
            words += value if isinstance(value, tuple) else [str(value)]
    return shlex.join([*COMMON, listed.run, *words, "--out", f"{_kind(listed)}.csv"])


def python(listed: Listed) -> str:
    """Return lines of Python whose `table` holds a list."""
    words = [repr(listed.run), *(f"{name}={value!r}" for name, value in listed.options.items())]
    function = "near_duplicates" if listed.alike else "wrong_labels"
    return f"from coreset_engine.export import suspects\n\ntable = suspects.{function}({', '.join(words)})"
