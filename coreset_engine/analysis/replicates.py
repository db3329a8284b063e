"""Which runs repeat a recording with other seeds, so that their scores may be averaged."""

from collections.abc import Mapping

from coreset_engine.alike import Facts, told_by
from coreset_engine.store import RunInfo


def is_replicate(own: RunInfo, other: RunInfo) -> bool:
    """Return whether two recordings differ in their seed and in nothing else; imported dynamics tell no seed."""
    if not own.origin == other.origin == "recorded" or own.samples != other.samples:
        return False
    one, two = (Facts(info.epochs, folds=info.folds, **told_by(info)) for info in (own, other))
    return not one.difference(two)


def replicates(own: RunInfo, finished: Mapping[str, RunInfo]) -> list[str]:
    """Return the runs of the same images, architecture, recipe and epochs with other seeds, by seed; one per seed.

    Args:
        own: the run that they repeat.
        finished: runs whose every epoch is recorded, by name; of several with a seed the first one counts.
    """
    found: dict[int, str] = {}
    for name, facts in finished.items():
        if is_replicate(own, facts):
            found.setdefault(facts.seed, name)
    return [found[seed] for seed in sorted(found)]
