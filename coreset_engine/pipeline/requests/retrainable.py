"""Which runs can be retrained on: those of `record`, as long as their images are here."""

from coreset_engine.store import RunInfo


def hindrance(facts: RunInfo, *, images: bool) -> str:
    """Return in one clause why nothing can be retrained on a run, "" where it can.

    Args:
        facts: of the run.
        images: whether the cache has its images.
    """
    if facts.origin != "recorded":
        return "it was not trained here, so its recipe is not known"
    return "" if images else f"its images ({facts.dataset}) are not in the cache"
