"""The reproduction status of published cells, worked by hand from rows."""

import math

import pytest

from coreset_engine.papers import tables
from coreset_engine.results import published, reproduction
from coreset_engine.results.published import EIGHT, GRAPH, Criteria
from tests.compared import config, frame, metrics

SURROGATES = {"organs": "resnet18"}
OF_224 = {"dataset": "organsmnist_224", "epochs": 1000}


def equal(seed=0, **changes):
    """A row of Random with as many of every class, at 2 % on OrganSMNIST, where 57.2 ± 4.7 is published."""
    return config("random", 0.02, seed, **{"class_budget": "equal"} | OF_224 | changes)


def balanced(value, **more):
    """What came out of a training with a balanced accuracy in the last epoch, another one elsewhere."""
    return metrics(0.9) | {"test_bal_acc_last": value} | more


def line(*rows, method="Random", paper=GRAPH, table="1", dataset="organsmnist_224", rate=0.02, **more):
    """The line of one cell beside these rows."""
    of = next(one for one in tables.tables() if (one.paper, one.name) == (paper, table))
    lines = published.side_by_side(of, frame(*rows), Criteria(), SURROGATES).to_dict("records")
    wanted = {"method": method, "dataset": dataset, "rate": rate} | more
    return next(one for one in lines if all(one[name] == value for name, value in wanted.items()))


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ((0.55, 0.57), "run here: 2, within the published spread"),  # mean 56.0, from 52.5 to 61.9 is within
        ((0.619,), "run here: 1, within the published spread"),
        ((0.62, 0.62, 0.62), "run here: 3, above the published spread"),
        ((0.53, 0.51), "run here: 2, below the published spread"),  # mean 52.0
    ],
)
def test_ours_are_within_above_or_below_one_published_standard_deviation(values, status):
    found = line(*((equal(seed), balanced(value)) for seed, value in enumerate(values)))
    assert found["status"] == status
    assert found["difference"] == pytest.approx(sum(values) / len(values) - 0.572)
    assert (found["published_n"], found["problem"]) == (5, "")


def test_collapsed_runs_and_rows_without_the_figure_do_not_reproduce_anything():
    assert line()["status"] == "not run"
    assert line((equal(), balanced(0.1, collapsed=True)))["status"] == "run here: all collapsed"
    assert line((equal(), balanced(math.nan)))["status"] == "not run"
    mixed = line((equal(), balanced(0.57)), (equal(1), balanced(0.1, collapsed=True)))
    assert (mixed["status"], mixed["collapsed"]) == ("run here: 1, within the published spread", 1)


@pytest.mark.parametrize(
    "row",
    [
        config("random", 0.02, **OF_224),
        equal(class_budget="proportional"),
        equal(hard_cutoff=0.3),
        equal(epochs=200),
        equal(dataset="organsmnist"),
        config("uniform", 0.02, **OF_224),
    ],
)
def test_no_other_kind_of_random_stands_beside_that_of_the_paper(row):
    assert line((row, balanced(0.57)))["status"] == "not run"


def test_random_of_equal_classes_is_not_that_of_other_papers():
    drawn = config("random", class_budget="equal"), config("random")
    counts = [line((row, metrics(0.81)), paper="EVA", dataset="organsmnist", rate=0.1)["n"] for row in drawn]
    assert counts == [0, 1]
    both = line(*((row, metrics(0.81)) for row in drawn), paper="EVA", dataset="organsmnist", rate=0.1)
    assert both["n"] == 1  # whose column of class budgets is not a number beside the other's


def test_what_was_selected_from_other_images_is_shown_and_not_compared():
    row = config("el2n", 0.02, options={"epochs": 20}, class_budget="equal", **OF_224)
    found = line((row, balanced(0.395)), method="EL2N")
    assert found["status"] == "run here: 1, by another protocol"
    assert found["ours"] == pytest.approx(0.395)
    assert math.isnan(found["difference"])
    assert "28 px" in found["problem"]
    assert line((row | {"options": {"epochs": 10}}, balanced(0.395)), method="EL2N")["n"] == 0


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"method": "Herding"}, "can't be run: other protocol"),
        ({"method": "EVA", "paper": EIGHT, "table": "final 2%"}, "can't be run: other protocol"),
        ({"method": "Random", "paper": EIGHT, "table": "final 2%"}, "not run"),
        (
            {"paper": "TDDS", "table": "3", "dataset": "imagenet1k", "rate": 0.3},
            "can't be run: data not here",
        ),
        (
            {"paper": "TDDS", "table": "5", "dataset": "cifar100", "method": "EL2N+outer (variance)", "rate": 0.3},
            "can't be run: method not here",
        ),
        (
            {"paper": "DeepCore", "table": "4", "dataset": "cifar10", "method": "GraNd", "rate": 0.01}
            | {"detail": "selected after 0 epochs"},
            "can't be run: other protocol",
        ),
    ],
)
def test_what_can_not_be_run_says_what_is_missing(wanted, status):
    assert line(**wanted)["status"] == status


def test_a_method_that_is_not_among_those_here_is_missing_whatever_its_protocol(monkeypatch):
    monkeypatch.setattr(reproduction.methods, "all_methods", dict)
    assert line(method="Herding")["status"] == "can't be run: method not here"


def test_without_a_published_spread_or_with_a_doubtful_value_nothing_is_above_or_below():
    alone = config("random", dataset="organsmnist", architecture="lenet", rate=0.1)
    table = {"paper": "EVA", "table": "A5", "dataset": "organsmnist", "rate": 0.1, "architecture": "lenet"}
    assert line((alone, metrics(0.7)), **table)["status"] == "run here: 1, no spread is published"
    copied = config("random", 0.3, dataset="cifar10", architecture="resnet50")
    doubtful = {"paper": "TDDS", "table": "7", "dataset": "cifar10", "rate": 0.3, "architecture": "resnet50"}
    assert line((copied, metrics(0.8)), **doubtful)["status"] == "run here: 1, the published value is in doubt"


def test_windows_of_eva_are_those_of_its_paper_where_that_has_the_set():
    cells = {(cell.dataset, cell.rate): cell for cell in tables.cells(GRAPH, "1") if cell.method == "EVA"}
    found = {key: published.options_of(cell) for key, cell in cells.items()}
    pairs = {key: (int(one["early"]), int(one["late"])) for key, one in found.items()}
    assert pairs["organamnist_224", 0.02] == (1, 190)
    assert pairs["organsmnist_224", 0.05] == (150, 190)
    assert pairs["bloodmnist_224", 0.05] == (1, 100)
    assert {one["combine"] for one in found.values()} == {"sum"}
    asked = published.options_of(cells["bloodmnist_224", 0.05], "normalized")
    assert asked["combine"] == "sum"  # as published, whatever form is looked at elsewhere
