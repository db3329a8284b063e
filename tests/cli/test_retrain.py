"""Retrainings and results from the command line."""

import csv
import io
import re

import pytest

from coreset_engine import paths, results, store
from coreset_engine.executors import table
from coreset_engine.executors.local import LocalExecutor
from tests.cli.helpers import refused, strict


def test_lists_may_be_given_in_one_go(run, recorded):
    code, out, _ = run(
        "retrain", "tiny", "--method", "aum", "random", "--rate", 0.1, 0.2, "--seeds", 0, 1, 2, "--epochs", 1,
        "--device", "cpu",
    )  # fmt: skip
    assert code == 0
    assert len(out.splitlines()) == 2 * 2 * 3
    rows = [row for row in strict(run("results", "--json")[1]) if row["method"] != "full"]
    assert {(row["method"], row["rate"], row["seed"]) for row in rows} == {
        (method, rate, seed) for method in ("aum", "random") for rate in (0.1, 0.2) for seed in (0, 1, 2)
    }


def test_the_best_of_all_test_epochs_is_told_as_optimistic_where_it_is_asked_for(run, recorded):
    asked = ["retrain", "tiny", "--method", "aum", "--rate", 0.2, "--epochs", 2, "--device", "cpu", "--seeds"]
    assert "optimistic" not in run(*asked, 0)[1]
    assert "(best of all epochs, optimistic)" in run(*asked, 1, "--test-every-epoch")[1]


def test_a_list_and_a_repeated_option_mean_the_same(run, recorded):
    asked = ["retrain", "tiny", "--method", "random", "--rate", 0.1, "--epochs", 1, "--device", "cpu"]
    run(*asked, "--seeds", 0, 1)
    before = strict(run("results", "--json")[1])
    run(*asked, "--seeds", 0, "--seeds", 1)
    assert strict(run("results", "--json")[1]) == before


def test_of_the_full_data_alone_no_rate_is_asked_for(run, recorded):
    asked = ["retrain", "tiny", "--epochs", 1, "--device", "cpu", "--seeds", 1, "--method", "full"]
    assert run(*asked)[0] == 0
    for more in (("aum",), ("--reference", "random"), ("--mode", "infobatch", "--reference", "random")):
        code, _, err = run(*asked, *more)
        assert code == 2
        assert "Missing option '--rate'." in err


def test_results_as_csv_have_one_line_a_row(run, recorded):
    run("retrain", "tiny", "--method", "random", "--rate", 0.1, "--epochs", 1, "--device", "cpu")
    rows = list(csv.DictReader(io.StringIO(run("results", "--csv")[1])))
    assert [row["method"] for row in rows] == ["full", "random"]
    assert float(rows[1]["rate"]) == 0.1


def test_results_as_a_table_have_a_mean_and_a_count(run, recorded):
    code, out, _ = run("results")
    assert code == 0
    assert out.splitlines()[0].split()[:4] == ["data", "architecture", "epochs", "label"]


def test_a_coreset_is_selected_with_one_network_and_trained_with_others_in_one_command(run, recorded):
    run("retrain", "tiny", "--method", "aum", "--rate", 0.2, "--architecture", "lenet", "mlp", "--epochs", 1)
    _, out, _ = run("results", "--by", "architecture", "--figure", "test_acc_last")
    assert out.splitlines()[0].split() == ["data", "epochs", "label", "rate", "lenet", "mlp"]
    assert "aum" in out
    assert "(n = 1)" in out


def test_a_seed_that_can_not_be_is_one_line(run, recorded):
    asked = ["retrain", "tiny", "--method", "random", "--rate", 0.1, "--epochs", 1, "--seeds", -1]
    assert "seed=-1 is not possible" in refused(run(*asked))


def test_warm_up_and_augmentation_reach_the_recipe(run, recorded):
    asked = ["retrain", "tiny", "--method", "random", "--rate", 0.1, "--epochs", 1, "--device", "cpu"]
    assert run(*asked, "--warmup", 0, "--augment")[0] == 0
    recipes = [row["recipe"] for row in strict(run("results", "--json")[1]) if row["method"] == "random"]
    assert [(recipe["warmup"], recipe["augment"]) for recipe in recipes] == [(0.0, True)]


def test_several_pairs_of_windows_are_trained_on_in_one_command(run, recorded):
    asked = ["retrain", "tiny", "--method", "eva", "random", "--rate", 0.1, "--epochs", 1, "--device", "cpu"]
    assert run(*asked, "--length", 2, "--windows", "1/3", "2/4")[0] == 0
    rows = [row for row in strict(run("results", "--json")[1]) if row["method"] != "full"]
    windows = [(row["options"]["early"], row["options"]["late"], row["options"]["length"]) for row in rows[:2]]
    assert windows == [(1, 3, 2), (2, 4, 2)]
    assert [row["method"] for row in rows] == ["eva", "eva", "random"]


def test_windows_that_make_no_sense_are_one_line(run, recorded):
    asked = ["retrain", "tiny", "--rate", 0.1, "--epochs", 1, "--method"]
    assert "no pair of epochs" in refused(run(*asked, "eva", "--windows", "1-3"))
    assert "in place of --early" in refused(run(*asked, "eva", "--early", 1, "--windows", "1/3"))
    assert "no use for --windows" in refused(run(*asked, "aum", "--windows", "1/3"))
    assert "overlap" in refused(run(*asked, "eva", "--length", 2, "--windows", "1/3", "2/3"))


def test_results_of_before_a_figure_was_measured_are_listed_without_it(run, recorded):
    (old,) = results.rows()
    outcome = {name: value for name, value in old.items() if "_ece_" not in name and "_confusion_" not in name}
    results.delete([old["key"]])
    plain = ("key", "created", "note")
    results.append({name: value for name, value in outcome.items() if name not in plain}, {})
    assert "test_ece_best_val" not in strict(run("results", "--json")[1])[0]
    (row,) = csv.DictReader(io.StringIO(run("results", "--csv")[1]))
    assert row["test_ece_best_val"] == ""
    assert run("results", "--by", "architecture", "--figure", "test_ece_best_val")[0] == 0


def test_on_a_run_that_a_job_is_recording_it_waits_with_one_line_and_then_trains(run, recorded, monkeypatch):
    with table.entering("local", ["record", "--dataset", "x", "--run", "tiny"], "Record tiny") as number:
        pass
    table.write(number, state="running", beat=table.utc_now())
    monkeypatch.setattr(LocalExecutor, "alive", lambda self, job: True)
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            table.write(number, state="done")

    monkeypatch.setattr("coreset_engine.cli.process.time.sleep", sleep)
    code, out, err = run("retrain", "tiny", "--method", "aum", "--rate", 0.2, "--epochs", 1, "--device", "cpu")
    assert (code, len(slept)) == (0, 3)
    assert err.count(f"Waiting: job {number} is recording tiny. Ctrl+C ends the waiting.") == 1
    assert out.startswith("aum")


@pytest.mark.parametrize("words", [("--class-budget", "equal"), ("--hard-cutoff", 0.5), ("--rule", "balanced")])
def test_parts_beside_the_recommended_selection_are_refused_but_for_random_as_a_reference(run, recorded, words):
    asked = ["retrain", "tiny", "--method", "auto", "--rate", 0.1, "--epochs", 1, "--device", "cpu", *words]
    code, _, error = run(*asked)
    assert (code, "auto chooses rule, class budgets and cut-off itself" in error) == (2, True)
    if words[0] != "--rule":
        assert run(*asked, "--reference", "random")[0] == 0


@pytest.mark.parametrize("words", [("--class-budget", "equal"), ("--hard-cutoff", 0.5), ("--rule", "balanced")])
def test_parts_beside_the_full_data_are_refused_but_for_a_method_that_uses_them(run, recorded, words):
    asked = ["retrain", "tiny", "--rate", 0.1, "--epochs", 1, "--device", "cpu", *words, "--method"]
    assert "full keeps all samples" in refused(run(*asked, "full"))
    assert run(*asked, "full", "aum")[0] == 0


def test_a_cut_that_had_to_be_given_up_is_told_once_before_training(run, recorded):
    asked = ["retrain", "tiny", "--method", "random", "--hard-cutoff", 0.5, "--epochs", 1, "--device", "cpu"]
    code, _, error = run(*asked, "--seeds", 0, 1, "--rate", 0.9)
    assert (code, error.count("fewer than the 180 to keep: nothing is cut there")) == (0, 1)
    assert "nothing is cut" not in run(*asked, "--rate", 0.2)[2]
    error = run(*asked, "--rate", 0.9, "--class-budget", "tempered")[2]
    names = store.RunFile(paths.run_folder("tiny")).info.class_names
    assert re.search(rf"samples of ({'|'.join(map(re.escape, names))}), fewer than", error)


def test_a_cut_that_had_to_be_given_up_names_methods_and_rate_where_there_are_several(run, recorded):
    asked = ["retrain", "tiny", "--hard-cutoff", 0.5, "--epochs", 1, "--device", "cpu", "--method", "random"]
    error = run(*asked, "aum", "--rate", 0.2, 0.9, "--seeds", 0, 1)[2]
    told = [line for line in error.splitlines() if "nothing is cut" in line]
    assert [line.partition(": ")[0] for line in told] == ["random, aum at α = 90 %"]
    assert run(*asked, "--rate", 0.9, "--reference", "full")[2].count("\nThe hard cut-off leaves") == 0
    assert run(*asked, "--rate", 0.9, "--reference", "full")[2].startswith("The hard cut-off leaves")
