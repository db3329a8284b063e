"""What is asked of a recording, of an import and of retrainings: one type each for commands, pages, queue and Python."""

from __future__ import annotations

from collections.abc import Sequence

from coreset_engine import argv
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.pipeline.requests.importing import ImportRequest
from coreset_engine.pipeline.requests.recording import RecordingRequest, augments, folder_words
from coreset_engine.pipeline.requests.retraining import Retraining, RetrainingRequest, window_pairs

__all__ = [
    "ImportRequest",
    "RecordingRequest",
    "Request",
    "Retraining",
    "RetrainingRequest",
    "augments",
    "commands",
    "folder_words",
    "python",
    "window_pairs",
    "words_of",
]

Request = RecordingRequest | ImportRequest | RetrainingRequest


def words_of(request: Request) -> list[str]:
    """Return a request as a command of the engine: its name and its arguments, as the queue holds them."""
    return [request.COMMAND, *request.to_argv()]


def commands(requests: Sequence[Request]) -> str:
    """Return requests as lines for a shell."""
    return "\n".join(argv.command(*words_of(request)) for request in requests)


def python(requests: Sequence[Request]) -> str:
    """Return lines of Python that do what requests ask for, one after the other; retrainings leave their `rows`."""
    kinds = {type(request) for request in requests}
    does = {RecordingRequest: "record", ImportRequest: "import_dynamics", RetrainingRequest: "retrain"}
    names = sorted({name for kind in kinds for name in (kind.__name__, does[kind])}, key=str.lower)
    lines = ["from coreset_engine.config import Recipe"] if RecordingRequest in kinds else []
    if any(isinstance(one, RecordingRequest) and one.corruption != Corruption() for one in requests):
        lines.append("from coreset_engine.datasets.corruptions import Corruption")
    if any(isinstance(one, RecordingRequest) and one.folder != FolderOptions() for one in requests):
        lines.append("from coreset_engine.datasets.folder_options import FolderOptions")
    lines += [f"from {__package__.rpartition('.')[0]} import {', '.join(names)}", ""]
    lines += [f"{does[type(one)]}({one.to_python()})" for one in requests if not isinstance(one, RetrainingRequest)]
    trained = [one.to_python() for one in requests if isinstance(one, RetrainingRequest)]
    if len(trained) == 1:
        lines.append(f"rows = list(retrain({trained[0]}))")
    elif trained:
        lines += ["requests = [", *(f"    {one}," for one in trained), "]"]
        lines.append("rows = [row for request in requests for row in retrain(request)]")
    return "\n".join(lines)
