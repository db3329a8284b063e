"""Retraining: what it trains on, what a row holds, and that nothing is done twice."""

import itertools
import json
import math
import subprocess
import sys
import time
from dataclasses import fields, replace

import h5py
import numpy as np
import pytest
import torch

from coreset_engine import export, load_run, paths, pipeline, results, select, store
from coreset_engine.config import Recipe
from coreset_engine.coreset import CoresetSpec
from coreset_engine.datasets import channels, library
from coreset_engine.errors import ConfigError, DatasetError, EngineError, Interrupted, RunError
from coreset_engine.pipeline import rows
from coreset_engine.pipeline.surrogate import surrogate
from coreset_engine.store import exclusions
from coreset_engine.training import prediction
from coreset_engine.training.energy import Energy
from coreset_engine.training.trainer import Trainer

SPEC = {field.name for field in fields(CoresetSpec)}


def retraining(**given):
    """A retraining on the run `tiny`; what is given goes to its coreset or to its training."""
    asked = {"run": "tiny", "method": "el2n", "rate": 0.2, "options": {"epochs": 3}, "seed": 0}
    asked |= {"architecture": "lenet", "epochs": 2, "device": "cpu"} | given
    spec = CoresetSpec(**{name: value for name, value in asked.items() if name in SPEC})
    return pipeline.Retraining(spec, **{name: value for name, value in asked.items() if name not in SPEC})


def rows_of(item):
    """The rows that a retraining is trained on, as `Bench.plan` selects them."""
    return pipeline.Bench("tiny", "cpu").plan([item])[0].part.rows


def saved(name, rows):
    """The name of a set of excluded rows, saved for the images of `tiny`."""
    sha256 = load_run("tiny").dataset_sha256
    exclusions.save(name, rows, dataset="phantom", dataset_sha256=sha256, samples=200)
    return name


def test_a_retraining_trains_on_exactly_its_coreset(recorded, monkeypatch):
    seen, real = [], Trainer.__init__

    def note(self, build, recipe, seed, train, val, **more):
        seen.append(train.images.numpy().copy())
        real(self, build, recipe, seed, train, val, **more)

    monkeypatch.setattr(Trainer, "__init__", note)
    (row,) = pipeline.retrain([retraining()])
    coreset = select(load_run("tiny"), method="el2n", rate=0.2, epochs=3)
    info = store.RunFile(recorded).info
    images = library.cached(info.dataset, info.dataset_sha256).images["train"]
    np.testing.assert_array_equal(seen[0][:, 0], images[coreset])
    assert (row["samples"], len(coreset)) == (40, 40)


def test_a_result_row_holds_all_that_decided_it(recorded):
    (row,) = pipeline.retrain([retraining(rule="balanced", seed=7)])
    expected = {"run": "tiny", "dataset": "phantom", "method": "el2n", "options": {"epochs": 3}, "rule": "balanced"}
    expected |= {"rate": 0.2, "architecture": "lenet", "seed": 7, "average": [], "device": "cpu"}
    assert {name: row[name] for name in expected} == expected
    assert row["dataset_sha256"] == store.RunFile(recorded).info.dataset_sha256
    assert row["recipe"]["epochs"] == 2
    assert {"val_acc_best", "val_acc_last", "test_acc_last", "test_acc_best_val", "best_epoch", "collapsed"} <= set(row)
    assert row["val_collapsed"] in (False, True)


def test_warm_up_and_augmentation_are_the_recordings_unless_they_are_asked_for(recorded):
    of_run = store.RunFile(recorded).info.recipe
    (plain,) = pipeline.retrain([retraining()])
    assert (plain["recipe"]["warmup"], plain["recipe"]["augment"]) == (of_run["warmup"], of_run["augment"])
    (asked,) = pipeline.retrain([retraining(warmup=0.0, augment=True)])
    assert (asked["recipe"]["warmup"], asked["recipe"]["augment"]) == (0.0, True)
    assert asked["key"] != plain["key"]


def test_an_augmentation_of_images_that_are_not_augmented_is_refused_and_makes_no_row(recorded):
    with pytest.raises(ConfigError, match="--augmentation flip needs --augment: the run tiny was recorded without"):
        next(pipeline.retrain([retraining(augmentation="flip")]))
    with pytest.raises(ConfigError, match="--augmentation flip has no effect with --no-augment"):
        next(pipeline.retrain([retraining(augmentation="flip", augment=False)]))
    assert [row["method"] for row in results.rows()] == ["full"]  # the recording's own


def test_without_the_last_batch_the_samples_left_out_change_from_epoch_to_epoch(recorded, monkeypatch):
    seen, real = [], Trainer._step

    def note(self, index):
        seen.append(index.tolist())
        return real(self, index)

    monkeypatch.setattr(Trainer, "_step", note)
    (plain,) = pipeline.retrain([retraining(batch_size=16)])
    (row,) = pipeline.retrain([retraining(batch_size=16, drop_last=True)])
    assert row["key"] != plain["key"]
    assert (row["samples"], row["recipe"]["drop_last"]) == (40, True)
    assert "drop_last" not in plain["recipe"]  # so that rows from before keep their keys
    batches = [len(index) for index in seen]
    assert batches == [16, 16, 8, 16, 16, 8, 16, 16, 16, 16]
    kept = [set(seen[6] + seen[7]), set(seen[8] + seen[9])]
    assert [len(rows) for rows in kept] == [32, 32]
    assert kept[0] != kept[1]


def test_the_last_batch_is_not_dropped_where_no_other_is_left_nor_in_modes_nor_in_recordings(recorded):
    with pytest.raises(ConfigError, match="Of 40 samples no batch of 64 is full"):
        next(pipeline.retrain([retraining(batch_size=64, drop_last=True)]))
    with pytest.raises(ConfigError, match="drop_last='no' is not possible: give true or false"):
        retraining(drop_last="no")
    with pytest.raises(ConfigError, match="drop_last=1 is not possible: give true or false"):
        pipeline.RetrainingRequest("tiny", ("el2n",), (0.2,), drop_last=1)
    with pytest.raises(ConfigError, match="plans the samples of every epoch"):
        retraining(method="full", rate=1.0, options={}, mode="rs2:rate=0.1", drop_last=True)
    with pytest.raises(ConfigError, match="Mode rs2 plans the samples of every epoch"):
        pipeline.RetrainingRequest("tiny", (), (0.1,), mode="rs2", drop_last=True)
    with pytest.raises(ConfigError, match="needs every sample in every epoch, and drop_last leaves some out"):
        pipeline.RecordingRequest("own", "phantom", "lenet", Recipe(drop_last=True))


def test_a_run_keeps_the_channels_that_it_was_normalised_by_and_its_retrainings_take_them(phantom_file, monkeypatch):
    train = np.load(phantom_file)["train_images"]
    given = {"normalisation": "channels", "nesterov": False, "schedule": "cosine-epochs", "view": "centre"}
    recipe = Recipe(epochs=2, batch_size=32, **given)
    request = pipeline.RecordingRequest("seen", str(phantom_file), "lenet", recipe, device="cpu")
    assert pipeline.RecordingRequest.from_argv(request.to_argv()) == request
    pipeline.record(request)
    info = store.RunFile(paths.run_folder("seen")).info
    assert info.channel_mean == pytest.approx([(train / 255).mean()], rel=1e-12)
    assert info.channel_deviation == pytest.approx([(train / 255).std()], rel=1e-12)
    told = export.with_origin(CoresetSpec("seen", "aum", rate=0.2)).manifest()
    assert (told["channel_mean"], told["channel_deviation"]) == (info.channel_mean, info.channel_deviation)
    _, inputs = surrogate("seen")
    assert (float(inputs.mean()), float(inputs.std())) == pytest.approx((0, 1), abs=0.1)  # its middle is another part
    monkeypatch.setattr(channels, "of", None)  # counted once, and never again
    monkeypatch.setattr(channels, "_known", {})
    (kept,) = pipeline.retrain([retraining(run="seen", options={"epochs": 2})])
    assert {name: kept["recipe"][name] for name in given} == given
    usual = {"normalisation": "none", "nesterov": True, "schedule": "cosine", "view": "whole"}
    keys = {kept["key"]}
    for name, value in usual.items():
        (other,) = pipeline.retrain([retraining(run="seen", options={"epochs": 2}, **{name: value})])
        assert name not in other["recipe"]  # so that rows from before keep their keys
        assert other["curve"] != kept["curve"]
        keys.add(other["key"])
    assert len(keys) == 5
    with pytest.raises(ConfigError, match="normalisation='pixels' is not possible: give none or channels"):
        retraining(normalisation="pixels")
    with pytest.raises(ConfigError, match="nesterov='no' is not possible: give true or false"):
        pipeline.SweepRequest("seen", ("el2n",), (0.2,), nesterov="no")


def test_looking_at_test_after_every_epoch_tells_its_highest_accuracy_and_changes_nothing_else(recorded):
    (plain,) = pipeline.retrain([retraining(epochs=3)])
    assert list(pipeline.retrain([retraining(epochs=3, test_every_epoch=True)])) == [plain]  # which exists
    results.delete([plain["key"]])
    seen, real = [], prediction.measure

    def measure(model, split, *given):
        found = real(model, split, *given)
        seen.append(found.accuracy)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prediction, "measure", measure)
        (row,) = pipeline.retrain([retraining(epochs=3, test_every_epoch=True)])
    assert row["test_acc_best"] == max(seen[:3])
    assert seen[2] == row["test_acc_last"]
    told = {"created", "seconds", "energy_joules", "energy_of", "test_acc_best"}
    assert {name: row[name] for name in row.keys() - told} == {name: plain[name] for name in plain.keys() - told}
    assert "test_acc_best" not in plain


def test_a_resumed_training_tells_no_best_of_all_epochs(recorded):
    asked = iter([False, True])
    with pytest.raises(Interrupted):
        list(pipeline.retrain([retraining(epochs=4, test_every_epoch=True)], should_stop=lambda: next(asked)))
    (row,) = pipeline.retrain([retraining(epochs=4, test_every_epoch=True)])
    assert "test_acc_best" not in row


def test_the_same_call_again_trains_nothing(recorded, monkeypatch):
    (row,) = pipeline.retrain([retraining()])
    monkeypatch.setattr(Trainer, "run", lambda self: pytest.fail("trained again"))
    assert list(pipeline.retrain([retraining()])) == [row]


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"rate": 0.3}, {"epochs": 2}, {"learning_rate": 0.03}, {"batch_size": 8}, {"rule": "balanced"},
     {"options": {"epochs": 2}}],
)  # fmt: skip
def test_another_configuration_is_another_row(recorded, other):
    one, two = pipeline.retrain([retraining(epochs=1), retraining(**({"epochs": 1} | other))])
    assert one["key"] != two["key"]


def test_the_batch_shrinks_with_the_coreset_and_the_row_says_so(recorded):
    # 40 samples: the power of two below 40 / 8 is under the floor of 16
    (row,) = pipeline.retrain([retraining(epochs=1)])
    assert row["recipe"]["batch_size"] == 16


def test_all_data_keep_the_batch_of_the_recording(recorded):
    (row,) = pipeline.retrain([retraining(method="full", options={}, rate=1.0, epochs=1)])
    assert (row["samples"], row["recipe"]["batch_size"]) == (200, 32)


def test_another_network_than_the_surrogate_takes_its_own_learning_rate(recorded):
    (row,) = pipeline.retrain([retraining(architecture="mlp", epochs=1)])
    assert store.RunFile(recorded).info.recipe["learning_rate"] == 0.02
    assert row["recipe"]["learning_rate"] == 0.05


def test_a_random_row_is_shared_by_all_runs_unless_a_rule_reads_one(recorded):
    asked = [retraining(method="random", options={}, rule=rule, epochs=1) for rule in ("top", "ccs")]
    assert [row["run"] for row in pipeline.retrain(asked)] == ["", "tiny"]


def test_a_batch_that_is_asked_for_is_used(recorded):
    (row,) = pipeline.retrain([retraining(epochs=1, batch_size=32)])
    assert row["recipe"]["batch_size"] == 32


@pytest.mark.parametrize("bad", [{"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0.0}])
def test_a_zero_is_refused_and_not_taken_for_the_default(recorded, bad):
    with pytest.raises(ConfigError, match=next(iter(bad))):
        list(pipeline.retrain([retraining(**bad)]))


def test_a_random_coreset_follows_the_seed_of_its_retraining(recorded):
    one, two = (rows_of(retraining(method="random", options={}, seed=seed)) for seed in (1, 2))
    assert one.tolist() != two.tolist()
    again = rows_of(retraining(method="random", options={}, seed=1))
    assert one.tolist() == again.tolist()


def test_an_interrupted_retraining_goes_on_and_gives_the_same_figures(recorded, cache):
    stops = iter([True, False])
    with pytest.raises(Interrupted):
        list(pipeline.retrain([retraining()], should_stop=lambda: next(stops)))
    assert len(list((cache / "retrainings").iterdir())) == 1
    (resumed,) = pipeline.retrain([retraining()])
    assert list((cache / "retrainings").iterdir()) == []
    (cache / "results.db").unlink()
    (whole,) = pipeline.retrain([retraining()])
    same = [name for name in whole if name not in ("created", "seconds") and not name.startswith("energy")]
    assert json.dumps([resumed[name] for name in same]) == json.dumps([whole[name] for name in same])


def test_a_retraining_that_diverges_is_a_collapsed_row_and_no_crash(recorded, monkeypatch):
    monkeypatch.setattr(
        "coreset_engine.training.prediction.predict", lambda model, split, _="": torch.full((len(split), 11), math.nan)
    )
    (row,) = pipeline.retrain([retraining(epochs=1)])
    assert row["collapsed"]
    assert math.isnan(row["test_auc_last"])


def test_a_request_holds_every_combination_and_full_once_a_seed():
    request = pipeline.RetrainingRequest(
        "tiny", ("full", "el2n"), (0.1, 0.2), seeds=(0, 1, 2), architectures=("lenet", "resnet8")
    )
    items = request.retrainings()
    assert len(items) == request.count == 2 * (3 + 2 * 3)
    assert sum(item.spec.method == "full" for item in items) == 6
    assert len(set(items)) == 18  # none twice


def test_a_request_without_a_network_is_trained_with_the_runs_own(recorded):
    asked = pipeline.RetrainingRequest("tiny", ("el2n",), (0.1,))
    assert [item.architecture for item in asked.retrainings()] == ["lenet"]
    with pytest.raises(RunError, match="nobody"):
        pipeline.RetrainingRequest("nobody", ("el2n",), (0.1,)).retrainings()


def test_a_request_and_its_retrainings_give_the_same_rows(recorded):
    asked = pipeline.RetrainingRequest(
        "tiny", ("el2n",), (0.1, 0.2), options={"epochs": 3}, references=("random",), epochs=1, device="cpu"
    )
    first = list(pipeline.retrain(asked))
    assert [(row["method"], row["rate"]) for row in first] == [
        ("random", 0.1),
        ("random", 0.2),
        ("el2n", 0.1),
        ("el2n", 0.2),
    ]
    assert list(pipeline.retrain(asked.retrainings())) == first


@pytest.mark.parametrize("rate", [0, -0.1, 1.1, float("nan")])
def test_a_request_with_an_impossible_rate_is_refused(rate):
    with pytest.raises(EngineError):
        pipeline.RetrainingRequest("tiny", ("el2n",), (rate,))


def test_a_request_with_an_unknown_option_is_refused():
    with pytest.raises(ConfigError, match="option 'window'"):
        pipeline.RetrainingRequest("tiny", ("el2n",), (0.1,), options={"window": 3})


def test_retraining_on_images_that_changed_in_the_cache_is_refused(recorded, cache):
    path = next((cache / "datasets").glob("*/train_images.npy"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DatasetError, match=r"damaged \(train_images.npy: not what was written\)"):
        list(pipeline.retrain([retraining()]))


def test_retraining_on_damaged_dynamics_is_a_sentence(recorded):
    with h5py.File(recorded / "dynamics.h5", "a") as file:
        del file["epochs/loss"]
    with pytest.raises(RunError, match="missing or unknown members"):
        list(pipeline.retrain([retraining()]))


def test_the_same_setting_in_other_words_is_the_same_row(recorded):
    words = ({"early": 1, "late": 3, "length": 2}, {"early": "1", "late": "3", "length": "2", "combine": "sum"})
    for options in words:
        asked = pipeline.RetrainingRequest("tiny", ("eva",), (0.2,), options=options, epochs=1, device="cpu")
        assert len(list(pipeline.retrain(asked))) == 1
    rows = [row for row in results.rows() if row["method"] == "eva"]
    assert len(rows) == 1
    assert rows[0]["options"] == {"early": 1, "late": 3, "length": 2, "combine": "sum"}


def test_dynamics_recorded_anew_under_the_same_name_give_rows_of_their_own(recorded):
    asked = pipeline.RetrainingRequest("tiny", ("el2n",), (0.2,), options={"epochs": 2}, epochs=1, device="cpu")
    first = next(pipeline.retrain(asked))
    again = replace(pipeline.RecordingRequest.of_run("tiny"), seed=9)
    for file in recorded.iterdir():
        file.unlink()
    time.sleep(1.1)  # `created` is told to the second
    pipeline.record(again)
    second = next(pipeline.retrain(asked))
    assert first["key"] != second["key"]
    assert len([row for row in results.rows() if row["method"] == "el2n"]) == 2


_HOLD = """
import fcntl, sys
with open(sys.argv[1], "ab") as file:
    fcntl.lockf(file, fcntl.LOCK_EX, 1, int(sys.argv[2], 16))
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_row_that_another_process_trains_is_left_to_it(recorded, cache):
    (row,) = pipeline.retrain([retraining(epochs=1)])
    (cache / "results.db").unlink()
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, cache / "retrainings.lock", row["key"][:15]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(RunError, match=r"el2n at α=0\.2, seed 0 is being trained by another process"):
        list(pipeline.retrain([retraining(epochs=1)]))
    assert len(list(pipeline.retrain([retraining(epochs=1, seed=1)]))) == 1  # another row is nobody's
    holder.communicate()
    assert len(list(pipeline.retrain([retraining(epochs=1)]))) == 1


def test_what_a_kill_left_of_writing_a_checkpoint_goes_with_the_training(recorded, cache):
    (row,) = pipeline.retrain([retraining(epochs=1)])
    (cache / "results.db").unlink()
    (cache / "retrainings").mkdir(exist_ok=True)
    (cache / "retrainings" / f"{row['key']}.4711.part").write_bytes(b"half")
    list(pipeline.retrain([retraining(epochs=1)]))
    assert list((cache / "retrainings").iterdir()) == []


def test_the_seconds_of_a_resumed_retraining_are_those_of_all_its_epochs(recorded, monkeypatch):
    clock = itertools.count()  # every look at it is a second later: an epoch takes one
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(clock)))
    stops = iter([True, False])
    with pytest.raises(Interrupted):
        list(pipeline.retrain([retraining(epochs=3)], should_stop=lambda: next(stops)))
    (row,) = pipeline.retrain([retraining(epochs=3)])
    assert row["seconds"] == 3


def test_a_method_that_picks_a_set_from_the_snapshot_is_retrained_on(recorded):
    asked = retraining(method="k-center", options={}, epochs=1)
    (row,) = pipeline.retrain([asked])
    rows = select(pipeline.sources_of("tiny"), method="k-center", rate=0.2)
    assert (row["method"], row["samples"]) == ("k-center", len(rows))
    assert rows_of(asked).tolist() == rows.tolist()


def test_weights_of_the_method_enter_the_loss_and_the_row_is_another_one(recorded):
    plain, weighted = pipeline.retrain([retraining(), retraining(weighting="per-sample")])
    assert plain["key"] != weighted["key"]
    assert plain["samples"] == weighted["samples"]
    assert plain["curve"]["train_loss"] != weighted["curve"]["train_loss"]
    assert results.label(weighted) == results.label(plain) + " weighted per-sample"


def test_a_method_without_weights_is_refused_before_anything_is_trained(recorded):
    with pytest.raises(ConfigError, match=r"k-center gives no training weights\. Train with weighting none"):
        next(pipeline.retrain([retraining(method="k-center", options={}, weighting="normalised")]))
    assert not [row for row in results.rows() if row["method"] == "k-center"]


def test_excluded_rows_are_not_trained_on_and_the_label_says_how_many(recorded):
    first = set(rows_of(retraining()).tolist())
    gone = sorted(first)[:5]
    name = saved("wrong", gone)
    kept = rows_of(retraining(exclusion=name))
    assert len(kept) == len(first)
    assert not set(kept.tolist()) & set(gone)
    (row,) = pipeline.retrain([retraining(exclusion=name)])
    assert " without 5 rows (wrong, " in results.label(row)
    assert row["excluded_set"] == "wrong"


def test_full_data_without_excluded_rows_is_a_row_of_its_own(recorded):
    (row,) = pipeline.retrain([retraining(method="full", rate=1.0, options={}, exclusion=saved("two", [3, 4]))])
    assert row["samples"] == 198
    assert results.label(row).startswith("full without 2 rows")


def test_an_epoch_of_snapshots_makes_no_row_of_its_own_of_a_method_that_reads_none(recorded):
    given = {"method": "eva", "options": {"early": 1, "late": 3, "length": 2}}
    (plain,) = pipeline.retrain([retraining(**given)])
    assert list(pipeline.retrain([retraining(**given, snapshot=2)])) == [plain]


@pytest.mark.parametrize("given", [{"method": "aum", "rule": "diverse"}, {"method": "random", "class_budget": "drop"}])
def test_of_another_epoch_what_a_rule_or_class_budgets_read_is_another_row(given, recorded):
    store.write_snapshot(recorded, store.read_snapshot(recorded), 2, final=False)
    spec = CoresetSpec("tiny", rate=0.1, **given)
    keys = {
        cell.key
        for epoch in (None, 2)
        for cell in pipeline.Bench("tiny", "cpu").plan([pipeline.Retraining(replace(spec, snapshot=epoch), 0, "lenet")])
    }
    assert len(keys) == 2


def test_a_snapshot_that_was_not_kept_is_named_with_those_that_were(recorded):
    with pytest.raises(RunError, match="snapshot"):
        rows_of(retraining(method="margin", options={}, snapshot=2))


def test_a_row_holds_calibration_and_confusion_and_its_key_is_that_of_its_configuration_alone(recorded):
    (row,) = pipeline.retrain([retraining(epochs=1)])
    names = [f"{split}_ece_{rule}" for split, rule in (("val", "last"), ("val", "best"), ("test", "last"))]
    assert all(0 <= row[name] <= 1 for name in [*names, "test_ece_best_val"])
    for rule in ("last", "best_val"):
        confusion = np.array(row[f"test_confusion_{rule}"])
        assert confusion.shape == (11, 11)
        assert np.trace(confusion) / confusion.sum() == pytest.approx(row[f"test_acc_{rule}"])
    outcome = ("_acc_", "_auc_", "_bal_", "_recall_", "_ece_", "_confusion_", "energy")
    plain = ("key", "created", "note", "best_epoch", "curve", "collapsed", "device", "seconds", "versions", "synthetic")
    plain += ("threads", "best_balanced_epoch", "val_collapsed")
    asked = {name: value for name, value in row.items() if name not in plain and not any(o in name for o in outcome)}
    assert row["key"] == results.key_of(asked)


class Counting:
    """A meter that says it has seen one joule."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    spent = Energy(1.0, "CPU packages")


def test_the_energy_of_a_training_is_in_its_row_unless_it_was_resumed(recorded, monkeypatch):
    monkeypatch.setattr(rows, "meter_of", lambda device: Counting())
    (row,) = pipeline.retrain([retraining(epochs=1)])
    assert (row["energy_joules"], row["energy_of"]) == (1.0, "CPU packages")
    stops = iter([True, False])
    with pytest.raises(Interrupted):
        list(pipeline.retrain([retraining()], should_stop=lambda: next(stops)))
    (row,) = pipeline.retrain([retraining()])
    assert (row["energy_joules"], row["energy_of"]) == (None, "")
