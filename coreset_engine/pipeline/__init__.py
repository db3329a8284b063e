"""Record and retrain: the only place where images, networks, training, dynamics, scores and results meet."""

from typing import TYPE_CHECKING

from coreset_engine import lazy

if TYPE_CHECKING:
    from coreset_engine.pipeline.estimation import estimate
    from coreset_engine.pipeline.importing import import_dynamics
    from coreset_engine.pipeline.recording import record
    from coreset_engine.pipeline.requests import (
        ImportRequest,
        RecordingRequest,
        Retraining,
        RetrainingRequest,
        SweepRequest,
    )
    from coreset_engine.pipeline.retraining import Bench, retrain
    from coreset_engine.pipeline.surrogate import sources_of

__all__ = [
    "Bench",
    "ImportRequest",
    "RecordingRequest",
    "Retraining",
    "RetrainingRequest",
    "SweepRequest",
    "estimate",
    "import_dynamics",
    "record",
    "retrain",
    "sources_of",
]

__getattr__, __dir__ = lazy.attributes(
    __name__,
    {
        "Bench": "retraining",
        "ImportRequest": "requests",
        "RecordingRequest": "requests",
        "Retraining": "requests",
        "RetrainingRequest": "requests",
        "SweepRequest": "requests",
        "estimate": "estimation",
        "import_dynamics": "importing",
        "record": "recording",
        "retrain": "retraining",
        "sources_of": "surrogate",
    },
)
