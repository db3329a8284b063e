"""Imported dynamics are a run without images."""

import numpy as np
import pytest

from coreset_engine import Dynamics, load_run, pipeline, score, store
from coreset_engine.errors import EngineError, RunError


def import_run(tmp_path):
    logits = np.random.default_rng(0).normal(size=(4, 30, 3)).astype(np.float32)
    np.savez(tmp_path / "f.npz", logits=logits, labels=np.arange(30) % 3)
    return pipeline.import_dynamics(pipeline.ImportRequest(str(tmp_path / "f.npz"), "foreign")), logits


def test_an_import_is_a_run_like_any_other(tmp_path, cache):
    name, logits = import_run(tmp_path)
    e = np.exp(logits.astype(float))
    np.testing.assert_allclose(load_run(name).probabilities, e / e.sum(axis=2, keepdims=True), atol=1e-6)
    assert store.verify(name) == {"run": "foreign", "epochs_done": 4, "epochs": 4, "damaged": []}
    assert store.RunFile(cache / "runs" / name).info.origin == "imported"


def test_an_import_does_not_write_over_a_run(tmp_path, recorded):
    import_run(tmp_path)
    with pytest.raises(RunError, match="'foreign' exists already"):
        import_run(tmp_path)


def test_a_bad_import_leaves_no_run(tmp_path, cache):
    np.savez(tmp_path / "bad.npz", labels=np.arange(3))
    with pytest.raises(RunError):
        pipeline.import_dynamics(pipeline.ImportRequest(str(tmp_path / "bad.npz"), "foreign"))
    assert not (cache / "runs" / "foreign").exists()


def test_nothing_can_be_retrained_on_an_import(tmp_path):
    import_run(tmp_path)
    with pytest.raises(EngineError, match="foreign was not trained by `record`"):
        list(pipeline.retrain(pipeline.RetrainingRequest("foreign", ("el2n",), (0.2,), architectures=("lenet",))))


def test_an_imported_run_can_not_be_resumed(tmp_path):
    import_run(tmp_path)
    with pytest.raises(RunError, match="was not recorded from a data set here"):
        pipeline.RecordingRequest.of_run("foreign")


def test_validation_losses_beside_the_outputs_are_imported_and_cld_reads_them(tmp_path):
    draws = np.random.default_rng(0)
    logits, losses = draws.normal(size=(4, 30, 3)).astype(np.float32), draws.uniform(size=(4, 3))
    np.savez(tmp_path / "f.npz", logits=logits, labels=np.arange(30) % 3, val_loss_per_class=losses)
    run = load_run(pipeline.import_dynamics(pipeline.ImportRequest(str(tmp_path / "f.npz"), "foreign")))
    np.testing.assert_array_equal(run.val_loss, losses)
    known = Dynamics.from_logits(logits, np.arange(30) % 3, val_loss=losses)
    np.testing.assert_array_equal(score(run, "cld"), score(known, "cld"))


def test_an_import_without_validation_losses_holds_none(tmp_path):
    assert load_run(import_run(tmp_path)[0]).val_loss is None
