"""Sweeps from the command line: the plan, the rows, the winner, and one sentence for what can't be."""

import json

import pytest

from coreset_engine import results
from coreset_engine.errors import Interrupted
from coreset_engine.sweep.executors import local
from tests.cli.helpers import refused, strict

pytestmark = pytest.mark.usefixtures("one_worker")
ASKED = ["sweep", "tiny", "--windows", "grid", "--length", 2, "--rate", 0.2, "--epochs", 1, "--device", "cpu"]


def test_a_dry_run_trains_nothing_and_says_what_there_is(run, recorded):
    code, out, _ = run(*ASKED, "--training-seeds", 0, 1, "--dry-run", "--json")
    found = strict(out)
    assert code == 0
    assert (found["existing"], found["to_train"]) == (0, len(found["cells"]))
    assert found["seconds"] > 0
    assert [row["method"] for row in results.rows()] == ["full"]


def test_a_sweep_prints_its_rows_and_the_same_again_finds_them(run, recorded):
    code, out, _ = run(*ASKED, "--json")
    first = strict(out)
    assert (code, first["existing"], first["errors"]) == (0, 0, [])
    assert {row["key"] for row in first["rows"]} == {row["key"] for row in results.rows() if row["method"] == "eva"}
    assert strict(run(*ASKED, "--dry-run", "--json")[1])["to_train"] == 0
    assert "All " in run(*ASKED)[1]


def test_a_search_prints_the_winner_with_windows_and_what_chose_it(run, recorded):
    code, out, _ = run(*ASKED, "--search", "halving", "--budget", 4, "--json")
    (best,) = strict(out)["best"]
    assert code == 0
    early, late = map(int, best["windows"].split("/"))
    assert (best["options"]["early"], best["options"]["late"]) == (early, late)
    assert best["chosen_by"] == "val_acc_best"
    assert 0 <= best["val"]["mean"] <= 1
    assert best["test"]["n"] == 3
    assert best["spent"] <= 4


def test_a_sweep_is_written_as_yaml_and_read_from_it(run, recorded, tmp_path):
    text = run(*ASKED, "--rule", "ccs:cutoff=0.3", "--yaml")[1]
    (tmp_path / "s.yaml").write_text(text)
    asked = strict(run("sweep", "tiny", "--file", tmp_path / "s.yaml", "--dry-run", "--json")[1])
    assert asked == strict(run(*ASKED, "--rule", "ccs:cutoff=0.3", "--dry-run", "--json")[1])
    assert "is a sweep over 'tiny'" in refused(run("sweep", "other", "--file", tmp_path / "s.yaml"))


def test_options_beside_a_file_of_a_sweep_are_refused_and_not_ignored(run, recorded, tmp_path):
    (tmp_path / "s.yaml").write_text("run: tiny\nmethods: [el2n]\nrates: [0.2]\n")
    for words in (["--rate", 0.9], ["--epochs", 77], ["--device", "cpu"], ["--no-augment"], ["--slots", 1]):
        said = refused(run("sweep", "tiny", "--file", tmp_path / "s.yaml", *words, "--dry-run"))
        assert words[0].replace("no-", "") in said
    assert "No such file" in refused(run("sweep", "tiny", "--file", tmp_path / "none.yaml"))
    assert "--yaml" in refused(run(*ASKED, "--yaml", "--json"))


@pytest.mark.parametrize(
    "words", [("--class-budget", "equal"), ("--hard-cutoff", 0.5), ("--rule", "balanced"), ("--group-budget", "whole")]
)
def test_parts_that_auto_alone_would_pass_over_are_refused_also_in_a_file(run, recorded, words, tmp_path):
    asked = ["sweep", "tiny", "--method", "auto:goal=accuracy", "--rate", 0.2, "--epochs", 1, *words]
    assert "auto chooses rule, class budgets and cut-off itself" in refused(run(*asked, "--dry-run"))
    if words[0] == "--class-budget":
        assert run(*asked, "--reference", "random", "--dry-run")[0] == 0
        (tmp_path / "sweep.yaml").write_text("run: tiny\nmethods: [auto]\nrates: [0.2]\nclass_budgets: [equal]\n")
        assert "auto chooses" in refused(run("sweep", "tiny", "--file", tmp_path / "sweep.yaml", "--dry-run"))


def test_evidence_of_a_cut_off_that_cuts_nothing_is_refused(run, recorded):
    told = refused(run(*ASKED, "--hard-cutoff-by", "never-learned", "--dry-run"))
    assert "cuts nothing without hard_cutoff" in told


def test_what_can_not_be_swept_is_one_line(run, recorded):
    assert "names no windows" in refused(run("sweep", "tiny", "--windows", "everywhere", "--rate", 0.2))
    assert "--slots 0" in refused(run(*ASKED, "--slots", 0, "--dry-run"))
    assert "There is no run" in refused(run("sweep", "gone", "--windows", "grid", "--rate", 0.2, "--dry-run"))
    assert json.loads(run("jobs", "--json")[1]) == []


@pytest.mark.parametrize("more", [("--dry-run",), (), ("--search", "halving")])
def test_a_cut_that_had_to_be_given_up_is_told_once_also_by_a_sweep(run, recorded, monkeypatch, more):
    monkeypatch.setattr(local.LocalPool, "train", _stopped)
    asked = ["sweep", "tiny", "--windows", "1/3", "1/4", "--length", 2, "--rate", 0.9, "--epochs", 1, "--device", "cpu"]
    error = run(*asked, "--hard-cutoff", 0.5, *more)[2]
    assert error.startswith("The hard cut-off leaves")
    assert error.count("nothing is cut") == 1
    both = run(*asked, "--hard-cutoff", 0.4, 0.5, "--dry-run")[2].splitlines()
    assert both[-1].startswith("eva at α = 90 %, hard cut-off β=0.5: The hard cut-off leaves")


def test_cuts_given_up_in_many_classes_at_many_rates_are_a_line_per_rate(run, recorded):
    rates = [0.7, 0.75, 0.8, 0.85, 0.9]
    asked = ["sweep", "tiny", "--method", "random", "--hard-cutoff", 0.5, "--epochs", 1, "--device", "cpu", "--dry-run"]
    told = run(*asked, "--class-budget", "equal", "--rate", *rates)[2].splitlines()
    assert [line.partition(": ")[0] for line in told] == [f"random at α = {100 * rate:g} %" for rate in rates]
    assert all("of class" in line and line.endswith("nothing is cut there. The same is so of others.") for line in told)
    rates = [round(0.7 + place / 50, 2) for place in range(13)]
    told = run(*asked, "--class-budget", "equal", "--rate", *rates)[2].splitlines()
    assert len(told) == 11
    assert told[-1] == "So it is at 3 more rates and budgets: nothing is cut there."


def _stopped(*_, **given):
    """Workers that are stopped before they train anything."""
    raise Interrupted("stopped")
