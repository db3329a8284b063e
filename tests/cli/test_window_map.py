"""The command `map`: what it prints, what it leaves in the cache, and how it stops."""

import re
import time

import numpy as np
import pytest

from coreset_engine import Recorder, load_run, paths, select, store, window_map
from coreset_engine.datasets import library
from coreset_engine.executors import queue
from coreset_engine.window_map import inputs
from tests.cli.helpers import refused

WINDOWS = ["--early", 1, "--late", 4, "--length", 2]


def read_table(out):
    """The printed measures: name -> (lowest, where, highest, where)."""
    return {line.split()[0]: line.split()[1:] for line in out.splitlines()[2:]}


def test_every_pair_of_a_run_is_compared_with_the_coreset_asked_for(run, recorded):
    code, out, _ = run("map", "tiny", "--rate", 0.1, *WINDOWS)
    assert code == 0
    # 5 epochs, K = 2: 1/3 1/4 2/4
    assert out.splitlines()[0] == "3 pairs of windows of tiny, K = 2, 20 of 200 samples kept."
    kept = {
        pair: set(select(load_run("tiny"), method="eva", rate=0.1, early=pair[0], late=pair[1], length=2).tolist())
        for pair in ((1, 3), (1, 4), (2, 4))
    }
    overlap = {pair: len(rows & kept[1, 4]) / len(rows | kept[1, 4]) for pair, rows in kept.items()}
    lowest, where, highest, best = read_table(out)["overlap"]
    assert float(lowest) == pytest.approx(min(overlap.values()), abs=5e-5)
    assert overlap[tuple(map(int, where.split("/")))] == min(overlap.values())
    assert (highest, best) == ("1.0000", "1/4")


def test_the_map_made_is_the_one_that_the_page_looks_for(run, recorded):
    assert run("map", "tiny", "--rate", 0.1, *WINDOWS)[0] == 0
    dynamics = load_run("tiny")
    info = store.RunFile(paths.run_folder("tiny")).info
    truth = library.cached(info.dataset, info.dataset_sha256).truth
    given = inputs.settings(dynamics, early=1, late=4, length=2, rate=0.1, truth=truth)
    assert window_map.load(window_map.key(dynamics, step=1, **given)).pairs == 3


def test_runs_to_average_tell_the_stability_over_seeds(run, recorded):
    norms, classes = load_run("tiny").error_norms, load_run("tiny").classes
    for name in ("one", "two"):  # a foreign loop tells no seed
        with Recorder(name, labels=load_run("tiny").labels, classes=classes, epochs=5) as recorder:
            for epoch in range(1, 6):
                recorder.record(epoch, np.arange(200), np.pad(norms[epoch - 1][:, None], ((0, 0), (0, classes - 1))))
                recorder.end_epoch(epoch)
    code, out, _ = run("map", "one", "--rate", 0.1, *WINDOWS, "--average", "two")
    assert code == 0
    assert read_table(out)["stability"][0] == "1.0000"
    assert "tiny stands twice" in refused(run("map", "tiny", "--rate", 0.1, *WINDOWS, "--average", "tiny"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--early", 1, "--late", 2, "--length", 2, "--rate", 0.1], "overlap"),
        (["--early", 1, "--late", 9, "--length", 2, "--rate", 0.1], "5 epochs"),
        ([*WINDOWS, "--rate", 0], "0"),
        ([*WINDOWS, "--rate", 0.1, "--step", 0], "step of 1 or more"),
    ],
)
def test_windows_and_rates_that_do_not_exist_are_refused(run, recorded, words, sentence):
    assert sentence in refused(run("map", "tiny", *words))


def test_a_map_made_as_a_job_tells_its_progress_and_stops_when_cancelled(cache):
    draws, labels = np.random.default_rng(0), np.arange(20_000) % 3
    with Recorder("large", labels=labels, classes=3, epochs=200) as recorder:
        for epoch in range(1, 201):
            recorder.record(epoch, np.arange(20_000), draws.normal(size=(20_000, 3)).astype(np.float32))
            recorder.end_epoch(epoch)
    number = queue.start(["map", "large", "--rate", "0.1", "--early", "1", "--late", "190"], "Map")
    deadline = time.monotonic() + 60
    while not queue.job(number).progress and time.monotonic() < deadline:
        time.sleep(0.02)
    told = queue.job(number)
    assert 0 < told.progress < 1
    assert re.fullmatch(r"[\d,]+ of 16,471 pairs of windows", told.message)
    stopped = queue.cancel(number)
    assert (stopped.state, "stopped after" in stopped.message) == ("cancelled", True)
    assert not (cache / "maps").exists()
