"""Of many changes to every kind of file none goes unsaid, none ends in a traceback, a hang or a crash."""

import shutil
import time

import numpy as np
import pytest

from tests.hard import mutations, tally

WRONG = ("silent", "traceback", "hang", "crash")
LONG = 20_000  # changes in all kinds together


@pytest.fixture(scope="session")
def filled(once, recorded_once):
    """A cache with one file of every kind; tests copy it."""
    return once("mutated", lambda cache: fill(shutil.copytree(recorded_once, cache, dirs_exist_ok=True)))


def fill(cache):
    import torch

    from coreset_engine import load_run, window_map
    from coreset_engine.dashboard.shell import saved_views
    from coreset_engine.executors import table
    from coreset_engine.store import exclusions
    from coreset_engine.training import checkpoints
    from tests.hard.hostile_searches import search_file

    exclusions.save("wrong", [3, 6], dataset="blood", dataset_sha256="ab" * 32, samples=10, reasons={3: "seen"})
    saved_views.save(saved_views.SavedView("early", "Explore", "run=tiny&rate=10"))
    with table.entering("local", ["record", "--run", "x"], "Record x"):
        pass
    run = load_run("tiny")
    window_map.make(run, length=2, rate=0.3, step=1, current=np.arange(200) < 60)
    for folder in ("retrainings", "searches"):
        (cache / folder).mkdir(exist_ok=True)
    (cache / "searches" / "one.json").write_bytes(search_file())
    checkpoints.write(cache / "retrainings" / "one.pt", {"weight": torch.arange(500.0), "epoch": 3})


def test_no_change_of_any_kind_of_file_goes_unsaid(filled):
    found, errors = mutations.figures_of_all(filled, 12, ways=("bit", "bit", "bit", "byte", "cut", "zeros"))
    wrong = {kind: dict(outcomes) for kind, outcomes in found.items() if outcomes.keys() & set(WRONG)}
    assert (wrong, errors) == ({}, "")
    assert {kind: sum(outcomes.values()) for kind, outcomes in found.items()} == dict.fromkeys(mutations.KINDS, 12)


@pytest.mark.hard
@pytest.mark.parametrize("kind", mutations.KINDS)
def test_no_change_of_a_kind_of_file_goes_unsaid(filled, kind):
    began, count = time.monotonic(), -(-LONG // len(mutations.KINDS))
    found = mutations.figures(filled, kind, count, seed=1)
    wrong = sum(found[name] for name in WRONG)
    name = f"mutations_{kind.replace(' ', '_').replace('.', '_')}"
    facts = {"name": name, "wanted": count, "tries": count, "lost": 0, "wrong": wrong}
    tally.write(name, facts | found, time.monotonic() - began)
    assert {name: found[name] for name in WRONG} == dict.fromkeys(WRONG, 0), found["bad"]
