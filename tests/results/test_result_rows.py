"""Result rows: kept once a configuration, read flat, summarised over seeds."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from coreset_engine import results
from coreset_engine.config import Recipe
from coreset_engine.errors import EngineError
from coreset_engine.results import stored


def config(seed=0, **changes):
    """What decides a row."""
    plain = {
        "run": "tiny",
        "average": [],
        "dataset": "phantom",
        "dataset_sha256": "ab",
        "method": "eva",
        "options": {"early": 1, "late": 21, "length": 10},
        "rule": "top",
        "rule_options": {},
        "dynamics": ["2026-01-01T00:00:00+00:00 30/30"],
        "rate": 0.1,
        "samples": 20,
        "architecture": "lenet",
        "recipe": Recipe(epochs=5).to_dict(),
        "seed": seed,
    }
    return plain | changes


def metrics(accuracy=0.5, collapsed=False):
    """What came out, the same figure everywhere."""
    return dict.fromkeys(results.FIGURES, accuracy) | {"collapsed": collapsed, "device": "cpu", "synthetic": False}


def summary_of(*rows):
    """The summary of rows given as (config, metrics)."""
    for row in rows:
        results.append(*row)
    return results.summarise(results.frame()).to_dict("records")


def test_without_a_database_there_are_no_rows_and_none_is_made(cache):
    assert results.rows() == []
    assert not (cache / "results.db").exists()


def test_a_row_with_a_name_that_cannot_be_shown_hides_only_itself_and_is_told(cache):
    results.append(config(seed=1), metrics())
    results.append(config(seed=2, dataset="a\u202eb"), metrics())
    results.append(config(seed=3, architecture="x" * 300), metrics())
    assert [row["seed"] for row in results.rows()] == [1]
    (said,) = stored.problems()
    assert said.startswith(f"{cache / 'results.db'}: 2 result rows do not match their checksum")
    assert "names that can't be shown" in said


def test_a_row_comes_back_flat_with_its_configuration_and_figures():
    results.append(config(seed=3), metrics(0.75))
    (row,) = results.rows()
    assert {name: row[name] for name in config()} == config(seed=3)
    assert (row["test_acc_best_val"], row["device"]) == (0.75, "cpu")
    assert row["key"] == results.key_of(config(seed=3))
    assert row["created"].endswith("+00:00")


def test_rows_come_in_the_order_in_which_they_were_made():
    for seed in (5, 1, 3):
        results.append(config(seed), metrics())
    assert [row["seed"] for row in results.rows()] == [5, 1, 3]


def test_the_same_configuration_is_kept_once_with_its_newest_figures():
    results.append(config(), metrics(0.1))
    results.append(dict(reversed(config().items())), metrics(0.9))  # the order of the fields says nothing
    assert [row["test_acc_last"] for row in results.rows()] == [0.9]


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"rate": 0.2}, {"rule": "ccs"}, {"options": {"early": 1, "late": 20, "length": 10}}, {"run": "b"}],
)
def test_a_row_exists_for_its_very_configuration_only(change):
    results.append(config(), metrics())
    assert results.exists(config())
    assert not results.exists(config() | change)


def test_many_writers_at_once_lose_no_row():
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda seed: results.append(config(seed), metrics()), range(24)))
    assert sorted(row["seed"] for row in results.rows()) == list(range(24))


def test_a_damaged_database_is_named(cache):
    cache.mkdir(exist_ok=True)
    (cache / "results.db").write_bytes(b"this is no database at all, whatever its name says" * 20)
    with pytest.raises(EngineError, match=r"results\.db can't be used.*move the file away"):
        results.rows()


def test_a_row_that_is_no_json_leaves_the_others():
    results.append(config(), metrics())
    with pytest.raises(TypeError):
        results.append(config(1), {"figure": object()})
    assert [row["seed"] for row in results.rows()] == [0]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "eva 1/21 K10"),
        ({"options": {"early": 1, "late": 21}}, "eva 1/21 K10"),
        ({"options": {"early": 1, "late": 21, "length": 5, "combine": "sum"}}, "eva 1/21 K5"),
        ({"options": {"early": 1, "late": 21, "combine": "normalized"}}, "eva 1/21 K10 combine=normalized"),
        ({"method": "var-single", "options": {"start": 3, "length": 5}}, "var-single start=3 length=5"),
        ({"method": "random", "options": {"seed": 0}}, "random"),
        ({"method": "random", "options": {"seed": 4}}, "random seed=4"),
        ({"method": "el2n", "options": {"epochs": 10}}, "el2n"),
        (
            {"method": "el2n", "options": {"epochs": 5}, "rule": "ccs", "rule_options": {"cutoff": 0.2, "seed": 0}},
            "el2n epochs=5 [ccs cutoff=0.2]",
        ),
        ({"method": "full", "options": {}, "rule": ""}, "full"),
    ],
)
def test_a_label_tells_method_window_options_and_rule(changes, text):
    assert results.label(config(**changes)) == text


def test_the_summary_is_mean_sample_deviation_and_n_over_seeds():
    rows = summary_of((config(0), metrics(0.5)), (config(1), metrics(0.7)), (config(2), metrics(0.9)))
    assert len(rows) == 1
    assert (rows[0]["n"], rows[0]["collapsed"], rows[0]["samples"]) == (3, 0, 20)
    assert rows[0]["test_acc_best_val"] == pytest.approx(0.7)
    assert rows[0]["test_acc_best_val_std"] == pytest.approx(0.2)  # sqrt((0.04 + 0 + 0.04) / 2)


def test_the_full_data_reference_has_its_deviation_over_seeds_too():
    full = {"method": "full", "options": {}, "rule": "", "rate": 1.0}
    (row,) = summary_of((config(0, **full), metrics(0.8)), (config(1, **full), metrics(0.9)))
    assert (row["label"], row["n"]) == ("full", 2)
    assert row["test_acc_best_val_std"] == pytest.approx(0.05 * 2**0.5)  # sqrt(0.05² + 0.05²)
    assert row["val_acc_best_std"] > 0


def test_one_seed_has_no_deviation():
    (row,) = summary_of((config(), metrics(0.5)))
    assert row["n"] == 1
    assert np.isnan(row["val_acc_best_std"])


def test_a_collapsed_run_is_counted_but_left_out_of_the_mean():
    (row,) = summary_of((config(0), metrics(0.8)), (config(1), metrics(0.1, collapsed=True)))
    assert (row["n"], row["collapsed"]) == (1, 1)
    assert row["test_acc_last"] == pytest.approx(0.8)


def test_where_every_run_collapsed_there_is_no_mean():
    (row,) = summary_of((config(), metrics(0.1, collapsed=True)))
    assert row["n"] == 0
    assert np.isnan(row["test_acc_last"])


@pytest.mark.parametrize(
    "change",
    [
        {"rate": 0.2},
        {"architecture": "resnet8"},
        {"options": {"early": 1, "late": 21, "length": 5}},
        {"method": "var-single", "options": {"start": 1, "length": 5}},
        {"rule": "balanced"},
        {"dataset_sha256": "cd"},
        {"recipe": Recipe(epochs=6).to_dict()},
    ],
)
def test_configurations_that_differ_in_more_than_the_seed_are_not_averaged(change):
    rows = summary_of((config(0), metrics(0.5)), (config(1, **change), metrics(0.7)))
    assert [row["n"] for row in rows] == [1, 1]


def test_windows_of_two_lengths_are_not_averaged():
    single = {"method": "var-single", "options": {"start": 1, "length": 5}}
    longer = {"method": "var-single", "options": {"start": 1, "length": 10}}
    rows = summary_of((config(0, **single), metrics()), (config(1, **longer), metrics()))
    assert [row["n"] for row in rows] == [1, 1]


def test_the_summary_of_nothing_is_an_empty_table():
    summary = results.summarise(results.frame())
    assert summary.empty
    assert {"method", "rate", "n", "collapsed"} <= set(summary.columns)


def test_the_key_is_short_and_plain():
    key = results.key_of(config())
    assert len(key) == 32
    assert set(key) <= set("0123456789abcdef")


def test_two_runs_of_the_same_setting_are_not_averaged_as_seeds():
    first, second = summary_of((config(0), metrics(0.4)), (config(0, run="other"), metrics(0.6)))
    assert (first["label"], first["n"], first["test_acc_best_val"]) == ("eva 1/21 K10 of tiny", 1, 0.4)
    assert (second["label"], second["n"], second["test_acc_best_val"]) == ("eva 1/21 K10 of other", 1, 0.6)


def test_two_learning_rates_of_the_same_setting_are_not_averaged_as_seeds():
    other = Recipe(epochs=5, learning_rate=0.02).to_dict()
    labels = [row["label"] for row in summary_of((config(0), metrics()), (config(1, recipe=other), metrics()))]
    assert labels == ["eva 1/21 K10 lr 0.1", "eva 1/21 K10 lr 0.02"]


def test_a_batch_that_shrinks_with_the_rate_stays_one_line():
    small = Recipe(epochs=5, batch_size=16).to_dict()
    rows = summary_of((config(0, rate=0.1), metrics()), (config(0, rate=0.01, recipe=small), metrics()))
    assert {row["label"] for row in rows} == {"eva 1/21 K10"}


def test_the_cross_architecture_table_has_a_column_a_network_with_spread_and_count():
    for seed, accuracy in enumerate((0.5, 0.6)):
        results.append(config(seed), metrics(accuracy))
    results.append(config(architecture="resnet8"), metrics(0.75))
    results.append(config(architecture="resnet8", rate=0.2), metrics(0.8))
    wide = results.across_architectures(results.summarise(results.frame()))
    assert list(wide.columns) == ["data", "epochs", "label", "rate", "lenet", "resnet8"]
    assert wide["lenet"].tolist() == ["55.00 ± 7.07 (n = 2)", "-"]
    assert wide["resnet8"].tolist() == ["75.00 (n = 1)", "80.00 (n = 1)"]


def test_the_cross_architecture_table_of_nothing_is_empty():
    assert results.across_architectures(results.summarise(results.frame())).empty


def test_a_deleted_row_is_gone_with_its_note_and_may_be_trained_again():
    for seed in (0, 1):
        results.append(config(seed), metrics())
    key = results.key_of(config(0))
    results.annotate([key], "odd")
    results.delete([key])
    assert [row["seed"] for row in results.rows()] == [1]
    assert not results.exists(config(0))
    results.append(config(0), metrics())
    assert {row["note"] for row in results.rows()} == {""}


def test_deleting_a_row_that_is_gone_says_so_and_removes_no_other():
    results.append(config(0), metrics())
    with pytest.raises(EngineError, match="deleted meanwhile"):
        results.delete([results.key_of(config(0)), "0" * 32])
    assert len(results.rows()) == 1


def test_a_note_stays_when_its_row_is_made_anew():
    results.append(config(), metrics(0.1))
    results.annotate([results.key_of(config())], "  first try ")
    results.append(config(), metrics(0.9))
    (row,) = results.rows()
    assert (row["note"], row["test_acc_last"]) == ("first try", 0.9)


def test_an_empty_note_takes_the_old_one_away():
    results.append(config(), metrics())
    results.annotate([results.key_of(config())], "x")
    results.annotate([results.key_of(config())], " ")
    assert results.notes() == {}


def test_a_note_needs_its_row_and_has_a_limit():
    results.append(config(), metrics())
    with pytest.raises(EngineError, match="no result row 00000000"):
        results.annotate(["0" * 32], "x")
    with pytest.raises(EngineError, match="at most 500 characters; this one has 501"):
        results.annotate([results.key_of(config())], "x" * 501)


@pytest.mark.parametrize("noted", [False, True])
def test_a_database_from_before_files_had_versions_is_read_and_can_be_annotated(cache, noted):
    results.append(config(), metrics())
    with closing(sqlite3.connect(results.path())) as database, database:
        database.execute("PRAGMA user_version = 0")
        if not noted:
            database.execute("DROP TABLE notes")
    assert [row["note"] for row in results.rows()] == [""]
    results.annotate([results.key_of(config())], "kept")
    assert results.frame()["note"].tolist() == ["kept"]


def older(accuracy):
    """What came out before calibration was measured."""
    return {name: value for name, value in metrics(accuracy).items() if name != "test_ece_best_val"}


def test_rows_from_before_a_figure_was_measured_have_none_and_do_not_count_for_it():
    rows = (config(0), older(0.4)), (config(1), metrics(0.6)), (config(0, rate=0.2), older(0.4))
    mixed, old = summary_of(*rows)
    assert (mixed["n"], mixed["test_ece_best_val_n"], mixed["test_ece_best_val"]) == (2, 1, 0.6)
    assert np.isnan(mixed["test_ece_best_val_std"])
    assert (old["n"], old["test_ece_best_val_n"], old["test_acc_last"]) == (1, 0, 0.4)
    assert np.isnan(old["test_ece_best_val"])


def test_a_table_of_old_rows_only_has_every_figure_as_a_column():
    results.append(config(), older(0.4))
    table = results.frame()
    assert set(results.FIGURES) <= set(table.columns)
    wide = results.across_architectures(results.summarise(table), "test_ece_best_val")
    assert wide["lenet"].tolist() == ["-"]


def test_only_the_calibration_error_is_better_where_it_is_lower():
    assert set(results.FIGURES) >= results.LOWER_IS_BETTER
    assert not [name for name in results.LOWER_IS_BETTER if "_ece_" not in name]


def test_a_row_that_names_what_it_left_out_but_not_the_rows_is_shown():
    results.append(config(), metrics() | {"excluded_set": "odd"})
    assert len(results.frame()) == 1
