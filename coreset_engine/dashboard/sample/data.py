"""One sample beside a coreset: what the Sample page shows of it, without Streamlit."""

from dataclasses import dataclass
from typing import NamedTuple

from coreset_engine import methods
from coreset_engine.analysis.samples import Timeline, timeline
from coreset_engine.coreset import Coreset, CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.datasets import ImageSet
from coreset_engine.dynamics import Dynamics

NEAREST = 12
THRESHOLD = 0.97  # correlation from which images count as near-duplicates


@dataclass(frozen=True)
class Sample:
    """One sample of a run beside a coreset.

    Attributes:
        row: of the train split.
        coreset: of its run.
        dynamics: of the run.
        images: or None where the cache has none.
        names: of the classes.
        timeline: what was recorded of it.
        is_excluded: whether it is never kept.
    """

    row: int
    coreset: Coreset
    dynamics: Dynamics
    images: ImageSet | None
    names: tuple[str, ...]
    timeline: Timeline
    is_excluded: bool

    @property
    def spec(self) -> CoresetSpec:
        """Return which coreset is meant, with the run."""
        return self.coreset.spec

    @property
    def is_kept(self) -> bool:
        """Return whether the coreset has it."""
        return bool(self.coreset.kept[self.row])

    @property
    def rank(self) -> int | None:
        """Return its place in the ranking, from 1; None where a method that picks a set leaves it."""
        greedy = methods.is_greedy(self.spec.method)
        return None if greedy and not self.is_kept else int(self.coreset.places[self.row])


class Sections(NamedTuple):
    """What the page shows beside the sample itself.

    Attributes:
        near: whether there are neighbours in feature space.
        twins: whether images could be compared.
        injected: whether it is known which errors were injected into the images.
        slow_too: whether methods that compare all samples with all are among those that rank it.
    """

    near: bool
    twins: bool
    injected: bool
    slow_too: bool


def look_up(spec: CoresetSpec, row: int) -> Sample:
    """Return one sample of a run beside a coreset.

    Raises:
        EngineError: the run is missing or damaged, has no such row, or the coreset can't be made.
    """
    run = spec.run
    dynamics, names = cached.dynamics(run), cached.info(run).names
    found = timeline(dynamics, row)
    is_excluded = bool((cached.excluded(spec) == row).any())
    return Sample(row, cached.coreset(spec), dynamics, cached.images(run), names, found, is_excluded)
