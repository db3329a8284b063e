"""Record and retrain: the only place where images, networks, training, dynamics, scores and results meet."""

from typing import TYPE_CHECKING

from coreset_engine import lazy

if TYPE_CHECKING:
    from coreset_engine.jobs.estimating import estimate
    from coreset_engine.jobs.importing import import_dynamics
    from coreset_engine.jobs.reading import sources_of
    from coreset_engine.jobs.recording import record
    from coreset_engine.jobs.requests import ImportRequest, RecordingRequest, Retraining, RetrainingRequest
    from coreset_engine.jobs.retraining import retrain, select_for

__all__ = [
    "ImportRequest",
    "RecordingRequest",
    "Retraining",
    "RetrainingRequest",
    "estimate",
    "import_dynamics",
    "record",
    "retrain",
    "select_for",
    "sources_of",
]

__getattr__, __dir__ = lazy.attributes(
    __name__,
    {
        "ImportRequest": "requests",
        "RecordingRequest": "requests",
        "Retraining": "requests",
        "RetrainingRequest": "requests",
        "estimate": "estimating",
        "import_dynamics": "importing",
        "record": "recording",
        "retrain": "retraining",
        "select_for": "retraining",
        "sources_of": "reading",
    },
)
