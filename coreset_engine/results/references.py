"""What a coreset's retrainings stand beside: those on all data, the run behind them, the names of the classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from coreset_engine import paths, store
from coreset_engine.errors import EngineError
from coreset_engine.results.result_rows import loss_of

if TYPE_CHECKING:
    import pandas as pd

Info = Callable[[str], store.RunInfo]


def run_info(run: str) -> store.RunInfo:
    """Return what a run's file says of itself.

    Raises:
        RunError: it is missing or damaged.
    """
    return store.RunFile(paths.run_folder(run)).info


def surrogates() -> dict[str, str]:
    """Return the architecture of every run that can be read, by its name."""
    found = {}
    for run in store.run_names():
        try:
            found[run] = run_info(run).architecture
        except EngineError:
            continue  # a damaged run is told on the Overview page
    return found


def on_all_data(rows: pd.DataFrame, coreset: pd.DataFrame) -> pd.DataFrame:
    """Return the rows on all data of its loss that stand beside a coreset: those without the same samples, else every one.

    Args:
        rows: as `results.frame` gives them.
        coreset: the rows of one coreset.
    """
    full = rows[rows["method"] == "full"]
    if not coreset.empty:
        full = full[[loss_of(row) == loss_of(coreset.iloc[0]) for row in full.to_dict("records")]]
    if "excluded" not in rows or full.empty or coreset.empty:
        return full
    wanted = _excluded(coreset["excluded"].iloc[0])
    same = full[[_excluded(value) == wanted for value in full["excluded"]]]
    return full if same.empty else same


def _excluded(value: object) -> str:
    """Return the hash of the samples a row was trained without, "" for none."""
    return value["sha256"] if isinstance(value, dict) else ""


def class_names(dataset_sha256: str, count: int, info: Info = run_info) -> tuple[str, ...]:
    """Return the classes' names as a run on the same images knows them, or numbers.

    Args:
        dataset_sha256: of the images.
        count: C.
        info: reads what a run says of itself.
    """
    for run in store.run_names():
        try:
            facts = info(run)
        except EngineError:
            continue  # a damaged run is told on the Overview page
        if facts.dataset_sha256 == dataset_sha256 and len(facts.class_names) == count:
            return tuple(facts.class_names)
    return tuple(f"class {number}" for number in range(count))
