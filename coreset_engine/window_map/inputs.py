"""What a window map of a recorded run is held against; who shows a map and who makes it must agree on this."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.scores.aum import aum
from coreset_engine.window_map.files import eva_coreset
from coreset_engine.windows import Windows

Kind = Literal["planted", "suspected", ""]
METHOD = "eva"  # whose coresets a map compares
OPTIONS = {"combine": "sum"}  # of the method, besides the windows


@dataclass(frozen=True)
class MapRequest:
    """Which map of a run is wanted.

    Attributes:
        run: its name.
        windows: of the coreset to compare with, and K.
        rate: α.
        others: runs that differ in the seed only.
    """

    run: str
    windows: Windows
    rate: float
    others: tuple[str, ...] = ()

    @property
    def options(self) -> dict[str, Any]:
        """Return the options of the method that gives the coreset to compare with."""
        return {**asdict(self.windows), **OPTIONS}

    def to_argv(self) -> list[str]:
        """Return the arguments of the job that makes the map of every pair."""
        pair = self.windows
        words = ["map", self.run, "--length", str(pair.length), "--rate", repr(self.rate), "--step", "1"]
        words += ["--early", str(pair.early), "--late", str(pair.late)]
        return [*words, "--average", *self.others] if self.others else words

    @property
    def title(self) -> str:
        """Return the job's title."""
        pair = self.windows
        return (
            f"Every pair of windows of {self.run}, K = {pair.length}, α = {100 * self.rate:g} %, against "
            f"{pair.early}/{pair.late}"
        )


@dataclass(frozen=True)
class Suspicion:
    """Which samples of a run count as label errors.

    Attributes:
        mask: (N,) whether a sample does; None where none is known or suspected.
        kind: "planted" on purpose and so known, "suspected" by AUM, or "" for none.
    """

    mask: NDArray[np.bool_] | None
    kind: Kind


def suspicion(dynamics: Dynamics, truth: Mapping[str, NDArray[Any]]) -> Suspicion:
    """Return the label errors planted into a run's images, else those with an AUM below 0: on average another class won.

    Args:
        dynamics: the run.
        truth: what is known of its train split, as `ImageSet.truth`; {} for nothing.
    """
    planted = np.asarray(truth.get("wrong_label", ()), bool)
    if planted.shape == (dynamics.n_samples,) and planted.any():
        return Suspicion(planted, "planted")
    if "margin" not in dynamics.signals:
        return Suspicion(None, "")
    low = aum(dynamics) < 0
    return Suspicion(low, "suspected") if low.any() else Suspicion(None, "")


def settings(
    dynamics: Dynamics, *, early: int, late: int, length: int, rate: float, truth: Mapping[str, NDArray[Any]]
) -> dict[str, Any]:
    """Return `length`, `rate`, `current`, `scores` and `suspects` as `make` and `key` take them.

    Args:
        dynamics: the run.
        early: t_e of the coreset to compare with.
        late: t_l of the same.
        length: K, epochs per window.
        rate: α.
        truth: see `suspicion`.

    Raises:
        WindowError: a window does not fit the run, or the two overlap.
        SelectionError: the rate is not in 0 < rate <= 1.
    """
    current, scores = eva_coreset(dynamics, early=early, late=late, length=length, rate=rate)
    found = {"length": length, "rate": rate, "current": current, "scores": scores}
    return found | {"suspects": suspicion(dynamics, truth).mask}
