"""Windows of epochs: one, or an early and a late one; which pairs are legal, and where a slider pushes the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from coreset_engine.errors import WindowError

Slider = Literal["early", "late", "length"]  # of a pair of windows


class Window(NamedTuple):
    """Epochs start .. start + length - 1, counted from 1."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """Return the last epoch."""
        return self.start + self.length - 1


@dataclass(frozen=True)
class Windows:
    """An early and a late window of K = `length` epochs, starting at `early` and `late`, counted from 1."""

    early: int
    late: int
    length: int


def pair_of(windows: Sequence[Window]) -> Windows | None:
    """Return an early and a late window as a pair, None where there are not two."""
    if len(windows) != 2:
        return None
    early, late = windows
    return Windows(early.start, late.start, early.length)


def default_pair(epochs: int) -> Windows:
    """Return the first and the last `length` of `epochs` epochs, 10 each where there are enough."""
    length = max(1, min(10, epochs // 2))
    return Windows(1, max(1 + length, epochs - length + 1), length)


def is_legal(asked: Windows, epochs: int) -> bool:
    """Return whether both windows lie inside `epochs` epochs and do not overlap."""
    return asked.early >= 1 and asked.early + asked.length <= asked.late and asked.late + asked.length - 1 <= epochs


def legal(wanted: Windows, epochs: int, moved: Slider) -> Windows:
    """Return the legal windows nearest to `wanted`; the one just moved stays where it can and pushes the other.

    Legal is 1 <= early, early + length <= late, late + length - 1 <= epochs.
    """
    length = max(1, min(wanted.length, epochs // 2))
    last = epochs - length + 1
    if moved == "late":
        late = min(max(wanted.late, 1 + length), last)
        return Windows(max(1, min(wanted.early, late - length)), late, length)
    early = max(1, min(wanted.early, last - length))
    return Windows(early, min(max(wanted.late, early + length), last), length)


def too_short(epochs: int, pair: bool = True) -> WindowError:
    """Return what to say of a run that has no room for two windows, or for one."""
    needs = "two windows of at least 2 epochs need 4" if pair else "a window needs at least 2"
    return WindowError(
        f"The run has {epochs} {'epoch' if epochs == 1 else 'epochs'}; {needs}. Record more epochs, or choose a "
        "method without windows."
    )
