"""Per-sample losses alone become a run: what needs only them works, all else refuses in a sentence."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import CoresetSpec, coreset_of, export, load_run, paths, pipeline, score, store
from coreset_engine.errors import ConfigError, DynamicsError, RunError
from coreset_engine.pipeline import ImportRequest
from coreset_engine.store.foreign import read_signal
from tests.browser import ROOT

HALF = np.log(2)
LOSSES = np.array([[0, HALF, 2 * HALF, HALF], [0, HALF, 0, 2 * HALF], [0, HALF, HALF, 3 * HALF], [0, 0, 0, 0]])


@pytest.fixture
def run(cache, tmp_path):
    """A run of four losses of four samples of two classes, which are powers of 1/2 as probabilities."""
    np.savez(tmp_path / "losses.npz", loss=LOSSES, labels=np.array([0, 0, 1, 1]))
    return pipeline.import_dynamics(ImportRequest(str(tmp_path / "losses.npz"), "seg", "loss"))


def test_losses_give_the_scores_of_p_y(run):
    dynamics = load_run(run)
    np.testing.assert_allclose(dynamics.loss, LOSSES, rtol=1e-6)
    np.testing.assert_allclose(score(dynamics, "confidence"), [1, 2.5 / 4, 2.75 / 4, 1.875 / 4], rtol=1e-6)
    assert coreset_of(CoresetSpec(run, "confidence", rate=0.25)).rows.tolist() == [3]
    assert "Only loss, target_probability are known" in store.read_as(paths.run_folder(run))[0]
    assert export.as_bytes(export.with_origin(CoresetSpec(run, "confidence", rate=0.5)), "csv").count(b"\n") == 3


@pytest.mark.parametrize("method, lacks", [("el2n", "error_norm"), ("forgetting", "prediction"), ("aum", "margin")])
def test_a_score_that_reads_more_refuses_in_a_sentence(run, method, lacks):
    with pytest.raises(DynamicsError, match=f"seg holds no {lacks}: it has loss, target_probability"):
        score(load_run(run), method)


def test_explore_draws_the_losses(run):
    page = AppTest.from_file(str(ROOT / "pages/2_Explore.py"), default_timeout=60)
    page.query_params["run"], page.query_params["method"] = run, "confidence"
    page.run()
    assert not page.exception
    assert not page.error
    assert any("the trajectories are those of its loss" in one.value for one in page.caption)


@pytest.mark.parametrize(
    "arrays, message",
    [
        ({"losses": LOSSES}, "holds no 'loss'"),
        ({"loss": LOSSES[0]}, r"must be numbers of shape \(epochs, samples\); it is float64 of shape \(4,\)"),
        ({"loss": -LOSSES}, "loss is -0.693147 for sample 1 in epoch 1, of 8 such; it must lie in 0 to inf"),
        ({"loss": LOSSES, "labels": np.zeros(3, int)}, "there are 3 labels for 4 samples"),
    ],
)
def test_what_is_no_loss_of_samples_is_refused_and_leaves_nothing(arrays, message, cache, tmp_path):
    np.savez(tmp_path / "own.npz", **arrays)
    with pytest.raises(RunError, match=message):
        pipeline.import_dynamics(ImportRequest(str(tmp_path / "own.npz"), "own", "loss"))
    assert not (cache / "runs" / "own").exists()
    with pytest.raises(ConfigError, match="signal='dice' is not possible"):
        ImportRequest("own.npz", "own", "dice")


def test_without_labels_all_samples_are_of_one_class(tmp_path):
    np.savez(tmp_path / "own.npz", margin=np.zeros((2, 3)))
    dynamics = read_signal(tmp_path / "own.npz", "margin")
    assert (dynamics.classes, dynamics.labels.tolist(), list(dynamics.signals)) == (1, [0, 0, 0], ["margin"])
    assert dynamics.read_as[1] == "There are no labels: all samples were taken for one class."


@pytest.mark.parametrize(
    "labels, classes, several",
    [
        ([[0], [1], [2], [1]], [0, 1, 2, 1], False),
        ([[1, 0], [0, 1], [1, 0], [0, 1]], [0, 1, 0, 1], False),
        ([[1, 1], [0, 1], [1, 0], [0, 0]], [[1, 1], [0, 1], [1, 0], [0, 0]], True),
    ],
)
def test_labels_beside_a_signal_are_read_as_everywhere(labels, classes, several, tmp_path):
    np.savez(tmp_path / "own.npz", loss=LOSSES, labels=np.array(labels))
    dynamics = read_signal(tmp_path / "own.npz", "loss")
    assert (dynamics.labels.tolist(), dynamics.multi_label) == (classes, several)
    assert any("one-hot" in sentence for sentence in dynamics.read_as) == (labels[0] == [1, 0])


@pytest.mark.parametrize("labels", [3, ["a", "b", "a", "b"], [0.0, np.nan, 1.0, 0.0], [0, 1, -1, 0], [0, 0, 1, 10**9]])
def test_labels_that_are_none_are_refused_in_a_sentence(labels, tmp_path):
    np.savez(tmp_path / "own.npz", loss=LOSSES, labels=np.array(labels))
    with pytest.raises((RunError, DynamicsError), match=r"Labels must be whole numbers|Number the classes from 0"):
        read_signal(tmp_path / "own.npz", "loss")


def test_a_request_says_its_signal_in_words_and_in_python():
    asked = ImportRequest("own.npz", "own", "loss")
    assert asked.to_argv() == ["own.npz", "--run", "own", "--signal", "loss"]
    assert ImportRequest.from_argv(asked.to_argv()) == asked
    assert ImportRequest.from_argv(["own.npz", "--run", "own"]).signal == ""
    assert asked.to_python() == "ImportRequest('own.npz', 'own', signal='loss')"
