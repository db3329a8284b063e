"""What every scoring method that reads dynamics keeps; test_snapshot_contract.py has those that read snapshots."""

from dataclasses import replace

import numpy as np
import pytest

from coreset_engine import Dynamics, hard_cutoff, score, scores, select, window_map
from coreset_engine.errors import ConfigError, DynamicsError, UnknownNameError
from coreset_engine.pipeline import sources_of
from coreset_engine.sources import Sources

NAMES = [name for name, entry in scores.all_scores().items() if entry.reads != "snapshot"]
DRAWING = [name for name in NAMES if "seed" in scores.get(name).options]  # their scores belong to rows, not to samples
ORDER = np.array([3, 1, 7, 0, 2, 6, 5, 4])
ONE_LABEL = ["cld"]  # these hold a sample against the losses of its class
WINDOWS = {"early": 1, "late": 7, "length": 3}


def options_of(name):
    """Options that fit 12 epochs, for those a method must be given."""
    return {key: WINDOWS[key] for key, option in scores.get(name).options.items() if key in WINDOWS and option.required}


def compute(run, name):
    """The scores of a run, which is given the validation losses that a recording has, if it lacks them."""
    if run.val_loss is None and not run.multi_label:
        losses = np.random.default_rng(run.epochs).uniform(0.2, 2, (run.epochs, run.classes))
        run = replace(run, val_loss=losses)
    return score(run, name, **({"length": 3} if "late" in options_of(name) else {}), **options_of(name))


def test_the_registry_has_the_methods_that_scripts_rely_on():
    promised = {"eva", "var-single", "exp-single", "exp-dual", "var-all"}
    promised |= {"random", "forgetting", "entropy", "el2n", "aum"}
    promised |= {"tdds", "dyn-unc", "confidence", "variability", "correctness", "dual", "cld"}
    assert promised <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_there_is_one_finite_float64_a_sample(name, tiny_run):
    values = compute(tiny_run, name)
    assert (values.shape, values.dtype) == ((8,), np.float64)
    assert np.isfinite(values).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_samples_are_told_apart(name, golden_run):
    assert len(np.unique(compute(golden_run, name))) > 5


@pytest.mark.parametrize("name", [name for name in NAMES if name not in DRAWING])
def test_scores_follow_the_samples_when_their_order_changes(name, tiny_run, tiny_logits, tiny_labels):
    moved = Dynamics.from_logits(tiny_logits[:, ORDER], tiny_labels[ORDER])
    np.testing.assert_allclose(compute(moved, name), compute(tiny_run, name)[ORDER], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in DRAWING])
def test_scores_do_not_depend_on_how_the_classes_are_numbered(name, tiny_run, tiny_logits, tiny_labels):
    order, losses = [2, 0, 1], np.random.default_rng(6).uniform(0.2, 2, (12, 3))
    numbers = np.argsort(order)[tiny_labels]
    renumbered = Dynamics.from_logits(tiny_logits[:, :, order], numbers, val_loss=losses[:, order])
    known = compute(replace(tiny_run, val_loss=losses), name)
    np.testing.assert_allclose(compute(renumbered, name), known, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_run_gives_the_same_bytes_twice(name, tiny_run, tiny_logits, tiny_labels):
    again = Dynamics.from_logits(tiny_logits, tiny_labels)
    assert compute(again, name).tobytes() == compute(tiny_run, name).tobytes()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in (*DRAWING, "forgetting", "correctness")])
def test_a_nan_in_the_dynamics_is_refused_with_its_sample_and_epoch(name, tiny_run):  # those two read no floats
    poisoned = {key: values.copy() for key, values in tiny_run.signals.items()}
    for values in poisoned.values():
        if values.dtype.kind == "f":
            values[11, 5] = np.nan
    with pytest.raises(DynamicsError, match="sample 5 in epoch 12"):
        compute(Dynamics(tiny_run.labels, poisoned, 3, 12), name)


@pytest.mark.parametrize("name", NAMES)
def test_the_recorded_arrays_are_left_as_they_were(name, tiny_run):
    before = {key: values.copy() for key, values in tiny_run.signals.items()}
    compute(tiny_run, name)
    for key, values in before.items():
        np.testing.assert_array_equal(tiny_run.signals[key], values)


@pytest.mark.parametrize("name", NAMES)
def test_one_sample_of_one_class_has_a_score(name):
    run = Dynamics.from_logits(np.linspace(-1, 1, 12).reshape(12, 1, 1), np.array([0]))
    assert compute(run, name).shape == (1,)


@pytest.mark.parametrize("name", NAMES)
def test_multi_label_dynamics_have_scores(name):
    draws = np.random.default_rng(3)
    run = Dynamics.from_logits(draws.normal(size=(12, 9, 4)), draws.integers(0, 2, (9, 4)))
    if name in ONE_LABEL:
        with pytest.raises(DynamicsError, match="does not hold"):
            compute(run, name)
    else:
        assert np.isfinite(compute(run, name)).all()


def test_an_unknown_option_is_named_with_those_that_exist(tiny_run):
    for name in NAMES:
        with pytest.raises(ConfigError, match=f"Method {name} has no option 'windows'. It has: ") as caught:
            score(tiny_run, name, windows=3)
        assert all(option in str(caught.value) for option in scores.get(name).options)


def test_every_entry_says_what_it_computes_and_where_it_comes_from():
    for name in NAMES:
        entry = scores.get(name)
        assert entry.name == name
        said = (entry.label, entry.formula, entry.source, "Source:" in entry.compute.__doc__)
        assert all(said), f"{name}: label, formula, source, source in the docstring: {said}"
        assert entry.keep in ("highest", "lowest", "middle"), name


def test_low_is_hard_for_the_margin_and_for_the_probability_and_hits_of_the_label_only():
    assert {name for name in NAMES if scores.get(name).keep == "lowest"} == {"aum", "confidence", "correctness"}


def test_an_unknown_method_is_named_with_those_that_exist(tiny_run):
    with pytest.raises(UnknownNameError, match=r"no scoring method 'evva'.*eva.*aum"):
        score(tiny_run, "evva")


def test_several_runs_give_the_mean_of_their_scores(tiny_run, tiny_logits, tiny_labels):
    other = Dynamics.from_logits(tiny_logits[::-1], tiny_labels)
    expected = (compute(tiny_run, "el2n") + compute(other, "el2n")) / 2
    np.testing.assert_allclose(score([tiny_run, other], "el2n"), expected, rtol=1e-15)


def test_runs_of_other_labels_are_not_averaged(tiny_run, tiny_logits, tiny_labels):
    other = Dynamics.from_logits(tiny_logits, tiny_labels[::-1], "other")
    with pytest.raises(DynamicsError, match=r"other can't be averaged with tiny: \d+ samples have other labels there"):
        score([tiny_run, other], "el2n")


def test_runs_of_another_length_are_not_averaged(tiny_run, tiny_logits, tiny_labels):
    other = Dynamics.from_logits(tiny_logits[:-1], tiny_labels, "short")
    with pytest.raises(DynamicsError, match=r"short can't be averaged with tiny: it has \d+ epochs and not \d+"):
        score([tiny_run, other], "el2n")


def test_no_run_at_all_is_refused():
    with pytest.raises(DynamicsError, match="give one run or several"):
        score([], "el2n")


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ({}, {"folds": 5}, "it was recorded with 5 folds and not without folds"),
        ({"folds": 5}, {}, "it was recorded without folds and not with 5 folds"),
        ({"mode": "train"}, {"mode": "eval"}, "it was recorded in eval mode and not in train mode"),
        ({"dataset_sha256": "a" * 64}, {"dataset_sha256": "b" * 64}, "it was recorded on other images, of another"),
        ({"architecture": "lenet"}, {"architecture": "mlp"}, "it was recorded with mlp and not with lenet"),
        (
            {"recipe": {"learning_rate": 0.1}},
            {"recipe": {"learning_rate": 0.05}},
            r"it was recorded with learning_rate=0\.05 and not with learning_rate=0\.1",
        ),
        (
            {"recipe": {"epochs": 12}},
            {"recipe": {"epochs": 20}},
            "it was recorded with epochs=20 and not with epochs=12",
        ),
        (
            {"recipe": {"epochs": 12}},
            {"recipe": {"epochs": 12, "loss": "ordinal"}},
            "it was recorded with loss=ordinal and not",
        ),
        ({"seed": 3}, {"seed": 3}, "it was recorded with the same seed, 3, so that one training would count double"),
    ],
)
def test_runs_recorded_otherwise_are_not_averaged_anywhere(tiny_run, one, other, told):
    runs = [replace(tiny_run, name="first", **one), replace(tiny_run, name="second", **other)]
    told = f"second can't be averaged with first: {told}"
    for average in (
        lambda: score(runs, "el2n"),
        lambda: select(runs, method="aum", rate=0.5),
        lambda: hard_cutoff(runs, 0.5),
        lambda: Sources.of(runs).dynamics,
        lambda: window_map.key(*runs[:1], runs[1:]),
    ):
        with pytest.raises(DynamicsError, match=told):
            average()
    known = replace(tiny_run, mode="eval", dataset_sha256="a" * 64, architecture="mlp", recipe={"epochs": 12}, seed=0)
    unknown = replace(tiny_run, name="second", dataset_sha256="", mode="")
    assert len(score([known, unknown, replace(known, seed=1)], "el2n")) == tiny_run.n_samples
    with pytest.raises(DynamicsError, match=r"third can't be averaged with second: .* the same seed"):
        score([known, replace(known, name="second", seed=1), replace(known, name="third", seed=1)], "el2n")


def test_a_run_that_is_named_twice_is_not_averaged():
    with pytest.raises(ConfigError, match="organs stands twice among the runs that are averaged"):
        Sources.of_run("organs", ("second", "organs"))
    with pytest.raises(ConfigError, match="second stands twice"):
        sources_of("organs", ("second", "second"))
