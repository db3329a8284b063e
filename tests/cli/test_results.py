"""Which results are printed."""

import csv
import io

import numpy as np
import pytest

from coreset_engine import results
from coreset_engine.cli.options import json_text
from coreset_engine.explorer import result_table
from coreset_engine.export import retrained
from tests.cli.helpers import refused, strict
from tests.compared import RECORDED, config, metrics

OTHER = {"dataset": "pneumoniamnist", "dataset_sha256": "cd" * 32}


@pytest.fixture
def rows():
    """OrganSMNIST on two networks, with two lengths and two methods, and another data set."""
    for asked in (
        config("random"),
        config("aum"),
        config("random", architecture="lenet"),
        config("random", epochs=30),
        config("random", **OTHER),
    ):
        results.append(asked, metrics(0.5))
    return results.rows()


def listed(result):
    code, out, err = result
    assert (code, err) == (0, "")
    return list(csv.DictReader(io.StringIO(out)))


@pytest.mark.parametrize("name", ["organsmnist", "organsmnist abababab", "abababab", "ab" * 32])
def test_a_data_set_is_meant_by_its_name_its_hash_or_both(name, run, rows):
    assert [row["dataset"] for row in listed(run("results", "--csv", "--dataset", name))] == ["organsmnist"] * 4


def test_every_form_of_the_results_is_of_the_rows_asked_for(run, rows):
    asked = ["--dataset", "organsmnist", "--architecture", "resnet18", "--epochs", 200, "--hide", "aum"]
    (row,) = listed(run("results", "--csv", *asked))
    assert (row["label"], row["architecture"], row["epochs"]) == ("random", "resnet18", "200")
    assert [row["key"] for row in strict(run("results", "--json", *asked)[1])] == [row["key"]]
    assert len(run("results", *asked)[1].splitlines()) == 2
    assert run("results", "--by", "architecture", *asked)[1].splitlines()[0].split()[-1] == "resnet18"


def test_single_rows_are_left_out_by_their_keys(run, rows):
    first, second = rows[0]["key"], rows[3]["key"]
    left = listed(run("results", "--csv", "--hide-rows", first[:6], second))
    assert [row["key"] for row in left] == [row["key"] for row in rows if row["key"] not in (first, second)]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            ["--dataset", "organ"],
            "There is no result of data set 'organ'. Choose one of: organsmnist abababab, pneumonia",
        ),
        (["--architecture", "vgg"], "There is no result of network 'vgg'. Choose one of: resnet18, lenet."),
        (["--epochs", 7], "There is no result of training of 7 epochs. Choose one of: 200, 30."),
        (["--hide", "eva"], "There is no result of method 'eva'. Choose one of: random, aum."),
        (["--hide-rows", "zz"], "There is no result of row 'zz'."),
        (["--hide", "aum", "random"], "Every row is hidden."),
    ],
)
def test_what_no_result_is_of_is_one_line(asked, said, run, rows):
    assert said in refused(run("results", *asked))


def test_without_any_result_there_is_nothing_to_choose_from(run):
    assert "There is no result yet" in refused(run("results", "--dataset", "demo"))
    assert run("results")[0] == 0


def test_the_wide_table_stands_by_rate_with_random_first_and_full_data_last(run, rows):
    results.append(config("full"), metrics(0.9))
    results.append(config("aum", rate=0.05), metrics(0.4))
    _, out, _ = run("results", "--wide", "--dataset", "organsmnist", "--architecture", "resnet18", "--epochs", 200)
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [
        ["aum", "0.0500"],
        ["random", "0.1000"],
        ["aum", "0.1000"],
        ["full", "1.0000"],
    ]


def test_rows_are_chosen_by_their_keys_and_by_words_that_occur_in_them(run, rows):
    first, second = rows[0]["key"], rows[3]["key"]
    assert [row["key"] for row in listed(run("results", "--csv", "--rows", first[:6], second))] == [first, second]
    assert [row["key"] for row in listed(run("results", "--csv", "--find", "RANDOM lenet"))] == [rows[2]["key"]]


KIND = ("--dataset", "organsmnist", "--architecture", "resnet18", "--epochs", 200)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--show", "costs"), "Compared are rows of one kind. Choose with --dataset: organsmnist abababab, pneumonia"),
        (("--show", "costs", *KIND[:4]), "Choose with --epochs: 200, 30."),
        (("--show", "random", "--wide", *KIND), "--show and --wide are different tables."),
        (("--show", "random", "--by", "architecture"), "--show and --by are different tables."),
        (("--show", "costs", "--coreset", "aum", 0.1), "--coreset belongs to --show recalls or --show confusion."),
        (("--coreset", "aum", 0.1), "--coreset belongs to --show recalls or --show confusion."),
        (("--show", "confusion", *KIND), "Whose confusion? Add --coreset LABEL RATE."),
        (
            ("--show", "confusion", "--coreset", "eva", 0.1, *KIND),
            "There is no coreset 'eva' at 0.1. There are: 'random'",
        ),
        (("--show", "confusion", "--coreset", "aum", 0.1, *KIND), "No row of 'aum', or none on all data, keeps its"),
        (("--show", "recalls", *KIND), "Recall is compared with that on all data"),
        (("--show", "curves"), "None of these rows holds its curves."),
        (("--find", "lenet nowhere"), "No row holds all the words of --find 'lenet nowhere'."),
        (("--rows", "zz"), "There is no result of row 'zz'."),
    ],
)
def test_what_can_not_be_compared_is_one_line(asked, said, run, rows):
    assert said in refused(run("results", *asked))


def test_a_hidden_method_counts_in_the_correction(run, rows):
    for method, values in (("random", (0.6, 0.64)), ("aum", (0.7, 0.71)), ("el2n", (0.5, 0.58))):
        for seed, value in enumerate(values, 5):
            results.append(config(method, seed=seed), metrics(value))
    whole = listed(run("results", "--show", "random", "--csv", *KIND))
    (alone,) = listed(run("results", "--show", "random", "--csv", "--hide", "el2n", *KIND))
    assert alone == next(row for row in whole if row["label"] == "aum")
    assert float(alone["p_holm"]) > float(alone["p"])


def test_nothing_is_compared_before_there_is_a_result(run):
    assert "There is no result yet" in refused(run("results", "--show", "costs"))
    assert "There is no result yet" in refused(run("results", "--show", "curves"))
    assert "There is no result yet" in refused(run("results", "--hide", "aum"))


def test_a_rate_is_meant_by_as_many_digits_as_tables_show_and_full_data_is_no_coreset(run):
    for asked in (config("full"), config("aum", rate=1 / 3), config("aum", rate=0.3335), config("aum", rate=0.33349)):
        results.append(asked, metrics(0.5))
    for given in (0.3333, 1 / 3):
        rows = listed(run("results", "--csv", "--show", "recalls", "--coreset", "aum", given))
        assert {row["rate"] for row in rows} == {repr(1 / 3)}
    said = refused(run("results", "--show", "recalls", "--coreset", "aum", 0.33345))
    assert "There are several coresets 'aum' at 0.33345: 0.3335, 0.33349." in said
    assert "There is no coreset 'full' at 1.0" in refused(run("results", "--show", "recalls", "--coreset", "full", 1))


def test_of_a_figure_that_no_row_has_nothing_is_said_of_methods(run, rows):
    results.append(config("aum", seed=3), metrics(0.5) | {"test_ece_best_val": None})
    asked = ("--show", "random", "--figure", "test_ece_best_val", "--hide-rows", rows[1]["key"])
    assert (
        "No method but uniform Random and the full data has test calibration error at the best val epoch."
        in refused(run("results", *asked, *KIND))
    )


def test_never_is_told_apart_from_not_known_in_json(run):
    results.append(config("full"), metrics(0.9, seconds=1.0))
    for method in ("random", "aum"):
        results.append(config(method, rate=0.5), metrics(0.9, seconds=2.0))
    found = {row["label"]: row for row in strict(run("results", "--show", "costs", "--json")[1])}
    assert found["random"]["pays_seconds"] == 0
    assert found["aum"]["pays_seconds"] is None  # what the recording took is not known here
    assert strict(json_text({"a": float("inf"), "b": float("nan")})) == {"a": "inf", "b": None}


def test_rows_in_which_something_was_not_measured_are_searched_too(run):
    asked = metrics(0.9, energy_joules=None)
    del asked["test_ece_best_val"]
    results.append(config("aum"), asked)
    assert len(listed(run("results", "--csv", "--find", "AUM organs"))) == 1


def test_a_published_table_stands_beside_ours_with_a_status_per_cell(run, rows):
    code, out, err = run("results", "--published", "eva", "1")
    assert (code, err) == (0, "")
    heading, *lines = out.splitlines()
    assert heading.split()[-1] == "status"
    assert len(lines) == 72
    (ours,) = [line for line in lines if "run here" in line]
    assert ours.endswith("run here: 1, below the published spread")  # 50 % beside 80.95 ± 0.66 %
    assert "Random" in ours


def test_all_tables_of_a_paper_are_printed_whole(run, rows):
    found = strict(run("results", "--published", "Graph-A2 re-run (5 seeds)", "all", "--json")[1])
    assert len(found) == 254
    assert {line["status"] for line in found if line["method"] == "Random"} == {"not run"}
    assert all(line["problem"] for line in found if line["method"] != "Random")
    assert all(any("not by the authors" in text for text in line["caveats"]) for line in found)
    plain = listed(run("results", "--published", "Graph-A2 re-run (5 seeds)", "all", "--csv"))
    assert [line["status"] for line in plain] == [line["status"] for line in found]
    assert {line["published_n"] for line in plain} == {"3", "5"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["nobody", "1"], "There is no paper 'nobody'"),
        (["EVA", "9"], "EVA has no table '9'. Choose one of: '1', 'A1'"),
        (["EVA", "1", "--wide"], "Leave --show, --by and --wide out"),
    ],
)
def test_what_was_not_published_is_refused(run, asked, said):
    assert said in refused(run("results", "--published", *asked))


def test_rows_of_many_classes_are_read_by_every_part_table_and_file(run):
    most = results.DENSE_CONFUSION + 1
    full, coreset = np.diag([2] * most), np.diag([2] * most)
    coreset[0, 0], coreset[0, 100] = 1, 1  # half of class 0 is taken for class 100
    for asked, counts in (("full", full), ("random", full), ("aum", coreset)):
        shares = (np.diag(counts) / 2).tolist()
        held = results.stored_confusion(counts.tolist())
        assert isinstance(held, dict)
        for seed in (0, 1):
            more = {"test_confusion_best_val": held, "test_confusion_last": held}
            results.append(config(asked, seed=seed), metrics(float(np.mean(shares)), shares, **more))
    (row, *_) = listed(run("results", "--csv"))
    assert strict(row["test_confusion_last"])["cells"][:2] == [[0, 0, 2], [1, 1, 2]]
    assert strict(run("results", "--json")[1])[0]["test_confusion_last"]["classes"] == most
    asked = ["--csv", "--figure", "test_acc_best_val", "--coreset", "aum", 0.1]
    changes = listed(run("results", "--show", "confusion", *asked))
    assert [(one["true"], one["predicted"], float(one["points"])) for one in changes] == [
        ("0", "0", -50),
        ("0", "100", 50),
    ]
    recalls = listed(run("results", "--show", "recalls", *asked))
    assert [(one["class"], float(one["fall"])) for one in recalls[:2]] == [("0", 0.5), ("1", 0)]
    verdicts = listed(run("results", "--show", "verdict", "--csv", "--figure", "test_acc_best_val"))
    assert [(one["label"], round(101 * float(one["difference"]), 9)) for one in verdicts] == [("aum", -0.5)]
    table = results.frame()
    plain = table.drop(columns=["test_confusion_best_val", "test_confusion_last"])
    origin = {"dataset_sha256": "ab" * 32, "method": "aum", "rule": "top", "rate": 0.1, "run": "organs", "average": []}
    origin |= {"recorded": RECORDED, "epochs": 200, "run_version": f"{RECORDED} 200/200"}
    origin |= {name: config("aum")[name] for name in ("options", "rule_options")}
    section = retrained.section(table, origin)
    assert "aum" in section
    assert section == retrained.section(plain, origin)
    assert result_table.of(table) == result_table.of(plain)


def test_a_figure_that_no_table_shows_is_refused(run, rows):
    assert "--figure belongs to --by, or to --show" in refused(run("results", "--figure", "test_acc_best_val"))
    assert "--figure belongs to --by" in refused(run("results", "--figure", "val_acc_best", "--json"))
    assert run("results", "--by", "architecture", "--figure", "test_acc_best_val")[0] == 0
