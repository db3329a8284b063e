"""Taking a selection away: files, the command and the Python that make it again."""

import shlex
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import export, methods
from coreset_engine.dashboard import copying, readers
from coreset_engine.dashboard.pinned import Pinned
from coreset_engine.datasets import ImageSet
from coreset_engine.insight import exclusions

KINDS = {
    "csv": "CSV: rows, labels, scores",
    "npy": "NPY: rows",
    "txt": "TXT: a row a line",
    "json": "JSON: manifest",
    "npz": "NPZ: images, MedMNIST format",
    "zip": "ZIP: PNGs by class",
    "html": "HTML: report",
}


def draw(now: Pinned, images: ImageSet | None) -> None:
    """Draw one download a kind of file, and the command and the Python that make the same coreset.

    Args:
        now: the selection shown.
        images: of its run; None where there are none.
    """
    with st.container(horizontal=True):
        for kind, title in KINDS.items():
            st.download_button(
                title,
                data=partial(content, now, kind, images),
                file_name=f"{stem(now)}.{kind}",
                key=f"explore_export_{kind}",
                on_click="ignore",
                disabled=kind in export.NEED_IMAGES and images is None,
                icon=":material/download:",
            )
    copying.draw(command(now), python(now, readers.info(now.run).dataset_sha256))


def rows_button(count: int, table: Callable[[], pd.DataFrame], name: str, key: str) -> None:
    """Draw the download of some rows, e.g. of those that a gallery shows.

    Args:
        count: how many.
        table: makes them when they are asked for.
        name: of the file, without its ending; spaces and slashes become dashes.
        key: of the button.
    """
    st.download_button(
        f"These {count:,} rows as CSV",
        data=lambda: table().to_csv(index=False).encode(),
        file_name=f"{name}.csv".replace(" ", "-").replace("/", "-"),
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )


def stem(now: Pinned) -> str:
    """Return a file name that tells selections apart, e.g. "organs-eva-1-190-K10-0.1-balanced-without-doubtful"."""
    options = dict(now.options)
    words = [now.run, now.method]
    if {"early", "late"} <= options.keys():
        words += [str(options["early"]), str(options["late"]), f"K{options.get('length', 10)}"]
    words += [f"{now.rate:g}", *([now.rule] if now.rule != "top" else [])]
    words += [f"mean-of-{1 + len(now.average)}"] if now.average else []
    return "-".join([*words, *(["without", now.exclusion] if now.exclusion else [])])


def content(now: Pinned, kind: str, images: ImageSet | None) -> bytes:
    """Return a selection as a file's content; called when it is asked for.

    Raises:
        EngineError: as `export.coreset_of` says.
    """
    sources = readers.sources(now.run, now.average)
    coreset = export.coreset_of(
        now.run, now.method, now.rate, now.rule, now.options, now.average,
        exclude=excluded_rows(now), exclude_name=now.exclusion, sources=sources,
    )  # fmt: skip
    if kind != "html":
        return export.as_bytes(coreset, kind, images)
    return export.as_bytes(coreset, kind, images, sources.dynamics[0].error_norms, readers.result_table())


def excluded_rows(now: Pinned) -> NDArray | tuple[int, ...]:
    """Return the rows that a selection never keeps.

    Raises:
        EngineError: the saved set is gone or damaged.
    """
    return exclusions.load(readers.info(now.run).dataset_sha256, now.exclusion).rows if now.exclusion else ()


def stated(now: Pinned) -> dict[str, Any]:
    """Return what the link of a saved view must state even where it is the default, which another run may change."""
    pair = {name: now.options[name] for name in ("early", "late", "length") if "early" in now.options}
    return {"run": now.run, "method": now.method, "rate": now.rate} | pair


def command(now: Pinned) -> str:
    """Return the command that writes a selection."""
    return shlex.join(["python", "-m", "coreset_engine", "select", now.run, *words(now), "--out", "coreset.csv"])


def words(now: Pinned) -> list[str]:
    """Return the options of a command that say which selection of its run is meant."""
    found = ["--method", now.method, "--rate", repr(now.rate)]
    found += [] if methods.is_greedy(now.method) else ["--rule", now.rule]
    for name, value in now.options.items():
        found += ["--option", f"{name}={value}"]
    return found + shared_words(now.average, now.exclusion)


def shared_words(average: tuple[str, ...], exclusion: str) -> list[str]:
    """Return the options that say which runs are averaged in and which saved set of rows is left out."""
    return [*(["--average", *average] if average else []), *(["--exclude", exclusion] if exclusion else [])]


def python(now: Pinned, dataset_sha256: str) -> str:
    """Return lines of Python whose `coreset` holds the rows of a selection, ascending.

    Args:
        now: the selection.
        dataset_sha256: of its run's images, under which exclusions are saved.
    """
    imports, lines = opened(now, dataset_sha256)
    return "\n".join(["from coreset_engine import select", *imports, "", *lines, selecting(now)])


def opened(now: Pinned, dataset_sha256: str) -> tuple[list[str], list[str]]:
    """Return lines of Python that define what `given` names: imports, and what makes `sources` and `excluded`."""
    imports, lines = ["from coreset_engine.sources import Sources"], [opening(now.run, now.average)]
    if now.exclusion:
        imports.insert(0, "from coreset_engine.insight import exclusions")
        lines.insert(0, loading(dataset_sha256, now.exclusion))
    return imports, lines


def loading(dataset_sha256: str, exclusion: str) -> str:
    """Return the line of Python that reads a saved set of rows."""
    return f"excluded = exclusions.load({dataset_sha256!r}, {exclusion!r}).rows"


def opening(run: str, average: tuple[str, ...]) -> str:
    """Return the line of Python that opens a run and those averaged in."""
    return f"sources = Sources.of_run({', '.join(map(repr, (run, list(average)) if average else (run,)))})"


def selecting(now: Pinned) -> str:
    """Return the line of Python that selects from the `sources`."""
    return f"coreset = select(sources, {given(now)})"


def given(now: Pinned) -> str:
    """Return the arguments, as Python, that ask for a selection, without the rows `excluded` where there are some."""
    said = {"method": now.method, "rate": now.rate}
    said |= {} if methods.is_greedy(now.method) else {"rule": now.rule}
    named = [f"{name}={value!r}" for name, value in (said | now.options).items()]
    return ", ".join([*named, *(["exclude=excluded"] if now.exclusion else [])])
