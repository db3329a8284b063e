"""What is asked of a recording, of an import and of retrainings: one type each for commands, pages, queue and Python."""

from __future__ import annotations

from collections.abc import Sequence

from coreset_engine import argv
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.pipeline.requests.from_rows import MORE, more_seeds, of_row
from coreset_engine.pipeline.requests.importing import ImportRequest
from coreset_engine.pipeline.requests.recording import RecordingRequest, augments, folder_words
from coreset_engine.pipeline.requests.retraining import RetrainingRequest
from coreset_engine.pipeline.requests.sweep import SweepRequest
from coreset_engine.pipeline.requests.sweep_yaml import from_yaml, to_yaml
from coreset_engine.pipeline.requests.training import Retraining
from coreset_engine.pipeline.requests.window_words import window_pairs

__all__ = [
    "MORE",
    "ImportRequest",
    "RecordingRequest",
    "Request",
    "Retraining",
    "RetrainingRequest",
    "SweepRequest",
    "augments",
    "commands",
    "folder_words",
    "from_yaml",
    "more_seeds",
    "of_row",
    "python",
    "to_yaml",
    "window_pairs",
    "words_of",
]

Request = RecordingRequest | ImportRequest | RetrainingRequest | SweepRequest


def words_of(request: Request) -> list[str]:
    """Return a request as a command of the engine: its name and its arguments, as the queue holds them."""
    return [request.COMMAND, *request.to_argv()]


def commands(requests: Sequence[Request]) -> str:
    """Return requests as lines for a shell."""
    return "\n".join(argv.command(*words_of(request)) for request in requests)


def python(requests: Sequence[Request]) -> str:
    """Return lines of Python that do what requests ask for, one after the other; retrainings leave their `rows`."""
    swept = [request for request in requests if isinstance(request, SweepRequest)]
    if swept:
        return _sweeps(swept)
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


def _sweeps(requests: Sequence[SweepRequest]) -> str:
    """Return lines of Python that carry out sweeps, which leave their `outcomes`, and searches, which leave `found`."""
    names = sorted({"find_best" if one.search else "train" for one in requests})
    lines = [f"from {__package__.rpartition('.')[0]} import SweepRequest"]
    lines += [f"from coreset_engine.sweep import {', '.join(names)}", ""]
    lines += [
        f"found = list(find_best({one.to_python()}))[-1]"
        if one.search
        else f"outcomes = list(train({one.to_python()}))"
        for one in requests
    ]
    return "\n".join(lines)
