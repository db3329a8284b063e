"""Taking a coreset away: every kind of file gives the rows back, and says how they came to be."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from coreset_engine import CoresetSpec, export, store
from coreset_engine.datasets import checked
from coreset_engine.errors import ConfigError, UnknownNameError
from coreset_engine.export import CoresetFile
from coreset_engine.signals import SIGNALS
from coreset_engine.store import exclusions

ORIGIN = {
    "run": "tiny",
    "dataset": "phantom",
    "dataset_sha256": "ab" * 32,
    "method": "eva",
    "options": {"early": 1, "late": 4, "length": 2},
    "rule": "ccs",
    "rate": 0.5,
    "keep": "highest",
}


def image_set(labels, names, task="multi-class"):
    """Six train, two val and two test images 8 x 8, each filled with its row's number."""
    images = {
        split: np.arange(n, dtype=np.uint8)[:, None, None].repeat(8, 1).repeat(8, 2)
        for split, n in (("train", 6), ("val", 2), ("test", 2))
    }
    given = {split: labels[: len(images[split])] for split in images}
    return checked(name="own", title="Own", task=task, class_names=names, images=images, labels=given)


@pytest.fixture
def images():
    return image_set(np.array([0, 1, 2, 0, 1, 2]), ("cat", "dog", "eel"))


@pytest.fixture
def coreset(images):
    """Rows 1, 3 and 4 of six; row 3 has the highest score, 1 and 4 tie."""
    scores = np.array([9.0, 0.5, 0.1, 0.7, 0.5, 0.2])
    return CoresetFile(np.array([1, 3, 4]), scores, images.labels["train"], images.class_names, ORIGIN)


def read_csv(data):
    """The table of a CSV export."""
    return pd.read_csv(io.BytesIO(data), converters={"score": float})


def read_npz(data):
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return dict(file)


def test_the_csv_lists_the_best_ranked_first_and_ties_by_the_lower_row(coreset):
    table = read_csv(export.as_bytes(coreset, "csv"))
    assert table.columns.tolist() == ["index", "label", "class_name", "score", "rank"]
    assert table["index"].tolist() == [3, 1, 4]
    assert table["rank"].tolist() == [2, 3, 4]  # row 0 ranks first but was not kept
    assert table["class_name"].tolist() == ["cat", "dog", "dog"]


def test_the_csv_keeps_every_digit_of_a_score(images):
    scores = np.random.default_rng(0).normal(size=6)
    coreset = CoresetFile(np.array([0, 2]), scores, images.labels["train"], images.class_names, ORIGIN)
    table = read_csv(export.as_bytes(coreset, "csv"))
    table = table.set_index("index")
    assert table.loc[0, "score"] == scores[0]
    assert table.loc[2, "score"] == scores[2]


@pytest.mark.parametrize(("keep", "order"), [("lowest", [1, 4, 3]), ("middle", [1, 4, 3])])
def test_the_rank_follows_the_kept_end(images, keep, order):
    # ascending the rows are 2, 5, 1, 4, 3, 0: rows 1 and 4 are the middle two, row 3 comes behind row 5
    scores = np.array([9.0, 0.5, 0.1, 0.7, 0.5, 0.2])
    origin = ORIGIN | {"keep": keep}
    coreset = CoresetFile(np.array([1, 3, 4]), scores, images.labels["train"], images.class_names, origin)
    assert coreset.table()["index"].tolist() == order


def test_the_npy_holds_the_ascending_rows(coreset):
    rows = np.load(io.BytesIO(export.as_bytes(coreset, "npy")), allow_pickle=False)
    assert rows.dtype == np.int64
    np.testing.assert_array_equal(rows, [1, 3, 4])


def test_the_json_holds_manifest_and_rows(coreset):
    content = json.loads(export.as_bytes(coreset, "json"))
    assert content["indices"] == [1, 3, 4]
    assert content | coreset.manifest() == content


def test_the_npz_holds_the_kept_train_images_and_whole_val_and_test(coreset, images):
    arrays = read_npz(export.as_bytes(coreset, "npz", images))
    np.testing.assert_array_equal(arrays["train_images"][:, 0, 0], [1, 3, 4])
    np.testing.assert_array_equal(arrays["train_indices"], [1, 3, 4])
    np.testing.assert_array_equal(arrays["train_labels"], [[1], [0], [1]])
    for split in ("val", "test"):
        np.testing.assert_array_equal(arrays[f"{split}_images"], images.images[split])
        np.testing.assert_array_equal(arrays[f"{split}_labels"][:, 0], images.labels[split])
    assert arrays["train_labels"].dtype == np.uint8
    assert arrays["class_names"].tolist() == ["cat", "dog", "eel"]


def test_the_npz_keeps_multi_label_rows():
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 0], [1, 0], [0, 1]], np.uint8)
    images = image_set(labels, ("left", "right"), "multi-label, binary-class")
    coreset = CoresetFile(np.array([2, 5]), np.zeros(6), labels, images.class_names, ORIGIN)
    np.testing.assert_array_equal(read_npz(export.as_bytes(coreset, "npz", images))["train_labels"], [[1, 1], [0, 1]])
    table = read_csv(export.as_bytes(coreset, "csv"))
    assert table["class_name"].tolist() == ["left;right", "right"]


@pytest.mark.parametrize("kind", ["csv", "json", "npz"])
def test_every_kind_says_what_is_needed_to_make_it_again(coreset, images, kind, tmp_path):
    path = tmp_path / f"own.{kind}"
    export.write(coreset, path, images)
    read = {
        "csv": lambda: json.loads((tmp_path / "own.manifest.json").read_text()),
        "json": lambda: json.loads(path.read_text()),
        "npz": lambda: json.loads(str(read_npz(path.read_bytes())["manifest"])),
    }
    manifest = read[kind]()
    assert manifest["kind"] == "kept"
    assert manifest["counted_from"] == 0
    assert (manifest["samples_kept"], manifest["samples_all"]) == (3, 6)
    for name, value in ORIGIN.items():
        assert manifest[name] == value, name
    assert {"python", "numpy", "torch"} <= set(manifest["versions"])


def test_another_kind_is_refused_with_those_that_exist(coreset):
    with pytest.raises(
        ConfigError, match=r"'pkl'. Choose one of: csv, npy, txt, json, npz, zip, hf.zip, fiftyone.zip, html"
    ):
        export.as_bytes(coreset, "pkl")


@pytest.mark.parametrize("kind", export.NEED_IMAGES)
def test_images_can_not_be_written_without_the_images(coreset, kind):
    with pytest.raises(ConfigError, match=rf"A \.{kind} coreset .* has none here. Write a .csv or .npy instead"):
        export.as_bytes(coreset, kind)


def test_the_txt_holds_one_row_number_a_line_and_is_read_back(coreset, tmp_path):
    export.write(coreset, tmp_path / "coreset.txt")
    assert (tmp_path / "coreset.txt").read_text() == "1\n3\n4\n"
    np.testing.assert_array_equal(exclusions.read_rows(tmp_path / "coreset.txt"), [1, 3, 4])


@pytest.mark.parametrize("kind", export.KINDS)
def test_the_ending_says_the_kind(coreset, images, kind, tmp_path):
    export.write(coreset, tmp_path / f"new/coreset.{kind}", images)
    assert (tmp_path / f"new/coreset.{kind}").read_bytes()[:2] == {
        "csv": b"in",
        "npy": b"\x93N",
        "json": b"{\n",
        "npz": b"PK",
        "zip": b"PK",
        "hf.zip": b"PK",
        "fiftyone.zip": b"PK",
        "txt": b"1\n",
        "html": b"<!",
    }[kind]
    beside = ["coreset.manifest.json"] if kind == "csv" else []
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [f"coreset.{kind}", *beside]


def test_a_place_that_cannot_be_written_to_is_named(coreset, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="can't be written"):
        export.write(coreset, tmp_path / "file" / "coreset.csv")


def test_scores_are_written_one_line_a_sample_with_every_digit(tmp_path):
    values = np.random.default_rng(1).normal(size=5)
    export.write_scores(tmp_path / "scores.csv", values, np.array([0, 1, 0, 1, 2]))
    table = pd.read_csv(tmp_path / "scores.csv", converters={"score": float})
    assert table.columns.tolist() == ["sample", "label", "score"]
    assert table["sample"].tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(table["score"], values)


@pytest.fixture
def short_run(cache, tiny_run):
    """The tiny run in the cache under the name `short`, as a foreign loop records it: without class names."""
    info = store.RunInfo(epochs=12, samples=8, classes=3, dataset="own", dataset_sha256="cd" * 32, seed=4)
    writer = store.RunWriter(cache / "runs" / "short", info, tiny_run.labels)
    for epoch in range(12):
        writer.write_epoch(epoch + 1, {name: tiny_run.signals[name][epoch] for name in tiny_run.signals}, {})
    writer.close()
    return "short"


def test_the_manifest_of_a_run_has_its_windows_rate_rule_seed_and_hash(short_run, tiny_run):
    options = {"early": 1, "late": 7, "length": 3, "cutoff": 0.0, "seed": 2}
    coreset = export.with_origin(CoresetSpec(short_run, "eva", options, "ccs", rate=0.5))
    manifest = coreset.manifest()
    assert manifest["options"] == {"early": 1, "late": 7, "length": 3, "combine": "sum"}
    assert manifest["rule_options"] == {"cutoff": 0.0, "strata": 50, "seed": 2, "cutoff_by": "aum"}
    assert (manifest["rate"], manifest["rule"], manifest["method"]) == (0.5, "ccs", "eva")
    assert (manifest["dataset_sha256"], manifest["surrogate_seed"], manifest["epochs"]) == ("cd" * 32, 4, 12)
    assert "2406.05677" in manifest["source"]


def test_a_run_without_class_names_gets_numbered_ones(short_run):
    table = export.with_origin(CoresetSpec(short_run, "el2n", rate=1.0)).table()
    assert set(table["class_name"]) == {"class 0", "class 1", "class 2"}


def test_the_coreset_of_a_run_is_that_of_its_dynamics(short_run, tiny_run):
    from coreset_engine import select

    got = export.with_origin(CoresetSpec(short_run, "aum", rate=0.25))
    np.testing.assert_array_equal(got.indices, select(tiny_run, method="aum", rate=0.25))
    assert got.table()["rank"].tolist() == [1, 2]


def test_an_unknown_method_of_a_run_is_refused(short_run):
    with pytest.raises(UnknownNameError, match="no method"):
        CoresetSpec(short_run, "evva", rate=0.5)


@pytest.mark.parametrize(("dataset", "synthetic"), [("demo", True), ("organsmnist", False), ("", False)])
def test_the_manifest_says_in_which_mode_was_recorded_and_whether_the_images_are_synthetic(cache, dataset, synthetic):
    # the images are not in the cache: the source's name decides
    info = store.RunInfo(epochs=1, samples=4, classes=2, dataset=dataset, dataset_sha256="ab" * 32, mode="eval")
    writer = store.RunWriter(cache / "runs" / "own", info, np.array([0, 1, 0, 1]))
    rows = {name: np.arange(4, dtype=np.float32) for name in SIGNALS}
    writer.write_epoch(1, rows | {"prediction": np.zeros(4, np.uint8)}, {})
    writer.close()
    manifest = export.with_origin(CoresetSpec("own", "aum", rate=0.5)).manifest()
    assert (manifest["synthetic"], manifest["mode"]) == (synthetic, "eval")
