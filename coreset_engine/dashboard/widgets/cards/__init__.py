"""Cards: an image with words and a box to tick, in groups; reachable with the keyboard."""

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.dashboard.widgets import tiles

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "coreset_cards",
    html='<div class="cards"></div>',
    css=(_HERE / "cards.css").read_text(encoding="utf-8"),
    js=tiles.AFTER_DIALOG + (_HERE / "cards.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Example:
    """A second image to compare with: its row of the train split, what stands below the first image and below this."""

    row: int
    first: str
    name: str


@dataclass(frozen=True)
class Card:
    """One sample: its row of the train split, a title and a line of text, both shown as they are."""

    row: int
    title: str
    text: str
    beside: Example | None = None


@dataclass(frozen=True)
class Group:
    """Cards that belong together, under a line; "" for none."""

    head: str
    cards: tuple[Card, ...]


def draw(
    groups: Sequence[Group],
    images: NDArray[np.uint8] | None,
    *,
    ticked: Collection[int],
    courses: Sequence[int],
    key: str,
    on_ticks: Callable[[dict[int, bool]], None],
) -> int | None:
    """Draw cards and return the row that was just asked to be opened; None otherwise.

    Args:
        groups: what to show, in order.
        images: of the split; None draws the words alone.
        ticked: rows whose box is ticked.
        courses: rows that are outlined.
        key: widget key.
        on_ticks: called before the page runs again with the boxes that were ticked (True) or unticked, by row.
    """
    data = content(groups, images, ticked, courses) | {"seen": st.session_state.get(f"{key}_seen", 0)}
    result = _component(key=key, data=data, on_event_change=lambda: _pass_on(key, on_ticks))
    opened = (result.event or {}).get("opened")
    return None if opened is None else int(opened)


def _pass_on(key: str, on_ticks: Callable[[dict[int, bool]], None]) -> None:
    """Tell what the browser says, and note until when its ticks are known; a callback."""
    event = st.session_state[key].event or {}
    st.session_state[f"{key}_seen"] = max(st.session_state.get(f"{key}_seen", 0), event.get("at", 0))
    on_ticks({int(row): bool(on) for row, on in event.get("ticks", {}).items()})


def content(
    groups: Sequence[Group], images: NDArray[np.uint8] | None, ticked: Collection[int], courses: Sequence[int]
) -> dict[str, Any]:
    """Return what the browser draws; `version` says whether the cards are those it has already, whatever is ticked."""
    rows = [card.row for group in groups for card in group.cards]
    examples = {card.beside.row for group in groups for card in group.cards if card.beside}
    drawn = [*rows, *sorted(examples - set(rows))]
    data = {"sprite": ""} if images is None or not rows else tiles.sheet(images, drawn)
    data |= {"rows": drawn, "groups": [asdict(group) for group in groups]}
    version = hashlib.sha256(json.dumps(data).encode()).hexdigest()
    return data | {"version": version, "ticked": [row for row in rows if row in ticked], "courses": list(courses)}
