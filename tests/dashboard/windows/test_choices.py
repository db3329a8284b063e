"""Which trainings the window map offers."""

from dataclasses import replace

import pytest

from coreset_engine import store
from coreset_engine.dashboard.windows import choices
from coreset_engine.dashboard.windows.outcomes import PairAccuracy
from coreset_engine.papers import windows_for
from coreset_engine.windows import Windows

FACTS = store.RunInfo(epochs=60, samples=300, classes=3, architecture="lenet")
PLACE = choices.Place("tiny", Windows(4, 31, 10), 0.1, FACTS)


def test_the_search_comes_first_and_what_is_not_known_is_not_offered():
    assert list(choices.labels(PLACE)) == ["search", "cell", "row", "column", "grid"]
    (paper,) = windows_for("organamnist", 0.1)
    known = replace(PLACE, best=(10, 40), paper=paper)
    assert list(choices.labels(known))[5:] == ["around", "paper"]


@pytest.mark.parametrize(
    ("choice", "words"),
    [("search", "grid"), ("cell", "4/31"), ("row", "row:4"), ("column", "column:31"), ("around", "around:10/40")],
)
def test_a_choice_names_its_windows(choice, words):
    asked = choices.request(choice, replace(PLACE, best=(10, 40)), seeds=3)
    assert (asked.windows, asked.lengths, asked.training_seeds) == ((words,), (10,), (0, 1, 2))
    assert asked.search == ("model" if choice == "search" else "")


def test_the_best_windows_are_those_with_the_highest_mean_of_trainings_that_did_not_collapse():
    nan = float("nan")
    reached = [PairAccuracy(1, 21, 0.7, nan, 2), PairAccuracy(3, 9, 0.8, nan, 1), PairAccuracy(5, 9, nan, nan, 0, 2)]
    assert choices.best(reached) == (3, 9)
    assert choices.best(reached[2:]) is None


def test_the_papers_windows_are_told_as_published_or_it_is_said_of_which_there_are_none():
    (paper,) = windows_for("organamnist", 0.1)
    assert "published" in choices.of_papers(paper, "organamnist")
    assert "200 epochs" in choices.of_papers(None, "organamnist")
    assert "No windows are published for demo" in choices.of_papers(None, "demo")


def test_a_run_without_images_or_of_an_unknown_network_says_why_nothing_can_be_trained(cache):
    assert "not in the cache" in choices.hindrance(FACTS, None)
    foreign = store.RunInfo(epochs=60, samples=300, classes=3, architecture="")
    assert "Experiments page" in choices.hindrance(foreign, object())
    own_loop = replace(FACTS, origin="recorder")
    assert "not trained here" in choices.hindrance(own_loop, object())
    assert choices.hindrance(FACTS, object()) == ""


def test_no_search_is_offered_where_the_grid_has_one_pair():
    short = replace(PLACE, current=Windows(1, 7, 6), facts=replace(FACTS, epochs=12))
    assert list(choices.labels(short)) == ["cell", "row", "column", "grid"]
