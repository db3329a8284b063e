"""What the Data map page makes of an area: a set to take away, or rows that are left out from now on."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import export
from coreset_engine.dashboard import exclusion_panel, links, map_sets, readers
from coreset_engine.dashboard.exclusion_panel import Work
from coreset_engine.dashboard.frame import markdown_safe
from coreset_engine.dashboard.map_parts import Seen
from coreset_engine.dashboard.takeaway import KINDS

SUSPECTS = "pages/6_Suspects.py"


def take_away(seen: Seen, inside: NDArray[np.bool_], area: str) -> None:
    """Draw which set is made of the area and the coreset, its size, and one download a kind of file.

    Args:
        seen: the samples.
        inside: (N,) the area.
        area: the same as text. A download is made outside the session, where the state of the page can't be read.
    """
    how = st.segmented_control("Set", map_sets.HOW, default="the area", required=True, key="set", bind="query-params")
    rows = map_sets.combined(how, inside, seen.kept, seen.excluded)
    st.caption(
        f"{len(rows):,} of {len(inside):,} samples ({len(rows) / len(inside):.1%}). The coreset is {seen.setting.method} at "
        f"α = {100 * seen.setting.rate:.3g} % with {int(seen.kept.sum()):,} samples, as in the sidebar."
    )
    with st.container(horizontal=True):
        for kind, title in KINDS.items():
            st.download_button(
                title,
                data=partial(content, seen, how, rows, area, kind),
                file_name=f"{seen.run}-area.{kind}",
                key=f"data_map_export_{kind}",
                on_click="ignore",
                disabled=not len(rows) or (kind in export.NEED_IMAGES and seen.images is None),
                icon=":material/download:",
            )


def content(seen: Seen, how: map_sets.How, rows: NDArray[np.int64], area: str, kind: str) -> bytes:
    """Return a set of area and coreset as a file's content; called when it is asked for.

    Raises:
        EngineError: as `export.coreset_of` says.
    """
    setting, sources = seen.setting, readers.sources(seen.run, seen.average)
    asked = (setting.method, setting.rate, setting.rule, setting.options | setting.rule_options)
    if how == "the area":  # of the other rows only the scores matter
        asked = (seen.x.name, len(rows) / len(seen.kept), "top", seen.x.options)
    base = export.coreset_of(
        seen.run, *asked, seen.average, exclude=seen.excluded, exclude_name=seen.exclusion, sources=sources
    )
    made = map_sets.to_export(base, how, rows, seen.x, seen.y, area)
    return export.as_bytes(made, kind, seen.images, seen.dynamics.error_norms if kind == "html" else None)


def leave_out(seen: Seen, inside: NDArray[np.bool_]) -> None:
    """Draw the button that ticks the area's rows as excluded, as the Suspects page does, and the way to that page.

    Raises:
        EngineError: the set of the sidebar is missing or damaged.
    """
    work = exclusion_panel.open_work(seen.run, readers.info(seen.run), seen.exclusion)
    found = map_sets.ticked(inside, work.rows, work.changes.added)
    count, where = len(found.free), f" in {markdown_safe(work.name)}" if work.name else ""
    with st.container(horizontal=True):
        reason = f"in an area of {seen.x.name} x {seen.y.name}"
        st.button(
            f"Leave {count:,} row{'s' * (count != 1)} out",
            key="data_map_leave",
            on_click=_tick,
            args=(work, found.free, True, reason),
            disabled=not count,
            icon=":material/playlist_remove:",
        )
        if len(found.unsaved):
            st.button("Undo", key="data_map_undo", on_click=_tick, args=(work, found.unsaved, False, ""))
    if not found.count:
        st.caption(f"Ticks the rows of the area{where}, as on the Suspects page, where they can be saved under a name.")
        return
    unsaved = f" {work.changes.count:,} not saved yet." if work.changes.count else ""
    st.caption(f"{found.count:,} of {int(inside.sum()):,} rows of the area are ticked{where} to be left out.{unsaved}")
    links.draw(SUSPECTS, "See what is ticked and save it", icon="flag")


def _tick(work: Work, rows: NDArray[np.int64], on: bool, reason: str) -> None:
    """Tick rows or take their ticks back; a callback."""
    work.tick(dict.fromkeys(rows.tolist(), on), dict.fromkeys(rows.tolist(), reason))
