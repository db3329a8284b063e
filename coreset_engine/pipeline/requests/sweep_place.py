"""Where the cells of a sweep are trained: this machine, Ray or Slurm, and what each of them can be told."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from coreset_engine.config import check_choice
from coreset_engine.errors import ConfigError

LOCAL, RAY, SLURM = EXECUTORS = ("local", "ray", "slurm")
HERE = "local"  # address of Slurm's jobs on this machine
FIELDS = ("executor", "slots", "slots_per_device", "address", "slurm")  # of a sweep; they change no row
SLURM_OPTIONS = ("partition", "account", "qos", "minutes", "mem", "constraint")
ALLOWED = "CORESET_RAY"  # environment: addresses of other machines that pages may use, with commas between them
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_WORD = re.compile(r"[\w.:,+&|@-]+")  # no character that ends a line of a job's script, or its quotes


def check(executor: str, slots: int | None, slots_per_device: int | None, address: str, slurm: Sequence[str]) -> None:
    """Raise where an executor can't be told what it is told.

    Args:
        executor: one of `EXECUTORS`.
        slots: trainings at once; None for what the machines bear.
        slots_per_device: trainings at once on one GPU; None for what its memory bears.
        address: of a Ray cluster, or `HERE` with Slurm; "" for none.
        slurm: options of its jobs as `name=value`.

    Raises:
        ConfigError: an executor is unknown, or has no use for an option, or its value is not possible.
    """
    check_choice("executor", executor, EXECUTORS)
    for option, value in (("--slots", slots), ("--slots-per-device", slots_per_device)):
        if value is not None and (not isinstance(value, int) or value < 1):
            raise ConfigError(f"{option} {value} is not possible: give 1 or more.")
    if slots_per_device is not None and executor == SLURM:
        raise ConfigError(
            "--slots-per-device is not possible with Slurm, which gives each job a GPU of its own. Leave it out."
        )
    if not isinstance(address, str):
        raise ConfigError(f"--address {address} is not possible: give HOST:PORT as text.")
    if address and executor == LOCAL:
        raise ConfigError(f"--address {address} is of a cluster. Give --executor ray, or leave it out.")
    if address not in ("", HERE) and executor == SLURM:
        raise ConfigError(f"--address {address} is not possible with Slurm: leave it out, or give {HERE}.")
    if slurm and executor != SLURM:
        raise ConfigError(f"--slurm {slurm[0]} is of Slurm. Give --executor slurm, or leave it out.")
    slurm_options(slurm)


def refused_on_pages(executor: str, address: str) -> str:
    """Return in a sentence why a page may not use an address, "" where it may.

    What a cluster returns is unpickled here, so whoever runs it can run code on this machine: that is for the person to
    decide who starts the app, not for every visitor. The command line takes any address.

    Args:
        executor: one of `EXECUTORS`.
        address: of its cluster.
    """
    told = [one.strip() for one in os.environ.get(ALLOWED, "").split(",")]
    if executor != RAY or address in ("", "auto", *told) or address.rpartition(":")[0] in _LOOPBACK:
        return ""
    return (
        f"{address} is another machine, and what runs there could run code here. Whoever runs this app allows it by "
        f"starting it with {ALLOWED}={address}; the command line needs no such word."
    )


def slurm_options(words: Sequence[str]) -> dict[str, str]:
    """Return what words such as `partition=gpu` tell Slurm, by name; of equal names the last.

    Raises:
        ConfigError: there is no such option, or a value is not possible.
    """
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if name not in SLURM_OPTIONS or not equals:
            raise ConfigError(f"--slurm {word!r} is no option as name=value. There are: {', '.join(SLURM_OPTIONS)}.")
        if not _WORD.fullmatch(value) or (name == "minutes" and not (value.isdecimal() and int(value))):
            wanted = "a number of minutes" if name == "minutes" else "letters, digits and . : , + & | @ - _"
            raise ConfigError(f"--slurm {name} takes {wanted}; given was {value!r}.")
        found[name] = value
    return found
