"""The trash is emptied when an app starts, unless another app of the cache lives: its deleted runs can be taken back."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coreset_engine import named_json, paths, store
from coreset_engine.pipeline.requests import SweepRequest
from tests.browser import ROOT

SERVER = (
    "import sys; from coreset_engine import store; store.open_for_server(); print('on', flush=True); sys.stdin.read()"
)


def killed_at(patch, step, work):
    """Begin a piece of work on the run "tiny" that ends when it moves a file or folder whose path ends in `step`."""

    def rename(path, target, own=Path.rename):
        if str(path).endswith(step):
            raise KeyboardInterrupt
        return own(path, target)

    with patch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "rename", rename)
        work("tiny")


def search_of(run, name):
    """Write a search over a run into the cache's folder of searches, which is returned."""
    folder = paths.cache_root() / "searches"
    folder.mkdir(exist_ok=True)
    asked = SweepRequest(run, ("eva",), (0.1,), windows=("grid",), search="model")
    (folder / f"{name}.json").write_bytes(named_json.sealed({"argv": asked.to_argv()}))
    (folder / f"{name}.journal").touch()
    return folder


@pytest.fixture
def server():
    """Return a function that starts a server of the cache of now and waits until it has begun."""
    begun = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        begun.append(process)
        assert process.stdout.readline() == "on\n"
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def test_a_second_server_leaves_what_was_deleted_in_the_first(recorded, server):
    server()
    store.delete_run("tiny")
    second = server()
    assert store.deleted_runs() == ["tiny"]
    second.kill()
    second.wait()
    server()
    assert store.deleted_runs() == ["tiny"]
    store.restore_run("tiny")
    assert store.run_names() == ["tiny"]


def test_searches_of_a_run_whose_deleting_or_restoring_was_killed_are_not_lost(recorded, monkeypatch):
    folder = search_of("tiny", "0a")
    killed_at(monkeypatch, "0a.json", store.delete_run)
    assert (store.run_names(), store.deleted_runs(), (folder / "0a.json").is_file()) == ([], ["tiny"], True)
    store.restore_run("tiny")
    store.delete_run("tiny")
    killed_at(monkeypatch, ".trash/tiny", store.restore_run)
    store.restore_run("tiny")
    assert (store.run_names(), (folder / "0a.json").is_file()) == (["tiny"], True)


def test_searches_go_and_come_back_with_their_run(recorded):
    folder = search_of("tiny", "0a")
    search_of("other", "1b")
    store.delete_run("tiny")
    assert sorted(path.name for path in folder.iterdir()) == ["1b.journal", "1b.json"]
    store.restore_run("tiny")
    assert sorted(path.name for path in folder.iterdir()) == ["0a.journal", "0a.json", "1b.journal", "1b.json"]
    assert not (recorded / "searches").exists()


def test_a_server_that_is_alone_empties_the_trash_however_the_one_before_ended(recorded, server):
    first = server()
    store.delete_run("tiny")
    first.kill()
    first.wait()
    server()
    assert store.deleted_runs() == []


def test_a_third_server_still_finds_the_second_where_the_first_has_ended(recorded, server):
    first = server()
    server()
    store.delete_run("tiny")
    first.kill()
    first.wait()
    server()
    assert store.deleted_runs() == ["tiny"]


def test_the_trash_is_emptied_with_searches_that_a_killed_deleting_left_behind(recorded, monkeypatch):
    folder = search_of("tiny", "0a")
    search_of("other", "1b")
    killed_at(monkeypatch, "0a.json", store.delete_run)
    store.empty_trash()
    assert sorted(path.name for path in folder.iterdir()) == ["1b.journal", "1b.json"]
    assert store.deleted_runs() == []


def test_emptying_the_trash_leaves_searches_of_a_run_that_has_the_name_of_a_deleted_one(recorded, tmp_path):
    shutil.copytree(recorded, tmp_path / "copy")
    store.delete_run("tiny")
    shutil.copytree(tmp_path / "copy", recorded)
    folder = search_of("tiny", "0a")
    store.empty_trash()
    assert sorted(path.name for path in folder.iterdir()) == ["0a.journal", "0a.json"]
