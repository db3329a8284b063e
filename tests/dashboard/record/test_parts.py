"""What the Record page asks for is what the command `record` is told."""

import json
from dataclasses import replace

import click
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import architectures, paths
from coreset_engine.cli.record import record
from coreset_engine.config import DEVICES, Recipe
from coreset_engine.dashboard.record import data, recipe_fields
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import ConfigError, EngineError, RunError
from coreset_engine.executors import table
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RecordingRequest

PLAIN = RecordingRequest("mine", "demo", "lenet", Recipe(epochs=60, learning_rate=0.02), seed=3)
CHANGED = replace(
    PLAIN,
    side=28,
    recipe=replace(
        PLAIN.recipe,
        warmup=0.0,
        augment=True,
        precision="float32",
        batch_size=64,
        augmentation="reflect-flip",
        schedule="cosine:0.0001",
        loss="ordinal",
        normalisation="channels",
        nesterov=False,
        view="centre",
    ),
    probabilities="none",
    corruption=Corruption(label_noise=0.1, image="fog", image_share=0.2, strength=0.8, seed=4),
    device="cpu",
    mode="eval",
    snapshots=(10, 20),
    folder=FolderOptions("labels.csv", "id", "dx", "set", skip_broken=True, group_column="patient", multi_label=True),
    class_names=("lung, left", "-1", "眼底"),
)
NOT_AUGMENTED = replace(PLAIN, dataset="cifar10", folder=FolderOptions(group_prefix="_", grades="none,mild"))


def understood(request):
    """What click makes of the arguments, by the command's own definition."""
    return record.make_context("record", request.to_argv()).params


def test_a_form_left_as_it_is_asks_for_the_defaults_of_the_command():
    defaults = record.make_context("record", ["--run", "mine", "--dataset", "demo"]).params
    same = {
        "mode",
        "snapshots",
        "warmup",
        "augment",
        "precision",
        "probabilities",
        "device",
        "size",
        "batch_size",
        "resume",
    }
    found = understood(PLAIN)
    assert {name: found[name] for name in same} == {name: defaults[name] for name in same}
    assert [found[name] for name in ("run", "dataset", "architecture", "epochs", "seed", "lr")] == [
        "mine",
        "demo",
        "lenet",
        60,
        3,
        0.02,
    ]


def test_every_field_of_the_form_reaches_the_command():
    found = understood(CHANGED)
    names = (
        "size",
        "warmup",
        "augment",
        "precision",
        "probabilities",
        "device",
        "batch_size",
        "mode",
        "snapshots",
        "loss",
    )
    assert [found[name] for name in names] == [28, 0.0, True, "float32", "none", "cpu", 64, "eval", (10, 20), "ordinal"]
    assert [found[name] for name in ("normalisation", "nesterov", "view")] == ["channels", False, "centre"]
    assert understood(NOT_AUGMENTED)["augment"] is False


def test_what_is_told_of_a_folder_reaches_the_command_as_it_is():
    found = understood(CHANGED)
    names = ("labels", "name_column", "label_column", "split_column", "skip_broken", "group_column", "multi_label")
    assert [found[name] for name in names] == ["labels.csv", "id", "dx", "set", True, "patient", True]
    assert [understood(NOT_AUGMENTED)[name] for name in ("group_prefix", "grades")] == ["_", "none,mild"]
    inside = replace(PLAIN, folder=FolderOptions(group_folder=True))
    assert understood(inside)["group_folder"] is True
    for asked in (CHANGED, NOT_AUGMENTED, inside):
        assert RecordingRequest.from_argv(asked.to_argv()).folder == asked.folder


def test_injected_errors_reach_the_command_as_they_are():
    found = understood(CHANGED)
    names = ("label_noise", "corrupt", "corrupt_share", "corrupt_strength", "corrupt_seed")
    assert [found[name] for name in names] == [0.1, "fog", 0.2, 0.8, 4]
    assert understood(PLAIN)["label_noise"] == 0


def test_names_of_classes_reach_the_command_as_they_are_typed():
    assert understood(CHANGED)["class_names"] == ("lung, left", "-1", "眼底")
    assert RecordingRequest.from_argv(CHANGED.to_argv()) == CHANGED


def test_the_name_of_a_run_says_what_was_injected():
    assert data.free_name(replace(PLAIN, corruption=Corruption(label_noise=0.2))) == "demo-labels20-lenet-s3"


def test_the_form_leaves_out_no_option_of_the_command():
    inside = replace(PLAIN, folds=5, folder=FolderOptions(group_folder=True))
    asked = NOT_AUGMENTED.to_argv() + CHANGED.to_argv() + inside.to_argv()
    options = {name for option in record.params for name in option.opts}
    left = options - {word.partition("=")[0] for word in asked}
    assert left == {
        "--resume",
        "--nesterov",
    }  # which the list of jobs offers, and which is so unless --no-nesterov is said


@pytest.mark.parametrize(
    ("option", "offered"),
    [
        ("mode", recipe_fields.MODES),
        ("probabilities", recipe_fields.PROBABILITIES),
        ("device", DEVICES),
        ("precision", recipe_fields.PRECISIONS),
    ],
)
def test_the_choices_offered_are_those_of_the_command(option, offered):
    kind = next(found.type for found in record.params if found.name == option)
    assert isinstance(kind, click.Choice)
    assert tuple(kind.choices) == tuple(offered)


def test_the_command_shown_survives_a_shell_where_a_path_has_spaces():
    line = requests.commands([replace(PLAIN, dataset="my images/a.npz")])
    assert line.startswith("python -m coreset_engine record --dataset 'my images/a.npz' ")


def test_a_value_that_can_not_train_is_refused_before_a_job_is_made_of_it(cache):
    with pytest.raises(EngineError, match=r"warmup=0\.95 is not possible"):
        data.start(replace(PLAIN, recipe=replace(PLAIN.recipe, warmup=0.95)))
    assert not (cache / "jobs.db").exists()


def test_a_name_that_is_taken_is_refused_before_a_job_is_made_of_it(cache):
    (cache / "runs" / "mine").mkdir(parents=True)
    with pytest.raises(RunError, match="'mine' exists already"):
        data.start(PLAIN)
    assert not (cache / "jobs.db").exists()


def form_page():
    """A page that draws the form alone; what it returns is kept for the test."""
    import streamlit as st

    from coreset_engine.dashboard.record.parts import form

    st.session_state["asked"] = form(st.container(), st.session_state.get("data", "demo"), None)


def test_the_form_left_as_it_is_crops_and_flips_cifar_and_nothing_else():
    page = AppTest.from_function(form_page).run()
    assert not page.exception
    rate = architectures.get("resnet8").learning_rate
    assert page.session_state["asked"] == RecordingRequest("", "demo", "resnet8", Recipe(60, learning_rate=rate))
    page.session_state["data"] = "cifar10"
    assert page.run().session_state["asked"].recipe.augment
    page.selectbox(key="record_augment").set_value("no")
    assert not page.run().session_state["asked"].recipe.augment
    page.session_state["data"] = "demo"
    page.selectbox(key="record_augment").set_value("yes")
    assert page.run().session_state["asked"].recipe.augment


def test_folds_reach_the_command_and_leave_no_snapshots_to_ask_for():
    page = AppTest.from_function(form_page).run()
    page.multiselect(key="record_snapshots_60").set_value([10]).run()
    page.number_input(key="record_folds").set_value(5).run()
    assert not page.exception
    found = page.session_state["asked"]
    assert (found.folds, found.snapshots, found.mode) == (5, (), "eval")
    assert understood(replace(found, run="mine"))["folds"] == 5
    assert page.multiselect(key="record_snapshots_60").disabled
    page.number_input(key="record_folds").set_value(None).run()
    assert page.session_state["asked"].folds == 0


def test_the_estimate_is_asked_for_with_folds(monkeypatch):
    words, found = [], {"seconds": 1, "images_per_second": 1, "seconds_per_epoch": 1, "device": "cpu"}
    found |= {"memory_bytes": 2**30, "disk_bytes": 2**21, "retraining": {"rate": 0.1, "seconds": 7}}
    monkeypatch.setattr(data.commands, "answer", lambda given, *_: words.extend(given) or json.dumps(found))
    said = data.estimate(replace(PLAIN, folds=5))
    assert words[:2] == ["estimate", "--json"]
    assert words[words.index("--folds") + 1] == "5"
    assert "up to 1.0 GiB of memory and 2.0 MiB on the disk. Retraining on 10 % for as many epochs: 7 s." in said


def test_a_free_name_says_what_it_is_and_is_not_taken(cache):
    assert data.free_name(PLAIN) == "demo-lenet-s3"
    (cache / "runs" / "demo-lenet-s3").mkdir(parents=True)
    assert data.free_name(PLAIN) == "demo-lenet-s3-2"


def test_images_that_the_architecture_cannot_take_are_refused_before_there_is_a_job(cache, phantom_file):
    narrow = dict(np.load(phantom_file)) | {
        f"{split}_images": np.zeros((count, 28, 20), np.uint8)
        for split, count in (("train", 200), ("val", 60), ("test", 60))
    }
    cache.mkdir()
    np.savez(cache / "narrow.npz", **narrow)
    with pytest.raises(ConfigError, match=r"takes square images .* these images are 28x20"):
        data.start(replace(PLAIN, dataset=str(cache / "narrow.npz"), architecture="mlp"))
    assert table.rows() == []
    assert not paths.run_folder("mine").exists()
