"""Commands that make a run: what they tell, and what they refuse in one line."""

import json
import subprocess

import numpy as np
import pytest

from coreset_engine import load_run, paths, pipeline, store
from coreset_engine.cli.record import _restated, record
from coreset_engine.config import Recipe
from coreset_engine.datasets.corruptions import Corruption
from tests.cli.helpers import MAIN, recording, refused, strict


def test_recording_ends_with_0_and_tells_every_epoch_on_stderr(run, phantom_file):
    code, out, err = run(*recording(phantom_file))
    assert code == 0
    assert "2 epochs of lenet" in out
    assert [line.split(",")[0] for line in err.splitlines()] == ["recording own: epoch 1/2", "recording own: epoch 2/2"]
    assert load_run("own").epochs == 2


def test_the_options_of_a_recording_reach_its_recipe(run, phantom_file, cache):
    run(*recording(phantom_file, "--lr", 0.03, "--warmup", 0, "--seed", 5, "--probabilities", "float16", "--augment"))
    info = store.RunFile(cache / "runs" / "own").info
    assert (info.seed, info.probabilities) == (5, "float16")
    expected = {"epochs": 2, "batch_size": 64, "learning_rate": 0.03, "warmup": 0.0, "augment": True}
    assert {name: info.recipe[name] for name in expected} == expected


def test_the_same_seed_records_the_same_bytes(run, phantom_file):
    for name in ("a", "b"):
        run(*recording(phantom_file, name=name))
    assert load_run("a").loss.tobytes() == load_run("b").loss.tobytes()


BAD_RECORDINGS = {
    "a name that is no name": (["--run", "../x"], "can't be a run name"),
    "an unknown architecture": (["--architecture", "lenet9"], "no architecture 'lenet9'"),
    "a file that is not there": (["--dataset", "/none.npz"], "no file /none.npz"),
    "an unknown data set": (["--dataset", "organmnist"], "no data set 'organmnist'"),
    "no epochs": (["--epochs", "0"], "epochs=0"),
    "a rate of 0": (["--lr", "0"], "learning_rate=0"),
    "a rate that is no number": (["--lr", "nan"], "learning_rate=nan"),
    "a negative seed": (["--seed", "-1"], "seed=-1 is not possible"),
    "a seed beyond the generators": (["--seed", str(2**32)], "give a whole number from 0 to 4294967295"),
    "an empty batch": (["--batch-size", "0"], "batch_size=0"),
    "a size the file has not": (["--size", "64"], "leave out the size"),
    "a snapshot after the end": (["--snapshots", "1", "9"], "after epoch 9 is not possible"),
    "an augmentation without effect": (["--augmentation", "flip"], "--augmentation flip needs --augment"),
    "a mode that is none": (["--mode", "test"], "'test' is not one of"),
    "text for a number": (["--epochs", "many"], "not a valid integer"),
    "an unknown option": (["--speed", "9"], "No such option"),
}


@pytest.mark.parametrize("case", BAD_RECORDINGS)
def test_a_bad_recording_is_one_line_and_leaves_no_run(run, phantom_file, cache, case):
    given, message = BAD_RECORDINGS[case]
    assert message in refused(run(*recording(phantom_file), *given))
    assert store.run_names() == []


def test_a_recording_without_a_data_set_says_so(run):
    assert "--dataset is missing" in refused(run("record", "--run", "own"))


def test_a_run_that_is_not_there_can_not_be_resumed(run, cache):
    assert "no run 'gone' to resume" in refused(run("record", "--run", "gone", "--resume"))
    assert not (cache / "runs" / "gone").exists()


def test_a_run_is_not_recorded_twice(run, recorded, phantom_file):
    assert "exists already" in refused(run(*recording(phantom_file, name="tiny")))


def test_an_import_is_told(run, tmp_path):
    np.savez(tmp_path / "f.npz", logits=np.zeros((2, 3, 2), np.float32), labels=[0, 1, 1])
    assert run("import", tmp_path / "f.npz", "--run", "foreign")[:2] == (
        0, "2 epochs of 3 samples imported as 'foreign'.\n",
    )  # fmt: skip
    asked = ["select", "foreign", "--method", "random", "--rate", 0.5, "--group-budget", "equal"]
    assert "foreign names no images, so it has no groups" in refused(run(*asked, "--out", tmp_path / "c.csv"))


def test_an_estimate_is_told_in_words_and_as_json(run, phantom_file, monkeypatch):
    cost = {"seconds": 0.0214, "memory_bytes": 2**20}
    found = {"seconds": 7200.0, "images_per_second": 1500.0, "seconds_per_epoch": 2400.0, "device": "cpu"}
    found |= {"memory_bytes": 2**30, "disk_bytes": 2**21, "selection": {"aum": cost, "mine": dict.fromkeys(cost)}}
    found |= {"retraining": {"rate": 0.25, "seconds": 60.0, "memory_bytes": 2**29, "disk_bytes": 2**20}}
    monkeypatch.setattr(pipeline, "estimate", lambda *_, **__: found)
    asked = ("estimate", "--dataset", phantom_file, "--architecture", "lenet", "--epochs", 3, "--device", "cpu")
    assert strict(run(*asked)[1]) == found  # no terminal reads it
    monkeypatch.setattr("coreset_engine.cli.images.sys.stdout.isatty", lambda: True)
    code, out, _ = run(*asked)
    assert (code, out.splitlines()) == (0, [
        "Recording of 3 epochs: about 2.0 h on this machine's CPU (1,500 images/s), up to 1.0 GiB of memory and 2.0 MiB on "
        "the disk.",
        "Retraining on 25 % for as many epochs: about 60 s, up to 512.0 MiB of memory and 1.0 MiB on the disk while it "
        "trains.",
        "Selecting 25 % by each method, in seconds of one core, and its memory beside the run:",
        "method  seconds  memory",
        "aum     0.0214   1.0 MiB",
        "Not measured: mine.",
    ])  # fmt: skip
    code, out, _ = run(*asked, "--json")
    assert (code, strict(out)) == (0, found)


def test_mode_and_snapshots_reach_the_run(run, phantom_file, cache):
    assert run(*recording(phantom_file, "--mode", "eval", "--snapshots", 2, 1, epochs=3))[0] == 0
    assert (strict(run("runs", "--json")[1])[0]["mode"]) == "eval"
    assert store.snapshot_epochs(cache / "runs" / "own") == [1, 2, 3]
    assert pipeline.RecordingRequest.of_run("own").snapshots == (1, 2)


def test_resuming_with_another_seed_or_rate_is_refused_naming_both_and_changes_nothing(run, phantom_file, recorded):
    before = {path.name: path.read_bytes() for path in recorded.iterdir()}
    for option, was, now in (
        ("--seed", "seed 0", "5"),
        ("--lr", "learning_rate 0.02", "0.5"),
        ("--mode", "train", "eval"),
        ("--schedule", "schedule cosine", "constant"),
    ):
        message = refused(run("record", "--run", "tiny", "--resume", option, now))
        assert was in message
        assert now in message
    assert {path.name: path.read_bytes() for path in recorded.iterdir()} == before
    assert run("record", "--run", "tiny", "--resume", "--seed", 0, "--lr", 0.02)[0] == 0


def test_a_part_of_the_injected_errors_said_again_goes_with_the_rest_that_was_asked(cache):
    planted = Corruption(label_noise=0.1, image="fog", image_share=0.2, seed=3)
    begun = pipeline.RecordingRequest("own", "demo", "lenet", Recipe(epochs=2), corruption=planted)
    for words in (["--label-noise", "0.1"], ["--corrupt", "fog"], ["--corrupt-share", "0.2"], ["--seed", "0"]):
        context = record.make_context("record", ["--run", "own", "--resume", *words])
        with context:
            assert _restated(begun, context.params).corruption == planted


def test_what_is_said_of_the_device_the_folder_and_the_classes_is_heard_on_resuming(run, recorded, monkeypatch):
    names = [f"organ {number}" for number in range(len(store.RunFile(recorded).info.class_names))]
    message = refused(run("record", "--run", "tiny", "--resume", "--class-names", *names))
    assert f"begun with the classes {', '.join(store.RunFile(recorded).info.class_names)}" in message
    assert "can't go on with organ 0, organ 1" in message
    seen = []
    monkeypatch.setattr(pipeline, "record", lambda request, **_: seen.append(request))
    run("record", "--run", "tiny", "--resume", "--device", "cpu", "--grades", "low,high", "--skip-broken")
    assert (seen[0].device, seen[0].folder.grades, seen[0].folder.skip_broken) == ("cpu", "low,high", True)


def test_resuming_a_run_whose_request_was_written_over_by_another_is_refused(run, recorded):
    request = json.loads((recorded / "run.json").read_text())
    del request["sum"]  # as a program of before writes it
    (recorded / "run.json").write_text(json.dumps(request | {"seed": 8}))
    assert "with seed 0, so it can't go on with seed 8" in refused(run("record", "--run", "tiny", "--resume"))


def test_of_two_that_record_one_name_at_once_one_wins_and_the_file_says_what_was_asked(phantom_file):
    started = [
        subprocess.Popen(
            [*MAIN, *map(str, recording(phantom_file, "--seed", seed, epochs=3))], stderr=subprocess.PIPE, text=True
        )
        for seed in (1, 2)
    ]
    ends = [(process.communicate()[1], process.returncode) for process in started]
    assert sorted(code for _, code in ends) == [0, 2]
    (winner,) = [seed for seed, (_, code) in zip((1, 2), ends, strict=True) if code == 0]
    folder = paths.run_folder("own")
    assert json.loads((folder / "run.json").read_text())["seed"] == winner
    assert store.RunFile(folder).info.seed == winner
    assert store.verify("own")["damaged"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--corrupt-seed", 5), "--corrupt-seed changes nothing without"),
        (("--label-noise", 0.1, "--corrupt-strength", 0.8), "--corrupt-strength changes nothing without --corrupt"),
    ],
)
def test_options_of_errors_that_are_not_asked_for_are_refused(run, words, said):
    assert said in refused(run("record", "--dataset", "demo", "--run", "own", *words))
