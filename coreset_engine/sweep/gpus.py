"""The GPUs of this machine: which trainings may use, what memory is free on them, and how many trainings that bears."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

VISIBLE = "CUDA_VISIBLE_DEVICES"
_ASKED = "index,uuid,memory.free"  # in MiB
_SECONDS = 10.0  # for the driver's answer


@dataclass(frozen=True)
class Gpu:
    """One GPU.

    Attributes:
        name: as `CUDA_VISIBLE_DEVICES` takes it.
        free: memory in bytes; 0 where the driver does not say.
    """

    name: str
    free: int


def names(device: str) -> list[str]:
    """Return the GPUs that trainings may use, without asking the driver or loading torch; none for the device "cpu"."""
    if device == "cpu":
        return []
    here = sorted(path.name[6:] for path in Path("/dev").glob("nvidia*") if path.name[6:].isdigit())
    told = os.environ.get(VISIBLE)
    if told is None:
        return here
    return [name.strip() for name in told.split(",") if name.strip() and name.strip() != "-1"]


def found(device: str) -> list[Gpu]:
    """Return the GPUs that trainings may use, with their free memory as the driver tells it."""
    known = names(device)
    asked = _driver() if known else []
    if os.environ.get(VISIBLE) is None and asked:  # by their long names: CUDA counts in another order than the driver
        return [Gpu(long, free) for _, long, free in asked]
    of_name = {name: free for short, long, free in asked for name in (short, long)}
    return [Gpu(name, of_name.get(name, 0)) for name in known]


def _driver() -> list[tuple[str, str, int]]:
    """Return number, long name and free bytes of every GPU; none where the driver does not answer."""
    command = ["nvidia-smi", f"--query-gpu={_ASKED}", "--format=csv,noheader,nounits"]
    with suppress(OSError, subprocess.SubprocessError, ValueError):
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_SECONDS).stdout
        lines = [[part.strip() for part in line.split(",")] for line in said.splitlines() if line.strip()]
        return [(short, long, int(free) << 20) for short, long, free in lines]
    return []
