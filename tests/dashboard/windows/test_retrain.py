"""Which retrainings the buttons of the window map start."""

from dataclasses import replace

import pytest

from coreset_engine import store
from coreset_engine.dashboard.controls import retraining
from coreset_engine.dashboard.windows import retrain
from coreset_engine.papers import windows_for
from coreset_engine.pipeline import requests
from coreset_engine.windows import Windows

FACTS = store.RunInfo(epochs=60, samples=300, classes=3, architecture="lenet")


@pytest.fixture(autouse=True)
def known_speed(monkeypatch):
    monkeypatch.setattr(retraining, "seconds_per_image", lambda facts, run: 0.001)


def test_a_row_is_the_early_window_with_every_late_one_of_the_10_epoch_grid():
    # starts at T = 60, K = 10: 1 11 21 31 41 51
    assert retrain.row(60, Windows(4, 31, 10)) == [(4, 21), (4, 31), (4, 41), (4, 51)]
    assert retrain.row(60, Windows(41, 51, 10)) == [(41, 51)]


def test_the_grid_holds_every_legal_pair_of_starts():
    assert retrain.grid(40, 10) == [(1, 11), (1, 21), (1, 31), (11, 21), (11, 31), (21, 31)]


def test_all_pairs_are_one_job_and_the_count_is_pairs_times_seeds():
    along, _ = retrain.batches("tiny", Windows(4, 21, 10), 0.1, replace(FACTS, epochs=40), None)["row"]
    assert along.windows == ((4, 21), (4, 31))
    planned = replace(along, seeds=(0, 1, 2), epochs=60)
    assert planned.count == 6
    sentence = retraining.sentence([planned], FACTS)
    assert sentence.startswith("6 retrainings;")
    # 300 samples x 0.1 x 60 epochs x 6 retrainings = 10,800 images of 1 ms
    assert "Roughly 11 s" in sentence
    assert " ".join(requests.words_of(planned)) == (
        "retrain tiny --method eva --rate 0.1 --architecture lenet --epochs 60 --seeds 0 1 2 "
        "--option length=10 --windows 4/21 4/31"
    )
    assert planned.title == "Retrain on eva coresets of tiny, 2 pairs of windows, 4/21 to 4/31"


def test_one_pair_is_told_by_its_windows():
    planned, _ = retrain.batches("tiny", Windows(4, 31, 10), 0.1, FACTS, None)["cell"]
    assert planned.to_argv()[-2:] == ["--windows", "4/31"]
    assert planned.title == "Retrain on eva coresets of tiny, 4/31"


def test_the_papers_windows_are_offered_as_published_or_it_is_said_why_not():
    def offered(epochs, dataset, paper):
        facts = replace(FACTS, epochs=epochs, dataset=dataset)
        return retrain.batches("tiny", Windows(1, 11, 10), 0.1, facts, paper)["paper"]

    (paper,) = windows_for("organamnist", 0.1)
    request, text = offered(200, "organamnist", paper)
    assert request.windows == ((100, 190),)
    assert "published" in text
    request, text = offered(60, "organamnist", None)
    assert request is None
    assert "10 %" in text
    assert "200 epochs" in text
    assert "No windows are published for demo" in offered(60, "demo", None)[1]


def test_a_run_without_images_or_of_an_unknown_network_says_why_nothing_can_be_trained(cache):
    assert "not in the cache" in retrain.hindrance(FACTS, None)
    foreign = store.RunInfo(epochs=60, samples=300, classes=3, architecture="")
    assert "Experiments page" in retrain.hindrance(foreign, object())
    assert retrain.hindrance(FACTS, object()) == ""
