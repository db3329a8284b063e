"""Which runs repeat a recording with other seeds, so that their scores may be averaged."""

from collections.abc import Mapping

from coreset_engine.store import RunInfo

_SAME = ("origin", "dataset_sha256", "architecture", "epochs", "samples", "recipe", "mode", "folds")


def is_replicate(own: RunInfo, other: RunInfo) -> bool:
    """Return whether two recordings differ in their seed and in nothing else; imported dynamics tell no seed."""
    same = all(getattr(own, name) == getattr(other, name) for name in _SAME)
    return own.origin == "recorded" and same and own.seed != other.seed


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
