"""What several pages know of retrainings: which are offered, and what a link to them says."""

from typing import Any

from coreset_engine import results
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls.run_and_method import DEFAULT
from coreset_engine.dashboard.shell import links
from coreset_engine.pipeline.requests import retrainable

RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
REFERENCES = results.REFERENCES[::-1]


def hindrance(run: str) -> str:
    """Return in one clause why nothing can be retrained on a run, "" where it can.

    Raises:
        EngineError: the run is damaged.
    """
    return retrainable.hindrance(cached.info(run), images=cached.images(run) is not None)


def asking(now: CoresetSpec) -> dict[str, Any]:
    """Return what a link to the Experiments page says beside what pages share, so that its form asks for one selection."""
    named = [] if now.method in REFERENCES else [now.method]  # those are asked for below, for comparison
    return {"methods": links.DEFAULT if now.method == DEFAULT else named, "rates": [now.rate]}
