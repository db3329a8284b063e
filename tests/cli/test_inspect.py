"""What is listed of suspects and what is told of one sample on the command line."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coreset_engine import Recorder, load_run, score, select
from coreset_engine.analysis import duplicates, label_issues
from coreset_engine.dashboard import cached
from coreset_engine.export import label_issues as suspects_export
from coreset_engine.signals import SIGNALS
from coreset_engine.sources import Sources
from coreset_engine.store import exclusions
from tests.cli.helpers import refused, strict

WINDOWS = ["--method", "eva", "--early", 1, "--late", 4, "--length", 2]


@pytest.fixture
def images(recorded):
    """The images of run `tiny`."""
    return cached.images("tiny")


@pytest.fixture
def multi(cache):
    """A run `multi` of 20 samples with three labels each, without images or names of its classes."""
    labels, draws = np.random.default_rng(1).integers(0, 2, (20, 3)), np.random.default_rng(0)
    with Recorder("multi", labels=labels, classes=3, epochs=4) as recorder:
        for epoch in range(1, 5):
            recorder.record(epoch, np.arange(20), draws.normal(size=(20, 3)).astype(np.float32))
            recorder.end_epoch(epoch)
    return labels


def listed(run, tmp_path, *options):
    """What `suspects` writes."""
    code, said, error = run("suspects", "tiny", *options, "--out", tmp_path / "s.csv")
    table = pd.read_csv(tmp_path / "s.csv", keep_default_na=False)
    assert (code, error) == (0, "")
    assert said == f"{len(table):,} rows written to {tmp_path / 's.csv'}.\n"
    return table


def test_suspects_are_listed_the_most_suspect_first_with_the_class_proposed(run, images, tmp_path):
    found, table = label_issues.find(load_run("tiny")), listed(run, tmp_path)
    rows = table["index"].to_numpy()
    assert rows.tolist() == found.rows.tolist()
    assert table["score"].tolist() == pytest.approx(found.scores[rows].tolist())
    names = images.class_names
    assert table["class_name"].tolist() == [names[label] for label in load_run("tiny").labels[rows]]
    assert table["proposed_name"].tolist() == [names[one] for one in found.proposed[rows]]


def test_a_list_is_narrowed_to_a_share_a_class_and_a_pair(run, images, tmp_path):
    labels, found = load_run("tiny").labels, label_issues.find(load_run("tiny"), "low-aum", share=0.5)
    first = found.rows[0]
    given, proposed = (images.class_names[c] for c in (labels[first], found.proposed[first]))
    options = ["--rule", "low-aum", "--share", 0.5]
    of_class = [row for row in found.rows.tolist() if labels[row] == labels[first]]
    assert listed(run, tmp_path, *options)["index"].tolist() == found.rows.tolist()
    assert listed(run, tmp_path, *options, "--class", given)["index"].tolist() == of_class
    of_pair = [row for row in of_class if found.proposed[row] == found.proposed[first]]
    assert 0 < len(of_pair) < len(of_class)
    assert listed(run, tmp_path, *options, "--pair", given, proposed)["index"].tolist() == of_pair
    assert listed(run, tmp_path, *options, "--class", labels[first])["index"].tolist() == of_class


def test_a_list_written_is_one_that_select_leaves_out(run, recorded, tmp_path):
    rows = listed(run, tmp_path, "--rule", "low-aum", "--share", 0.2)["index"]
    out = tmp_path / "c.csv"
    assert (
        run("select", "tiny", "--method", "aum", "--rate", 0.1, "--exclude", tmp_path / "s.csv", "--out", out)[0] == 0
    )
    assert exclusions.read_rows(out).tolist()
    assert not set(exclusions.read_rows(out)) & set(rows)


def test_near_duplicates_are_one_line_an_image_with_its_group_the_most_alike_group_first(run, images, tmp_path):
    table = listed(run, tmp_path, "--near-duplicates", "--threshold", 0.95)
    found = duplicates.near_duplicates(images.images["train"], threshold=0.95)
    assert {frozenset(part) for _, part in table.groupby("group")["index"]} == {frozenset(g) for g in found.groups}
    most = table.groupby("group")["correlation"].max()
    assert most.index.tolist() == list(range(1, len(found.groups) + 1))
    assert (np.diff(most) <= 0).all()
    best = dict(zip(map(frozenset, found.pairs.tolist()), found.similarity, strict=True))
    shown = zip(table["index"].tolist(), table["like"].tolist(), table["correlation"], strict=True)
    assert all(best[frozenset((row, like))] == pytest.approx(value) for row, like, value in shown)


def test_near_duplicates_are_narrowed_to_a_class_and_to_different_labels(run, images, tmp_path):
    whole = listed(run, tmp_path, "--near-duplicates", "--threshold", 0.9).groupby("group")
    differing = [part["index"].tolist() for _, part in whole if part["label"].nunique() > 1]
    assert 0 < len(differing) < len(whole)
    part = listed(run, tmp_path, "--near-duplicates", "--threshold", 0.9, "--differ")
    assert [lines["index"].tolist() for _, lines in part.groupby("group")] == differing
    label = int(part["label"].iloc[0])
    wanted = [lines["index"].tolist() for _, lines in whole if (lines["label"] == label).any()]
    part = listed(run, tmp_path, "--near-duplicates", "--threshold", 0.9, "--class", images.class_names[label])
    assert [lines["index"].tolist() for _, lines in part.groupby("group")] == wanted


def test_without_a_file_a_list_is_a_table_or_json(run, recorded):
    rows = strict(run("suspects", "tiny", "--json")[1])
    found = label_issues.find(load_run("tiny"))
    assert [row["index"] for row in rows] == found.rows.tolist()
    assert list(rows[0]) == ["index", "label", "class_name", "proposed", "proposed_name", "score"]
    lines = run("suspects", "tiny")[1].splitlines()
    assert lines[0].split() == list(rows[0])
    assert [int(line.split()[0]) for line in lines[1:]] == found.rows.tolist()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--rule", "nonsense"], "There is no rule 'nonsense' for suspects. Choose one of: low-aum"),
        (["--class", "nonsense"], "There is no class 'nonsense'. Choose one of: "),
        (["--pair", "0", "11"], "There is no class '11'."),
        (["--share", "0"], "share=0.0 is not possible"),
        (["--near-duplicates", "--threshold", "1.5"], "threshold=1.5 is not possible"),
        (["--near-duplicates", "--share", "0.1"], "--share is about wrong labels: leave out --near-duplicates."),
        (["--differ"], "--differ is about near-duplicates: add --near-duplicates."),
        (["--out", "s.txt"], "s.txt: suspects are written as .csv only. Name the file s.csv."),
        (["--out", "/dev/null/s.csv"], "can't be written"),
    ],
)
def test_what_cannot_be_listed_is_a_sentence(options, sentence, run, recorded):
    assert sentence in refused(run("suspects", "tiny", *options))


def test_runs_without_one_class_a_sample_or_without_images_say_so(run, multi):
    assert "multi-label run" in refused(run("suspects", "multi"))
    assert "not in the cache" in refused(run("suspects", "multi", "--near-duplicates"))


def test_a_sample_is_told_epoch_by_epoch_with_every_signal(run, recorded):
    dynamics = load_run("tiny")
    found, names = strict(run("sample", "tiny", 7, "--json")[1]), cached.images("tiny").class_names
    assert found["label"] == names[dynamics.labels[7]]
    assert found["epochs_correct"] == int(dynamics.correct[:, 7].sum())
    assert [line["epoch"] for line in found["course"]] == [1, 2, 3, 4, 5]
    assert [line["predicted"] for line in found["course"]] == [names[c] for c in dynamics.prediction[:, 7]]
    for name in (*SIGNALS, "probabilities"):
        assert [line[name] for line in found["course"]] == dynamics.signal(name)[:, 7].tolist()
    lines = run("sample", "tiny", 7)[1].splitlines()
    assert lines[0].startswith(f"Row 7 of tiny: {found['label']}, predicted as labelled in ")
    assert lines[1:-6] == found["planted"] == ["No error was injected into this sample."]
    assert lines[-6].split() == [
        "epoch",
        "predicted",
        "correct",
        "error_norm",
        "target_probability",
        "margin",
        "entropy",
        "loss",
    ]


def test_score_rank_and_state_are_those_of_the_method_the_windows_and_the_rule(run, recorded):
    values = score(load_run("tiny"), "eva", early=1, late=4, length=2)
    row = int(np.argsort(-values, kind="stable")[16])
    found = strict(run("sample", "tiny", row, *WINDOWS, "--json")[1])
    assert [found[key] for key in ("score", "rank", "of", "kept", "rate")] == [values[row], 17, 200, True, 0.1]
    text = run("sample", "tiny", row, *WINDOWS, "--rate", 0.05)[1].splitlines()[1]
    assert text == f"eva: score {values[row]:.4g}, rank 17 of 200, dropped at α = 5 %, rule top."
    kept = select(load_run("tiny"), method="eva", rate=0.05, rule="balanced", early=1, late=4, length=2)
    lost = int(np.setdiff1d(kept, np.argsort(-values, kind="stable")[:10])[0])
    assert ", kept at" in run("sample", "tiny", lost, *WINDOWS, "--rate", 0.05, "--rule", "balanced")[1]


def test_an_excluded_sample_is_called_so_whatever_its_rank(run, recorded):
    sha256, row = load_run("tiny").dataset_sha256, int(select(load_run("tiny"), method="aum", rate=0.005)[0])
    exclusions.save("wrong", [row], dataset="phantom", dataset_sha256=sha256, samples=200)
    assert "rank 1 of 200, excluded" in run("sample", "tiny", row, "--method", "aum", "--exclude", "wrong")[1]


def test_a_sample_that_a_greedy_method_leaves_out_has_no_rank(run, recorded):
    picked = select(Sources.of_run("tiny"), method="k-center", rate=0.1)
    left = int(np.setdiff1d(np.arange(200), picked)[0])
    found = strict(run("sample", "tiny", left, "--method", "k-center", "--json")[1])
    assert (found["rank"], found["kept"]) == (None, False)
    assert "not picked, dropped" in run("sample", "tiny", left, "--method", "k-center")[1]


def test_several_labels_of_a_sample_are_named_together(run, multi):
    row = int(np.flatnonzero(multi.sum(axis=1) == 2)[0])
    names = [f"class {c}" for c in np.flatnonzero(multi[row])]
    assert strict(run("sample", "multi", row, "--json")[1])["label"] == "+".join(names)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([200], "There is no sample 200: the rows run from 0 to 199."),
        (["x"], "'x' is not a valid integer"),
        ([0, "--early", 1], "belong to a method: add --method."),
        ([0, "--rule", "balanced"], "belong to a method: add --method."),
        ([0, "--method", "nonsense"], "nonsense"),
        ([0, "--method", "eva", "--rate", 0, "--early", 1, "--late", 4, "--length", 2], "rate"),
        ([0, "--method", "eva"], "early"),
    ],
)
def test_what_cannot_be_told_of_a_sample_is_a_sentence(words, sentence, run, recorded):
    assert sentence in refused(run("sample", "tiny", *words))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--confused", "--quality"), "--confused is a table of its own"),
        (("--confused", "--near-duplicates"), "--confused is a table of its own"),
        (("--confused", "--class", "class 1"), "--class decides the list, not this table."),
        (("--quality", "--rule", "combined"), "--rule decides the list, not this table."),
        (("--quality", "--near-duplicates", "--exclude", "x"), "--exclude is measured against wrong labels."),
        (("--exclude", "x"), "--exclude is measured with --quality. Add it."),
        (("--quality", "--exclude", "x"), "--exclude 'x' is neither a file nor a set of rows saved"),
    ],
)
def test_tables_beside_the_list_refuse_what_has_no_meaning_for_them(options, said, run, recorded):
    assert said in refused(run("suspects", "tiny", *options))


def test_where_nothing_was_planted_there_is_nothing_to_measure(run, recorded, monkeypatch):
    from coreset_engine.datasets import library

    plain = replace(cached.images("tiny"), truth={})
    monkeypatch.setattr(library, "cached", lambda *_: plain)
    assert "No wrong labels were planted into the images of tiny" in refused(run("suspects", "tiny", "--quality"))
    said = refused(run("suspects", "tiny", "--quality", "--near-duplicates"))
    assert "No near-duplicates were planted into the images of tiny" in said


def test_rows_that_do_not_exist_are_not_measured_and_an_empty_set_is_a_line_of_its_own(run, recorded, tmp_path):
    (tmp_path / "far.csv").write_text("index\n5\n999999\n")
    said = refused(run("suspects", "tiny", "--quality", "--exclude", tmp_path / "far.csv"))
    assert "Excluded rows must lie in 0..199" in said
    assert suspects_export.label_quality("tiny", ticked=[])["n"].tolist()[-1] == 0


def test_a_sample_is_told_with_what_was_planted_and_which_neighbours_are_kept(run, recorded, images):
    row = int(np.flatnonzero(images.truth["wrong_label"])[0])
    found = strict(
        run("sample", "tiny", row, *WINDOWS, "--rate", 0.5, "--neighbours", 4, "--ranks", "fast", "--json")[1]
    )
    assert any("label is an injected error" in sentence for sentence in found["planted"])
    kept = select(load_run("tiny"), method="eva", rate=0.5, early=1, late=4, length=2)
    assert [line["kept"] for line in found["nearest"]] == [line["row"] in kept for line in found["nearest"]]
    ranked = {line["method"]: line for line in found["ranks"]}
    assert ranked["eva"]["kept"] == (ranked["eva"]["rank"] <= 100)
    assert ranked["el2n"]["kept"] is None
    without = strict(run("sample", "tiny", row, "--neighbours", 4, "--json")[1])
    assert "kept" not in without["nearest"][0]


def test_neighbours_of_samples_with_several_labels_are_told_as_sets(run, multi):
    assert "features" in refused(run("sample", "multi", 3, "--neighbours", 2))
    assert "images" in refused(run("sample", "multi", 3, "--near-duplicates", 0.97))
