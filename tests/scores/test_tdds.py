"""TDDS: the released code's scores, the paper's equations, and what is refused."""

import subprocess
import sys
import typing

import numpy as np
import pytest

from coreset_engine import Dynamics, compute, score, select
from coreset_engine.errors import ConfigError, DynamicsError, WindowError
from coreset_engine.scores.tdds import PRESETS, PresetName, of_probabilities
from tests.devices import TENSORS

CASES = [case for case in range(12) if case != 7]  # case 7 has windows of 2 epochs: see the test about them


@pytest.fixture(scope="module")
def tdds(golden):
    return golden("tdds")


def options(tdds, case):
    epochs, window, decay = tdds["config_range_window_decay"][case]
    return {"epochs": int(epochs), "window": int(window), "decay": decay}


def probability_run(probabilities, name="run"):
    """A run of given probabilities (T, N, C) whose samples all belong to class 0."""
    return Dynamics.from_probabilities(np.array(probabilities, np.float32), np.zeros(len(probabilities[0]), int), name)


@pytest.mark.parametrize("case", CASES)
def test_the_scores_are_those_of_the_released_code(case, tdds, golden_run):
    got = score(golden_run, "tdds", **options(tdds, case))
    np.testing.assert_allclose(got, tdds[f"score_{case}"], rtol=1e-5, atol=1e-7)


@pytest.fixture(scope="module")
def exact(golden):
    """Softmax of the golden logits in float64, (40, 600, 11)."""
    z = np.concatenate([golden("logits_1")["logits"], golden("logits_2")["logits"]]).astype(np.float64)
    e = np.exp(z - z.max(axis=2, keepdims=True))
    return e / e.sum(axis=2, keepdims=True)


@pytest.mark.parametrize("case", CASES)
def test_float64_probabilities_give_what_float64_loops_give(case, tdds, exact):
    epochs, window, decay = tdds["config_range_window_decay"][case]
    got = of_probabilities(exact[: int(epochs)], int(window), decay)
    np.testing.assert_allclose(got, tdds[f"score64_{case}"], rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("case", range(4))
def test_float64_probabilities_give_the_papers_equations_to_the_letter(case, tdds, exact):
    epochs, window, decay = tdds["config_range_window_decay"][case]
    got = of_probabilities(exact[: int(epochs)], int(window), decay, "paper")
    np.testing.assert_allclose(got, tdds[f"paper_eq_score64_{case}"], rtol=1e-6, atol=1e-14)


def test_the_papers_form_is_an_option(tdds, golden_run):
    got = score(golden_run, "tdds", **options(tdds, 3), form="paper")
    np.testing.assert_allclose(got, tdds["paper_eq_score64_3"], rtol=1e-5)


@pytest.mark.parametrize("case", [0, 3, 8])
@pytest.mark.parametrize("device", TENSORS)
def test_tensors_give_the_same_scores(device, case, tdds, golden_run):
    with compute.on(device):
        got = score(golden_run, "tdds", **options(tdds, case))
    np.testing.assert_allclose(got, score(golden_run, "tdds", **options(tdds, case)), rtol=1e-12)


def test_a_moving_average_and_a_mean_of_two_windows_worked_by_hand():
    # p of class 0: 1, 1, 0, 0 -> differences 0, then |0 - 0| + |1 ln(1 / 1e-8)| = L, then 0; L = ln(1e8)
    run = probability_run([[[1, 0]], [[1, 0]], [[0, 1]], [[0, 1]]])
    window = np.log(1e8) / np.sqrt(2)  # of (0, L) and of (L, 0): the mean is L/2, so sqrt(2 (L/2)^2)
    moving = score(run, "tdds", window=3, decay=0.75)
    np.testing.assert_allclose(moving, [0.75 * window + 0.25 * 0.75 * window], rtol=1e-7)
    np.testing.assert_allclose(score(run, "tdds", window=3, average="simple"), [window], rtol=1e-7)


def test_later_epochs_do_not_count(golden_run, tiny_run, tiny_logits, tiny_labels):
    first = Dynamics.from_logits(tiny_logits[:8], tiny_labels)
    np.testing.assert_array_equal(score(tiny_run, "tdds", epochs=8, window=4), score(first, "tdds", window=4))


@pytest.mark.parametrize("percent", [10, 30, 50, 70, 80, 90])
def test_the_coreset_is_that_of_the_released_code(percent, tdds, golden_run):
    got = select(golden_run, method="tdds", rate=1 - percent / 100, **options(tdds, 1))
    reference, ranks = tdds[f"subset_cfg1_prune{percent}"], tdds["score_1"]
    assert len(got) == len(reference)
    np.testing.assert_array_equal(np.sort(ranks[got]), np.sort(ranks[reference]))  # ties may be other rows


def test_a_preset_stands_for_its_epochs_and_window(golden_run):
    preset = score(golden_run, "tdds", preset="cifar10-keep20")
    np.testing.assert_array_equal(preset, score(golden_run, "tdds", epochs=30, window=10))


def test_the_presets_are_the_choices_of_the_option():
    assert set(typing.get_args(PresetName)) == {"none", *PRESETS}


def test_every_preset_has_the_rate_of_its_name_and_windows_that_fit():
    for name, preset in PRESETS.items():
        assert name.endswith(f"keep{preset.rate * 100:.0f}")
        assert 3 <= preset.window <= preset.epochs


def test_a_preset_longer_than_the_run_is_refused_with_the_epochs_there_are(golden_run):
    with pytest.raises(WindowError, match=r"epochs 1\.\.90 with windows of 10 does not fit dynamics with its 40"):
        score(golden_run, "tdds", preset="cifar10-keep50")


def test_windows_of_two_epochs_are_refused_because_every_score_would_be_0(tdds, golden_run):
    assert not tdds["score_7"].any()
    with pytest.raises(WindowError, match="window from 3"):
        score(golden_run, "tdds", **options(tdds, 7))


@pytest.mark.parametrize("wrong", [{"window": 13}, {"epochs": 13}, {"epochs": 5, "window": 6}, {"epochs": 0}])
def test_epochs_that_do_not_fit_the_run_are_refused(wrong, tiny_run):
    with pytest.raises(WindowError, match="does not fit tiny with its 12 epochs"):
        score(tiny_run, "tdds", **wrong)


@pytest.mark.parametrize("decay", [0, -0.1, 1.1])
def test_a_decay_that_never_moves_or_overshoots_is_refused(decay, tiny_run):
    with pytest.raises(ConfigError, match="give a number above 0 and up to 1, or average=simple"):
        score(tiny_run, "tdds", decay=decay)


@pytest.mark.parametrize(("kept", "said"), [(None, "holds none"), (np.float16, "holds float16")])
def test_a_run_without_float32_probabilities_says_how_to_record_them(kept, said, tiny_run):
    signals = {name: values for name, values in tiny_run.signals.items() if name != "probabilities"}
    if kept:
        signals["probabilities"] = tiny_run.probabilities.astype(kept)
    with pytest.raises(DynamicsError, match=f"{said}.*--probabilities float32"):
        score(Dynamics(tiny_run.labels, signals, 3, 12), "tdds")


def test_no_second_copy_of_the_probabilities_is_made():
    code = """
import resource, numpy as np
from coreset_engine import Dynamics, score
def run(samples):
    p = np.random.default_rng(0).dirichlet(np.ones(11), (20, samples)).astype(np.float32)
    return Dynamics(np.zeros(samples, int), {"probabilities": p}, 11, 20)
small, large = run(100), run(60_000)
large.probabilities  # checked here, so that the check's memory is not counted
score(small, "tdds")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
score(large, "tdds")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(grown) < 50_000  # KiB; the probabilities have 52,800 KiB in float32 and 105,600 in float64
