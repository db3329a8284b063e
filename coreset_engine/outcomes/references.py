"""What a coreset's retrainings stand beside: those on all data, and the run behind them."""

import pandas as pd

from coreset_engine import paths, store


def run_info(run: str) -> store.RunInfo:
    """Return what a run's file says of itself.

    Raises:
        RunError: it is missing or damaged.
    """
    return store.RunFile(paths.run_folder(run)).info


def on_all_data(rows: pd.DataFrame, coreset: pd.DataFrame) -> pd.DataFrame:
    """Return the rows on all data that stand beside a coreset: those without the same samples, else every one.

    Args:
        rows: as `results.frame` gives them.
        coreset: the rows of one coreset.
    """
    full = rows[rows["method"] == "full"]
    if "excluded" not in rows or full.empty or coreset.empty:
        return full
    wanted = _excluded(coreset["excluded"].iloc[0])
    same = full[[_excluded(value) == wanted for value in full["excluded"]]]
    return full if same.empty else same


def _excluded(value: object) -> str:
    """Return the hash of the samples a row was trained without, "" for none."""
    return value["sha256"] if isinstance(value, dict) else ""
