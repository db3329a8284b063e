"""Exporting a coreset: files, the command and the Python that make it again."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from coreset_engine import argv, export
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.datasets import ImageSet
from coreset_engine.tables import as_csv

KINDS = {
    "csv": "CSV: rows, labels, scores",
    "npy": "NPY: rows",
    "txt": "TXT: one row per line",
    "json": "JSON: manifest",
    "npz": "NPZ: images, MedMNIST format",
    "zip": "ZIP: PNGs by class",
    "hf.zip": "ZIP: Hugging Face datasets",
    "fiftyone.zip": "ZIP: FiftyOne, with tags",
    "html": "HTML: report",
}


def draw(spec: CoresetSpec, images: ImageSet | None) -> None:
    """Draw one download per kind of file, and the command and the Python that make the same coreset.

    Args:
        spec: the selection shown.
        images: of its run; None where there are none.
    """
    with st.container(horizontal=True):
        for kind, title in KINDS.items():
            st.download_button(
                title,
                data=partial(content, spec, kind, images),
                file_name=f"{spec.file_stem}.{kind}",
                key=f"explore_export_{kind}",
                on_click="ignore",
                disabled=not export.can_hold(kind, images),
                icon=":material/download:",
            )
    code_tabs.draw(command(spec), python(spec))
    draw_loader(spec.file_stem, images, "explore_loader")


def draw_loader(stem: str, images: ImageSet | None, key: str) -> None:
    """Draw the lines of Python that load an exported coreset for training in PyTorch, for one kind of file at a time.

    Args:
        stem: name of the files without their ending.
        images: of the run; None where there are none.
        key: of the choice.
    """
    found = {kind: lines for kind in KINDS if (lines := export.loader(kind, f"{stem}.{kind}", images))}
    with st.expander("Load it in PyTorch", icon=":material/data_object:"):
        kind = st.segmented_control(
            "File", list(found), format_func=str.upper, default=next(iter(found)), required=True, key=key
        )
        st.code(found[kind], language="python", wrap_lines=True)


def rows_button(count: int, table: Callable[[], pd.DataFrame], name: str, key: str) -> None:
    """Draw the download of some rows, e.g. of those that a gallery shows.

    Args:
        count: how many.
        table: makes them when they are asked for.
        name: of the file, without its ending; spaces and slashes become dashes.
        key: of the button.
    """
    st.download_button(
        "This row as CSV" if count == 1 else f"These {count:,} rows as CSV",
        data=lambda: as_csv(table()),
        file_name=f"{name}.csv".replace(" ", "-").replace("/", "-"),
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )


def content(spec: CoresetSpec, kind: str, images: ImageSet | None) -> bytes:
    """Return a coreset as a file's content; called when it is asked for.

    Raises:
        EngineError: as `export.with_origin` says.
    """
    sources = cached.sources(spec.run, spec.average, spec.snapshot)
    coreset = export.with_origin(spec, sources)
    dynamics = sources.dynamics[0]
    told = cached.result_table() if kind == "html" else None
    norms, tags = export.report_norms(kind, dynamics), export.issue_tags(kind, dynamics)
    return export.as_bytes(coreset, kind, images, norms, told, tags)


def stated(spec: CoresetSpec) -> dict[str, Any]:
    """Return what the link of a saved view must state even where it is the default, which another run may change."""
    pair = {name: spec.options[name] for name in ("early", "late", "length") if len(spec.windows) == 2}
    return {"run": spec.run, "method": spec.method, "rate": spec.rate} | pair


def command(spec: CoresetSpec) -> str:
    """Return the command that writes a coreset."""
    return argv.command("select", *spec.to_argv(), "--out", "coreset.csv")


def python(spec: CoresetSpec) -> str:
    """Return lines of Python whose `coreset` is a coreset, with its `rows`."""
    return f"from coreset_engine import CoresetSpec, coreset_of\n\ncoreset = coreset_of({spec.to_python()})"
