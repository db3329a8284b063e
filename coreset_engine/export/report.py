"""A report of a coreset in one HTML file, which asks no host for anything and holds no script."""

import base64
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine import selection
from coreset_engine.datasets import ImageSet
from coreset_engine.export import citations, figures, retrained
from coreset_engine.export.coreset import Coreset
from coreset_engine.export.pictures import png

SIDE = 84  # px, wished width of an image
TILES = 36  # images a group, fewer where they are large
BYTES = 1_100_000  # unpacked, of all images of a group: three groups stay under 5 MB in base64
LISTED = 25  # rows of the table of kept samples
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 860px; margin: 0 auto; padding: 16px; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 1.8rem 0 .4rem; }
h3 { font-size: 1rem; margin: 1rem 0 .2rem; }
.figure { overflow-x: auto; }
svg { width: 100%; min-width: 560px; height: auto; font-size: 12px; }
svg text:not([fill]) { fill: currentColor; }
table { border-collapse: collapse; display: block; overflow-x: auto; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 2px 12px 2px 0; border-bottom: 1px solid #8884; vertical-align: top; }
td { overflow-wrap: anywhere; } .numbers td, .numbers th { white-space: nowrap; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12px; }
.tiles { display: flex; flex-wrap: wrap; gap: 6px; }
figure { margin: 0; font-size: 11px; } figure img { display: block; }
.note { opacity: .75; font-size: 13px; }
"""
# the second guard beside having no script and no link: a browser may load nothing at all for this page
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def as_html(
    coreset: Coreset,
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
    origin = coreset.origin
    title = f"{origin['method']} coreset of {origin['run']}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{_summary(coreset)}</p>",
        '<p class="note">For research. Not a medical device.</p>',
        "<h2>Configuration</h2>",
        _pairs(_configuration(coreset)),
        *(retrained.section(rows, origin) if rows is not None else []),
        *_figures(coreset, norms),
        *_galleries(coreset, images),
        "<h2>Classes</h2>",
        _class_table(coreset),
        f"<h2>Best-ranked samples kept (first {min(LISTED, len(coreset.indices))})</h2>",
        _rows_table(coreset),
        "<h2>Environment</h2>",
        _pairs(coreset.manifest()["versions"] | {"coreset-explorer": coreset.manifest()["version"]}),
        *_citation(origin),
    ]
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    head += '<meta name="viewport" content="width=device-width, initial-scale=1">'
    head += f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'.encode()


def _summary(coreset: Coreset) -> str:
    """Return in a sentence how much is kept of what, and over how many runs the scores are a mean."""
    runs = 1 + len(coreset.origin.get("average", []))
    kept, all_ = len(coreset.indices), len(coreset.scores)
    data = coreset.origin.get("dataset") or "imported dynamics"
    kind = " (synthetic)" if coreset.origin.get("synthetic") else ""
    seeds = "one run, n = 1, so without a spread" if runs == 1 else f"the mean of n = {runs} runs of other seeds"
    share = f"{kept:,} of {all_:,} train samples ({kept / all_:.2%})"
    return f"{share} of {escape(data)}{kind} are kept. Scores are {'those of ' if runs == 1 else ''}{seeds}."


def _configuration(coreset: Coreset) -> dict[str, Any]:
    """Return what is needed to make the same coreset again, nested values as "name = value"."""
    left_out = {"versions", "version", "kind"}
    return {name: value for name, value in coreset.manifest().items() if name not in left_out and value is not None}


def _words(value: Any) -> str:
    """Return a value as text."""
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_words(item)}" for name, item in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_words, value)) or "none"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _pairs(values: dict[str, Any]) -> str:
    """Return names and values as a table."""
    lines = [f"<tr><th>{escape(name)}</th><td>{escape(_words(value))}</td></tr>" for name, value in values.items()]
    return f"<table>{''.join(lines)}</table>"


def _table(columns: list[str], lines: list[list[str]]) -> str:
    """Return a table."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>" for line in lines)
    return f"<table><tr>{head}</tr>{rows}</table>"


def _kept(coreset: Coreset) -> NDArray[np.bool_]:
    """Return (N,) which samples are kept."""
    mask = np.zeros(len(coreset.scores), bool)
    mask[coreset.indices] = True
    return mask


def _figures(coreset: Coreset, norms: NDArray[np.float32] | None) -> list[str]:
    """Return histogram, class shares and, where there are error norms, courses."""
    kept, method = _kept(coreset), coreset.origin["method"]
    table = coreset.table()
    by_score = coreset.origin["rule"] == "top" and "set" not in coreset.origin
    cut = float(table["score"].iloc[-1]) if by_score and len(table) else None
    every, chosen = _class_counts(coreset)
    parts = ["<h2>Scores: all data grey, coreset blue</h2>", figures.histogram(coreset.scores, kept, method, cut)]
    parts += [
        "<h2>Share of each class: all data grey, coreset blue</h2>",
        figures.classes(every, chosen, coreset.class_names),
    ]
    if norms is not None:
        windows = _windows(coreset.origin["options"])
        groups = {"kept samples": kept, "dropped samples": ~kept}
        shaded = "; the windows are shaded" if windows else ""
        note = f"Run {coreset.origin['run']}: means over samples, one seed{shaded}."
        parts += ["<h2>Error norm: kept blue, dropped orange</h2>", figures.courses(norms, groups, windows)]
        parts.append(f'<p class="note">{escape(note)}</p>')
    return parts


def _windows(options: dict[str, Any]) -> list[tuple[int, int]]:
    """Return first and last epoch of the windows that a method's options name."""
    starts = [options[name] for name in ("early", "late", "start") if name in options]
    return [(start, start + options["length"] - 1) for start in starts]


def _class_counts(coreset: Coreset) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the samples of each class in all data and in the coreset, (C,) each."""
    labels, classes = coreset.labels, len(coreset.class_names)
    if labels.ndim == 2:
        return labels.sum(axis=0, dtype=np.int64), labels[coreset.indices].sum(axis=0, dtype=np.int64)
    return np.bincount(labels, minlength=classes), np.bincount(labels[coreset.indices], minlength=classes)


def _class_table(coreset: Coreset) -> str:
    """Return how many samples of each class are kept."""
    every, chosen = _class_counts(coreset)
    lines = [
        [name, f"{kept:,}", f"{total:,}", f"{kept / total:.1%}" if total else "–"]
        for name, kept, total in zip(coreset.class_names, chosen.tolist(), every.tolist(), strict=True)
    ]
    return _table(["class", "kept", "all", "rate"], lines)


def _rows_table(coreset: Coreset) -> str:
    """Return the first rows of the coreset's table."""
    table = coreset.table().head(LISTED)
    lines = [
        [f"{cell:.6g}" if isinstance(cell, float) else str(cell) for cell in line]
        for line in table.itertuples(index=False)
    ]
    return _table(list(table.columns), lines)


def _galleries(coreset: Coreset, images: ImageSet | None) -> list[str]:
    """Return images of three groups; [] where there are none."""
    if images is None:
        return []
    request = selection.Request(coreset.scores, coreset.labels, len(coreset.indices), coreset.origin["keep"])
    ranking, kept = request.ranking(), _kept(coreset)
    inside, outside = ranking[kept[ranking]], ranking[~kept[ranking]]
    train = images.images["train"]
    count = max(1, min(TILES, BYTES // train[0].size))
    groups = {"best-ranked of those kept": inside[:count], "last-ranked of those kept": inside[-count:]}
    groups["last-ranked of those dropped"] = outside[::-1][:count]
    parts = ["<h2>Images</h2>"]
    for name, rows in groups.items():
        if len(rows):
            parts.append(f"<p>{len(rows):,} {name}; the number is the row in the train split</p>")
            parts.append(f'<div class="tiles">{"".join(_tile(coreset, images, row) for row in rows.tolist())}</div>')
    note = "Grey values are the file's own, enlarged by a whole number without interpolation."
    return [*parts, f'<p class="note">{note}</p>']


def _tile(coreset: Coreset, images: ImageSet, row: int) -> str:
    """Return one image, each pixel a square of whole pixels."""
    image = np.asarray(images.images["train"][row])
    zoom = max(1, round(SIDE / image.shape[1]))
    data = base64.b64encode(png(image.repeat(zoom, 0).repeat(zoom, 1))).decode()
    own = coreset.labels[row]
    present = [own] if coreset.labels.ndim == 1 else np.flatnonzero(own)
    name = escape("+".join(coreset.class_names[c] for c in present) or "no label", quote=True)
    size = f'width="{image.shape[1] * zoom}" height="{image.shape[0] * zoom}"'
    picture = f'<img src="data:image/png;base64,{data}" {size} alt="Row {row}, {name}" title="{name}">'
    return f"<figure>{picture}{row}</figure>"


def _citation(origin: dict[str, Any]) -> list[str]:
    """Return the BibTeX entries of method and rule; [] where there are none."""
    rules = selection.all_rules()  # a set drawn on a map has none of them
    sources = [origin.get("source", "")]
    sources += [rules[origin["rule"]].source] if origin["rule"] != "top" and origin["rule"] in rules else []
    found = citations.bibtex(*sources)
    return ["<h2>Citation</h2>", f"<pre>{escape(found)}</pre>"] if found else []
