"""Viewer mode: the app shows everything and changes nothing, whatever a browser sends."""

import fcntl
import hashlib
import shutil

import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import access, paths, results
from coreset_engine.dashboard.shell import saved_views
from coreset_engine.errors import EngineError, ViewerError
from coreset_engine.executors import commands, queue, table, turns
from coreset_engine.store import RunFile, RunWriter, exclusions
from tests.browser import ROOT

FILES = ["app.py", *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "pages").glob("*.py")))]


def state_of(cache):
    """Return every file of a cache with its time and content; SQLite's notes on who reads come and go."""
    files = sorted(
        path for path in cache.rglob("*") if path.is_file() and not path.name.endswith((".db-shm", ".db-wal"))
    )
    return {str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files}


@pytest.fixture
def viewed(explored_once, cache, monkeypatch):
    """A cache with runs, results, a saved view, a saved exclusion and jobs that have ended or wait; then viewer mode."""
    shutil.copytree(explored_once, cache, dirs_exist_ok=True)
    info = RunFile(paths.run_folder("tiny")).info
    given = {"dataset": info.dataset, "dataset_sha256": info.dataset_sha256, "samples": info.samples}
    exclusions.save("mine", [1, 2], **given)
    saved_views.save(saved_views.SavedView("early", "Explore", "run=tiny"))
    for state in ("interrupted", "waiting"):
        with table.entering(table.LOCAL, ["record", "--run", "other"], f"a job that is {state}") as number:
            pass
        table.write(number, state=state, beat=table.utc_now())
    monkeypatch.setenv(access.ENVIRONMENT, "1")
    with open(table.file_of(2, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as its worker would
        yield cache


def pressed(page, at):
    """Return the page after one of its buttons was pressed, even one that is off: a browser can send anything."""
    page.button[at].proto.disabled = False
    return page.button[at].click().run()


@pytest.mark.parametrize("file", FILES)
def test_no_button_of_a_page_changes_anything_and_none_gives_a_traceback(file, viewed):
    before = state_of(viewed)
    for query in ({}, {"exclude": "mine"}) if file != "pages/1_Record.py" else ({}, {"tab": "Import dynamics"}):
        page = AppTest.from_file(str(ROOT / file), default_timeout=60)
        for name, value in ({"run": "tiny"} | query).items():
            page.query_params[name] = value
        page.run()
        assert not page.exception
        for at in range(len(page.button)):
            if at < len(page.button):  # a button may take others away
                pressed(page, at)
                assert not page.exception, at
    assert state_of(viewed) == before


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("pages/1_Record.py", "record_start"),
        ("pages/1_Record.py", "record_estimate"),
        ("pages/7_Experiments.py", "retrain_start"),
        ("app.py", "view_delete_early"),
        ("app.py", "overview_resume_1"),
        ("app.py", "overview_cancel_2"),
        ("app.py", "overview_pause_2"),
        ("app.py", "overview_pause_queue"),
    ],
)
def test_what_would_change_something_is_off_and_says_why(file, key, viewed):
    page = AppTest.from_file(str(ROOT / file), default_timeout=60)
    page.query_params["run"] = "tiny"
    button = page.run().button(key=key)
    assert button.disabled
    assert "only shows" in button.help


@pytest.mark.parametrize("key", ["view_delete_early", "overview_resume_1", "overview_cancel_2", "overview_pause_queue"])
def test_a_button_drawn_before_the_server_became_a_viewer_gives_the_sentence(key, viewed, monkeypatch):
    monkeypatch.delenv(access.ENVIRONMENT)
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    before = state_of(viewed)
    monkeypatch.setenv(access.ENVIRONMENT, "1")
    page.button(key=key).click().run()
    assert not page.exception
    assert any("only shows" in error.value for error in page.error)
    assert state_of(viewed) == before


CHANGES = {
    "start": lambda run: queue.start(["demo"], "demo"),
    "cancel": lambda run: queue.cancel(2),
    "cancel in the background": lambda run: queue.cancel_in_background(2),
    "resume": lambda run: queue.resume(1),
    "move a job": lambda run: queue.move_first(2),
    "pause a job": lambda run: queue.pause(2),
    "pause the queue": lambda run: turns.pause_all(True),
    "run a command": lambda run: commands.answer(["list"], 60, "too long"),
    "delete an exclusion": lambda run: exclusions.delete(run.dataset_sha256, "mine"),
    "save an exclusion": lambda run: exclusions.save(
        "new", [3], dataset=run.dataset, dataset_sha256=run.dataset_sha256, samples=run.samples
    ),
    "save a view": lambda run: saved_views.save(saved_views.SavedView("new", "Explore", "run=tiny")),
    "delete a view": lambda run: saved_views.delete("early"),
    "delete results": lambda run: results.delete([results.rows()[0]["key"]]),
    "annotate results": lambda run: results.annotate([results.rows()[0]["key"]], "seen"),
    "write a run": lambda run: RunWriter(paths.run_folder("tiny")),
}


@pytest.mark.parametrize("change", list(CHANGES.values()), ids=list(CHANGES))
def test_the_engine_refuses_every_change_with_the_sentence(change, viewed):
    info = RunFile(paths.run_folder("tiny")).info
    before = state_of(viewed)
    with pytest.raises(ViewerError, match="only shows"):
        change(info)
    assert state_of(viewed) == before


def test_recording_retraining_and_importing_are_refused_before_they_begin(viewed, phantom_file):
    from coreset_engine import pipeline
    from coreset_engine.config import Recipe

    before = state_of(viewed)
    with pytest.raises(ViewerError):
        pipeline.record(pipeline.RecordingRequest("new", str(phantom_file), "lenet", Recipe(epochs=4), device="cpu"))
    with pytest.raises(ViewerError):
        list(pipeline.retrain(pipeline.RetrainingRequest("tiny", ("random",), (0.2,), device="cpu")))
    with pytest.raises(ViewerError):
        pipeline.import_dynamics(pipeline.ImportRequest(str(viewed / "foreign.npz"), "again"))
    assert state_of(viewed) == before


def test_a_viewer_does_not_even_make_the_cache_folder(cache, monkeypatch):
    monkeypatch.setenv(access.ENVIRONMENT, "1")
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not page.exception
    assert not cache.exists()


@pytest.mark.parametrize(("value", "viewer"), [("", False), ("0", False), ("no", False), ("1", True), ("true", True)])
def test_the_environment_decides(value, viewer, monkeypatch):
    monkeypatch.setenv(access.ENVIRONMENT, value)
    assert access.is_viewer() is viewer
    assert issubclass(ViewerError, EngineError)
