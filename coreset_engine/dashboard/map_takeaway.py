"""What the Data map page makes of an area: a set to take away, or rows that are left out from now on."""

import shlex
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import export
from coreset_engine.dashboard import copying, exclusion_panel, links, map_sets, readers, takeaway
from coreset_engine.dashboard.exclusion_panel import Work
from coreset_engine.dashboard.frame import markdown_safe
from coreset_engine.dashboard.map_parts import Seen
from coreset_engine.dashboard.pinned import Pinned
from coreset_engine.dashboard.takeaway import KINDS
from coreset_engine.export import How

SUSPECTS = "pages/6_Suspects.py"


def take_away(seen: Seen, inside: NDArray[np.bool_], area: str) -> None:
    """Draw which set is made of the area and the coreset, its size, and one download a kind of file.

    Args:
        seen: the samples.
        inside: (N,) the area.
        area: the same as text. A download is made outside the session, where the state of the page can't be read.
    """
    how = st.segmented_control("Set", export.HOW, default="the area", required=True, key="set", bind="query-params")
    rows = export.combined(how, inside, seen.kept, seen.excluded)
    st.caption(
        f"{len(rows):,} of {len(inside):,} samples ({len(rows) / len(inside):.1%}). The coreset is {seen.setting.method} at "
        f"α = {100 * seen.setting.rate:.3g} % with {int(seen.kept.sum()):,} samples, as in the sidebar."
    )
    with st.container(horizontal=True):
        for kind, title in KINDS.items():
            st.download_button(
                title,
                data=partial(content, seen, how, inside, area, kind),
                file_name=f"{seen.run}-area.{kind}",
                key=f"data_map_export_{kind}",
                on_click="ignore",
                disabled=not len(rows) or (kind in export.NEED_IMAGES and seen.images is None),
                icon=":material/download:",
            )
    if len(rows):
        copying.draw(command(seen, how, area), python(seen, how, area, readers.info(seen.run).dataset_sha256))


def content(seen: Seen, how: How, inside: NDArray[np.bool_], area: str, kind: str) -> bytes:
    """Return a set of area and coreset as a file's content; called when it is asked for.

    Raises:
        EngineError: as `export.set_of_area` says.
    """
    setting, sources = seen.setting, readers.sources(seen.run, seen.average)
    asked = export.Asked(setting.method, setting.rate, setting.rule, setting.options | setting.rule_options)
    where = export.Area((seen.x.name, seen.x.options), (seen.y.name, seen.y.options), area)
    made = export.set_of_area(
        seen.run, where, how, inside, asked, seen.average,
        exclude=seen.excluded, exclude_name=seen.exclusion, sources=sources,
    )  # fmt: skip
    return export.as_bytes(made, kind, seen.images, seen.dynamics.error_norms if kind == "html" else None)


def command(seen: Seen, how: How, area: str) -> str:
    """Return the command that writes a set of area and coreset."""
    words = ["python", "-m", "coreset_engine", "area", seen.run, "--area", area]
    for which, axis in (("x", seen.x), ("y", seen.y)):
        words += [f"--{which}", axis.name]
        words += [word for name, value in axis.options.items() for word in (f"--{which}-option", f"{name}={value}")]
    if how == "the area":
        words += takeaway.shared_words(seen.average, seen.exclusion)
    else:
        words += ["--set", how.replace(" ", "").replace("−", "-"), *takeaway.words(_pinned(seen))]
    return shlex.join([*words, "--out", "area.csv"])


def python(seen: Seen, how: How, area: str, dataset_sha256: str) -> str:
    """Return lines of Python whose `rows` holds the rows of a set of area and coreset, ascending.

    Args:
        seen: the samples.
        how: which set.
        area: as text.
        dataset_sha256: of the run's images, under which exclusions are saved.
    """
    alone = how == "the area"
    lines = ["import numpy as np", *([] if alone else ["from coreset_engine import select"])]
    lines += [f"from coreset_engine.insight import areas{', exclusions' if seen.exclusion else ''}"]
    lines += ["from coreset_engine.sources import Sources", "", takeaway.opening(seen.run, seen.average)]
    lines += [f"{name} = sources.score({v.name!r}, {v.options!r})" for name, v in (("x", seen.x), ("y", seen.y))]
    lines += [f"inside = np.flatnonzero(areas.inside(areas.parse({area!r}), x, y))"]
    lines += [takeaway.loading(dataset_sha256, seen.exclusion)] if seen.exclusion else []
    lines += [] if alone else [takeaway.selecting(_pinned(seen))]
    union = {"the area": "inside", "coreset + area": "np.union1d(coreset, inside)"}
    rows = union.get(how, "np.setdiff1d(coreset, inside)")
    return "\n".join([*lines, f"rows = {f'np.setdiff1d({rows}, excluded)' if seen.exclusion else rows}"])


def _pinned(seen: Seen) -> Pinned:
    """Return the coreset of the sidebar as Explore knows it."""
    setting = seen.setting
    options = setting.options | setting.rule_options
    return Pinned(seen.run, setting.method, options, setting.rule, setting.rate, seen.average, seen.exclusion)


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
