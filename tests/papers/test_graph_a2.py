"""The tables of Graph-A2 and of its re-runs, against values copied by hand from what was published."""

import csv
from collections import Counter

import pytest

from coreset_engine.papers import tables

GRAPH, FIVE, EIGHT = "Graph-A2 (MICCAI 2026)", "Graph-A2 re-run (5 seeds)", "Graph-A2 re-run (8 seeds)"
CELLS = [cell for paper in (GRAPH, FIVE, EIGHT) for cell in tables.cells(paper)]
BALANCED, PLAIN = "test_bal_acc_last", "test_acc_last"


def test_every_table_has_all_of_its_cells():
    assert Counter((cell.paper, cell.table) for cell in CELLS) == {
        (GRAPH, "1"): 80,
        (FIVE, "final k50"): 80,
        (FIVE, "final acc"): 70,
        (FIVE, "best epoch k10"): 80,
        (FIVE, "final k10"): 10,
        (FIVE, "final acc k10"): 10,
        (FIVE, "final k50, other run"): 2,
        (FIVE, "final acc k50, other run"): 2,
        (EIGHT, "final 2%"): 40,
    }
    assert len(CELLS) == 374


@pytest.mark.parametrize(
    ("paper", "table", "dataset", "method", "rate", "value", "sd", "seeds"),
    [
        (GRAPH, "1", "organsmnist", "Random", 0.02, 57.2, 4.7, 5),
        (FIVE, "final k50", "tissuemnist", "EVA", 0.05, 44.40, 0.54, 5),
        (FIVE, "final acc", "bloodmnist", "Herding", 0.02, 83.29, 2.28, 5),
        (FIVE, "best epoch k10", "pathmnist", "Random", 0.02, 83.8, 1.5, 5),
        (FIVE, "final k10", "tissuemnist", "Graph-A2", 0.02, 38.15, 4.59, 5),
        (FIVE, "final k10", "bloodmnist", "Graph-A2", 0.05, 91.01, 1.92, 3),
        (FIVE, "final acc k10", "organsmnist", "Graph-A2", 0.05, 71.28, 0.68, 5),
        (FIVE, "final k50, other run", "pathmnist", "Graph-A2", 0.02, 82.22, 3.15, 5),
        (FIVE, "final acc k50, other run", "pathmnist", "Graph-A2", 0.05, 89.87, 0.36, 5),
        (EIGHT, "final 2%", "pathmnist", "EVA", 0.02, 51.45, 5.95, 8),
    ],
)
def test_a_cell_of_each_table_holds_what_was_published(paper, table, dataset, method, rate, value, sd, seeds):
    (found,) = [
        cell
        for cell in tables.cells(paper, table)
        if (cell.dataset, cell.method, cell.rate) == (f"{dataset}_224", method, rate)
    ]
    assert (found.accuracy, found.sd) == (pytest.approx(value / 100), pytest.approx(sd / 100))
    assert found.seeds == seeds
    assert (found.architecture, found.surrogate, found.batch) == ("resnet18", "resnet18", 256)


def test_each_table_has_the_figure_that_it_published():
    figures = {(one.paper, one.name): one.figure for one in tables.tables() if one.paper in (GRAPH, FIVE, EIGHT)}
    assert figures == {
        (GRAPH, "1"): BALANCED,
        (FIVE, "final k50"): BALANCED,
        (FIVE, "final acc"): PLAIN,
        (FIVE, "best epoch k10"): "test_bal_acc_best_val",
        (FIVE, "final k10"): BALANCED,
        (FIVE, "final acc k10"): PLAIN,
        (FIVE, "final k50, other run"): BALANCED,
        (FIVE, "final acc k50, other run"): PLAIN,
        (EIGHT, "final 2%"): BALANCED,
    }


def test_graph_a2_is_best_in_nine_of_the_ten_columns_of_the_paper_as_its_abstract_says():
    best = []
    for dataset, rate in {(cell.dataset, cell.rate) for cell in tables.cells(GRAPH, "1")}:
        column = [cell for cell in tables.cells(GRAPH, "1") if (cell.dataset, cell.rate) == (dataset, rate)]
        best.append(max(column, key=lambda cell: cell.accuracy).method)
    assert Counter(best)["Graph-A2"] == 9


def test_at_two_percent_eva_is_below_random_by_the_means_over_the_five_sets():
    gaps = []
    for paper, table in ((GRAPH, "1"), (FIVE, "final k50"), (EIGHT, "final 2%")):
        values = {"EVA": [], "Random": []}
        for cell in tables.cells(paper, table):
            if cell.rate == 0.02 and cell.method in values:
                values[cell.method].append(100 * cell.accuracy)
        gaps.append((sum(values["EVA"]) - sum(values["Random"])) / 5)
    assert gaps == pytest.approx([-10.9, -13.3, -13.9], abs=0.05)


def test_all_have_as_many_places_for_every_class_and_graph_a2_its_neighbours_by_table():
    assert {tables.mapped(cell).class_budget for cell in CELLS} == {"equal"}
    neighbours = {
        (cell.paper, cell.table): tables.mapped(cell).options["neighbours"]
        for cell in CELLS
        if cell.method == "Graph-A2"
    }
    assert {table for table, k in neighbours.items() if k == "10"} == {
        (FIVE, name) for name in ("best epoch k10", "final k10", "final acc k10")
    }
    assert set(neighbours.values()) == {"10", "50"}


def test_a_missing_part_of_the_protocol_is_said_of_all_but_random():
    said = {cell.method: tables.mapped(cell).protocol for cell in CELLS}
    assert [method for method, text in said.items() if not text] == ["Random"]
    assert {method for method, text in said.items() if "UNI" in text} == {
        "Facility Location",
        "Farthest Point",
        "Herding",
        "Graph-A2",
    }
    assert {method for method, text in said.items() if "28 px" in text} == {"EL2N", "Forgetting", "EVA"}


def test_re_runs_are_said_to_be_by_others():
    for cell in CELLS:
        told = " ".join(one.text for one in tables.caveats(cell))
        assert ("not by the authors" in told) == (cell.paper != GRAPH)
        assert ("Read as others" in told) == (cell.paper == GRAPH)


def test_every_row_of_the_file_has_all_columns():
    with (tables._FOLDER / "results.csv").open(newline="", encoding="utf-8") as file:
        assert {len(row) for row in csv.reader(file)} == {12}
