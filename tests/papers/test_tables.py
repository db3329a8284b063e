"""The papers' tables: numbers against the papers' text, names against the engine's registries."""

import math

import pytest

from coreset_engine import architectures, budgets, datasets, methods, papers, results, selection
from coreset_engine.papers import tables

GRAPH, FIVE, EIGHT = "Graph-A2 (MICCAI 2026)", "Graph-A2 re-run (5 seeds)", "Graph-A2 re-run (8 seeds)"
CELLS = [cell for paper in ("EVA", "TDDS", "DeepCore", GRAPH, FIVE, EIGHT) for cell in tables.cells(paper)]


def cell(paper, table, **wanted):
    """The one cell of a table that has these values."""
    (found,) = [c for c in tables.cells(paper, table) if all(getattr(c, k) == v for k, v in wanted.items())]
    return found


@pytest.mark.parametrize(
    ("paper", "table", "wanted", "accuracy", "sd"),
    [
        ("EVA", "1", {"dataset": "organamnist", "method": "EVA", "rate": 0.1}, 0.9720, None),
        ("EVA", "1", {"dataset": "organsmnist", "method": "Random", "rate": 0.05}, 0.7310, 0.0184),
        ("TDDS", "1", {"dataset": "cifar100", "method": "TDDS", "rate": 0.1}, 0.5451, 0.0022),
        ("DeepCore", "3", {"architecture": "vgg16", "method": "Random", "rate": 0.01}, 0.1536, 0.0203),
    ],
)
def test_a_cell_holds_the_published_mean_and_spread(paper, table, wanted, accuracy, sd):
    found = cell(paper, table, **wanted)
    assert found.accuracy == pytest.approx(accuracy)
    if sd is not None:
        assert found.sd == pytest.approx(sd)


def test_every_cell_belongs_to_a_table_and_is_an_accuracy():
    known = {(table.paper, table.name) for table in tables.tables()}
    assert {(c.paper, c.table) for c in CELLS} == known
    assert all(0 < c.accuracy < 1 and 0 < c.rate <= 1 and not c.sd < 0 for c in CELLS)


def test_no_cell_stands_twice():
    fields = ("paper", "table", "dataset", "architecture", "surrogate", "method", "rate", "batch", "selected_after")
    assert len({tuple(getattr(c, name) for name in fields) for c in CELLS}) == len(CELLS)


def test_all_values_of_evas_other_networks_are_shares_of_2048_images():
    for found in tables.cells("EVA", "A5"):
        assert abs(found.accuracy * 2048 - round(found.accuracy * 2048)) <= 2048 * 0.00005 + 1e-9
        assert math.isnan(found.sd)


def test_every_published_method_is_one_of_the_registry_or_said_to_have_no_counterpart():
    for one in tables.mapping():
        assert one.name in ("", "full", "graph-cover") or one.name in methods.all_methods()
        assert one.rule in ("", *selection.all_rules())
        if one.options and one.name in methods.all_methods():
            assert set(one.options) <= set(methods.get(one.name).options)
        if one.class_budget != "none":
            assert one.class_budget in budgets.WORDS
    assert [one.method for one in tables.mapping() if not one.name] == ["EL2N+outer (variance)"]
    for found in CELLS:
        assert tables.mapped(found).method == found.method


def test_networks_and_data_sets_are_named_as_in_the_registries():
    assert {c.architecture for c in CELLS} | {c.surrogate for c in CELLS} <= set(architectures.all_architectures())
    plain = {c.dataset.partition("+")[0].removesuffix("_224") for c in CELLS}
    assert plain - set(datasets.all_sources()) == {"imagenet1k"}
    assert {c.dataset for c in CELLS if c.paper in (GRAPH, FIVE, EIGHT)} == {
        f"{name}mnist_224" for name in ("organs", "organa", "path", "tissue", "blood")
    }


def test_evas_tables_are_compared_with_val_and_the_others_with_test():
    assert {t.figure for t in tables.tables() if t.paper == "EVA"} == {"val_acc_best"}
    assert {t.figure for t in tables.tables() if t.paper in ("TDDS", "DeepCore")} == {"test_acc_best_val"}
    assert {t.figure for t in tables.tables()} <= set(results.FIGURES)


def test_the_same_number_of_steps_means_more_epochs_on_fewer_samples():
    by_name = {(t.paper, t.name): t for t in tables.tables()}
    assert [tables.epochs_of(by_name["TDDS", "2"], rate) for rate in (1.0, 0.5, 0.3)] == [200, 400, 667]
    assert tables.epochs_of(by_name["TDDS", "1"], 0.1) == 200


def test_caveats_stand_at_the_cells_they_touch():
    copied = cell("TDDS", "7", architecture="resnet50", method="TDDS", rate=0.5)
    original = cell("TDDS", "2", dataset="cifar10", method="TDDS", rate=0.5)
    assert copied.accuracy == original.accuracy
    assert any(one.suspect for one in tables.caveats(copied))
    assert not any(one.suspect for one in tables.caveats(original))
    assert any(
        "best validation" in one.text
        for one in tables.caveats(cell("EVA", "A1", dataset="organsmnist", method="AUM", rate=0.5))
    )


def test_every_caveat_touches_a_cell():
    told = {one.text for found in CELLS for one in tables.caveats(found)}
    assert told == {row["text"] for row in tables._rows("caveats")}


def told(paper, table, **wanted):
    """All that is said of one cell."""
    return " ".join(one.text for one in tables.caveats(cell(paper, table, **wanted)))


def test_a_late_window_at_epoch_190_is_told_of_where_there_is_one():
    eva = {"dataset": "organamnist", "method": "EVA"}
    assert "epoch 190" in told("EVA", "1", rate=0.1, **eva)
    assert "epoch 190" not in told("EVA", "1", rate=0.2, **eva)  # 1/150 is published there
    late = {
        (one.dataset, one.rate)
        for one in tables.cells("EVA")
        if one.method == "EVA" and any("epoch 190" in each.text for each in tables.caveats(one))
    }
    published = {
        (name, window.rate)
        for name in ("organamnist", "organsmnist", "cifar10", "cifar100")
        for window in papers.windows_for(name)
        if window.late == 190
    }
    assert late == published
    assert len(published) == 17


def test_the_two_values_that_look_exchanged_are_those_out_of_order():
    of = {"architecture": "mobilenet_v2", "method": "Entropy"}
    kept = {rate: cell("TDDS", "7", rate=rate, **of).accuracy for rate in (0.3, 0.5, 0.7)}
    assert kept[0.5] < kept[0.3] < kept[0.7]  # more images, and yet less accuracy
    assert ["exchanged" in told("TDDS", "7", rate=rate, **of) for rate in (0.3, 0.5, 0.7)] == [True, True, False]


def test_cells_that_two_tables_of_tdds_give_differently_are_told_of_in_both():
    found = set()
    for one in tables.cells("TDDS", "6"):
        names = ("dataset", "method", "rate", "batch")
        for other in tables.cells("TDDS", "1"):
            if all(getattr(one, n) == getattr(other, n) for n in names) and (one.accuracy, one.sd) != (
                other.accuracy,
                other.sd,
            ):
                found.add((one.dataset, one.method, one.rate))
    assert len(found) == 3
    for table in ("1", "6"):
        told_of = {
            (c.dataset, c.method, c.rate)
            for c in tables.cells("TDDS", table)
            if any("Two tables should agree" in each.text for each in tables.caveats(c))
        }
        assert told_of == found


def told_once(words):
    """The one caveat with these words, and the cells it stands at."""
    (text,) = {row["text"] for row in tables._rows("caveats") if words in row["text"]}
    assert [row["text"] for row in tables._rows("caveats")].count(text) == 1
    return {(c.paper, c.method) for c in CELLS if any(one.text == text for one in tables.caveats(c))}


def test_one_name_for_other_definitions_is_told_once_at_the_cells_it_concerns():
    everyone = {"EVA", "TDDS", "DeepCore", GRAPH, FIVE, EIGHT}
    assert told_once("definition: Random draws") == {(paper, "Random") for paper in everyone}
    per_class = told_once("the ranking is one of all classes")
    assert per_class >= {(paper, "Forgetting") for paper in everyone}
    assert per_class >= {("EVA", "EVA"), (GRAPH, "EVA"), (EIGHT, "EL2N"), ("TDDS", "AUM")}
    assert not {method for _, method in per_class} & {"Random", "Herding", "Graph-A2", "CCS"}
    of_aum = {(paper, method) for paper in ("EVA", "TDDS") for method in ("AUM", "CCS")}
    assert told_once("the margin of AUM") == of_aum
    assert told_once("never learned means") == {("EVA", "CCS"), ("TDDS", "CCS")} | {
        (paper, "Forgetting") for paper in everyone
    }


def test_small_batches_of_tdds_stand_wherever_its_settings_give_them():
    for one in tables.cells("TDDS"):
        if one.dataset != "imagenet1k" and one.table != "6":
            assert one.batch == {0.2: 64, 0.1: 32}.get(one.rate, 128)
    # the ablation repeats the first table, whose batches are published
    for rate in (0.1, 0.2):
        same = [cell("TDDS", t, dataset="cifar100", method="TDDS", rate=rate) for t in ("1", "5")]
        assert len({(c.accuracy, c.batch) for c in same}) == 1


def test_images_of_cifar_are_told_to_be_split_as_the_engine_splits_them():
    for found in CELLS:
        if found.dataset.startswith("cifar"):
            assert any("one half of its 10,000 test images" in one.text for one in tables.caveats(found))
    assert datasets.all_sources()["cifar10"].samples == (50_000, 5_000, 5_000)
