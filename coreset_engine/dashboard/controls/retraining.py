"""What several pages know of retrainings: which are offered, what a link to them says, how long they take, their start."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from coreset_engine import architectures, paths, results, store
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.controls.run_and_method import DEFAULT
from coreset_engine.dashboard.shell import links
from coreset_engine.executors import queue
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RetrainingRequest
from coreset_engine.tables import duration

RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
REFERENCES = results.REFERENCES[::-1]


def asking(now: CoresetSpec) -> dict[str, Any]:
    """Return what a link to the Experiments page says beside what pages share, so that its form asks for one selection."""
    named = [] if now.method in REFERENCES else [now.method]  # those are asked for below, for comparison
    return {"methods": links.DEFAULT if now.method == DEFAULT else named, "rates": [now.rate]}


def seconds_per_image(facts: store.RunInfo, run: str) -> float:
    """Return how long the recording took for one image of one epoch, its evaluation included.

    Raises:
        RunError: the run is missing or damaged.
    """
    seconds = store.RunFile(paths.run_folder(run)).metrics()["seconds"]
    return float(np.median(seconds)) / facts.samples


def sentence(planned: Sequence[RetrainingRequest], facts: store.RunInfo) -> str:
    """Return how many retrainings there will be and about how long they take: by this run's speed where it is known."""
    count = sum(one.count for one in planned)
    if not count:
        return "Choose at least one method or reference, one rate and one architecture."
    entries = architectures.all_architectures()
    measured = seconds_per_image(facts, planned[0].run)
    seconds = 0.0
    for one in planned:
        names = one.architectures
        slowness = sum(measured if name == facts.architecture else 1 / entries[name].speed for name in names)
        images = sum(spec.rate for spec in one.coresets()) * facts.samples * (one.epochs or facts.epochs)
        seconds += slowness * images * len(one.seeds)
    noun = "retraining" if count == 1 else "retrainings"
    return (
        f"{count} {noun}; rows that exist are not trained again. Roughly {duration(seconds)} at this "
        "run's speed (two CPU cores for other architectures), longer for small coresets: evaluating costs more than "
        "training."
    )


def start(planned: Sequence[RetrainingRequest]) -> None:
    """Start a job per request; they run one after the other.

    Raises:
        JobError: a process can't be started.
    """
    for one in planned:
        queue.start(requests.words_of(one), one.title)
