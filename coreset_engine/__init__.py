"""Coreset engine: training dynamics, scores, selection rules and coresets of medical images.

What is offered here is imported when it is first used, so that the command line answers at once.

Example:
    >>> import numpy as np
    >>> from coreset_engine import Dynamics, score, select
    >>> logits = np.zeros((2, 3, 2))  # 2 epochs, 3 samples, 2 classes: p = (1/2, 1/2) wherever nothing else is said
    >>> logits[1, 0] = [np.log(3), 0]  # sample 0 comes to p = (3/4, 1/4)
    >>> labels = np.array([0, 1, 0])
    >>> dynamics = Dynamics.from_logits(logits, labels)
    >>> score(dynamics, "confidence").tolist()  # the mean of 1/2 and 3/4, and 1/2
    [0.625, 0.5, 0.5]
    >>> select(dynamics, method="confidence", rate=0.5).tolist()  # the ceil(0.5 * 3) = 2 lowest
    [1, 2]
"""

__version__ = "0.2.0"  # first, since modules below write it into files

from typing import TYPE_CHECKING

from coreset_engine import lazy

if TYPE_CHECKING:
    from coreset_engine.api import coreset_of, select
    from coreset_engine.budgets.hard_cutoff import hard_cutoff
    from coreset_engine.budgets.places import class_budgets
    from coreset_engine.conversion.pack import convert
    from coreset_engine.coreset import Coreset, CoresetSpec
    from coreset_engine.datasets.own_arrays import images_from_arrays
    from coreset_engine.dynamics import Dynamics
    from coreset_engine.scores import score
    from coreset_engine.snapshot import Snapshot
    from coreset_engine.store import load_run
    from coreset_engine.training.recorder import Recorder

__all__ = ["Coreset", "CoresetSpec", "Dynamics", "Recorder", "Snapshot", "class_budgets", "convert", "coreset_of"]
__all__ += ["hard_cutoff", "images_from_arrays", "load_run", "score", "select"]

_ORIGINS = {"Coreset": "coreset", "CoresetSpec": "coreset", "Dynamics": "dynamics", "Recorder": "training.recorder"}
_ORIGINS |= {"Snapshot": "snapshot", "coreset_of": "api", "load_run": "store", "score": "scores", "select": "api"}
_ORIGINS |= {"convert": "conversion.pack", "images_from_arrays": "datasets.own_arrays"}
_ORIGINS |= {"class_budgets": "budgets.places", "hard_cutoff": "budgets.hard_cutoff"}
__getattr__, __dir__ = lazy.attributes(__name__, _ORIGINS)
