"""How differences to Random read."""

import pytest

from coreset_engine import results
from coreset_engine.results.parts import Question, get
from tests.compared import config, frame, metrics

FIGURE = "test_acc_best_val"
EVA = {"early": 1, "late": 190, "length": 10}


def for_people(table, metric=FIGURE):
    return get("random").for_people(table, Question(metric=metric))


def seeds(method, values, **more):
    """One row a value, seeds counting from 0."""
    return [(config(method, seed=seed, **more), metrics(value)) for seed, value in enumerate(values)]


def test_people_read_differences_in_points_with_their_interval():
    rows = [*seeds("random", [0.60, 0.64, 0.69]), *seeds("aum", [0.40, 0.45, 0.49])]
    found = for_people(results.against_random(frame(*rows), FIGURE)).iloc[0]
    assert found["difference"] == pytest.approx(-100 * 0.59 / 3)
    assert found["low"] < found["difference"] < found["high"] < 0
    assert found["against"] == "Random, uniform"
