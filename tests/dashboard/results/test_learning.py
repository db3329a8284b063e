"""Learning curves of retrainings, from rows of known curves."""

import pytest

from coreset_engine.dashboard.charts import theme
from coreset_engine.dashboard.results import charts, data
from coreset_engine.results.learning import with_curve
from tests.compared import config, frame, metrics

CURVE = {"train_loss": [2.0, 1.0, 0.5], "val_loss": [1.5, 1.2, 1.4], "val_accuracy": [0.4, 0.62345, 0.6]}


@pytest.fixture(autouse=True)
def light(monkeypatch):
    monkeypatch.setattr(theme, "_is_dark", lambda: False)


def row(method, seed=0, best_epoch=2, **more):
    return config(method, seed=seed, epochs=3), metrics(0.8, best_epoch=best_epoch, curve=CURVE, **more)


def named(*rows):
    """The rows by their titles."""
    table = frame(*rows)
    return list(zip(data.titles(table), table.to_dict("records"), strict=True))


def test_rows_without_curves_are_left_out():
    table = frame(row("random"), (config("aum", epochs=3), metrics(0.8)))
    assert with_curve(table)["label"].tolist() == ["random"]
    assert with_curve(frame((config("aum"), metrics(0.8)))).empty


def test_all_data_and_random_are_shown_first_the_newest_of_each():
    rows = with_curve(frame(row("aum"), row("el2n"), row("random"), row("random", 1), row("full"), row("grand")))
    shown = data.first_shown(rows)
    assert shown["label"].tolist() == ["full", "random", "grand"]
    assert shown["seed"].tolist() == [0, 1, 0]


def test_losses_have_a_dashed_train_and_a_solid_val_line_and_the_best_epoch_is_marked():
    spec = charts.losses(named(row("random")))
    train, val, best = spec["series"]
    assert (train["lineStyle"]["type"], train["data"]) == ("dashed", [[1, 2.0], [2, 1.0], [3, 0.5]])
    assert (val["lineStyle"]["type"], val["data"][2]) == ("solid", [3, 1.4])
    assert best["data"] == [[2, 1.2]]
    assert len({series["name"] for series in spec["series"]}) == 1
    assert "nats" in spec["yAxis"]["name"]


def test_accuracies_are_in_percent():
    val, best = charts.accuracies(named(row("random")))["series"]
    assert val["data"][1] == best["data"][0] == [2, 62.34]


def test_a_training_without_a_best_epoch_has_no_mark():
    assert charts.accuracies(named(row("random", best_epoch=0)))["series"][1]["data"] == []


def test_more_retrainings_than_colours_are_drawn():
    spec = charts.accuracies(named(*[row("random", seed) for seed in range(16)]))
    assert len(spec["series"]) == 32
