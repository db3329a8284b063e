"""What other packages open: Hugging Face's folder, FiftyOne's tree, cleanlab's table; each read again here and there."""

import gc
import json
import os
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from coreset_engine import export
from coreset_engine.datasets import checked
from coreset_engine.datasets.folders import read_folder
from coreset_engine.errors import ConfigError, DatasetError
from coreset_engine.export import CoresetFile

ORIGIN = {"run": "tiny", "method": "el2n", "rule": "top", "options": {}, "rate": 0.5, "keep": "highest"}
NAMES = ("cat", "дог/2", "eel")
FOREIGN = pytest.mark.filterwarnings("ignore")  # what these packages warn of, files left open among it, is theirs


def image_set(labels, names=NAMES, task="multi-class"):
    """Six train images of one grey each and of 28 px, three val and three test images."""
    shades = {"train": np.arange(6), "val": np.arange(10, 13), "test": np.arange(20, 23)}
    images = {split: np.repeat(of, 28 * 28).reshape(-1, 28, 28).astype(np.uint8) for split, of in shades.items()}
    given = {split: labels[: len(of)] for split, of in shades.items()}
    return checked(name="own", title="Own", task=task, class_names=names, images=images, labels=given)


@pytest.fixture(autouse=True)
def collected(request):
    """What other packages leave open is closed here, where their warnings are passed over, and in no later test."""
    yield
    if "filterwarnings" in request.keywords:
        gc.collect()


@pytest.fixture
def images():
    return image_set(np.array([0, 1, 2, 2, 1, 0]))


def unpacked(images, kind, folder, rows=(1, 3, 4, 5), tags=None):
    """The folder of a coreset whose scores ascend with the row."""
    coreset = CoresetFile(np.array(rows), np.arange(6.0), images.labels["train"], images.class_names, ORIGIN)
    export.write(coreset, folder / f"c.{kind}", images, tags=tags)
    zipfile.ZipFile(folder / f"c.{kind}").extractall(folder / "c")
    return folder / "c"


def shades(images, split):
    """Shade and class name of each image of a split, in order of the shade."""
    of = images.images[split][:, 0, 0].tolist()
    return sorted(zip(of, (images.class_names[c] for c in images.labels[split]), strict=True))


KEPT = [(1, "дог/2"), (3, "eel"), (4, "дог/2"), (5, "cat")]


def test_a_hugging_face_folder_holds_the_kept_images_and_is_read_again(images, tmp_path):
    folder = unpacked(images, "hf.zip", tmp_path)
    table = pd.read_csv(folder / "train" / "metadata.csv")
    assert table.columns.tolist() == ["file_name", "label", "row"]
    assert table["row"].tolist() == [1, 3, 4, 5]
    assert pd.read_csv(folder / "coreset.csv")["index"].tolist() == [5, 4, 3, 1]  # the best-ranked first
    again = read_folder(folder, 28)
    assert shades(again, "train") == KEPT
    for split in ("val", "test"):
        assert shades(again, split) == shades(images, split)


def test_a_class_of_which_nothing_is_kept_is_named_when_its_folder_is_read(images, tmp_path):
    with pytest.raises(DatasetError, match=r"train has no picture of class 'cat', but another split has\. Add some"):
        read_folder(unpacked(images, "hf.zip", tmp_path, rows=(1, 2)), 28)


@FOREIGN
def test_hugging_face_datasets_opens_the_folder(images, tmp_path):
    datasets = pytest.importorskip("datasets")
    folder = unpacked(images, "hf.zip", tmp_path)
    found = datasets.load_dataset("imagefolder", data_dir=str(folder), cache_dir=str(tmp_path / "kept"))
    assert {split: len(found[split]) for split in found} == {"train": 4, "validation": 3, "test": 3}
    assert sorted((np.asarray(one["image"])[0, 0], one["label"]) for one in found["train"]) == KEPT


def test_several_labels_become_a_column_each(tmp_path):
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 0], [1, 0], [0, 1]], np.uint8)
    folder = unpacked(image_set(labels, ("left", "right"), "multi-label"), "hf.zip", tmp_path, rows=(2, 3))
    table = pd.read_csv(folder / "train" / "metadata.csv")
    assert table[["left", "right"]].to_numpy().tolist() == [[1, 1], [0, 0]]
    with pytest.raises(ConfigError, match=r"'row' would be two. Rename the label"):
        unpacked(image_set(labels, ("left", "row"), "multi-label"), "hf.zip", tmp_path)


def test_a_fiftyone_tree_holds_every_image_with_tags_and_is_read_again(images, tmp_path):
    folder = unpacked(images, "fiftyone.zip", tmp_path, tags={"label issue": np.array([0, 3])})
    samples = {one["filepath"]: one for one in json.loads((folder / "samples.json").read_text())["samples"]}
    assert len(samples) == 12
    assert samples["data/00-cat/train-0.png"]["tags"] == ["train", "label issue"]
    assert samples["data/02-eel/train-3.png"]["tags"] == ["train", "coreset", "label issue"]
    assert samples["data/00-cat/val-0.png"]["tags"] == ["validation"]
    assert samples["data/01-дог-2/train-1.png"]["ground_truth"] == {"_cls": "Classification", "label": "дог/2"}
    assert np.asarray(Image.open(folder / "data/02-eel/train-3.png")).tolist() == np.full((28, 28), 3).tolist()
    again = read_folder(folder, 28)
    for split in ("train", "val", "test"):
        assert shades(again, split) == shades(images, split)
    assert "Classes were read from 'ground_truth' of samples.json, splits from its tags." in again.read_as


@pytest.mark.parametrize(
    "about",
    [
        {"info": {"classes": ["grade 2", "dog", "absent", "cat"]}},  # as this project writes it
        {"default_classes": ["grade 2", "dog", "cat"], "info": {"classes": ["cat"]}},  # as FiftyOne exports that again
        {"classes": {"truth": ["grade 2", "dog", "cat"], "other": ["cat"]}, "default_classes": []},
        {"default_classes": ["neither"], "info": {"classes": ["grade 2", "dog", "cat"]}},
        {"classes": {"truth": ["grade 2", "dog"]}, "info": None},  # those left out come last
    ],
)
def test_classes_keep_the_order_that_a_fiftyone_tree_says(about, tmp_path):
    samples = []
    for number in range(30):
        label = ("cat", "dog", "grade 2")[number % 3]
        Image.new("L", (8, 8), number).save(tmp_path / f"{number}.png")
        samples.append({"filepath": f"{number}.png", "truth": {"_cls": "Classification", "label": label}})
    (tmp_path / "samples.json").write_text(json.dumps({"samples": samples}))
    (tmp_path / "metadata.json").write_text(json.dumps(about))
    read = read_folder(tmp_path, 28)
    assert read.class_names == ("grade 2", "dog", "cat")
    for label, image in zip(read.labels["train"], read.images["train"], strict=True):
        assert ("cat", "dog", "grade 2")[int(image.max()) % 3] == read.class_names[int(label)]


def test_classes_of_a_fiftyone_tree_that_have_no_picture_left_are_told(images, tmp_path):
    folder = unpacked(images, "fiftyone.zip", tmp_path)
    tree = json.loads((folder / "samples.json").read_text())
    left = [one for one in tree["samples"] if one["ground_truth"]["label"] != images.class_names[0]]
    (folder / "samples.json").write_text(json.dumps({"samples": left}))  # as a view of FiftyOne exports itself
    read = read_folder(folder, 28)
    assert read.class_names == images.class_names[1:]
    said = (
        f"1 class of metadata.json has no picture here and was left out, those behind move up: {images.class_names[0]}."
    )
    assert said in read.read_as
    again = read_folder(unpacked(images, "fiftyone.zip", tmp_path / "all"), 28)
    assert not [sentence for sentence in again.read_as if "no picture" in sentence]


@FOREIGN
def test_fiftyone_opens_the_tree_as_both_of_its_kinds(images, tmp_path):
    data = pytest.importorskip("fiftyone.utils.data")  # its importers alone: the rest needs a MongoDB
    folder = unpacked(images, "fiftyone.zip", tmp_path)
    whole = data.FiftyOneDatasetImporter(str(folder))
    assert whole._is_legacy_format_data()  # what `Dataset.from_dir` asks, to read it as plain JSON
    with data.LegacyFiftyOneDatasetImporter(str(folder)) as importer:
        samples = list(importer)
    kept = [one for one in samples if "coreset" in one.tags]
    assert sorted((one["row"], one["ground_truth"].label) for one in kept) == KEPT
    with data.ImageClassificationDirectoryTreeImporter(str(folder / "data")) as importer:
        tree = [label.label for _, _, label in importer]
    assert sorted(tree) == ["00-cat"] * 4 + ["01-дог-2"] * 4 + ["02-eel"] * 4


@FOREIGN
@pytest.mark.skipif("FIFTYONE_DATABASE_URI" not in os.environ, reason="FiftyOne's data sets lie in a MongoDB")
def test_fiftyone_keeps_the_folder_as_a_data_set_and_what_it_exports_is_read_again(images, tmp_path):
    fiftyone = pytest.importorskip("fiftyone")
    folder = unpacked(images, "fiftyone.zip", tmp_path, tags={"label issue": np.array([0, 3])})
    kind = fiftyone.types.FiftyOneDataset
    whole = fiftyone.Dataset.from_dir(dataset_dir=str(folder), dataset_type=kind)
    try:
        assert whole.count_sample_tags() == {"train": 6, "validation": 3, "test": 3, "coreset": 4, "label issue": 2}
        assert whole.default_classes == list(images.class_names)
        kept = whole.match_tags("coreset")
        assert sorted(zip(*kept.values(["row", "ground_truth.label"]), strict=True)) == KEPT
        whole.export(export_dir=str(tmp_path / "back"), dataset_type=kind, export_media=True)
    finally:
        whole.delete()
    read = read_folder(tmp_path / "back", 28)
    assert {split: len(values) for split, values in read.images.items()} == {"train": 6, "val": 3, "test": 3}
    for split in ("train", "val", "test"):
        assert shades(read, split) == shades(images, split)


@pytest.mark.parametrize(
    "text, message",
    [
        ("[1", "can't be read as a part of FiftyOne's export"),
        ('{"samples": [1]}', "holds no list of samples"),
        ('{"samples": [{"filepath": "x.png"}]}', "field of type Classification"),
        (
            '{"samples": [{"filepath": "../x.png", "truth": {"_cls": "Classification", "label": "a"}}]}',
            "No sample of .* has a picture below the folder",
        ),
    ],
)
def test_a_fiftyone_folder_that_tells_nothing_is_refused_in_a_sentence(text, message, tmp_path):
    (tmp_path / "samples.json").write_text(text)
    (tmp_path / "metadata.json").write_text("{}")
    Image.new("L", (8, 8)).save(tmp_path / "own.png")
    with pytest.raises(DatasetError, match=message):
        read_folder(tmp_path, 28)


@FOREIGN
def test_cleanlab_names_its_columns_as_the_table_does(recorded):
    pytest.importorskip("datasets")
    lab = pytest.importorskip("cleanlab").Datalab({"y": ["a", "b"] * 10}, label_name="y", verbosity=0)
    given = np.random.default_rng(0).dirichlet([1, 1], 20)
    lab.find_issues(pred_probs=given, features=given, issue_types={"label": {}, "near_duplicate": {}})
    theirs = pd.concat([lab.get_issues("label"), lab.get_issues("near_duplicate")], axis=1)
    from coreset_engine.export.cleanlab import issue_table

    ours = issue_table("tiny", threshold=0.9)
    assert set(ours.columns) == set(theirs.columns)
    assert [ours[name].dtype.kind for name in theirs.columns if "is_" in name] == ["b", "b"]
