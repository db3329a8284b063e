"""What a gallery is asked to show: groups of samples, orders, and the table of the rows shown."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine.analysis.classes import class_texts
from coreset_engine.analysis.filter_meaning import plain_scores
from coreset_engine.coreset import Coreset

Order = Callable[[NDArray[np.int64]], NDArray[np.int64]]  # brings rows into an order


@dataclass(frozen=True)
class Group:
    """Samples that a gallery can show.

    Attributes:
        name: in the control and in the name of the file of its rows.
        rows: gives their rows in their own order, when they are shown.
        order: what the caption says of them, e.g. "best-ranked first"; Markdown.
    """

    name: str
    rows: Callable[[], NDArray[np.int64]]
    order: str


@dataclass(frozen=True)
class Keys:
    """Keys of a gallery's widgets, as they stand in the address; a control without one is left out.

    Attributes:
        tiles: of the images.
        page: of the page number.
        group, classes, order: of the controls.
        csv: of the download of the rows.
    """

    tiles: str
    page: str
    group: str = ""
    classes: str = ""
    order: str = ""
    csv: str = ""


def sort_orders() -> dict[str, tuple[str, bool]]:
    """Return by what images can be sorted besides their rank: text -> (method, whether its highest come first).

    Offered are scores that read nothing but dynamics, need no options and draw nothing.
    """
    return {
        f"{name}, {end} first": (name, end == "highest") for name in plain_scores() for end in ("highest", "lowest")
    }


def sorted_by(rows: NDArray[np.int64], values: NDArray[np.float64], highest: bool) -> NDArray[np.int64]:
    """Return `rows` by their values (N,), the highest or the lowest first; equal ones stay in their order."""
    return rows[np.argsort(-values[rows] if highest else values[rows], kind="stable")]


def as_table(
    rows: NDArray[np.int64], coreset: Coreset, labels: NDArray[np.integer], names: tuple[str, ...]
) -> pd.DataFrame:
    """Return some samples in the order given: row, class, score, rank (1 is kept first), and whether it is kept.

    Args:
        rows: of the train split.
        coreset: that scores and keeps them.
        labels: (N,) classes, or (N, L) zeros and ones.
        names: of the classes.
    """
    columns = {
        "index": rows,
        "class_name": class_texts(labels[rows], names),
        "score": coreset.scores[rows],
        "rank": coreset.places[rows],
    }
    return pd.DataFrame(columns | {"kept": coreset.kept[rows].astype(int)})
