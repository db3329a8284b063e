"""The set made of an area of the data map and the coreset: as a file's content, as a command, and as Python."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine import argv, export
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.data_map.data import MapView
from coreset_engine.export import How


def content(view: MapView, how: How, inside: NDArray[np.bool_], area: str, kind: str) -> bytes:
    """Return a set of area and coreset as a file's content; called when it is asked for.

    Raises:
        EngineError: as `export.set_of_area` says.
    """
    sources = cached.sources(view.spec.run, view.spec.average)
    where = export.Area((view.x.name, view.x.options), (view.y.name, view.y.options), area, view.filter)
    made = export.set_of_area(view.spec, where, how, inside, sources)
    norms, tags = export.report_norms(kind, view.dynamics), export.issue_tags(kind, view.dynamics)
    return export.as_bytes(made, kind, view.images, norms, tags=tags)


def command(view: MapView, how: How, area: str) -> str:
    """Return the command that writes a set of area and coreset."""
    run, *coreset = view.spec.to_argv()
    words = ["area", run, *(["--area", area] if area else []), *(["--filter", view.filter] if view.filter else [])]
    for which, axis in (("x", view.x), ("y", view.y)):
        words += [f"--{which}", axis.name]
        words += [word for name, value in axis.options.items() for word in (f"--{which}-option", f"{name}={value}")]
    if how == "the area":
        words += ["--average", *view.spec.average] if view.spec.average else []
        words += ["--exclude", view.spec.exclusion] if view.spec.exclusion else []
    else:
        words += ["--set", how.replace(" ", "").replace("−", "-"), *coreset]
    return argv.command(*words, "--out", "area.csv")


def python(view: MapView, how: How, area: str) -> str:
    """Return lines of Python whose `rows` holds the rows of a set of area and coreset, ascending.

    Args:
        view: the samples.
        how: which set.
        area: as text.
    """
    alone, excludes = how == "the area", bool(view.spec.exclusion)
    spec = view.spec.to_python()
    lines = [
        "import numpy as np",
        *([] if alone and not excludes else ["from coreset_engine import CoresetSpec, coreset_of"]),
    ]
    lines += ["from coreset_engine.api import excluded_by"] if excludes else []
    opened = f"{view.spec.run!r}, {list(view.spec.average)!r}" if view.spec.average else repr(view.spec.run)
    lines += ["from coreset_engine.analysis.signal_filter import matching"] if view.filter else []
    lines += ["from coreset_engine.data_map import areas"] if area else []
    if area or not alone:
        lines += ["from coreset_engine.sources import Sources", "", f"sources = Sources.of_run({opened})"]
    lines += _inside(view, area)
    lines += [f"spec = {spec}"] if excludes or not alone else []
    lines += [] if alone else ["coreset = coreset_of(spec, sources).rows"]
    union = {"the area": "inside", "coreset + area": "np.union1d(coreset, inside)"}
    rows = union.get(how, "np.setdiff1d(coreset, inside)")
    return "\n".join([*lines, f"rows = {f'np.setdiff1d({rows}, excluded_by(spec)[1])' if excludes else rows}"])


def _inside(view: MapView, area: str) -> list[str]:
    """Return lines of Python whose `inside` holds the rows of an area, of those that the filter finds."""
    found = ""
    if view.filter:
        average = f", average={list(view.spec.average)!r}" if view.spec.average else ""
        found = f"matching({view.spec.run!r}, {view.filter!r}{average})"
    if not area:
        return [f"inside = np.flatnonzero({found})"]
    axes = [f"{name} = sources.score({v.name!r}, {v.options!r})" for name, v in (("x", view.x), ("y", view.y))]
    more = f", {found}" if found else ""
    return [*axes, f"inside = np.flatnonzero(areas.inside(areas.parse({area!r}), x, y{more}))"]
