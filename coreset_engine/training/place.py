"""Place: which of several processes of one training this is, as torchrun says; named without importing torch."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where this process stands among those of one training.

    Attributes:
        rank: from 0; the process of rank 0 claims, writes and prints for all.
        count: of the processes; 1 where this one trains alone.
        local: rank among the processes of this machine, which decides the GPU.
        local_count: of the processes of this machine.
    """

    rank: int = 0
    count: int = 1
    local: int = 0
    local_count: int = 1


def place() -> Place:
    """Return the place that torchrun gave this process in its environment; that of one alone where it was not asked."""
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    found = [os.environ.get(name, "") for name in names]
    if "TORCHELASTIC_RUN_ID" not in os.environ or not all(text.isdigit() for text in found):
        return Place()
    return Place(*(int(text) for text in found))
