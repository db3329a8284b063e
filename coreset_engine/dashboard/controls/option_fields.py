"""Fields for registered options: what a method or a rule declares becomes a widget, so that a new option needs no page."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from coreset_engine import registry
from coreset_engine.dashboard.controls.choices import AUTOMATIC, BY_TRAINING
from coreset_engine.dashboard.shell.texts import markdown_safe


def draw(
    options: dict[str, registry.Option],
    function: Callable[..., Any],
    owner: str,
    skip: Iterable[str] = (),
    seeds_may_stay_empty: bool = False,
) -> dict[str, Any]:
    """Draw one field per option of a method or rule and return those that were given a value.

    Args:
        options: what the entry of the registry declares.
        function: what computes the scores or chooses the coreset; its docstring explains the options.
        owner: begins the widget keys and the names in the URL.
        skip: options that are asked for elsewhere.
        seeds_may_stay_empty: an option `seed` begins empty: every retraining then takes its own.
    """
    texts = argument_texts(function)
    given = {}
    for name, option in options.items():
        if name not in skip:
            empty = BY_TRAINING if name == "seed" and seeds_may_stay_empty else ""
            given[name] = _field(option, f"{owner}_{name}", texts.get(name), empty)
    return {name: value for name, value in given.items() if value is not None}


def _field(option: registry.Option, key: str, text: str | None, empty: str) -> Any:
    """Draw one option by its type and return its value; None where the field is empty."""
    label = option.name.replace("_", " ")
    if option.choices:
        index = option.choices.index(option.default) if option.default in option.choices else 0
        return st.selectbox(label, option.choices, index, key=key, bind="query-params", help=text)
    if option.kind is bool:
        return st.checkbox(label, bool(option.default), key=key, bind="query-params", help=text)
    if option.kind is str:
        text_given = st.text_input(label, option.default or "", key=key, bind="query-params", help=text)
        return text_given.strip() or None
    may_be_empty = bool(empty) or option.required or option.default is None
    whole = option.kind is int
    return st.number_input(
        label,
        min_value=(0 if option.name == "seed" or option.default in (None, 0) else 1) if whole else None,
        value=None if may_be_empty else option.default,
        step=1 if whole else 0.05,
        format="%d" if whole else "%g",
        placeholder=("needed" if option.required else empty or AUTOMATIC) if may_be_empty else None,
        key=key,
        bind="query-params",
        help=text,
    )


def argument_texts(function: Callable[..., Any]) -> dict[str, str]:
    """Return what the `Args:` section of a Google-style docstring says of each argument, safe to show as Markdown."""
    lines = (inspect.getdoc(function) or "").splitlines()
    if "Args:" not in lines:
        return {}
    found: dict[str, str] = {}
    names: list[str] = []
    for line in lines[lines.index("Args:") + 1 :]:
        if not line.startswith("    "):
            break
        head, colon, rest = line.strip().partition(": ")
        if not line.startswith("     ") and colon:
            names = [name.strip() for name in head.split(",")]
            found |= dict.fromkeys(names, rest)
        else:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return {name: markdown_safe(_for_people(text)) for name, text in found.items()}


def _for_people(text: str) -> str:
    """Return a docstring's words as a page says them: a field that is empty stands for None."""
    return text.replace("None takes", "empty takes").replace("`", "")
