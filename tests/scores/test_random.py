"""Random: a uniform draw by its seed."""

import numpy as np
import pytest

from coreset_engine import score, select
from coreset_engine.errors import ConfigError


def test_another_seed_gives_another_draw(tiny_run):
    assert not np.array_equal(score(tiny_run, "random", seed=1), score(tiny_run, "random", seed=2))


def test_every_sample_is_drawn_equally_often(golden_run):
    seeds = 200
    counts = np.zeros(600)
    for seed in range(seeds):
        counts[select(golden_run, method="random", rate=0.5, seed=seed)] += 1
    # 100 of 200 draws expected for each; the standard deviation of a fair draw is 7.07
    assert counts.sum() == 300 * seeds
    assert abs(counts.std() - 7.07) < 1.0
    assert abs(counts - 100).max() < 5 * 7.07


def test_a_negative_seed_is_refused_in_words(tiny_run):
    with pytest.raises(ConfigError, match=r"seed=-1 is not possible: give a value of type int, 0 or more"):
        score(tiny_run, "random", seed=-1)
