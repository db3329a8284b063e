"""The one-file explorer: a run's windows, images, results and citation in a page that works from disk."""

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from coreset_engine import results, windows
from coreset_engine.analysis.trajectories import trajectories
from coreset_engine.datasets import ImageSet
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError
from coreset_engine.explorer import atlas, run_pack, texts
from coreset_engine.results import people
from coreset_engine.windows import Windows

if TYPE_CHECKING:
    from jinja2 import Template

LIMIT = 200_000_000  # bytes of a file that browsers still open at once
LACKING = (
    "Methods other than EVA and its ablations, training, exclusions and exports: these need the app. Thumbnails are compressed "
    "and at most 64 px wide; the app shows the file's own pixels."
)


class Results(NamedTuple):
    """A table of text, and what is to be said below it."""

    columns: list[str]
    lines: list[list[str]]
    note: str


class Parts(NamedTuple):
    """What the page is made of, each as the text that stands in it; `bytes` tells how long they are together."""

    pack: str
    sheets: list[str]

    @property
    def bytes(self) -> int:
        """Return how many bytes packs and thumbnails take in the page."""
        return len(self.pack) + sum(map(len, self.sheets))


def parts(dynamics: Dynamics, names: Sequence[str], images: ImageSet | None) -> Parts:
    """Return packs and thumbnails of a run.

    Args:
        dynamics: with T epochs and N samples.
        names: of the classes.
        images: of the run, None where there are none.
    """
    train = images.images["train"] if images else None
    laid = None if train is None else atlas.layout(train)
    pack = run_pack.run_pack(dynamics, names, images.truth if images else {}, laid)
    if train is None:
        return Parts(_text(pack), [])
    order = run_pack.atlas_order(dynamics)
    count = -(-len(order) // atlas.PER_SHEET)
    return Parts(_text(pack), [_text(atlas.sheet(train, order, number, "webp")) for number in range(count)])


def as_html(
    run: str,
    dynamics: Dynamics,
    names: Sequence[str],
    images: ImageSet | None,
    rows: pd.DataFrame,
    *,
    told: str,
    pair: Windows,
    rate: float,
    citation: str,
    colours: tuple[Sequence[str], Sequence[str]],
) -> bytes:
    """Return the page.

    Args:
        run: its name.
        dynamics, names, images: of the run.
        rows: retrainings on these images, as `results.frame` gives them.
        told: one line on what the run is.
        pair, rate: what is shown first.
        citation: BibTeX.
        colours: of the classes on a light and on a dark page.

    Raises:
        ConfigError: the file would be too large to be opened.
    """
    found = parts(dynamics, names, images)
    if found.bytes > LIMIT:
        raise ConfigError(
            f"The file would have {found.bytes / 1e6:,.0f} MB; browsers open up to {LIMIT / 1e6:,.0f} MB. Record a smaller set, "
            "or share the app."
        )
    scripts = texts.script("pack", "score", "live", "bands", "charts", "gallery", "single")
    digest = base64.b64encode(hashlib.sha256(scripts.encode()).digest()).decode()
    page = _template().render(
        title=f"{run}: which images does a network need?",
        summary=told,
        hash=f"sha256-{digest}",
        script=_markup(scripts),
        style=_markup(texts.style("single", "explorer", "tiles")),
        facts=_markup(_safe(facts(run, dynamics, names, pair, rate, colours))),
        pack=_markup(found.pack),
        sheets=[_markup(sheet) for sheet in found.sheets],
        replay="",
        results=result_table(rows),
        lacking=LACKING,
        citation=citation,
    )
    return page.encode()


def facts(
    run: str,
    dynamics: Dynamics,
    names: Sequence[str],
    pair: Windows,
    rate: float,
    colours: tuple[Sequence[str], Sequence[str]],
) -> dict[str, Any]:
    """Return what the page's scripts start from."""
    course = trajectories(dynamics.error_norms, dynamics.labels, tuple(names))
    state = {"early": pair.early, "late": pair.late, "length": pair.length, "rate": rate, "form": "variance"}
    state |= {"keep": "highest", "rule": "top", "ruleBudget": "exact", "budget": "none", "tau": 0.5, "cutoff": 0.0}
    return {
        "run": run,
        "state": state,
        "limits": {"length": [2, max(3, min(50, dynamics.epochs // 2))], "rate": [0.01, 1.0, 0.01]},
        "course": {
            "epochs": dynamics.epochs,
            "top": round(float(course.means.max()) * 1.05, 4) or 1.0,
            "means": np.round(course.means, 4).tolist(),
            "names": list(course.names),
            "classes": list(course.classes),
        },
        "light": list(colours[0]),
        "dark": list(colours[1]),
    }


def result_table(rows: pd.DataFrame) -> Results:
    """Return means and spreads of retrainings as text, Random first and full data last.

    Args:
        rows: as `results.frame` gives them, of one data set.
    """
    if rows.empty:
        return Results([], [], "")
    table = people.mean_table(results.summarise(rows))
    lines = [
        ["–" if pd.isna(cell) else f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in line]
        for line in table.itertuples(index=False)
    ]
    kinds = rows[["architecture", "epochs"]].drop_duplicates().sort_values(["architecture", "epochs"])
    trained = ", ".join(f"{line.architecture} for {line.epochs} epochs" for line in kinds.itertuples())
    note = f"Accuracies in percent; sd over n seeds, none where n = 1. Trained: {trained}."
    return Results(list(table.columns), lines, note)


def default_pair(epochs: int) -> Windows:
    """Return the windows that are shown first.

    Raises:
        WindowError: the run is too short for two windows.
    """
    if epochs < 4:
        raise windows.too_short(epochs)
    return windows.default_pair(epochs)


def _text(data: bytes) -> str:
    """Return bytes as text."""
    return base64.b64encode(data).decode()


def _safe(values: dict[str, Any]) -> str:
    """Return JSON that may stand in a script: no name can end it."""
    return json.dumps(values, allow_nan=False).replace("<", "\\u003c").replace("&", "\\u0026")


def _markup(text: str) -> Any:
    """Return text that stands in the page as it is: our own scripts, and base64."""
    from markupsafe import Markup

    return Markup(text)


@cache
def _template() -> "Template":
    """Return the page's template, in which every other value is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = Path(__file__).parent / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined).get_template("single.html")
