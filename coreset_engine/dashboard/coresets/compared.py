"""The selections that are compared: a list in the URL, so that it can be shared, and in the session, for other pages."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from coreset_engine import methods, selection
from coreset_engine.budgets import SHARED
from coreset_engine.budgets.places import TAU
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.controls.choices import NOTHING
from coreset_engine.dashboard.controls.run_and_method import DEFAULT
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.windows import default_pair

KEY = "compare"  # in the URL
PAGE = "pages/6_Compare.py"
LETTERS = "ABCDEFGH"
MOST = len(LETTERS)
COMMON = ("random", "eva", "el2n", "aum", "forgetting")  # what papers compare with, of methods that read dynamics
# of run, method, options, rule, rate; then what may be left out from the end: average, exclusion, and of `budgets.SHARED`
_SHARED = ("class_budget", "hard_cutoff", "hard_cutoff_by", "group_budget")
_KINDS: tuple[Any, ...] = (str, str, dict, str, (int, float), list, str, str, (int, float), str, str)
_LAST: tuple[Any, ...] = ([], "", *(SHARED[name] for name in _SHARED))


def to_text(selections: Sequence[CoresetSpec]) -> str:
    """Return selections as one line of JSON: a list each, without names, and without what is empty at its end."""
    rows = []
    for one in selections:
        row = [one.run, one.method, one.all_options, one.rule, one.rate]
        last = [list(one.average), one.exclusion, *(getattr(one, name) for name in _SHARED)]
        while last and last[-1] == _LAST[len(last) - 1]:
            last.pop()
        rows.append(row + last)
    return json.dumps(rows, separators=(",", ":"))


def of_text(text: str) -> tuple[CoresetSpec, ...]:
    """Return what `to_text` wrote.

    Raises:
        ConfigError: the text was changed or cut off, or holds more than 8 selections.
    """
    try:
        found = json.loads(text)
        if not isinstance(found, list) or len(found) > MOST:
            raise ValueError(f"it is no list of at most {MOST}")
        return tuple(_selection(row) for row in found)
    except (json.JSONDecodeError, RecursionError):
        raise ConfigError(
            "The comparison in this link can't be read: it is damaged or cut off. It begins anew, empty."
        ) from None
    except (ValueError, EngineError) as error:
        raise ConfigError(f"The comparison in this link can't be read: {error}. It begins anew, empty.") from None


def _selection(row: Any) -> CoresetSpec:
    """Return one selection of the text; a ValueError where it is none."""
    whole = [*row, *_LAST[len(row) - 5 :]] if isinstance(row, list) and 5 <= len(row) <= len(_KINDS) else []
    if not whole or not all(isinstance(value, kind) for value, kind in zip(whole, _KINDS, strict=True)):
        raise ValueError("fields of a selection are missing or of another type")
    run, method, options, rule, rate, average, exclusion, *last = whole
    shared = dict(zip(_SHARED, last, strict=True)) | {"exclusion": exclusion}
    return CoresetSpec(run, method, options, rule, rate=rate, average=tuple(map(str, average)), **shared)


def current() -> tuple[CoresetSpec, ...]:
    """Return what is compared: by the link, or earlier in this browser tab; the URL says it from now on.

    Raises:
        ConfigError: the link's text can't be read; it is forgotten.
    """
    text = st.query_params.get(KEY) or st.session_state.get(KEY)
    if not text:
        return ()
    try:
        found = of_text(text)
    except ConfigError:
        keep(())
        raise
    keep(found)
    return found


def keep(selections: Sequence[CoresetSpec]) -> None:
    """Remember what is compared, in the session and in the URL."""
    if selections:
        st.query_params[KEY] = st.session_state[KEY] = to_text(selections)
    else:
        st.query_params.pop(KEY, None)
        st.session_state.pop(KEY, None)


def add(*selections: CoresetSpec) -> None:
    """Add selections that are not compared yet, as far as there is room; a callback."""
    new = [*current(), *selections]
    keep(tuple(one for place, one in enumerate(new) if one not in new[:place])[:MOST])


def remove(place: int) -> None:
    """Take one selection out; those after it move up and change their letters; a callback."""
    keep(tuple(one for number, one in enumerate(current()) if number != place))


def move_up(place: int) -> None:
    """Exchange a selection with the one before it; a callback."""
    found = list(current())
    found[place - 1 : place + 1] = found[place - 1 : place + 1][::-1]
    keep(found)


def add_button(now: CoresetSpec, link: bool = True) -> None:
    """Draw the button that adds a selection to the comparison and, with `link` and something in it, the way to it."""
    try:
        listed = current()
    except EngineError as error:
        listed = ()
        st.warning(markdown_safe(str(error)))
    known = LETTERS[listed.index(now)] if now in listed else ""
    text = "In the comparison" if known else "Add to comparison"
    full = f"The comparison has {MOST} selections, which is all it takes. Remove one on the Compare page."
    st.button(
        text, key="compare_add", icon=":material/check:" if known else ":material/add:",
        disabled=bool(known) or len(listed) == MOST, on_click=add, args=(now,),
        help=full if len(listed) == MOST and not known else "Overlap, rank agreement, classes and more of up to eight.",
    )  # fmt: skip
    if listed and link:
        links.draw(PAGE, f"Compare {len(listed)}", icon="compare", key="compare_link")


def usual(now: CoresetSpec, epochs: int) -> list[CoresetSpec]:
    """Return the selections that are compared first: that of the controls, and common methods at the same rate.

    Args:
        now: what the controls ask for.
        epochs: T of its run, beyond which EL2N can't look.
    """
    pair = default_pair(epochs)
    windows = {name: now.options.get(name, getattr(pair, name)) for name in ("early", "late", "length")}
    found = [now]
    for name in COMMON:
        given = windows if methods.get(name).windows == "pair" else {}
        options = methods.resolve(name, "top", now.rate, given)[0]
        options |= {"epochs": min(epochs, options["epochs"])} if "epochs" in options else {}
        if name != now.method:
            found.append(replace(now, method=name, options=options, rule="top", rule_options={}))
    return found


def names(selections: Sequence[CoresetSpec]) -> list[str]:
    """Return a short name of each selection without its letter, e.g. "eva 1/21"; with α where two would have the same."""
    short = [re.sub(r" K\d+", "", one.label.split(", α = ")[0]) for one in selections]
    counted = Counter(short)
    return [
        f"{text} {100 * one.rate:g} %" if counted[text] > 1 else text
        for text, one in zip(short, selections, strict=True)
    ]


def as_controls(spec: CoresetSpec, epochs: int) -> dict[str, Any]:
    """Return what the controls of the sidebar are to hold so that they ask for a selection, by their keys.

    A value that a control can't take, as a rate below 1 % of a link made by hand, is brought into its range.

    Args:
        spec: the selection.
        epochs: T of its run.

    Raises:
        EngineError: the selection's method, rule or options do not exist.
    """
    values = spec.query_params()
    values |= {"rate": min(1.0, max(0.01, round(spec.rate, 2))), "exclude": spec.exclusion or NOTHING}
    for name, most in (("length", epochs // 2), ("width", epochs)):
        if name in values:
            values[name] = min(values[name], max(2, min(50, most)))
    return values


def in_a_link(spec: CoresetSpec, epochs: int) -> dict[str, Any]:
    """Return what a link says so that the controls ask for a selection of a run of `epochs` epochs.

    Raises:
        EngineError: as `as_controls` says.
    """
    pair = default_pair(epochs)
    usual: dict[str, Any] = {
        "method": DEFAULT,
        "rate": 0.1,
        "rule": "top",
        "exclude": NOTHING,
        "average": [],
        "start": 1,
        "tau": TAU,
        **SHARED,
    }
    usual |= {"early": pair.early, "late": pair.late, "length": pair.length, "width": min(10, epochs)}
    usual |= {f"{spec.method}_{name}": option.default for name, option in methods.get(spec.method).options.items()}
    usual |= {f"rule_{name}": option.default for name, option in selection.get(spec.rule).options.items()}
    values = as_controls(spec, epochs)
    return {key: links.DEFAULT if key in usual and usual[key] == value else value for key, value in values.items()}
