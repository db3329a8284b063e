"""A report of a coreset in one HTML file, which asks no host for anything and holds no script."""

import base64
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine import selection
from coreset_engine.datasets import ImageSet, modality
from coreset_engine.export import citations, figures, retrained
from coreset_engine.export.coreset import CoresetFile
from coreset_engine.export.templating import render

SIDE = 84  # px, wished width of an image
TILES = 36  # images a group, fewer where they are large
BYTES = 1_100_000  # unpacked, of all images of a group: three groups stay under 5 MB in base64
LISTED = 25  # rows of the table of kept samples


class Figure(NamedTuple):
    """A figure with what stands above and, where there is something to add, below it."""

    heading: str
    drawing: str
    note: str = ""


class Tile(NamedTuple):
    """One image as base64 of a PNG, its size in px, its row of the train split and the name of its class."""

    row: int
    data: str
    width: int
    height: int
    name: str


class Gallery(NamedTuple):
    """Images of one group of samples."""

    heading: str
    tiles: list[Tile]


class Table(NamedTuple):
    """A table of text."""

    columns: list[str]
    lines: list[list[str]]


def as_html(
    coreset: CoresetFile,
    images: ImageSet | None = None,
    norms: NDArray[np.float32] | None = None,
    rows: pd.DataFrame | None = None,
) -> bytes:
    """Return the report: configuration, figures, images, tables, retrainings, environment and citation; under 8 MB.

    Args:
        coreset: what is reported.
        images: of the data set; without them the report shows none.
        norms: (T, N) error norms; without them the report draws no courses.
        rows: all results, as `results.frame` gives them; those that belong to the selection are told.
    """
    manifest, origin = coreset.manifest(), coreset.origin
    return render(
        "report.html",
        title=f"{origin['method']} coreset of {origin['run']}",
        summary=_summary(coreset),
        configuration=_texts(_configuration(manifest)),
        retrained=retrained.section(rows, origin) if rows is not None else "",
        figures=_figures(coreset, norms),
        galleries=_galleries(coreset, images) if images is not None else None,
        classes=_class_lines(coreset),
        samples=_samples(coreset),
        environment=_texts(manifest["versions"] | {"coreset-explorer": manifest["version"]}),
        citation=_citation(origin),
    ).encode()


def _summary(coreset: CoresetFile) -> str:
    """Return in a sentence how much is kept of what, and over how many runs the scores are a mean."""
    runs = 1 + len(coreset.origin.get("average", []))
    kept, all_ = len(coreset.indices), len(coreset.scores)
    data = coreset.origin.get("dataset") or "imported dynamics"
    kind = " (synthetic)" if coreset.origin.get("synthetic") else ""
    seeds = "one run, n = 1, so without a spread" if runs == 1 else f"the mean of n = {runs} runs of other seeds"
    share = f"{kept:,} of {all_:,} train samples ({100 * kept / all_:.2f} %)"
    return f"{share} of {data}{kind} are kept. Scores are {'those of ' if runs == 1 else ''}{seeds}."


def _configuration(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return what is needed to make the same coreset again."""
    left_out = {"versions", "version", "kind"}
    return {name: value for name, value in manifest.items() if name not in left_out and value is not None}


def _words(value: Any) -> str:
    """Return a value as text."""
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_words(item)}" for name, item in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_words, value)) or "none"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _texts(values: dict[str, Any]) -> dict[str, str]:
    """Return values as text by their names, nested ones as "name = value"."""
    return {name: _words(value) for name, value in values.items()}


def _kept(coreset: CoresetFile) -> NDArray[np.bool_]:
    """Return (N,) which samples are kept."""
    mask = np.zeros(len(coreset.scores), bool)
    mask[coreset.indices] = True
    return mask


def _figures(coreset: CoresetFile, norms: NDArray[np.float32] | None) -> list[Figure]:
    """Return histogram, class shares and, where there are error norms, courses."""
    kept, method = _kept(coreset), coreset.origin["method"]
    table = coreset.table()
    by_score = coreset.origin["rule"] == "top" and "set" not in coreset.origin
    cut = float(table["score"].iloc[-1]) if by_score and len(table) else None
    shares = figures.classes(*_class_counts(coreset), coreset.class_names, method)
    found = [
        Figure("Scores", figures.histogram(coreset.scores, kept, method, cut)),
        Figure("Share of each class", shares),
    ]
    if norms is not None:
        windows = _windows(coreset.origin["options"])
        drawing = figures.courses(norms, {"kept samples": kept, "dropped samples": ~kept}, windows, method)
        shaded = "; the windows are shaded" if windows else ""
        note = f"Run {coreset.origin['run']}: means over samples, one seed{shaded}."
        found.append(Figure("Error norm", drawing, note))
    return found


def _windows(options: dict[str, Any]) -> list[tuple[int, int]]:
    """Return first and last epoch of the windows that a method's options name."""
    starts = [options[name] for name in ("early", "late", "start") if name in options]
    return [(start, start + options["length"] - 1) for start in starts]


def _class_counts(coreset: CoresetFile) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the samples of each class in all data and in the coreset, (C,) each."""
    labels, classes = coreset.labels, len(coreset.class_names)
    if labels.ndim == 2:
        return labels.sum(axis=0, dtype=np.int64), labels[coreset.indices].sum(axis=0, dtype=np.int64)
    return np.bincount(labels, minlength=classes), np.bincount(labels[coreset.indices], minlength=classes)


def _class_lines(coreset: CoresetFile) -> list[list[str]]:
    """Return name, samples kept, all samples and rate of each class."""
    every, chosen = _class_counts(coreset)
    return [
        [name, f"{kept:,}", f"{total:,}", f"{100 * kept / total:.1f} %" if total else "–"]
        for name, kept, total in zip(coreset.class_names, chosen.tolist(), every.tolist(), strict=True)
    ]


def _samples(coreset: CoresetFile) -> Table:
    """Return the first rows of the coreset's table."""
    table = coreset.table().head(LISTED)
    lines = [
        [f"{cell:.6g}" if isinstance(cell, float) else str(cell) for cell in line]
        for line in table.itertuples(index=False)
    ]
    return Table(list(table.columns), lines)


def _galleries(coreset: CoresetFile, images: ImageSet) -> list[Gallery]:
    """Return images of up to three groups; an empty group is left out."""
    request = selection.Request(coreset.scores, coreset.labels, len(coreset.indices), coreset.origin["keep"])
    ranking, kept = request.ranking(), _kept(coreset)
    inside, outside = ranking[kept[ranking]], ranking[~kept[ranking]]
    train = images.images["train"]
    count = max(1, min(TILES, BYTES // train[0].size))
    groups = {"best-ranked of those kept": inside[:count], "last-ranked of those kept": inside[-count:]}
    groups["last-ranked of those dropped"] = outside[::-1][:count]
    return [
        Gallery(f"{len(rows):,} {name}", [_tile(coreset, images, row) for row in rows.tolist()])
        for name, rows in groups.items()
        if len(rows)
    ]


def _tile(coreset: CoresetFile, images: ImageSet, row: int) -> Tile:
    """Return one image, each pixel a square of whole pixels."""
    image = images.thumbnail(row)
    height, width = modality.size(image)
    zoom = max(1, round(SIDE / width))
    data = base64.b64encode(modality.png(modality.enlarged(image, zoom))).decode()
    own = coreset.labels[row]
    present = [own] if coreset.labels.ndim == 1 else np.flatnonzero(own)
    name = "+".join(coreset.class_names[c] for c in present) or "no label"
    return Tile(row, data, width * zoom, height * zoom, name)


def _citation(origin: dict[str, Any]) -> str:
    """Return the BibTeX entries of method and rule; "" where there are none."""
    rules = selection.all_rules()  # a set drawn on a map has none of them
    sources = [origin.get("source", "")]
    sources += [rules[origin["rule"]].source] if origin["rule"] != "top" and origin["rule"] in rules else []
    return citations.bibtex(*sources)
