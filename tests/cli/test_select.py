"""Methods, scores and coresets from the command line."""

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from coreset_engine import Recorder, load_run, score, select, store
from coreset_engine.datasets.files import read_medmnist_file
from tests.cli.helpers import refused, strict


@pytest.fixture
def coreset(recorded):
    """What `select --method el2n --rate 0.1` must give."""
    return select(load_run("tiny"), method="el2n", rate=0.1, epochs=3)


def selected(run, out):
    return run("select", "tiny", "--method", "el2n", "--rate", 0.1, "--option", "epochs=3", "--out", out)


def test_methods_as_json_are_scores_and_rules_with_their_sources(run):
    rows = strict(run("methods", "--json")[1])
    names = {kind: {row["name"] for row in rows if row["kind"] == kind} for kind in ("method", "rule")}
    assert {"eva", "el2n", "aum", "forgetting", "random"} <= names["method"]
    assert {"top", "balanced", "ccs", "middle"} <= names["rule"]
    assert all(row["source"] for row in rows if row["kind"] == "method")


def test_scores_are_one_line_a_sample(run, recorded, tmp_path):
    out = tmp_path / "s.csv"
    code, _, _ = run("score", "tiny", "--method", "eva", "--early", 1, "--late", 3, "--length", 2, "--out", out)
    rows = list(csv.reader(io.StringIO(out.read_text())))
    dynamics = load_run("tiny")
    assert (code, rows[0], len(rows)) == (0, ["sample", "label", "score"], 201)
    assert [int(row[0]) for row in rows[1:]] == list(range(200))
    assert [int(row[1]) for row in rows[1:]] == dynamics.labels.tolist()
    assert [float(row[2]) for row in rows[1:]] == score(dynamics, "eva", early=1, late=3, length=2).tolist()


def test_a_coreset_as_csv_lists_rows_with_labels_and_scores(run, coreset, tmp_path):
    assert selected(run, tmp_path / "c.csv")[0] == 0
    manifest = json.loads((tmp_path / "c.manifest.json").read_text())
    rows = list(csv.DictReader((tmp_path / "c.csv").read_text().splitlines()))
    assert (manifest["method"], manifest["rate"], manifest["samples_kept"]) == ("el2n", 0.1, 20)
    assert sorted(int(row["index"]) for row in rows) == coreset.tolist()
    dynamics = load_run("tiny")
    values = score(dynamics, "el2n", epochs=3)
    for row in rows:
        assert int(row["label"]) == dynamics.labels[int(row["index"])]
        assert float(row["score"]) == pytest.approx(values[int(row["index"])])


def test_a_coreset_as_json_holds_its_rows(run, coreset, tmp_path):
    assert selected(run, tmp_path / "c.json")[0] == 0
    assert strict((tmp_path / "c.json").read_text())["indices"] == coreset.tolist()


def test_a_coreset_as_npy_is_its_rows(run, coreset, tmp_path):
    assert selected(run, tmp_path / "c.npy")[0] == 0
    found = np.load(tmp_path / "c.npy")
    assert (found.tolist(), found.dtype) == (coreset.tolist(), np.int64)


def test_a_coreset_as_npz_is_a_medmnist_file_of_the_kept_images(run, coreset, tmp_path, phantom_file):
    assert selected(run, tmp_path / "c.npz")[0] == 0
    found = read_medmnist_file(tmp_path / "c.npz") if len(set(load_run("tiny").labels[coreset])) == 11 else None
    with np.load(tmp_path / "c.npz") as kept, np.load(phantom_file) as file:
        np.testing.assert_array_equal(kept["train_images"], file["train_images"][coreset])
        np.testing.assert_array_equal(kept["train_labels"], file["train_labels"][coreset])
        np.testing.assert_array_equal(kept["test_images"], file["test_images"])
        np.testing.assert_array_equal(kept["train_indices"], coreset)
    assert found is None or found.classes == 11


def test_the_ending_decides_between_rows_pictures_and_a_report(run, coreset, tmp_path):
    for kind in ("txt", "zip", "html"):
        assert selected(run, tmp_path / f"c.{kind}")[0] == 0
    rows = np.loadtxt(tmp_path / "c.txt", np.int64).tolist()
    assert rows == coreset.tolist()
    pictures = [Path(name) for name in zipfile.ZipFile(tmp_path / "c.zip").namelist() if name.endswith(".png")]
    assert sorted(int(path.stem) for path in pictures if path.parts[0] == "train") == rows
    assert len(pictures) == len(rows) + 120  # val and test are there whole
    report = (tmp_path / "c.html").read_text()
    assert report.count("<svg") == 4  # the recording itself is a training on all data
    assert "No retraining on this selection yet" in report
    assert "<img" in report


def test_the_recommended_selection_is_written_and_said_in_its_parts(run, recorded, tmp_path):
    out = tmp_path / "auto.npy"
    code, said, _ = run("select", "tiny", "--method", "auto", "--rate", 0.1, "--out", out)
    assert (code, "20 of 200 samples kept by random (top), tempered budgets τ=0.5, hard cut-off β=0.3" in said) == (
        0,
        True,
    )
    np.testing.assert_array_equal(np.load(out), select(load_run("tiny"), method="auto", rate=0.1))


@pytest.mark.parametrize("words", [("--class-budget", "equal"), ("--hard-cutoff", "0.3"), ("--rule", "ccs")])
def test_parts_beside_the_recommended_selection_are_a_sentence(run, recorded, tmp_path, words):
    code, _, error = run("select", "tiny", "--method", "auto", "--rate", 0.1, *words, "--out", tmp_path / "x.npy")
    assert (code, "auto chooses rule, class budgets and cut-off itself" in error) == (2, True)
    assert not (tmp_path / "x.npy").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [(("score", "tiny", "--method", "auto"), "scores no samples. Use `select`"),
     (("select", "tiny", "--method", "auto", "--rate", "0.1", "--early", "3"), "no option 'early'. It has: goal, seed")],
)  # fmt: skip
def test_what_the_recommended_selection_is_not_is_a_sentence(run, recorded, tmp_path, words, told):
    code, _, error = run(*words, "--out", tmp_path / "x.csv")
    assert (code, told in error) == (2, True)


def test_a_sample_is_told_its_place_in_the_recommended_selection(run, recorded):
    kept = select(load_run("tiny"), method="auto", rate=0.1)
    code, said, _ = run("sample", "tiny", int(kept[0]), "--method", "auto", "--json")
    told = json.loads(said)
    assert (code, told["method"], told["rule"], told["kept"]) == (0, "random", "top", True)


def test_a_cut_that_had_to_be_given_up_is_told(run, recorded, tmp_path):
    out = tmp_path / "x.npy"
    asked = ["select", "tiny", "--method", "random", "--hard-cutoff", 0.5, "--out", out, "--rate"]
    code, _, error = run(*asked, 0.9)
    assert (code, "fewer than the 180 to keep: nothing is cut there" in error) == (0, True)
    assert "nothing is cut" not in run(*asked, 0.1)[2]


@pytest.mark.parametrize("words", [("select", "--out", "x.npy"), ("retrain", "--epochs", "1")])
def test_evidence_of_a_cut_that_is_not_asked_for_is_refused(run, recorded, words):
    asked = (words[0], "tiny", "--method", "random", "--rate", 0.1, "--hard-cutoff-by", "never-learned", *words[1:])
    code, _, error = run(*asked)
    assert (code, "'never-learned' cuts nothing without hard_cutoff, e.g. 0.3" in error) == (2, True)


@pytest.mark.parametrize("command", ["select", "retrain", "sweep"])
def test_a_cut_off_that_is_no_number_is_refused(run, recorded, tmp_path, command):
    asked = [command, "tiny", "--method", "random", "--rate", 0.1, "--hard-cutoff", "nan"]
    out = ["--out", tmp_path / "coreset.csv"] if command == "select" else []
    code, _, error = run(*asked, *out)
    assert (code, "The hard cut-off is nan; give β" in error) == (2, True)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"architecture": "mlp"}, "it was recorded with mlp and not with lenet"),
        ({"recipe": {"batch_size": 64}}, "it was recorded with batch_size=64 and not with batch_size=32"),
        ({"seed": 0}, "it was recorded with the same seed, 0"),
        ({}, ""),
    ],
)
def test_only_recordings_of_one_training_with_other_seeds_are_averaged(run, recorded, tmp_path, changed, told):
    own = store.RunFile(recorded).info
    shared = {name: getattr(own, name) for name in ("origin", "dataset_sha256", "architecture", "mode")} | {"seed": 1}
    facts = shared | changed | {"recipe": own.recipe | changed.get("recipe", {})}
    with Recorder("second", labels=load_run("tiny").labels, classes=own.classes, epochs=5, info=facts) as recorder:
        for epoch in range(1, 6):
            recorder.record(epoch, np.arange(200), np.zeros((200, own.classes), np.float32))
            recorder.end_epoch(epoch)
    for words in (
        ("select", "tiny", "--method", "aum", "--rate", 0.1),
        ("score", "tiny", "--method", "aum"),
        ("area", "tiny", "--x", "variability", "--y", "confidence", "--area", "box_0_1_0_1"),
    ):
        answer = run(*words, "--average", "second", "--out", tmp_path / "c.csv")
        assert told in refused(answer) if told else answer[0] == 0


def test_an_ending_of_no_kind_is_told_before_anything_is_computed(run, recorded, tmp_path, monkeypatch):
    monkeypatch.setattr("coreset_engine.pipeline.surrogate.store.load_run", lambda name: pytest.fail("read too early"))
    monkeypatch.setattr("coreset_engine.sources.store.load_run", lambda name: pytest.fail("read too early"))
    coreset = ["select", "tiny", "--method", "aum", "--rate", 0.1, "--out", tmp_path / "c.xyz"]
    assert "can't be written as 'xyz'" in refused(run(*coreset))
    assert ".csv only" in refused(run("score", "tiny", "--method", "aum", "--out", tmp_path / "s.json"))
    assert "as 'xyz'" in refused(run("area", "tiny", "--area", "box_0_1_0_1", "--out", tmp_path / "c.xyz"))


def test_options_that_would_do_nothing_are_refused(run, recorded, tmp_path):
    assert "--size belongs to --load" in refused(run("datasets", "--size", 28))
    assert "--labels belongs to --load" in refused(run("datasets", "--labels", "x.csv"))
    assert "--length is of" in refused(run("explore", "tiny", "--out", tmp_path / "e.html", "--length", 4))
    assert "Choose one" in refused(run("results", "--json", "--csv"))
    assert "--by" in refused(run("results", "--by", "architecture", "--csv"))
    confused = ["suspects", "tiny", "--confused", "--out", tmp_path / "c.cleanlab.csv"]
    assert "Name this table F.csv" in refused(run(*confused))
    pairs = ["retrain", "tiny", "--method", "el2n", "random", "--windows", "1/21", "--rate", 0.2]
    assert "no use for --windows" in refused(run(*pairs))
    folds = ["record", "--dataset", "demo", "--run", "own", "--folds", 3, "--mode", "train"]
    assert "eval mode" in refused(run(*folds))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("--method", "el2n", "--option", "epochs=3", "epochs=4"),
            "--option gives epochs twice, '3' and '4'. Give it once.",
        ),
        (
            ("--method", "eva", "--early", 1, "--late", 5, "--option", "early=3"),
            "early is given twice, 1 and by --option '3'.",
        ),
    ],
)
def test_an_option_that_is_given_twice_is_refused(run, recorded, tmp_path, words, told):
    assert refused(run("select", "tiny", *words, "--rate", 0.1, "--out", tmp_path / "c.csv")).startswith(
        f"Error: {told}"
    )


@pytest.mark.parametrize("words", [("filter", "tiny", "aum < 0"), ("suspects", "tiny")])
def test_an_ending_that_a_list_can_not_have_is_told_before_the_run_is_read(run, cache, tmp_path, words):
    assert ".csv" in refused(run(*words, "--out", tmp_path / "rows.txt"))  # there is no such run


@pytest.mark.parametrize(
    "words",
    [
        ("select", "--method", "el2n", "--option", "epochs=3", "--rate", 0.1, "--out", "c.csv"),
        ("select", "--method", "auto", "--rate", 0.1, "--out", "c.csv"),
        ("score", "--method", "el2n", "--option", "epochs=3", "--out", "c.csv"),
    ],
)
def test_the_epoch_of_a_snapshot_that_nothing_reads_is_refused(run, recorded, words, tmp_path):
    command, *rest = words
    asked = [tmp_path / word if word == "c.csv" else word for word in rest]
    assert "Nothing here reads a snapshot, so that snapshot 3" in refused(run(command, "tiny", *asked, "--snapshot", 3))
    assert not (tmp_path / "c.csv").exists()
