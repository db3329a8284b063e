"""What the Data map page makes of an area: a set to take away, or rows that are left out from now on."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import argv, export
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import exclusions
from coreset_engine.dashboard.controls.exclusions import Work
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.coresets.export_panel import KINDS
from coreset_engine.dashboard.data_map import sets
from coreset_engine.dashboard.data_map.parts import Seen
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.export import How

SUSPECTS = "pages/5_Label_issues.py"


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
        f"{len(rows):,} of {len(inside):,} samples ({len(rows) / len(inside):.1%}). The coreset is {seen.spec.method} at "
        f"α = {100 * seen.spec.rate:.3g} % with {int(seen.kept.sum()):,} samples, as in the sidebar."
    )
    with st.container(horizontal=True):
        for kind, title in KINDS.items():
            st.download_button(
                title,
                data=partial(content, seen, how, inside, area, kind),
                file_name=f"{seen.spec.run}-area.{kind}",
                key=f"data_map_export_{kind}",
                on_click="ignore",
                disabled=not len(rows) or (kind in export.NEED_IMAGES and seen.images is None),
                icon=":material/download:",
            )
    if len(rows):
        code_tabs.draw(command(seen, how, area), python(seen, how, area))


def content(seen: Seen, how: How, inside: NDArray[np.bool_], area: str, kind: str) -> bytes:
    """Return a set of area and coreset as a file's content; called when it is asked for.

    Raises:
        EngineError: as `export.set_of_area` says.
    """
    sources = cached.sources(seen.spec.run, seen.spec.average)
    where = export.Area((seen.x.name, seen.x.options), (seen.y.name, seen.y.options), area)
    made = export.set_of_area(seen.spec, where, how, inside, sources)
    return export.as_bytes(made, kind, seen.images, seen.dynamics.error_norms if kind == "html" else None)


def command(seen: Seen, how: How, area: str) -> str:
    """Return the command that writes a set of area and coreset."""
    run, *coreset = seen.spec.to_argv()
    words = ["area", run, "--area", area]
    for which, axis in (("x", seen.x), ("y", seen.y)):
        words += [f"--{which}", axis.name]
        words += [word for name, value in axis.options.items() for word in (f"--{which}-option", f"{name}={value}")]
    if how == "the area":
        words += ["--average", *seen.spec.average] if seen.spec.average else []
        words += ["--exclude", seen.spec.exclusion] if seen.spec.exclusion else []
    else:
        words += ["--set", how.replace(" ", "").replace("−", "-"), *coreset]
    return argv.command(*words, "--out", "area.csv")


def python(seen: Seen, how: How, area: str) -> str:
    """Return lines of Python whose `rows` holds the rows of a set of area and coreset, ascending.

    Args:
        seen: the samples.
        how: which set.
        area: as text.
    """
    alone, excludes = how == "the area", bool(seen.spec.exclusion)
    spec = seen.spec.to_python()
    lines = [
        "import numpy as np",
        *([] if alone and not excludes else ["from coreset_engine import CoresetSpec, coreset_of"]),
    ]
    lines += ["from coreset_engine.api import excluded_by"] if excludes else []
    opened = f"{seen.spec.run!r}, {list(seen.spec.average)!r}" if seen.spec.average else repr(seen.spec.run)
    lines += ["from coreset_engine.data_map import areas", "from coreset_engine.sources import Sources", ""]
    lines += [f"sources = Sources.of_run({opened})"]
    lines += [f"{name} = sources.score({v.name!r}, {v.options!r})" for name, v in (("x", seen.x), ("y", seen.y))]
    lines += [f"inside = np.flatnonzero(areas.inside(areas.parse({area!r}), x, y))"]
    lines += [f"spec = {spec}"] if excludes or not alone else []
    lines += [] if alone else ["coreset = coreset_of(spec, sources).rows"]
    union = {"the area": "inside", "coreset + area": "np.union1d(coreset, inside)"}
    rows = union.get(how, "np.setdiff1d(coreset, inside)")
    return "\n".join([*lines, f"rows = {f'np.setdiff1d({rows}, excluded_by(spec)[1])' if excludes else rows}"])


def leave_out(seen: Seen, inside: NDArray[np.bool_]) -> None:
    """Draw the button that ticks the area's rows as excluded, as the Suspects page does, and the way to that page.

    Raises:
        EngineError: the set of the sidebar is missing or damaged.
    """
    work = exclusions.open_work(seen.spec.run, cached.info(seen.spec.run), seen.spec.exclusion)
    found = sets.ticked(inside, work.rows, work.changes.added)
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
