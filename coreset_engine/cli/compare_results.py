"""What `results --show` compares: the tables of the Results page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine import results
from coreset_engine.errors import ConfigError
from coreset_engine.results.references import class_names

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("random", "recalls", "confusion", "costs", "curves")
ROUNDING = 5.1e-5  # of a rate, as tables print it
OF_CORESET = ("recalls", "confusion")  # kinds that --coreset means


def table(
    kind: str, rows: pd.DataFrame, hidden: tuple[str, ...], figure: str, coreset: tuple[str, float] | None
) -> pd.DataFrame:
    """Return what is compared, a line each.

    Args:
        kind: one of `KINDS`.
        rows: as `results.frame` gives them.
        hidden: labels of methods to leave out. They count in Holm's correction, since hiding a method must not make the
            others look surer.
        figure: one of `results.FIGURES`.
        coreset: label and rate of the one to show: of recalls every one without it.

    Raises:
        ConfigError: the rows are not of one data set, network and number of epochs, or there is nothing to compare.
    """
    if rows.empty:
        raise ConfigError("There is no result yet, so there is nothing to compare. `record` makes the first one.")
    if kind == "curves":
        found = results.learning_curves(rows[~rows["label"].isin(hidden)])
        return _there(found, "None of these rows holds its curves.")
    _of_one_kind(rows)
    if kind == "random":
        found = results.against_random(rows, figure)
        return _there(found[~found["label"].isin(hidden)], f"No method but Random and the full data has {figure}.")
    rows = rows[~rows["label"].isin(hidden)]
    if kind == "costs":
        return _there(results.costs(rows), "There is no coreset among these rows.")
    meant = None if coreset is None else _meant(rows, *coreset)
    return _recalls(rows, figure, meant) if kind == "recalls" else _confusion(rows, figure, meant)


def _meant(rows: pd.DataFrame, label: str, rate: float) -> tuple[str, float]:
    """Return label and rate of the coreset that is meant by a rate with as few digits as tables show.

    Raises:
        ConfigError: there is none, or it is meant by several.
    """
    known = rows[rows["method"] != "full"]
    rates = known[known["label"] == label]["rate"].unique().tolist()
    near = [one for one in rates if one == rate] or [one for one in rates if abs(one - rate) <= ROUNDING]
    if len(near) == 1:
        return label, near[0]
    if near:
        raise ConfigError(f"There are several coresets {label!r} at {rate!r}: {', '.join(map(repr, near))}.")
    there = known[["label", "rate"]].drop_duplicates().itertuples(index=False)
    raise ConfigError(
        f"There is no coreset {label!r} at {rate!r}. There are: {', '.join(f'{a!r} {b!r}' for a, b in there)}."
    )


def _recalls(rows: pd.DataFrame, figure: str, coreset: tuple[str, float] | None) -> pd.DataFrame:
    """Return recall class by class, the largest fall of a coreset first."""
    missing = "Recall is compared with that on all data: there is no training on it, or none on a coreset."
    found = _there(results.class_recalls(rows, figure), missing)
    names = class_names(rows["dataset_sha256"].iloc[0], int(found["class"].max()) + 1)
    found.insert(2, "class_name", [names[number] for number in found["class"]])
    found = found.sort_values(["label", "rate", "fall"], ascending=[True, True, False], kind="stable")
    if coreset is None:
        return found
    found = found[(found["label"] == coreset[0]) & (found["rate"] == coreset[1])]
    return _there(found, f"Every training on {coreset[0]!r} collapsed, so there is no recall to compare.")


def _confusion(rows: pd.DataFrame, figure: str, coreset: tuple[str, float] | None) -> pd.DataFrame:
    """Return how much more often, in points, one class is taken for another, the largest changes first.

    Raises:
        ConfigError: no coreset is given, or none of its rows keeps its confusion.
    """
    import pandas as pd

    if coreset is None:
        raise ConfigError("Whose confusion? Add --coreset LABEL RATE.")
    change = results.confusion_change(rows, *coreset, figure)
    if change is None:
        raise ConfigError(f"No row of {coreset[0]!r}, or none on all data, keeps its confusion.")
    names = class_names(rows["dataset_sha256"].iloc[0], len(change.points))
    pairs = [
        {"true": true, "true_name": names[true], "predicted": predicted, "predicted_name": names[predicted]}
        | {"points": float(change.points[true, predicted])}
        for true in range(len(names))
        for predicted in range(len(names))
    ]
    found = pd.DataFrame(pairs).assign(n=change.n, full_n=change.full_n).dropna(subset="points")
    return found.sort_values("points", key=abs, ascending=False, kind="stable")


def _there(found: pd.DataFrame, missing: str) -> pd.DataFrame:
    """Return a table.

    Raises:
        ConfigError: it is empty; `missing` says why.
    """
    if found.empty:
        raise ConfigError(missing)
    return found


def _of_one_kind(rows: pd.DataFrame) -> None:
    """Check that rows can be compared.

    Raises:
        ConfigError: they are of several data sets, networks or numbers of epochs.
    """
    for option, values in (
        ("--dataset", results.data_names(rows)),
        ("--architecture", rows["architecture"]),
        ("--epochs", rows["epochs"]),
    ):
        if values.nunique() > 1:
            raise ConfigError(
                f"Compared are rows of one kind. Choose with {option}: {', '.join(map(str, values.unique()))}."
            )
