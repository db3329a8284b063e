"""What papers published, for comparison with what is measured here: the windows that EVA's authors chose."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("windows.csv")


@dataclass(frozen=True)
class PaperWindow:
    """A pair of windows that was published as the best at one selection rate.

    Attributes:
        rate: α.
        early, late: t_e and t_l, first epochs of both windows, counted from 1.
        length: K, epochs per window.
        architecture: of surrogate and target, as in the engine's registry.
        epochs: T of the published recordings; in a run of another length the same epochs mean something else.
        source: arXiv id.
    """

    rate: float
    early: int
    late: int
    length: int
    architecture: str
    epochs: int
    source: str


def windows_for(dataset: str, rate: float | None = None) -> list[PaperWindow]:
    """Return the windows published for a data set, by ascending rate; none for one that the paper does not treat.

    They were found by the authors' own grid search on ResNet-18 with images of 28 px (CIFAR: 32 px), so other sizes,
    such as organamnist_64, have none.

    Args:
        dataset: name as in a run, e.g. "organamnist" or "cifar10"; case and dashes do not matter.
        rate: α, only the windows of this rate; None gives those of every rate.

    Source: Hong et al. 2024 (arXiv:2406.05677).
    """
    found = _published().get(dataset.lower().replace("-", ""), ())
    return [window for window in found if rate is None or abs(window.rate - rate) < 1e-9]


@cache
def _published() -> dict[str, tuple[PaperWindow, ...]]:
    """Return every published pair of windows by data set, each by ascending rate."""
    by_dataset: dict[str, list[PaperWindow]] = {}
    with _FILE.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            starts = {name: int(row[name]) for name in ("early", "late", "length", "epochs")}
            window = PaperWindow(
                rate=float(row["rate"]), architecture=row["architecture"], source=row["source"], **starts
            )
            by_dataset.setdefault(row["dataset"], []).append(window)
    return {name: tuple(sorted(rows, key=lambda row: row.rate)) for name, rows in by_dataset.items()}
