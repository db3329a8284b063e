"""Which runs repeat a recording, told by what their files say of them."""

from dataclasses import replace

from coreset_engine.analysis.replicates import is_replicate, replicates
from coreset_engine.store import RunInfo

OWN = RunInfo(3, 4, 2, dataset_sha256="a" * 64, architecture="lenet", recipe={"epochs": 3}, seed=5)


def test_other_seeds_are_replicates_in_the_order_of_their_seeds_and_one_per_seed():
    others = {"own": OWN} | {name: replace(OWN, seed=seed) for name, seed in (("c", 9), ("a", 2), ("b", 9))}
    assert replicates(OWN, others) == ["a", "c"]


def test_whatever_else_differs_makes_another_training():
    changes = {
        "dataset_sha256": "b" * 64,
        "architecture": "resnet8",
        "recipe": {"epochs": 3, "learning_rate": 0.5},
        "mode": "eval",
        "epochs": 4,
        "folds": 5,
    }
    for name, value in changes.items():
        assert not is_replicate(OWN, replace(OWN, seed=1, **{name: value})), name
    assert is_replicate(OWN, replace(OWN, seed=1, device="cuda", created="2030"))


def test_imported_dynamics_have_no_replicates():
    imported = replace(OWN, origin="imported")
    assert not is_replicate(imported, replace(imported, seed=1))


def test_a_recipe_that_names_the_usual_value_is_the_one_that_does_not():
    assert is_replicate(OWN, replace(OWN, seed=1, recipe={"epochs": 3, "loss": "cross-entropy"}))
