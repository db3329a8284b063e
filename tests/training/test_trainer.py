"""The training loop: every sample once an epoch, rates by hand, and a resumed run equal to one never interrupted."""

import copy
import gc
import math
import weakref

import numpy as np
import pytest
import torch
from torch import nn

from coreset_engine import architectures, load_run
from coreset_engine.config import Recipe
from coreset_engine.datasets import modality
from coreset_engine.errors import ConfigError, DynamicsError, Interrupted
from coreset_engine.store import RunFile
from coreset_engine.training import batches, devices, prediction
from coreset_engine.training.recorder import Recorder
from coreset_engine.training.trainer import Trainer

CPU = torch.device("cpu")
ROWS = ("error_norm", "target_probability", "margin", "entropy", "loss", "prediction")


def recipe(**given):
    return Recipe(**{"epochs": 5, "batch_size": 32, "learning_rate": 0.02, **given})


def lenet():
    return architectures.build("lenet", 1, 11, 28)


def trainer(phantom, given=None, build=lenet, seed=3, **more):
    return Trainer(build, given or recipe(), seed, phantom["train"], phantom["val"], **more)


def recorder(run, phantom, given=None, **more):
    epochs = (given or recipe()).epochs
    return Recorder(run, labels=phantom["train"].truth, classes=11, epochs=epochs, **more)


def rows_of(cache, run):
    file = RunFile(cache / "runs" / run)
    return {name: file.read(f"epochs/{name}").tobytes() for name in (*ROWS, "crc32", "done")}


def weights_of(model):
    return {name: value.numpy().tobytes() for name, value in model.state_dict().items()}


class Memory:
    """Stands for a recorder and notes what it is told."""

    done = 0

    def __init__(self):
        self.batches, self.ended = [], []

    def record(self, epoch, index, logits):
        self.batches.append((epoch, index.tolist(), logits.detach().clone()))

    def end_epoch(self, epoch, **figures):
        self.ended.append((epoch, figures))

    def sync(self):
        pass


@pytest.mark.parametrize("changes", [{}, {"augment": True}])
@pytest.mark.parametrize("name", ["lenet", "resnet8"])
def test_a_training_interrupted_after_any_epoch_and_resumed_gives_the_same_bytes(phantom, cache, name, changes):
    asked = recipe(epochs=3, batch_size=64, **changes)

    def build():
        return architectures.build(name, 1, 11, 28)

    with recorder("whole", phantom, asked) as book:
        whole = trainer(phantom, asked, build, recorder=book).run()
    stops = iter([True, True, False])
    for attempt in range(3):
        with recorder("parts", phantom, asked, resume=attempt > 0) as book:
            part = trainer(
                phantom, asked, build,
                recorder=book, checkpoint=cache / "checkpoint.pt", should_stop=lambda: next(stops),
            )  # fmt: skip
            if attempt < 2:
                with pytest.raises(Interrupted, match=f"after epoch {attempt + 1} of 3"):
                    part.run()
            else:
                resumed = part.run()
    assert rows_of(cache, "parts") == rows_of(cache, "whole")
    assert weights_of(resumed.model) == weights_of(whole.model)
    for figure, best in whole.best.items():
        assert (resumed.best[figure].epoch, resumed.best[figure].value) == (best.epoch, best.value)
        for name, value in best.state.items():
            assert torch.equal(resumed.best[figure].state[name], value)


def test_epochs_after_the_checkpoint_are_redone_with_the_same_bytes(phantom, cache, monkeypatch):
    with recorder("whole", phantom) as book:
        trainer(phantom, recorder=book).run()
    monkeypatch.setattr("coreset_engine.training.trainer.CHECKPOINT_SECONDS", -1)
    old = {}

    def keep_second(progress):
        if progress.epoch == 2:
            old["bytes"] = (cache / "c.pt").read_bytes()
        if progress.epoch == 4:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), recorder("parts", phantom) as book:
        trainer(phantom, recorder=book, checkpoint=cache / "c.pt", on_epoch=keep_second).run()
    (cache / "c.pt").write_bytes(old["bytes"])
    with recorder("parts", phantom, resume=True) as book:
        trainer(phantom, recorder=book, checkpoint=cache / "c.pt").run()
    assert rows_of(cache, "parts") == rows_of(cache, "whole")


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(phantom):
    one = recipe(epochs=1)
    same = [weights_of(trainer(phantom, one, seed=seed).run().model) for seed in (1, 1, 2)]
    assert same[0] == same[1]
    assert same[0] != same[2]


def test_every_sample_is_seen_once_in_every_epoch(phantom):
    memory = Memory()
    trainer(phantom, recipe(epochs=2, batch_size=48), recorder=memory).run()
    for epoch in (1, 2):
        seen = [row for number, index, _ in memory.batches if number == epoch for row in index]
        assert sorted(seen) == list(range(200))
    assert [epoch for epoch, _ in memory.ended] == [1, 2]


def test_the_order_of_the_samples_changes_from_epoch_to_epoch(phantom):
    memory = Memory()
    trainer(phantom, recipe(epochs=2, batch_size=200), recorder=memory).run()
    assert memory.batches[0][1] != memory.batches[1][1]


def test_logits_are_those_before_the_update_of_their_batch(phantom):
    memory = Memory()
    first = trainer(phantom, recipe(epochs=1, batch_size=200), recorder=memory)
    fresh = copy.deepcopy(first.model)  # LeNet has no layer that depends on train mode
    first.run()
    _, index, logits = memory.batches[0]
    expected = fresh(modality.scale(phantom["train"].images[index]))
    torch.testing.assert_close(logits, expected.detach())


def test_train_figures_are_means_over_the_samples(phantom):
    memory = Memory()
    trainer(phantom, recipe(epochs=1, batch_size=64), recorder=memory).run()
    index = [row for _, rows, _ in memory.batches for row in rows]
    logits = torch.cat([values for _, _, values in memory.batches]).double()
    labels = phantom["train"].labels[index]
    figures = memory.ended[0][1]
    assert figures["train_loss"] == pytest.approx(float(nn.functional.cross_entropy(logits, labels)), rel=1e-6)
    assert figures["train_accuracy"] == float((logits.argmax(1) == labels).double().mean())


def test_a_network_with_batch_normalisation_trains_on_a_batch_plus_one(phantom):
    few = batches.Split(phantom["train"].images[:9], phantom["train"].labels[:9], phantom["train"].truth[:9])
    build = lambda: architectures.build("resnet8", 1, 11, 28)  # noqa: E731
    done = Trainer(build, recipe(epochs=1, batch_size=8), 0, few, phantom["val"]).run()
    assert np.isfinite(done.history[0]["train_loss"])


def test_the_rate_rises_over_the_warm_up_and_falls_as_half_a_cosine():
    asked = Recipe(epochs=10, learning_rate=0.4, warmup=0.3)
    # 10 steps: 3 of warm-up at 1/4, 2/4, 3/4 of the peak, then 7 of the cosine
    expected = [0.1, 0.2, 0.3, *[0.2 * (1 + math.cos(math.pi * k / 7)) for k in range(7)]]
    assert [asked.rate_at(step, 10) for step in range(10)] == pytest.approx(expected)


def test_without_a_warm_up_the_rate_is_the_papers_cosine():
    asked = Recipe(epochs=4, learning_rate=0.1, warmup=0)
    assert [asked.rate_at(step, 4) for step in range(4)] == pytest.approx(
        [0.1, 0.05 * (1 + math.sqrt(0.5)), 0.05, 0.05 * (1 - math.sqrt(0.5))]
    )


def test_the_rate_recorded_is_that_of_the_epochs_last_step(phantom):
    # 200 samples in batches of 100: 2 steps an epoch, 6 in all, no warm-up; last steps 1, 3, 5
    done = trainer(phantom, recipe(epochs=3, batch_size=100, warmup=0)).run()
    expected = [0.01 * (1 + math.cos(math.pi * step / 6)) for step in (1, 3, 5)]
    assert [row["learning_rate"] for row in done.history] == pytest.approx(expected)


@pytest.mark.parametrize(("samples", "batch"), [(100, 16), (1000, 64), (2048, 256), (9000, 256), (10, 16)])
def test_the_batch_shrinks_to_about_eight_steps_an_epoch(samples, batch):
    assert Recipe().for_samples(samples).batch_size == batch


def test_a_batch_smaller_than_that_stays():
    assert Recipe(batch_size=32).for_samples(9000).batch_size == 32


@pytest.mark.parametrize(
    "bad",
    [{"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0}, {"learning_rate": -1}, {"learning_rate": math.nan},
     {"momentum": 2}, {"weight_decay": -1}, {"warmup": 0.95}, {"learning_rate": math.inf}],
)  # fmt: skip
def test_a_recipe_that_can_not_train_is_refused_by_field(bad):
    with pytest.raises(ConfigError, match=next(iter(bad))):
        Recipe(**bad)


def test_a_recipe_comes_back_from_plain_values_and_an_unknown_field_is_refused():
    asked = recipe(augment=True, precision="bfloat16")
    assert Recipe.from_dict(asked.to_dict()) == asked
    with pytest.raises(ConfigError, match="no field speed"):
        Recipe.from_dict({"speed": 3})


def test_predicting_does_not_change_the_model(phantom):
    model = architectures.build("resnet8", 1, 11, 28)
    before = weights_of(model)
    prediction.predict(model, phantom["val"])
    assert weights_of(model) == before  # running means of the batch normalisation included


def test_predicting_gives_one_row_a_sample_in_order_whatever_the_batch(phantom, monkeypatch):
    model = lenet()
    whole = prediction.predict(model, phantom["val"])
    monkeypatch.setattr("coreset_engine.training.prediction.MOST", 7)
    torch.testing.assert_close(prediction.predict(model, phantom["val"]), whole)
    assert whole.shape == (60, 11)


@pytest.mark.parametrize(
    ("kind", "size", "threads", "images"),
    [
        ("cpu", (28, 28), 1, 64),
        ("cpu", (28, 28), 4, 256),
        ("cpu", (64, 64), 1, 16),
        ("cpu", (28, 28, 28), 2, 32),
        ("cpu", (4, 4), 1, 1024),
        ("cuda", (99, 99), 1, 1024),
    ],
)
def test_a_core_predicts_fewer_images_at_a_time_the_larger_they_are(kind, size, threads, images, monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert prediction.batch_size(kind, size) == images


def test_the_head_computes_in_float32_under_bfloat16_autocast(phantom):
    model = architectures.build("resnet8", 1, 11, 28)
    with torch.autocast("cpu", torch.bfloat16):
        inside = model[0](modality.scale(phantom["val"].images[:4]))
        logits = model(modality.scale(phantom["val"].images[:4]))
    assert (inside.dtype, logits.dtype) == (torch.bfloat16, torch.float32)


def test_a_recipe_in_bfloat16_trains_on_the_cpu(phantom):
    done = trainer(phantom, recipe(epochs=2, precision="bfloat16")).run()
    assert done.history[1]["train_loss"] < done.history[0]["train_loss"]


def test_training_lowers_the_loss(phantom):
    done = trainer(phantom, recipe(epochs=6)).run()
    assert done.history[-1]["train_loss"] < 0.9 * done.history[0]["train_loss"]


def test_the_best_epoch_is_the_last_with_the_highest_val_accuracy(phantom):
    done = trainer(phantom, recipe(epochs=6)).run()
    accuracies = [row["val_accuracy"] for row in done.history]
    assert done.best["accuracy"].epoch == len(accuracies) - int(np.argmax(accuracies[::-1]))  # of equal ones the later
    best = lenet()
    best.load_state_dict(done.best["accuracy"].state)
    assert prediction.measure(best, phantom["val"]).accuracy == pytest.approx(max(accuracies))


def test_a_multi_label_network_is_trained_with_one_sigmoid_a_label(phantom, cache):
    labels = {s: np.eye(11, dtype=np.uint8)[phantom[s].truth] for s in phantom}
    labels["train"][0, :2] = 1  # without a row of two labels these would be classes
    splits = {s: batches.Split(phantom[s].images, torch.from_numpy(labels[s]).float(), labels[s]) for s in phantom}
    with Recorder("chest", labels=labels["train"], classes=11, epochs=3) as book:
        done = Trainer(lenet, recipe(epochs=3), 0, splits["train"], splits["val"], recorder=book).run()
    assert done.history[-1]["train_loss"] < math.log(2)  # that of p = 1/2 everywhere
    assert load_run("chest").multi_label


def test_a_training_that_diverges_while_recorded_is_an_error(phantom):
    with pytest.raises(DynamicsError, match="lower the learning rate"), recorder("wild", phantom) as book:
        trainer(phantom, recipe(learning_rate=100, warmup=0), recorder=book).run()


def test_a_checkpoint_ahead_of_the_dynamics_is_not_used(phantom, cache):
    with recorder("whole", phantom) as book:
        trainer(phantom, recorder=book).run()
    stop_after_2 = iter([False, True])
    with pytest.raises(Interrupted), recorder("parts", phantom) as book:
        trainer(phantom, recorder=book, checkpoint=cache / "c.pt", should_stop=lambda: next(stop_after_2)).run()
    (cache / "runs" / "parts" / "dynamics.h5").unlink()
    with recorder("parts", phantom, resume=True) as book:
        trainer(phantom, recorder=book, checkpoint=cache / "c.pt").run()
    assert rows_of(cache, "parts") == rows_of(cache, "whole")


def test_a_stop_at_the_last_epoch_ends_the_training_as_done(phantom):
    calls = iter([False, False, True])
    assert len(trainer(phantom, recipe(epochs=3), should_stop=lambda: next(calls)).run().history) == 3


def test_asking_for_cuda_where_there_is_none_is_a_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match="no CUDA device"):
        devices.choose_device("cuda")
    assert devices.choose_device("auto") == CPU


def test_a_trainer_is_gone_with_its_last_name_without_a_collection(phantom):
    asked = trainer(phantom, recipe(epochs=1))
    asked.run()
    watched = weakref.ref(asked)
    gc.disable()
    try:
        del asked
        assert watched() is None
    finally:
        gc.enable()
