"""The run folders of the cache: listed, summed up, and gone from one moment to the next."""

import shutil

import pytest

from coreset_engine import store
from coreset_engine.errors import RunError


def test_run_names_lists_folders_with_dynamics_only(small):
    small.write()
    (small.folder.parent / "empty").mkdir()
    assert store.run_names() == ["small"]


def test_the_summary_of_a_damaged_run_says_why(small):
    small.write()
    small.file.write_bytes(b"")
    summary = store.run_summary("small")
    assert summary["run"] == "small"
    assert "can't be read" in summary["problem"]


def test_the_summary_of_a_run_counts_its_epochs(small):
    small.write(epochs=3, dataset="phantom", architecture="lenet")
    summary = store.run_summary("small")
    assert (summary["epochs_done"], summary["epochs"], summary["samples"], summary["problem"]) == (3, 4, 7, "")
    assert (summary["dataset"], summary["val_accuracy"]) == ("phantom", 0.3)


def test_the_summary_says_in_which_mode_was_recorded(small):
    small.write(mode="eval")
    assert store.run_summary("small")["mode"] == "eval"


def test_a_run_that_disappears_while_it_is_read_is_a_sentence(small):
    small.write()
    file = store.RunFile(small.folder)
    dynamics = file.dynamics()
    shutil.rmtree(small.folder)
    with pytest.raises(RunError, match="can't be read any more"):
        file.metrics()
    with pytest.raises(RunError, match="can't be read any more"):
        _ = dynamics.loss
    assert "no run at" in store.run_summary("small")["problem"]


def test_a_run_that_is_not_there_is_not_being_written(cache):
    assert not store.is_being_written(cache / "runs" / "nothing")


@pytest.mark.parametrize("text", ["", "{", "[1]", "3"])
def test_a_request_that_is_no_table_of_fields_is_refused(small, text):
    small.folder.mkdir(parents=True)
    (small.folder / "run.json").write_text(text)
    with pytest.raises(RunError, match=r"run\.json can't be read"):
        store.read_request(small.folder)


def test_a_state_of_a_run_comes_back_from_its_text():
    version = store.RunVersion(store.new_uuid(), 7, 12)
    assert store.RunVersion.from_text(version.to_text()) == version


def test_a_run_from_before_there_were_identities_is_written_as_its_rows_were():
    old = store.RunInfo(epochs=12, samples=3, classes=2, created="2026-01-02T03:04:05+00:00").version(7)
    assert old.to_text() == "2026-01-02T03:04:05+00:00 7/12"
    assert store.RunVersion.from_text(old.to_text()) == old
    other = store.RunInfo(epochs=12, samples=3, classes=2, created="2026-01-02T03:04:06+00:00").version(7)
    assert other.uuid != old.uuid


@pytest.mark.parametrize("text", ["", "x", "x 5", "x a/b", "2026-01-02"])
def test_a_text_that_names_no_state_is_a_sentence(text):
    with pytest.raises(RunError, match="names no state of a run"):
        store.RunVersion.from_text(text)


def test_every_recording_has_an_identity_of_its_own(recorded):
    assert len(store.RunFile(recorded).info.uuid) == 36


def test_classes_without_names_are_numbered():
    assert store.RunInfo(epochs=1, samples=3, classes=2).names == ("class 0", "class 1")
    assert store.RunInfo(epochs=1, samples=3, classes=2, class_names=["a", "b"]).names == ("a", "b")
