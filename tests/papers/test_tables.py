"""The papers' tables: numbers against the papers' text, names against the engine's registries."""

import math

import pytest

from coreset_engine import architectures, datasets, methods, results, selection
from coreset_engine.papers import tables

CELLS = [cell for paper in ("EVA", "TDDS", "DeepCore") for cell in tables.cells(paper)]


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
        assert one.name in ("", "full") or one.name in methods.all_methods()
        assert one.rule in ("", *selection.all_rules())
        if one.options:
            assert set(one.options) <= set(methods.get(one.name).options)
    assert [one.method for one in tables.mapping() if not one.name] == ["EL2N+outer (variance)"]
    for found in CELLS:
        tables.mapped(found.paper, found.method)


def test_networks_and_data_sets_are_named_as_in_the_registries():
    assert {c.architecture for c in CELLS} | {c.surrogate for c in CELLS} <= set(architectures.all_architectures())
    assert {c.dataset.partition("+")[0] for c in CELLS} - set(datasets.all_sources()) == {"imagenet1k"}


def test_evas_tables_are_compared_with_val_and_the_others_with_test():
    assert {t.figure for t in tables.tables() if t.paper == "EVA"} == {"val_acc_best"}
    assert {t.figure for t in tables.tables() if t.paper != "EVA"} == {"test_acc_best_val"}
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
