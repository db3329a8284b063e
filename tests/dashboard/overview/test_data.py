"""What the Overview page says of runs and results, worked out by hand."""

import pandas as pd

from coreset_engine.dashboard.overview import charts, data
from tests.dashboard.results.test_data import result

SUMMARY = {
    "run": "tiny",
    "dataset": "demo",
    "architecture": "lenet",
    "epochs_done": 6,
    "epochs": 12,
    "samples": 300,
    "classes": 11,
    "val_accuracy": 0.875,
    "seed": 0,
    "mebibytes": 1.5,
    "created": "2026-01-02T03:04:05+00:00",
    "synthetic": True,
    "problem": "",
}


def test_runs_stand_with_the_newest_first_and_synthetic_images_are_called_so():
    later = SUMMARY | {"run": "later", "created": "2026-02-02T03:04:05+00:00", "synthetic": False}
    table = data.run_table([SUMMARY, later])
    assert table["run"].tolist() == ["later", "tiny"]
    assert table["data set"].tolist() == ["demo", "demo (synthetic)"]
    assert (table["recorded"].tolist(), table["val accuracy"].tolist()) == ([50.0, 50.0], [87.5, 87.5])
    assert table["explore"].tolist() == ["/Explore?run=later", "/Explore?run=tiny"]


def test_a_run_that_can_not_be_read_is_a_sentence_and_not_in_the_table():
    damaged = {"run": "broken", "problem": "dynamics.h5 is truncated."}
    assert data.run_table([SUMMARY, damaged])["run"].tolist() == ["tiny"]
    assert data.problems([SUMMARY, damaged]) == ["broken: dynamics.h5 is truncated."]


ROWS = [
    result("full", 0, 0.9, 1.0),
    result("full", 1, 0.8, 1.0),
    result("eva", 0, 0.4, 0.1),
    result("eva", 0, 0.5, 0.3),
    result("random", 0, 0.6, 0.3),
]


def first(rows, dataset_sha256=""):
    """Heading and rows of what is shown at a glance before anything else is chosen."""
    return next(iter(data.glances(pd.DataFrame(rows), dataset_sha256).items()))


def test_the_glance_shows_means_of_random_first_then_the_methods_and_full_data_as_a_level():
    spec, said = charts.chart(first(ROWS)[1])
    lines = {line["name"]: line for line in spec["series"] if line["type"] == "line" and line["data"]}
    assert list(lines) == ["random", "eva"]
    assert [point[:2] for point in lines["eva"]["data"]] == [[10.0, 40.0], [30.0, 50.0]]
    levels = [one["markLine"]["data"] for one in spec["series"] if "markLine" in one]
    assert levels == [[{"yAxis": 85.0}]]  # the mean of 90 and 80
    assert "full 85.0 % at α = 100 % (n = 2)" in said


def test_every_retraining_is_a_point_of_its_method():
    rows = [*ROWS, result("eva", 1, 0.7, 0.3)]
    spec, _ = charts.chart(first(rows)[1])
    points = next(one for one in spec["series"] if (one["type"], one["name"]) == ("scatter", "eva"))
    assert sorted((rate, value) for rate, value, _ in points["data"]) == [(10.0, 40.0), (30.0, 50.0), (30.0, 70.0)]
    line = next(one for one in spec["series"] if (one["type"], one["name"]) == ("line", "eva"))
    assert line["data"][1] == [30.0, 60.0, "α = 30 %: 60 % (n = 2)"]


def test_a_collapsed_retraining_is_not_shown_at_a_glance():
    rows = [*ROWS, result("eva", 1, 0.1, 0.3) | {"collapsed": 1}]
    assert len(first(rows)[1]) == len(ROWS)


def test_without_results_there_is_nothing_to_glance_at():
    assert data.glances(pd.DataFrame(), "") == {}


def test_trainings_on_all_data_alone_show_nothing_of_coresets():
    assert data.glances(pd.DataFrame(ROWS[:2]), "") == {}


def test_what_a_search_trained_neither_shows_at_a_glance_nor_turns_to_other_epochs():
    rows = [*ROWS, result("eva", 1, 0.7, 0.3) | {"found_by": "halving", "epochs": 7}]
    head, shown = first(rows)
    assert (head, len(shown)) == (first(ROWS)[0], len(ROWS))


def test_what_is_shown_at_first_does_not_change_when_something_else_is_trained():
    head = first(ROWS)[0]
    quick = [row | {"epochs": 2} for row in ROWS[1:3]]
    other = [row | {"dataset_sha256": "f" * 64, "data": "other"} for row in ROWS] * 2
    groups = data.glances(pd.DataFrame([*ROWS, *quick, *other]), "")
    assert [len(rows) for rows in groups.values()] == [5, 2, 10]
    assert next(iter(groups)) == head
    assert first([*ROWS, *other], "f" * 64)[0].startswith("other, ")
    assert first([*other, *ROWS])[0].startswith("other, ")


def test_two_data_sets_of_one_name_are_told_apart():
    other = [row | {"dataset_sha256": "f" * 64} for row in ROWS]
    assert list(data.glances(pd.DataFrame([*ROWS, *other]), ""))[1].endswith(", ffffffff")
