"""Dynamics on disk: the run folders and their `dynamics.h5`; the only package that opens an HDF5 file."""

from coreset_engine.store.claims import RunClaim, built_aside, clear, is_taken, refuse_other, sweep
from coreset_engine.store.foreign import is_of_several, read_foreign, read_signal
from coreset_engine.store.layout import CLASS_LOSS, FILE_NAME, METRICS, RunInfo, RunVersion, new_uuid
from coreset_engine.store.reader import RunFile
from coreset_engine.store.runs import (
    load_run,
    read_as,
    read_request,
    run_names,
    run_size,
    run_summary,
    utc_now,
    verify,
    write_request,
)
from coreset_engine.store.snapshot import FILE_NAME as SNAPSHOT_NAME
from coreset_engine.store.snapshot import (
    clear_snapshots,
    feature_width,
    read_snapshot,
    snapshot_epochs,
    snapshot_sums,
    write_snapshot,
)
from coreset_engine.store.trash import delete_run, deleted_runs, empty_trash, open_for_server, restore_run
from coreset_engine.store.writer import RunWriter, is_being_written

__all__ = [
    "CLASS_LOSS",
    "FILE_NAME",
    "METRICS",
    "SNAPSHOT_NAME",
    "RunClaim",
    "RunFile",
    "RunInfo",
    "RunVersion",
    "RunWriter",
    "built_aside",
    "clear",
    "clear_snapshots",
    "delete_run",
    "deleted_runs",
    "empty_trash",
    "feature_width",
    "is_being_written",
    "is_of_several",
    "is_taken",
    "load_run",
    "new_uuid",
    "open_for_server",
    "read_as",
    "read_foreign",
    "read_request",
    "read_signal",
    "read_snapshot",
    "refuse_other",
    "restore_run",
    "run_names",
    "run_size",
    "run_summary",
    "snapshot_epochs",
    "snapshot_sums",
    "sweep",
    "utc_now",
    "verify",
    "write_request",
    "write_snapshot",
]
