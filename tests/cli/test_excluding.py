"""`--exclude` of select and retrain: a saved set by its name, or a file."""

import hashlib
import json

import numpy as np
import pytest

from coreset_engine import load_run, results, select
from coreset_engine.store import exclusions
from tests.cli.helpers import refused, strict

RETRAIN = ["retrain", "tiny", "--method", "aum", "--rate", 0.2, "--epochs", 1, "--device", "cpu"]


@pytest.fixture
def gone(recorded):
    """Five rows that AUM would keep, saved as the set `wrong`."""
    rows = select(load_run("tiny"), method="aum", rate=0.1)[:5]
    sha256 = load_run("tiny").dataset_sha256
    exclusions.save("wrong", rows, dataset="phantom", dataset_sha256=sha256, samples=200)
    return rows


def manifest_of(run, out, exclude):
    code, said, error = run("select", "tiny", "--method", "aum", "--rate", 0.1, "--exclude", exclude, "--out", out)
    assert (code, error) == (0, "")
    return strict(out.read_text()), said


def test_a_saved_set_is_left_out_and_the_manifest_says_how_many_and_which(run, gone, tmp_path):
    found, said = manifest_of(run, tmp_path / "c.json", "wrong")
    assert found["indices"] == select(load_run("tiny"), method="aum", rate=0.1, exclude=gone).tolist()
    digest = hashlib.sha256(gone.astype("<i8").tobytes()).hexdigest()
    assert [found[key] for key in ("excluded", "excluded_set", "excluded_sha256")] == [5, "wrong", digest]
    assert "without 5 excluded rows (wrong)" in said


def test_a_file_with_the_same_rows_gives_the_same_coreset_without_a_name(run, gone, tmp_path):
    (tmp_path / "rows.txt").write_text("\n".join(map(str, [*gone[::-1], gone[0]])))
    of_set, _ = manifest_of(run, tmp_path / "a.json", "wrong")
    of_file, _ = manifest_of(run, tmp_path / "b.json", tmp_path / "rows.txt")
    assert of_file == of_set | {"excluded_set": None}


def test_an_empty_list_of_rows_leaves_nothing_out(run, recorded, tmp_path):
    for words in (["filter", "tiny", "aum > 100"], ["suspects", "tiny", "--share", "0.01", "--pair", "0", "0"]):
        assert "0 rows written" in run(*words, "--out", tmp_path / "none.csv")[1]
        manifest, _ = manifest_of(run, tmp_path / "one.json", tmp_path / "none.csv")
        assert manifest["indices"] == manifest_of(run, tmp_path / "two.json", "")[0]["indices"]


def test_a_saved_set_goes_before_a_file_of_its_name_which_a_dot_and_slash_reach(run, gone, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong").write_text("0\n1\n")
    assert manifest_of(run, tmp_path / "c.json", "wrong")[0]["excluded"] == 5
    assert manifest_of(run, tmp_path / "c.json", "./wrong")[0]["excluded"] == 2


def test_without_exclusions_the_manifest_says_none(run, recorded, tmp_path):
    out = tmp_path / "c.json"
    run("select", "tiny", "--method", "aum", "--rate", 0.1, "--out", out)
    found = json.loads(out.read_text())
    assert (found["excluded"], "excluded_set" in found) == (0, False)


@pytest.mark.parametrize("given", ["wrnog", "missing.csv", "../up"])
def test_what_is_neither_a_set_nor_a_file_is_told_with_the_sets_there_are(run, gone, tmp_path, given):
    line = refused(
        run("select", "tiny", "--method", "aum", "--rate", 0.1, "--exclude", given, "--out", tmp_path / "c.csv")
    )
    assert "neither a file nor a set" in line
    assert line.strip().endswith("Saved there: wrong.")


def test_a_result_row_is_named_after_the_set_and_trained_once_under_any_name(run, gone, tmp_path):
    np.save(tmp_path / "rows.npy", gone)
    _, out, _ = run(*RETRAIN, "--exclude", "wrong")
    assert " without 5 rows (wrong, " in out
    run(*RETRAIN, "--exclude", tmp_path / "rows.npy")
    (row,) = [row for row in results.rows() if row["method"] == "aum"]
    assert row["excluded_set"] == "wrong"


def test_seeds_trained_without_the_same_rows_are_one_line_whoever_named_them(run, gone, tmp_path):
    np.save(tmp_path / "rows.npy", gone)
    run(*RETRAIN, "--exclude", tmp_path / "rows.npy", "--seeds", 0)
    run(*RETRAIN, "--exclude", "wrong", "--seeds", 1)
    table = results.summarise(results.frame())
    (line,) = [row for row in table.to_dict("records") if row["method"] == "aum"]
    assert line["n"] == 2
    assert " without 5 rows (wrong, " in line["label"]
