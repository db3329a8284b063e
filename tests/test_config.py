"""The recipe: its defaults, its learning rate, its batch, and what it refuses."""

import dataclasses
import math

import pytest

from coreset_engine.config import Recipe, versions
from coreset_engine.errors import ConfigError


def test_the_defaults_are_the_recipe_of_the_papers_with_a_warm_up():
    recipe = Recipe()
    assert (recipe.epochs, recipe.batch_size, recipe.learning_rate) == (200, 256, 0.1)
    assert (recipe.momentum, recipe.weight_decay, recipe.augment) == (0.9, 5e-4, False)
    assert recipe.warmup == 0.05


def test_without_warm_up_the_learning_rate_is_half_a_cosine_per_step():
    recipe = Recipe(learning_rate=0.2, warmup=0.0)
    assert recipe.rate_at(0, 100) == 0.2
    assert recipe.rate_at(50, 100) == pytest.approx(0.1)
    assert recipe.rate_at(25, 100) == pytest.approx(0.1 * (1 + math.sqrt(0.5)))
    assert 0 < recipe.rate_at(99, 100) < 1e-4


def test_the_warm_up_rises_in_equal_steps_to_the_full_rate():
    recipe = Recipe(learning_rate=0.5, warmup=0.04)
    got = [recipe.rate_at(step, 100) for step in range(5)]
    assert got == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])


def test_a_schedule_ends_at_a_rate_of_its_own_or_stays_and_the_usual_one_is_not_written():
    lowest = Recipe(learning_rate=0.2, warmup=0.0, schedule="cosine:0.1")
    assert [lowest.rate_at(step, 4) for step in (0, 2)] == pytest.approx([0.2, 0.15])  # half way between both
    assert lowest.rate_at(3, 4) == pytest.approx(0.1 + 0.1 * 0.5 * (1 - math.sqrt(0.5)))
    assert [Recipe(schedule="constant", warmup=0.0).rate_at(step, 4) for step in (0, 3)] == [0.1, 0.1]
    assert Recipe().to_dict() == {
        "epochs": 200, "batch_size": 256, "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 5e-4, "warmup": 0.05,
        "augment": False, "precision": "auto",
    }  # fmt: skip
    told = Recipe(schedule="constant", augmentation="flip")
    assert Recipe.from_dict(told.to_dict()) == told
    for given in (
        {"schedule": "linear"},
        {"schedule": "cosine:-1"},
        {"schedule": "constant:1"},
        {"augmentation": "turn"},
    ):
        with pytest.raises(ConfigError, match=f"{next(iter(given))}="):
            Recipe(**given)


def test_a_training_of_one_step_has_a_learning_rate():
    assert Recipe().rate_at(0, 1) > 0


@pytest.mark.parametrize(
    ("samples", "batch"), [(279, 32), (13_932, 256), (10, 16), (128, 16), (512, 64), (1_394, 128), (1, 16)]
)
def test_small_coresets_get_smaller_batches(samples, batch):
    assert Recipe().for_samples(samples).batch_size == batch


def test_a_batch_is_never_made_larger_than_asked_for():
    assert Recipe(batch_size=8).for_samples(100_000).batch_size == 8


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("learning_rate", 0),
        ("learning_rate", -0.1),
        ("learning_rate", math.nan),
        ("learning_rate", math.inf),
        ("momentum", 1.1),
        ("weight_decay", -1),
        ("warmup", 1.0),
    ],
)
def test_values_that_cannot_train_are_refused(field, value):
    with pytest.raises(ConfigError, match=f"{field}={value}"):
        Recipe(**{field: value})


@pytest.mark.parametrize("field", ["augment", "drop_last"])
@pytest.mark.parametrize("value", ["no", 1, None])
def test_a_switch_that_is_neither_true_nor_false_is_refused(field, value):
    with pytest.raises(ConfigError, match=f"^{field}={value!r} is not possible: give true or false.$"):
        Recipe(**{field: value})


def test_a_recipe_survives_its_plain_values():
    recipe = Recipe(epochs=7, warmup=0.1, precision="float32")
    assert Recipe.from_dict(recipe.to_dict()) == recipe


def test_an_unknown_field_of_a_recipe_is_named():
    with pytest.raises(ConfigError, match="no field dropout"):
        Recipe.from_dict({"epochs": 3, "dropout": 0.1})


def test_a_recipe_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Recipe().epochs = 3


def test_the_versions_name_python_and_what_decides_numbers():
    assert {"python", "torch", "numpy", "h5py"} <= set(versions())
