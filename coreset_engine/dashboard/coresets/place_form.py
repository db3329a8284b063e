"""Where a sweep is trained: on this machine, on Ray or on Slurm, and what each of them is told."""

from typing import Any

import streamlit as st

from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.pipeline.requests.sweep_place import EXECUTORS, HERE, LOCAL, RAY, SLURM, refused_on_pages
from coreset_engine.sweep import driver, gpus

LABELS = {LOCAL: "This machine", RAY: "Ray", SLURM: "Slurm"}
UNTOLD = {LOCAL: "by cores and memory", RAY: "by the cluster", SLURM: "16"}
PER_GPU = {LOCAL: "by its memory", RAY: "1"}


def choose_place() -> dict[str, Any]:
    """Draw the executor and what the chosen one can be told, and return them as fields of a sweep."""
    with st.expander("Executor"):
        chosen = st.radio(
            "Where cells are trained",
            EXECUTORS,
            format_func=LABELS.__getitem__,
            captions=["not here" if driver.executor(name).missing() else "" for name in EXECUTORS],
            horizontal=True,
            key="sweep_executor",
        )
        own = {RAY: _of_ray, SLURM: _of_slurm}.get(chosen, dict)()
        slots = st.number_input(
            "Trainings at once", 1, 1000, None, key="sweep_slots", placeholder=UNTOLD[chosen],
            help="More than the machines bear is slower. Empty: as many as cores and memory bear; on Ray one per CPU "
            "or GPU; on Slurm 16.",
        )  # fmt: skip
        if chosen == RAY or (chosen == LOCAL and gpus.names("auto")):
            own["slots_per_device"] = st.number_input(
                "At once on each GPU", 1, 100, None, key="sweep_per_device", placeholder=PER_GPU[chosen],
                help="Of no account on CPUs.",
            )  # fmt: skip
    return {"executor": chosen, "slots": slots, **own}


def hindrance(request: SweepRequest) -> str:
    """Return in a sentence or two why a page can't start a sweep where it asks for, "" where it can."""
    lacks = driver.executor(request.executor).missing(request.address)
    return lacks or refused_on_pages(request.executor, request.address)


def _of_ray() -> dict[str, Any]:
    """Draw the cluster's address and return it."""
    address = st.text_input(
        "Address", key="sweep_address", placeholder="HOST:PORT",
        help="Of the cluster's head, or `auto` on one of its machines. Empty: a Ray of its own on this machine. "
        "Another machine's must be allowed where the app is started.",
    )  # fmt: skip
    return {"address": address.strip()}


def _of_slurm() -> dict[str, Any]:
    """Draw what Slurm is told of its jobs and return it."""
    first, second = st.columns(2)
    told = {
        "partition": first.text_input("Partition", key="sweep_partition", placeholder="the cluster's default"),
        "account": second.text_input("Account", key="sweep_account", placeholder="your default"),
        "minutes": first.number_input("Minutes of a job", 1, 100_000, None, key="sweep_minutes", placeholder="60"),
        "mem": second.text_input("Memory of a job", key="sweep_memory", placeholder="the cluster's default"),
    }
    here = st.checkbox("Try the jobs on this machine, without Slurm", key="sweep_here")
    words = tuple(f"{name}={str(value).strip()}" for name, value in told.items() if value and str(value).strip())
    return {"slurm": words, "address": HERE if here else ""}
