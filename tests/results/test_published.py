"""Which of our rows stand beside a published cell, and how far they are from it."""

import numpy as np
import pytest

from coreset_engine.papers import tables
from coreset_engine.results import published
from coreset_engine.results.published import Criteria
from tests.compared import config, frame, metrics

SURROGATES = {"organs": "resnet18", "other": "lenet"}
WINDOWS = {"early": 100, "late": 190, "length": 10}  # published for OrganSMNIST at 10 %


def cell(method="EVA", rate=0.1, paper="EVA", table="1", dataset="organsmnist", **more):
    found = [c for c in tables.cells(paper, table) if (c.method, c.rate, c.dataset) == (method, rate, dataset)]
    (one,) = [c for c in found if all(getattr(c, name) == value for name, value in more.items())]
    return one


def matched(row, of=None, criteria=None):
    """How many rows of ours stand beside a cell when this one is the only one."""
    return len(published.ours(frame((row, metrics(0.8))), of or cell(), criteria or Criteria(), SURROGATES))


def test_a_row_with_the_published_windows_stands_beside_the_cell():
    assert matched(config("eva", options=WINDOWS)) == 1


@pytest.mark.parametrize(
    "row",
    [
        config("eva", options=WINDOWS | {"early": 90}),
        config("eva", options=WINDOWS | {"combine": "normalized"}),
        config("eva", options=WINDOWS, rate=0.2),
        config("eva", options=WINDOWS, rule="balanced"),
        config("eva", options=WINDOWS, epochs=30),
        config("eva", options=WINDOWS, run="other"),
        config("eva", options=WINDOWS, run="gone"),
        config("eva", options=WINDOWS, architecture="resnet50"),
        config("eva", options=WINDOWS, dataset="organamnist"),
        config("eva", options=WINDOWS, weighting="batch"),
        config("eva", options=WINDOWS, group_budget="equal"),
        config("eva", options=WINDOWS, excluded={"rows": 3, "sha256": "f" * 64}),
        config("random"),
    ],
)
def test_a_row_that_differs_in_anything_published_does_not(row):
    assert matched(row) == 0


def test_the_form_of_eva_and_other_epochs_can_be_asked_for():
    assert (
        matched(config("eva", options=WINDOWS | {"combine": "normalized"}), criteria=Criteria(None, "normalized")) == 1
    )
    assert matched(config("random", epochs=30), cell("Random"), Criteria(30)) == 1


def test_references_need_no_run():
    assert matched(config("random"), cell("Random")) == 1
    assert matched(config("full"), cell("Full dataset", 1.0)) == 1


def test_ccs_is_aum_under_its_rule_with_the_usual_cut_off():
    assert matched(config("aum", rule="ccs"), cell("CCS")) == 1
    assert matched(config("aum", rule="ccs", options={"cutoff": 0.5}), cell("CCS")) == 0
    assert matched(config("aum"), cell("CCS")) == 0
    assert matched(config("aum"), cell("AUM")) == 1


def test_a_preset_of_tdds_is_the_same_as_its_numbers():
    of = cell("TDDS", 0.3, "TDDS", "1", "cifar100")
    plain = {"dataset": "cifar100", "rate": 0.3, "weighting": "batch"}
    assert matched(config("tdds", options={"preset": "cifar100-keep30"}, **plain), of) == 1
    assert matched(config("tdds", options={"epochs": 60, "window": 20}, **plain), of) == 1
    assert matched(config("tdds", options={"epochs": 60, "window": 10}, **plain), of) == 0


def test_where_a_table_varies_the_batch_ours_must_have_it():
    row = config("random", dataset="cifar10")
    assert row["recipe"]["batch_size"] == 256
    assert matched(row, cell("Random", 0.1, "TDDS", "6", "cifar10", batch=128)) == 0
    row["recipe"]["batch_size"] = 128
    assert matched(row, cell("Random", 0.1, "TDDS", "6", "cifar10", batch=128)) == 1


def test_where_a_table_varies_the_selecting_epochs_ours_must_have_them():
    of = cell("Forgetting", 0.1, "DeepCore", "4", "cifar10", selected_after=20)
    row = config("forgetting", rule="balanced", dataset="cifar10")
    assert matched(row, of) == 0
    assert matched(row | {"dynamics": ["2026-01-01T00:00:00+00:00 20/20"]}, of) == 1


def test_the_selecting_network_must_have_been_trained_as_long_as_the_published_one():
    row = config("el2n")
    assert matched(row, cell("EL2N")) == 1
    short = row | {"dynamics": ["2026-01-01T00:00:00+00:00 30/30"]}
    assert matched(short, cell("EL2N")) == 0
    stopped = [row | {"dynamics": [f"2026-01-01T00:00:00+00:00 {done}"]} for done in ("30/200", "200/400")]
    assert [matched(one, cell("EL2N")) for one in stopped] == [0, 1]  # what was recorded counts, not what was planned
    assert matched(config("el2n", epochs=30) | {"dynamics": short["dynamics"]}, cell("EL2N"), Criteria(30)) == 1
    deepcore = cell("k-Center Greedy", 0.1, "DeepCore", "1", "cifar10")
    assert matched(config("k-center", dataset="cifar10"), deepcore) == 0  # after 200 epochs, and not after 10
    assert matched(config("k-center", dataset="cifar10", snapshot=10), deepcore) == 1
    # dynamics are those of all epochs, whatever snapshot was named
    forgetting = cell("Forgetting", 0.1, "DeepCore", "1", "cifar10")
    assert matched(config("forgetting", rule="balanced", dataset="cifar10", snapshot=10), forgetting) == 0


def test_another_recipe_than_the_published_one_is_told_of():
    row = config("random")
    line, _ = line_of(frame((row, metrics(0.8))), method="Random", rate=0.1, dataset="organsmnist")
    assert "Ours: last batch dropped: no, published: yes, learning rate cosine instead of cosine:0.0001." in line["own"]
    row["recipe"] |= {"drop_last": True, "schedule": "cosine:0.0001"}
    line, _ = line_of(frame((row, metrics(0.8))), method="Random", rate=0.1, dataset="organsmnist")
    assert "Ours:" not in line["own"]
    row["recipe"] |= {"warmup": 0.05, "learning_rate": 0.02, "augment": True}
    line, _ = line_of(frame((row, metrics(0.8))), method="Random", rate=0.1, dataset="organsmnist")
    assert (
        "Ours: peak learning rate 0.02 instead of 0.1, warm-up of 5% of the steps instead of 0%, augmented: yes, "
        "published: no." in line["own"]
    )
    assert line["caveats"][-1].startswith("Ours: peak")
    table = next(t for t in tables.tables() if (t.paper, t.name) == ("TDDS", "1"))
    row = config("random", dataset="cifar10")
    lines = published.side_by_side(table, frame((row, metrics(0.8))), Criteria(), SURROGATES)
    (own,) = lines[lines["n"] > 0]["own"]
    assert (
        "Ours: batch 256 instead of 32, augmented: no, published: yes, learning rate cosine instead of cosine-full, normal"
        in own
    )


def test_rows_of_two_recipes_are_not_averaged():
    old = [(config("random", seed=seed), metrics(0.1) | {"val_acc_best": 0.5}) for seed in (0, 1)]
    coded = config("random")["recipe"] | {"drop_last": True, "schedule": "cosine:0.0001"}
    new = [(config("random", seed=s, recipe=coded), metrics(0.1) | {"val_acc_best": 0.8}) for s in (0, 1, 2)]
    line, _ = line_of(frame(*new, *old), method="Random", rate=0.1, dataset="organsmnist")
    assert (line["n"], line["ours"]) == (3, pytest.approx(0.8))
    assert "Ours:" not in line["own"]
    assert "Left out: 2 runs of ours by another recipe." in line["own"]
    further = (config("random", recipe=coded | {"warmup": 0.05}), metrics(0.1) | {"val_acc_best": 0.6})
    line, _ = line_of(frame(further, *old), method="Random", rate=0.1, dataset="organsmnist")
    assert (line["n"], line["ours"]) == (2, pytest.approx(0.5))  # of the newest row's recipe
    assert "Ours: last batch dropped: no, published: yes" in line["own"]


def test_a_schedule_that_no_paper_names_is_another_recipe_too():
    table = next(t for t in tables.tables() if (t.paper, t.name) == ("TDDS", "1"))
    recipe = config("random")["recipe"] | {"batch_size": 32, "augment": True, "schedule": "constant"}
    recipe["normalisation"] = "channels"
    lines = published.side_by_side(
        table, frame((config("random", dataset="cifar10", recipe=recipe), metrics(0.8))), Criteria(), SURROGATES
    )
    (own,) = lines[lines["n"] > 0]["own"]
    assert "Ours: learning rate constant instead of cosine-full." in own


def line_of(rows, **wanted):
    table = next(t for t in tables.tables() if (t.paper, t.name) == ("EVA", "1"))
    lines = published.side_by_side(table, rows, Criteria(), SURROGATES)
    (found,) = [row for row in lines.to_dict("records") if all(row[name] == v for name, v in wanted.items())]
    return found, lines


def test_a_cell_is_compared_on_val_with_n_spread_and_interval():
    rows = [(config("random", seed=s), metrics(0.1) | {"val_acc_best": v}) for s, v in enumerate((0.80, 0.81, 0.82))]
    line, lines = line_of(frame(*rows), method="Random", rate=0.1, dataset="organsmnist")
    assert (line["n"], line["ours"], line["sd_ours"]) == (3, pytest.approx(0.81), pytest.approx(0.01))
    assert line["published"] == pytest.approx(0.8095)
    assert line["difference"] == pytest.approx(0.0005)
    assert line["low"] < 0 < line["high"]
    assert published.covered(lines) == (1, 72)


def test_one_seed_has_a_difference_without_an_interval_and_collapsed_runs_do_not_count():
    rows = [(config("random"), metrics(0.8)), (config("random", seed=1), metrics(0.1, collapsed=True))]
    line, _ = line_of(frame(*rows), method="Random", rate=0.1, dataset="organsmnist")
    assert (line["n"], line["collapsed"]) == (1, 1)
    assert line["difference"] == pytest.approx(0.8 - 0.8095)
    assert np.isnan(line["low"])
    assert "1 run of ours that collapsed" in line["own"]


def test_a_suspect_cell_is_shown_without_a_difference():
    table = next(t for t in tables.tables() if (t.paper, t.name) == ("TDDS", "7"))
    rows = frame(
        *((config("random", 0.3, dataset="cifar10", architecture=a), metrics(0.8)) for a in ("resnet50", "vgg16"))
    )
    lines = published.side_by_side(table, rows, Criteria(), SURROGATES)
    shown = lines[lines["n"] > 0].set_index("architecture")
    assert np.isnan(shown["difference"]["resnet50"])
    assert shown["difference"]["vgg16"] == pytest.approx(0.8 - 0.8855)


def test_evas_numbers_are_offered_beside_val_only():
    assert {one.name.split(" · ")[0] for one in published.layer("organsmnist", "resnet18", "val_acc_best")} == {"EVA"}
    assert not published.layer("organsmnist", "resnet18", "test_acc_best_val")
    assert {one.name.split(" · ")[0] for one in published.layer("cifar10", "resnet18", "test_acc_last")} == {
        "TDDS",
        "DeepCore",
    }
    assert not published.layer("cifar10", "resnet50", "test_acc_last")  # that column was copied
    assert not published.layer("demo", "lenet", "val_acc_best")


def test_balanced_accuracies_are_offered_beside_balanced_accuracy_only():
    shown = {one.name.split(" · ")[0] for one in published.layer("pathmnist_224", "resnet18", "test_bal_acc_last")}
    assert shown == {published.GRAPH, published.FIVE, published.EIGHT}
    assert not published.layer("pathmnist_224", "resnet18", "test_acc_last")


def test_the_layer_holds_the_published_points():
    assert all(point.rate < 1 for point in published.layer("organsmnist", "resnet18", "val_acc_best"))
    (point,) = [
        p
        for p in published.layer("organsmnist", "resnet18", "val_acc_best")
        if (p.name, p.rate) == ("EVA · Random", 0.1)
    ]
    assert (point.accuracy, point.sd) == (pytest.approx(0.8095), pytest.approx(0.0066))
