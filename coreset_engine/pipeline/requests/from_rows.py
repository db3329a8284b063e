"""Requests from result rows: the same training again, or with further seeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from coreset_engine import budgets, export, methods, paths, results, store
from coreset_engine.config import ASKED, Recipe
from coreset_engine.datasets import sample_groups
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.pipeline.requests.retraining import RetrainingRequest
from coreset_engine.sources import train_groups
from coreset_engine.store import exclusions
from coreset_engine.training_modes import PLAIN

MORE = 3  # seeds that `more_seeds` asks for
_DECIDE = ("dataset_sha256", "architecture", "recipe", "method", "rule", "rate", "run", "average", "dynamics")
_MAY_DECIDE = ("excluded", "weighting", "mode", "snapshot", *budgets.OF_ROW)


def of_row(row: dict[str, Any], seeds: Sequence[int] = ()) -> RetrainingRequest:
    """Return the request that makes a row, or the same with other training seeds.

    A draw that took the training's seed takes the new one's; one with a seed of its own keeps it.

    Args:
        row: as `results.rows` gives it.
        seeds: of the trainings; () for the row's own.

    Raises:
        ConfigError: the row can't be made here any more: its run was recorded anew, its groups were told anew, or run or
            excluded samples are gone.
    """
    run, given = _run_of(row), {**row["rule_options"], **row["options"]}
    if row.get("groups") and row["groups"] != sample_groups.digest(train_groups(run)):
        raise ConfigError(
            f"The images of {row['dataset']} have other groups since this row was made, so the same coreset can't be "
            "selected again. Retrain on the groups as they are from the Experiments page."
        )
    if given.get("seed") == row["seed"]:
        del given["seed"]
    return RetrainingRequest(
        run,
        (row["method"],),
        (row["rate"],),
        architectures=(row["architecture"],),
        seeds=tuple(seeds) or (row["seed"],),
        options=given,
        rule=row["rule"] or "top",
        average=tuple(row["average"]),
        exclusion=_exclusion_of(row),
        snapshot=_snapshot_of(row),
        weighting=row.get("weighting", "none"),
        mode=row.get("mode", PLAIN),
        **budgets.given(row),
        **_asked(row["recipe"], run),
    )


def _snapshot_of(row: dict[str, Any]) -> int | None:
    """Return the epoch whose snapshot a row's coreset is read from; rows of before say one where none is read, too."""
    epoch, budget = row.get("snapshot"), budgets.given(row).get("class_budget", "none")
    read = epoch is not None and methods.reads_snapshot(row["method"], row["rule"] or "top", budget)
    return epoch if read else None


def _asked(recipe: dict[str, Any], run: str) -> dict[str, Any]:
    """Return what a request asks of a recipe; what is usual and the run's own is left to it."""
    recorded = store.RunFile(paths.run_folder(run)).info.recipe
    of_row = Recipe.from_dict(recipe)
    return {name: getattr(of_row, name) for name in ASKED if name in recipe or name in recorded}


def more_seeds(keys: Sequence[str]) -> list[RetrainingRequest]:
    """Return one request per configuration of some rows, with the next `MORE` training seeds after all that it has.

    Args:
        keys: of the rows.

    Raises:
        ConfigError: a row is gone or can't be made here any more.
    """
    rows = results.rows()
    highest: dict[str, int] = {}
    for row in rows:
        highest[_kind(row)] = max(highest.get(_kind(row), -1), row["seed"])
    chosen = {_kind(row): row for row in rows if row["key"] in keys}
    if not chosen:
        raise ConfigError("These rows are gone. Load the page again and choose others.")
    return [of_row(row, range(highest[kind] + 1, highest[kind] + 1 + MORE)) for kind, row in chosen.items()]


def _kind(row: dict[str, Any]) -> str:
    """Return what decides a row besides the seed of its training, as text."""
    found = {name: row[name] for name in _DECIDE} | {name: row[name] for name in _MAY_DECIDE if name in row}
    for name in ("options", "rule_options"):
        found[name] = {k: "training" if k == "seed" and v == row["seed"] else v for k, v in row[name].items()}
    return json.dumps(found, sort_keys=True)


def _run_of(row: dict[str, Any]) -> str:
    """Return the run that a row is of; for Random and the full data, which name none, one that gives the same row.

    Raises:
        ConfigError: there is no such run, or it was recorded anew.
    """
    if row["run"]:
        for name, state in zip((row["run"], *row["average"]), row["dynamics"], strict=True):
            if _state(name) != state:
                raise ConfigError(
                    f"Run {name} is gone or was recorded anew since this row was made, so the same coreset can't be "
                    "selected again. Retrain on the run as it is from the Experiments page."
                )
        return str(row["run"])
    fixed = {name: value for name, value in row["recipe"].items() if name not in ASKED}
    if not row["recipe"].get("augment") and "augmentation" in row["recipe"]:
        fixed["augmentation"] = row["recipe"]["augmentation"]  # without effect, it can't be asked for of another run
    for name in store.run_names():
        try:
            info = store.RunFile(paths.run_folder(name)).info
        except EngineError:
            continue  # a damaged run is told on the Overview page
        same = info.origin == "recorded" and info.dataset_sha256 == row["dataset_sha256"]
        if same and all(info.recipe.get(key) == value for key, value in fixed.items()):
            return name
    raise ConfigError(
        f"No run here was recorded on the images of {row['dataset']} with this recipe. Record one, then train further seeds."
    )


def _state(name: str) -> str:
    """Return what tells a run's dynamics from others under the same name, "" where it is gone or damaged."""
    try:
        file = store.RunFile(paths.run_folder(name))
        return file.info.version(file.done()).to_text()
    except EngineError:
        return ""


def _exclusion_of(row: dict[str, Any]) -> str:
    """Return the saved set of rows that a row was trained without, "" for none.

    Raises:
        ConfigError: no saved set holds these rows.
    """
    if not row.get("excluded"):
        return ""
    saved = exclusions.names(row["dataset_sha256"])
    for name in sorted(saved, key=lambda one: one != row.get("excluded_set")):
        try:
            rows = exclusions.load(row["dataset_sha256"], name).rows
        except EngineError:
            continue  # a damaged set is told where sets are chosen
        if export.rows_sha256(rows) == row["excluded"]["sha256"]:
            return name
    raise ConfigError(
        f"The {row['excluded']['rows']:,} rows that this row was trained without are no saved set any more. Save them again "
        "under a name, then train further seeds."
    )
