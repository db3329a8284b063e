"""Which runs repeat a recording with other seeds, so that their scores may be averaged."""

from coreset_engine import store
from coreset_engine.dashboard import cached
from coreset_engine.errors import EngineError


def siblings(run: str) -> list[str]:
    """Return the finished runs of the same images, network, recipe and epochs with other seeds, by seed; one a seed.

    Raises:
        EngineError: `run` itself is missing or damaged.
    """
    own = cached.info(run)
    if own.origin != "recorded":
        return []
    found: dict[int, str] = {}
    for name in store.run_names():
        try:
            facts = cached.info(name)
            if _same_training(own, facts) and facts.seed not in (own.seed, *found) and _whole(name):
                found[facts.seed] = name
        except EngineError:
            continue  # a damaged run is told on the Overview page and can't be averaged
    return [found[seed] for seed in sorted(found)]


def _same_training(own: store.RunInfo, other: store.RunInfo) -> bool:
    """Return whether two runs differ in nothing but the seed."""
    names = ("origin", "dataset_sha256", "architecture", "epochs", "samples", "recipe", "mode")
    return all(getattr(own, name) == getattr(other, name) for name in names)


def _whole(run: str) -> bool:
    """Return whether every epoch of a run is recorded."""
    found = store.run_summary(run)
    return not found["problem"] and found["epochs_done"] == found["epochs"]
