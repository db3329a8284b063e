"""The table of docs/reliability.md: each fault, what is promised, the test that holds it, and what it last found."""

import json
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "tests" / "hard" / "figures"


class Promise(NamedTuple):
    """One row: a fault, what is promised of it, the file of its test, and the beginning of its figures' names."""

    fault: str
    promise: str
    test: str
    figures: str = ""


PROMISES = (
    Promise(
        "`kill -9` of a recording",
        "No recorded epoch is lost but the one being written; resumed, it equals an undisturbed one to the byte.",
        "tests/hard/test_kills.py",
        "kills_record",
    ),
    Promise(
        "`kill -9` of retrainings",
        "Each result row is there once, with the figures of an undisturbed one.",
        "tests/hard/test_kills.py",
        "kills_retrain",
    ),
    Promise("`kill -9` of an import", "There is the whole run, or none.", "tests/hard/test_kills.py", "kills_import"),
    Promise(
        "`kill -9` of a job's worker",
        "The job is interrupted, can be resumed, and ends as an undisturbed one.",
        "tests/hard/test_kills.py",
        "kills_worker",
    ),
    Promise("`kill -9` of the app", "Its jobs go on and end well.", "tests/hard/test_kills.py", "kills_server"),
    Promise(
        "A disk too small, in fifty sizes",
        "One sentence; what ended well stays; with more room it goes on as if undisturbed.",
        "tests/hard/test_disks.py",
        "disks",
    ),
    Promise(
        "Changed bits, bytes, cut files, zeros",
        "Said in a sentence or without effect: never silent, a traceback, a hang or a crash.",
        "tests/hard/test_mutations.py",
        "mutations_",
    ),
    Promise(
        "Two servers and a worker on one cache",
        "Of the jobs that visitors of both start none is lost, runs twice or ends badly.",
        "tests/hard/test_shared_cache.py",
        "shared_cache",
    ),
    Promise(
        "Hostile files",
        "Refused with one sentence, within 2 s of the processor's time and 300 MiB.",
        "tests/hard/test_hostile_files.py",
    ),
    Promise(
        "Hostile zips and searches",
        "The same; nothing is written where a member's path leads.",
        "tests/hard/test_hostile_zips.py",
    ),
    Promise(
        "The first signal while waiting, downloading, hashing, reading",
        "Exit code 130 and one sentence; no part of a download has the final name.",
        "tests/cli/test_first_signal.py",
    ),
    Promise(
        "A second app on one cache", "What was deleted in the first can still be restored.", "tests/store/test_trash.py"
    ),
    Promise(
        "Damaged rows of jobs",
        "They are left out, and the list of jobs says so.",
        "tests/dashboard/shell/test_queue_panel.py",
    ),
)


def rows() -> list[tuple[str, str, str, str]]:
    """Return the table's rows: fault, promise, test, last figure."""
    return [
        (row.fault, row.promise, f"`{row.test}`", last_figure(row.figures) or "runs with every test run")
        for row in PROMISES
    ]


def last_figure(name: str) -> str:
    """Return what the long form of a test found last, "not run yet" where nothing is noted, "" for one without."""
    if not name:
        return ""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FIGURES.glob(f"{name}*.json"))]
    if not found:
        return "not run yet"
    tries, wanted, lost, wrong = (sum(one[what] for one in found) for what in ("tries", "wanted", "lost", "wrong"))
    return f"{tries:,} of {wanted:,} tries: {lost} lost, {wrong} wrong ({max(one['date'] for one in found)})"
