"""Dynamics on disk: the run folders and their `dynamics.h5`; the only package that opens an HDF5 file."""

from coreset_engine.store.foreign import read_foreign
from coreset_engine.store.layout import FILE_NAME, METRICS, RunInfo, RunVersion, new_uuid
from coreset_engine.store.reader import RunFile
from coreset_engine.store.runs import (
    load_run,
    read_as,
    read_request,
    run_names,
    run_summary,
    utc_now,
    verify,
    write_request,
)
from coreset_engine.store.snapshot import FILE_NAME as SNAPSHOT_NAME
from coreset_engine.store.snapshot import clear_snapshots, read_snapshot, snapshot_epochs, write_snapshot
from coreset_engine.store.writer import RunWriter, is_being_written

__all__ = [
    "FILE_NAME",
    "METRICS",
    "SNAPSHOT_NAME",
    "RunFile",
    "RunInfo",
    "RunVersion",
    "RunWriter",
    "clear_snapshots",
    "is_being_written",
    "load_run",
    "new_uuid",
    "read_as",
    "read_foreign",
    "read_request",
    "read_snapshot",
    "run_names",
    "run_summary",
    "snapshot_epochs",
    "utc_now",
    "verify",
    "write_request",
    "write_snapshot",
]
