"""Coreset engine: training dynamics, scores, selection rules and coresets of medical images."""

__version__ = "0.1.0"  # first, since modules below write it into files

from coreset_engine.api import select
from coreset_engine.dynamics import Dynamics
from coreset_engine.scores import score
from coreset_engine.snapshot import Snapshot
from coreset_engine.store import load_run
from coreset_engine.training.recorder import Recorder

__all__ = ["Dynamics", "Recorder", "Snapshot", "load_run", "score", "select"]
