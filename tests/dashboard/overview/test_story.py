"""The demo in numbers, by hand: what is kept, what is reached, and what is left out where a number is missing."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from coreset_engine.dashboard.overview import story
from coreset_engine.errors import DatasetError
from coreset_engine.pipeline import demo
from tests.dashboard.results.test_data import result

WRONG = np.arange(20) < 4  # the first four labels
KEPT = {"random": [0, 9], "eva": [5], "el2n": [0, 1, 2, 3]}


def select(spec):
    """A coreset of some rows by its method; the set to exclude holds rows 1 to 3, and rows 0 to 3 are cut off."""
    left = {1, 2, 3} if spec.exclusion else {0, 1, 2, 3} if spec.hard_cutoff else set()
    return SimpleNamespace(rows=np.array(sorted(set(KEPT[spec.method]) - left)))


def row(label, seed, accuracy):
    return result("eva", seed, accuracy, 0.1) | {"label": label, "epochs": 30}


AUTO = "random, tempered budgets τ=0.5, hard cut-off β=0.3"
TABLE = pd.DataFrame(
    [
        row("random", 0, 0.8),
        row("random", 1, 0.7),
        row(AUTO, 0, 0.85),
        row("eva 1/21 K10", 0, 0.6),
        row("eva 2/21 K10", 0, 0.65),
        row("el2n", 0, 0.2),
        row("el2n without 3 rows (lowest-aum, abcd)", 0, 0.3),
        row("el2n without 5 rows (others, abcd)", 0, 0.9),
        row("random", 0, 0.1) | {"rate": 0.2},
        row("random", 0, 0.1) | {"epochs": 2},
    ]
)


def test_the_story_is_told_in_the_numbers_of_its_lines():
    told = story.sentences(story.lines(WRONG, select, TABLE), 4)
    assert "EL2N keeps 4 of 4 injected label errors, EVA 0, Random 1, `auto` 0." in told[0]
    assert "windows 2/21 reaches 65.0 % (n = 1) test accuracy, with 1/21 60.0 % (n = 1)." in told[1]
    assert "keeps 1 label errors in place of 4, and reaches 30.0 % (n = 1) in place of 20.0 % (n = 1)." in told[2]
    assert "It reaches 75.0 % (n = 2); " in told[3]
    assert told[3].endswith("85.0 % (n = 1).")


def test_what_is_not_trained_or_not_saved_is_not_told():
    def unsaved(spec):
        if spec.exclusion:
            raise DatasetError("There is no such set.")
        return select(spec)

    assert len(story.sentences(story.lines(WRONG, select, pd.DataFrame()), 4)) == 1
    assert len(story.sentences(story.lines(WRONG, unsaved, TABLE), 4)) == 3


def test_the_demo_makes_five_trainings_of_every_line_that_the_story_tells():
    assert (
        demo.RUN,
        demo.EPOCHS,
        demo.RATES[0],
        demo.EXCLUSION,
    ) == (story.RUN, story.EPOCHS, story.RATE, story.EXCLUSION)
    for spec in story.specs().values():
        seeds = [one.seed for one in demo.planned() if one.spec.with_seed(0) == spec.with_seed(0)]
        assert sorted(seeds) == [0, 1, 2, 3, 4], spec.label
