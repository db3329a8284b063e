"""Which retrainings the buttons of the window map start."""

import pytest

from coreset_engine import store
from coreset_engine.dashboard.experiments import parts
from coreset_engine.dashboard.windows import retrain
from coreset_engine.dashboard.windows.retrain import Batch
from coreset_engine.papers import windows_for
from coreset_engine.pipeline import requests
from coreset_engine.windows import Windows

FACTS = store.RunInfo(epochs=60, samples=300, classes=3, architecture="lenet")


@pytest.fixture(autouse=True)
def known_speed(monkeypatch):
    monkeypatch.setattr(parts, "seconds_per_image", lambda facts, run: 0.001)


def test_a_row_is_the_early_window_with_every_late_one_of_the_10_epoch_grid():
    # starts at T = 60, K = 10: 1 11 21 31 41 51
    assert retrain.row(60, Windows(4, 31, 10)) == [(4, 21), (4, 31), (4, 41), (4, 51)]
    assert retrain.row(60, Windows(41, 51, 10)) == [(41, 51)]


def test_the_grid_holds_every_legal_pair_of_starts():
    assert retrain.grid(40, 10) == [(1, 11), (1, 21), (1, 31), (11, 21), (11, 31), (21, 31)]


def test_all_pairs_are_one_job_and_the_count_is_pairs_times_seeds():
    batch = Batch("This row", ((4, 21), (4, 31)), 10)
    planned = retrain.plan("tiny", batch, 0.1, 3, 60, FACTS)
    assert planned.count == 6
    sentence = parts.sentence([planned], FACTS)
    assert sentence.startswith("6 retrainings;")
    # 300 samples x 0.1 x 60 epochs x 6 retrainings = 10,800 images of 1 ms
    assert "Roughly 11 s" in sentence
    assert " ".join(requests.words_of(planned)) == (
        "retrain tiny --method eva --rate 0.1 --architecture lenet --epochs 60 --seeds 0 1 2 "
        "--option length=10 --windows 4/21 4/31"
    )
    assert planned.title == "Retrain on eva coresets of tiny, 2 pairs of windows, 4/21 to 4/31"


def test_one_pair_is_told_by_its_windows():
    planned = retrain.plan("tiny", Batch("This cell", ((4, 31),), 10), 0.1, 1, 60, FACTS)
    assert planned.to_argv()[-2:] == ["--windows", "4/31"]
    assert planned.title == "Retrain on eva coresets of tiny, 4/31"


def test_the_papers_windows_are_offered_as_published_or_it_is_said_why_not():
    here = Windows(1, 11, 10)
    (paper,) = windows_for("organamnist", 0.1)
    batch, text = retrain.batches(here, 200, paper, "organamnist")["paper"]
    assert batch.pairs == ((100, 190),)
    assert "published" in text
    batch, text = retrain.batches(here, 60, None, "organamnist")["paper"]
    assert not batch.pairs
    assert "10 %" in text
    assert "200 epochs" in text
    assert "No windows are published for demo" in retrain.batches(here, 60, None, "demo")["paper"][1]


def test_a_run_without_images_or_of_an_unknown_network_says_why_nothing_can_be_trained(cache):
    assert "not in the cache" in retrain.hindrance(FACTS, None)
    foreign = store.RunInfo(epochs=60, samples=300, classes=3, architecture="")
    assert "Retrain page" in retrain.hindrance(foreign, object())
    assert retrain.hindrance(FACTS, object()) == ""
