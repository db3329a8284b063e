"""Importing dynamics: only from below one folder, by the command's own checks, and nothing is left of a refusal."""

import io
import json
import shlex

import numpy as np
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from coreset_engine import load_run, store
from coreset_engine.__main__ import cli
from coreset_engine.dashboard.record import imports
from coreset_engine.errors import ConfigError, RunError, UnknownNameError
from tests.browser import ROOT


def opened():
    """The page with the part that imports."""
    page = AppTest.from_file(str(ROOT / "pages/1_Record.py"), default_timeout=60)
    page.query_params["tab"] = "Import dynamics"
    return page.run()


LOGITS = np.random.default_rng(0).normal(size=(4, 30, 3)).astype(np.float32)
LABELS = np.arange(30) % 3


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The folder for one's own files, with one file of dynamics below it."""
    folder = tmp_path / "mine"
    (folder / "deep").mkdir(parents=True)
    np.savez(folder / "deep" / "run.npz", logits=LOGITS, labels=LABELS)
    monkeypatch.setenv("CORESET_IMAGES", str(folder))
    return folder


def test_files_below_the_folder_are_offered_and_links_are_not(root, tmp_path):
    np.savez(tmp_path / "secret.npz", logits=LOGITS)
    (root / "link.npz").symlink_to(tmp_path / "secret.npz")
    (root / "readme.txt").write_text("no dynamics")
    assert imports.offered() == ["deep/run.npz"]


@pytest.mark.parametrize("text", ["deep/run.npz", "  deep/../deep/run.npz"])
def test_a_path_below_the_folder_is_that_file(root, text):
    assert imports.inside_root(text) == root / "deep" / "run.npz"


def test_an_absolute_path_below_the_folder_is_that_file(root):
    assert imports.inside_root(str(root / "deep" / "run.npz")) == root / "deep" / "run.npz"


@pytest.mark.parametrize(
    "text", ["../secret.npz", "/etc/passwd", "link.npz", "deep", "gone.npz", "~nobody-here/x", "a\0b", "x" * 5000]
)
def test_everything_else_is_refused(root, tmp_path, text):
    np.savez(tmp_path / "secret.npz", logits=LOGITS)
    (root / "link.npz").symlink_to(tmp_path / "secret.npz")
    with pytest.raises(ConfigError, match="is no file in"):
        imports.inside_root(text)


def test_an_upload_becomes_a_run_and_its_temporary_file_is_gone(root, cache):
    said = imports.import_upload({"My Run.NPZ": (root / "deep" / "run.npz").read_bytes()}, "mine")
    assert said == "4 epochs of 30 samples imported as 'mine'."
    np.testing.assert_array_equal(load_run("mine").labels, LABELS)
    assert list((cache / "uploads").iterdir()) == []


def test_a_bad_upload_is_a_sentence_without_a_path_and_leaves_nothing(root, cache):
    with pytest.raises(ConfigError, match=r"^bad\.npz is no readable \.npz file") as told:
        imports.import_upload({"bad.npz": b"not a zip"}, "mine")
    assert str(cache) not in str(told.value)
    assert not (cache / "runs" / "mine").exists()
    assert list((cache / "uploads").iterdir()) == []


def cartography():
    """The files that the code of data maps writes, by name."""
    return {
        f"dynamics_epoch_{epoch}.jsonl": "".join(
            json.dumps({"guid": row, f"logits_epoch_{epoch}": values.tolist(), "gold": int(LABELS[row])}) + "\n"
            for row, values in enumerate(LOGITS[epoch])
        ).encode()
        for epoch in range(len(LOGITS))
    }


def npy(array):
    """The bytes of an array's file."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def tdds():
    """The files that the code of TDDS writes, and the labels beside them."""
    found = {"labels.npy": npy(LABELS)}
    for epoch, values in enumerate(LOGITS):
        found |= {f"{epoch}_Output.npy": npy(values), f"{epoch}_Index.npy": npy(np.arange(30))}
    return found


@pytest.mark.parametrize(("files", "name"), [(cartography, "training_dynamics"), (tdds, "dynamics")])
def test_files_of_an_epoch_each_are_uploaded_together_and_become_one_run(root, cache, files, name):
    page = opened()
    page.file_uploader(key="bring_upload").set_value([(one, data, "") for one, data in files().items()]).run()
    assert page.text_input(key="bring_name").placeholder == name
    assert shlex.split(page.code[0].value)[3:] == ["import", name, "--run", name]
    page.button(key="bring_go").click().run()
    assert f"4 epochs of 30 samples imported as '{name}'." in page.success[0].value.replace("\\", "")
    np.testing.assert_array_equal(load_run(name).prediction, LOGITS.argmax(axis=2))
    assert list((cache / "uploads").iterdir()) == []


def test_one_of_these_files_below_the_folder_stands_for_all_beside_it(root, cache):
    (root / "maps").mkdir()
    for name, data in cartography().items():
        (root / "maps" / name).write_bytes(data)
    np.save(root / "maps" / "masks.npy", LABELS)  # of no recording
    assert imports.offered_dynamics() == ["deep/run.npz", "maps/dynamics_epoch_0.jsonl"]
    page = opened()
    page.selectbox(key="bring_path").set_value("maps/dynamics_epoch_0.jsonl").run()
    page.button(key="bring_go").click().run()
    assert load_run("maps").epochs == 4


def test_files_that_do_not_belong_together_are_refused(root):
    page = opened()
    files = [("a.npz", imports.example(), ""), ("b.npz", imports.example(), "")]
    page.file_uploader(key="bring_upload").set_value(files).run()
    assert not page.exception
    assert "These files are no one recording" in page.error[0].value
    with pytest.raises(ConfigError, match=r"training_dynamics must hold .* nor a dynamics_epoch_0\.jsonl"):
        imports.import_upload({"other.jsonl": b"{}"}, "mine")


def test_arrays_that_do_not_fit_together_are_told_as_the_command_tells_them(root):
    np.savez(root / "short.npz", logits=LOGITS, labels=LABELS[:9])
    with pytest.raises(ConfigError, match="30"):
        imports.import_file(root / "short.npz", "mine")


def test_a_run_is_never_written_over_and_its_name_stays_in_the_cache(root, cache):
    file = root / "deep" / "run.npz"
    (cache / "runs" / "taken").mkdir(parents=True)
    with pytest.raises(RunError, match="'taken' exists already"):
        imports.import_file(file, "taken")
    with pytest.raises(UnknownNameError, match="can't be a run name"):
        imports.import_file(file, "../x")
    assert imports.free_name("taken.npz") == "taken-2"


def test_the_example_file_can_be_imported(cache):
    said = imports.import_upload({"example-dynamics.npz": imports.example()}, "example")
    assert "example" in said
    dynamics = load_run("example")
    assert (dynamics.epochs, dynamics.n_samples) == (12, 60)


@pytest.mark.parametrize("how", ["command", "python"])
def test_what_is_copied_imports_the_example(how, cache, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / imports.EXAMPLE).write_bytes(imports.example())
    page = opened()
    if how == "command":
        words = shlex.split(page.code[0].value)
        assert CliRunner().invoke(cli, words[3:]).exit_code == 0
    else:
        exec(page.code[1].value, {})
    assert store.run_summary("example-dynamics")["samples"] == 60


def test_the_command_names_the_file_and_the_run_asked_for(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("CORESET_IMAGES", str(tmp_path))
    (tmp_path / "mine.npz").write_bytes(imports.example())
    page = opened()
    page.selectbox(key="bring_path").set_value("mine.npz").run()
    page.text_input(key="bring_name").set_value("a run").run()
    words = shlex.split(page.code[0].value)
    assert words[3:] == ["import", str(tmp_path / "mine.npz"), "--run", "a run"]


def test_what_reading_took_for_something_is_shown_after_an_import(root):
    np.savez(root / "hot.npz", logits=LOGITS, labels=np.eye(3, dtype=np.uint8)[LABELS])
    page = opened()
    page.selectbox(key="bring_path").set_value("hot.npz").run()
    page.button(key="bring_go").click().run()
    assert "4 epochs of 30 samples imported as 'hot'." in page.success[0].value
    assert any("one-hot" in info.value for info in page.info)
