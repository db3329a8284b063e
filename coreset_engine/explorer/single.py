"""The one-file explorer: a run's windows, images, results and citation in a page that works from disk."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from coreset_engine import colours, paths, results, scores, selection, store, windows
from coreset_engine.analysis.trajectories import trajectories
from coreset_engine.datasets import ImageSet, library
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.explorer import atlas, played, replay, result_table, run_pack, texts
from coreset_engine.explorer.pack import LEVEL
from coreset_engine.export import citations
from coreset_engine.faults import unwritable
from coreset_engine.names import counted
from coreset_engine.windows import Windows

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Template

Axes = Literal["signals", "pca", "umap"]
AXES: dict[Axes, tuple[str, str]] = {  # of the replay, as its scripts know them
    "signals": ("variability", "confidence"),
    "pca": ("pc1", "pc2"),
    "umap": ("umap1", "umap2"),
}
LIMIT = 200_000_000  # bytes of a file that browsers still open at once
NO_IMAGES = "Images: this run has none here."
LACKING = (
    "Methods other than EVA and exp-dual, training, exclusions and exports: these need the app. Thumbnails are compressed "
    "and at most 64 px wide; the app shows the file's own pixels."
)


class Parts(NamedTuple):
    """What the page is made of, each as the text that stands in it; `bytes` tells how long they are together."""

    pack: str
    sheets: list[str]
    replay: str

    @property
    def bytes(self) -> int:
        """Return how many bytes packs and thumbnails take in the page."""
        return len(self.pack) + len(self.replay) + sum(map(len, self.sheets))


def parts(dynamics: Dynamics, names: Sequence[str], images: ImageSet | None) -> Parts:
    """Return packs and thumbnails of a run.

    Args:
        dynamics: with T epochs and N samples; the features of the run of its name are played where the cache has them.
        names: of the classes.
        images: of the run, None where there are none.

    Raises:
        EngineError: a snapshot of the run is damaged.
    """
    train, truth = (images.images["train"], images.truth) if images else (None, {})
    laid = None if train is None else atlas.layout(train)
    pack = run_pack.run_pack(dynamics, names, truth, laid)
    sampled = run_pack.sampled(dynamics.labels, max(1, run_pack.LARGEST // (2 * dynamics.epochs)))
    played = _text(replay.of_run(dynamics, names, truth, sampled)[0])  # what is played can be looked at
    if train is None:
        return Parts(_text(pack), [], played)
    order = run_pack.atlas_order(dynamics)
    count = -(-len(order) // atlas.PER_SHEET)
    return Parts(_text(pack), [_text(atlas.sheet(train, order, number, "webp")) for number in range(count)], played)


def of_run(run: str, pair: Windows | None = None, rate: float = 0.1, axes: Axes = "signals") -> bytes:
    """Return the page of a run of the cache.

    Args:
        run: its name.
        pair: the windows that are shown first; by default those that the app shows.
        rate: α that is shown first.
        axes: with which the replay begins; where it lacks them, with signals.

    Raises:
        EngineError: the run is missing or damaged, too short for two windows, or too large for one file.
    """
    dynamics, info = store.load_run(run), store.RunFile(paths.run_folder(run)).info
    rows = results.frame()
    rows = rows[rows["dataset_sha256"] == info.dataset_sha256] if len(rows) and info.dataset_sha256 else rows.iloc[:0]
    shown = pair or default_pair(dynamics.epochs)
    scores.window_pair(dynamics.error_norms, shown.early, shown.late, shown.length)  # refused where it does not fit
    selection.coreset_size(rate, 1)
    return as_html(run, dynamics, info, images_of(info), rows, shown, rate, axes)


def check(path: Path) -> None:
    """Return where a page may have this path.

    Raises:
        ConfigError: the file is not to be .html, or there is no such folder.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise ConfigError(f"{path.name}: the page is HTML. Name the file {path.stem or 'explorer'}.html.")
    if not path.parent.is_dir():
        raise ConfigError(f"There is no folder {path.parent}. Make it, or name another file.")


def write(path: Path, page: bytes) -> None:
    """Write the page, whole or not at all.

    Raises:
        ConfigError: the folder can't be written to.
    """
    try:
        paths.write_atomically(path, page)
    except OSError as error:
        raise ConfigError(unwritable(path, error)) from None


def bytes_about(run: str) -> int:
    """Return about how many bytes the page of a run will have, from one epoch and one sheet of thumbnails.

    Raises:
        EngineError: the run is missing or damaged.
    """
    dynamics, info = store.load_run(run), store.RunFile(paths.run_folder(run)).info
    whole, most = run_pack.is_whole(dynamics), max(1, run_pack.LARGEST // (2 * dynamics.epochs))
    # of any samples, as many as the page has, the size is about the same; to draw its own takes a second of a large run
    rows = played.evenly(dynamics.n_samples, most)
    norms = dynamics.error_norms[dynamics.epochs // 2, rows]
    found = dynamics.epochs * len(zlib.compress(run_pack.quantised(norms, float(norms.max()) or 1.0).tobytes(), LEVEL))
    images = images_of(info)
    if images is not None:
        order = run_pack.atlas_order(dynamics) if whole else played.evenly(dynamics.n_samples, atlas.PER_SHEET)
        sheets = -(-dynamics.n_samples // atlas.PER_SHEET)
        found += sheets * len(atlas.sheet(images.images["train"], order, sheets // 2 if whole else 0, "webp"))
    found += replay.bytes_about(dynamics)
    return found * 4 // 3 + 150_000


def images_of(info: store.RunInfo) -> ImageSet | None:
    """Return the images of a run, None where they are not here: it was imported, or the image cache was removed."""
    try:
        return library.cached(info.dataset, info.dataset_sha256)
    except EngineError:
        return None


def as_html(
    run: str,
    dynamics: Dynamics,
    info: store.RunInfo,
    images: ImageSet | None,
    rows: pd.DataFrame,
    pair: Windows,
    rate: float,
    axes: Axes = "signals",
) -> bytes:
    """Return the page.

    Args:
        run: its name.
        dynamics: of the run.
        info: what its file says of it.
        images: of the run, None where there are none.
        rows: retrainings on these images, as `results.frame` gives them.
        pair: the windows that are shown first.
        rate: α that is shown first.
        axes: with which the replay begins.

    Raises:
        ConfigError: the file would be too large to be opened.
    """
    found = parts(dynamics, info.names, images)
    if found.bytes > LIMIT:
        raise ConfigError(
            f"The file would have {found.bytes / 1e6:,.0f} MB; browsers open up to {LIMIT / 1e6:,.0f} MB. Record a smaller "
            "set, or share the app."
        )
    scripts = texts.script("score", "live", "bands", "charts", "gallery", *replay.SCRIPTS, "single")
    digest = base64.b64encode(hashlib.sha256(scripts.encode()).digest()).decode()
    return (
        _template()
        .render(
            title=f"{run}: which images does a network need?",
            summary=summary(info, dynamics, images),
            hash=f"sha256-{digest}",
            script=_markup(scripts),
            style=_markup(texts.style("single", "explorer", "tiles", *replay.STYLES)),
            facts=_markup(_safe(facts(run, dynamics, info.names, pair, rate) | {"axes": AXES[axes]})),
            pack=_markup(found.pack),
            sheets=[_markup(sheet) for sheet in found.sheets],
            replay=_markup(found.replay),
            results=result_table.of(rows),
            lacking=LACKING if images else f"{NO_IMAGES} {LACKING}",
            citation=citations.bibtex(*(scores.get(name).source for name in ("eva", "exp-dual"))),
        )
        .encode()
    )


def summary(info: store.RunInfo, dynamics: Dynamics, images: ImageSet | None) -> str:
    """Return one line on a run: data, samples, classes, network, epochs, seed."""
    data = (info.dataset or "imported dynamics") + (" (synthetic)" if images and images.synthetic else "")
    words = [data, counted(dynamics.n_samples, "{train sample|train samples}")]
    words += [counted(info.classes, "{class|classes}"), info.architecture or info.origin]
    return " · ".join([*words, counted(dynamics.epochs, "{epoch|epochs}"), f"seed {info.seed}"])


def facts(
    run: str,
    dynamics: Dynamics,
    names: Sequence[str],
    pair: Windows,
    rate: float,
) -> dict[str, Any]:
    """Return what the page's scripts start from."""
    course = trajectories(dynamics.error_norms, dynamics.labels, tuple(names))
    state = {"early": pair.early, "late": pair.late, "length": pair.length, "rate": rate, "form": "variance"}
    state |= {"keep": "highest", "rule": "top", "ruleBudget": "exact", "budget": "none", "tau": 0.5, "cutoff": 0.0}
    return {
        "run": run,
        "state": state,
        "limits": {"length": [2, min(50, dynamics.epochs // 2)], "rate": [0.01, 1.0, 0.01]},
        "course": {
            "epochs": dynamics.epochs,
            "top": round(float(course.means.max()) * 1.05, 4) or 1.0,
            "means": np.round(course.means, 4).tolist(),
            "names": list(course.names),
            "classes": list(course.classes),
        },
        "ramp": list(colours.RIGHT),
        "light": list(colours.LIGHT),
        "dark": list(colours.DARK),
    }


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
def _template() -> Template:
    """Return the page's template, in which every other value is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = Path(__file__).parent / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined).get_template(
        "single.html"
    )
