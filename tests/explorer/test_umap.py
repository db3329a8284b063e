"""UMAP of a run's features: what is laid out and kept where umap-learn is, and what is said where it is not."""

import importlib.util

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from coreset_engine import Dynamics, store
from coreset_engine.explorer import umap_file, umap_layout
from coreset_engine.explorer.pack import unpacked
from coreset_engine.explorer.replay import of_run, replay_pack
from coreset_engine.explorer.umap_file import UmapLayout
from tests.browser import ROOT
from tests.cli.conftest import run  # noqa: F401, a fixture
from tests.cli.helpers import refused

MISSING = importlib.util.find_spec("umap") is None
TINY = Dynamics.from_probabilities(np.full((4, 3, 2), 0.5), np.array([0, 1, 0]), "three")
LAYOUT = UmapLayout(
    np.array([0, 1, 2]),
    np.array([2, 4]),
    np.array([[[0, 1, 2], [5, 5, 9]], [[4, 1, 2], [5, 7, 9]]], np.float32),
    15,
    0,
    3,
)


def write_blobs(folder, epoch, blur, *, final):
    """Write a snapshot whose features are three groups far from one another, of rows 0, 1, 2 of every three."""
    arrays = {name: values for name, values in store.read_snapshot(folder).items() if not name.startswith("val_")}
    rows = len(arrays["features"])
    draws = np.random.default_rng(epoch).normal(scale=blur, size=(rows, 6))
    arrays["features"] = (40 * np.eye(6)[np.arange(rows) % 3] + draws).astype(np.float32)
    arrays["head_weight"] = np.zeros((len(arrays["head_weight"]), 6), np.float32)
    store.write_snapshot(folder, arrays, epoch, final=final)


@pytest.mark.skipif(MISSING, reason="needs umap-learn: pip install coreset-explorer[umap]")
def test_groups_stay_apart_and_samples_keep_their_places_from_one_snapshot_to_the_next(recorded):
    write_blobs(recorded, 5, 1.0, final=True)
    write_blobs(recorded, 2, 1.5, final=False)
    threads = torch.get_num_threads()
    made = umap_file.make("tiny", {})
    assert torch.get_num_threads() == threads  # else a recording that follows has other last digits
    assert (made.epochs.tolist(), made.places.shape, made.rows.tolist()) == ([2, 5], (2, 2, 200), list(range(200)))
    for places in made.places:
        apart = np.hypot(*(places[:, :, None] - places[:, None]))
        np.fill_diagonal(apart, np.inf)
        assert (apart.argmin(axis=1) % 3 == np.arange(200) % 3).all()  # the nearest one is of the same group
    centres = np.stack([made.places[:, :, group::3].mean(axis=2) for group in range(3)], axis=2)
    between = min(np.hypot(*(centres[0, :, a] - centres[0, :, b])) for a, b in ((0, 1), (0, 2), (1, 2)))
    assert np.hypot(*(centres[1] - centres[0])).max() < between / 3  # groups neither swap nor jump
    kept = umap_file.path_of("tiny").read_bytes()
    umap_file.path_of("tiny").unlink()
    assert np.array_equal(umap_file.make("tiny", {}).places, made.places)
    facts, _ = unpacked(of_run(store.load_run("tiny"), ("a",), {})[0])
    assert (facts["umap"]["snapshots"], facts["umap"]["count"]) == ([2, 5], 200)
    umap_file.path_of("tiny").write_bytes(kept[:-9])
    assert umap_file.stored("tiny") is None  # damaged
    umap_file.path_of("tiny").write_bytes(kept)
    write_blobs(recorded, 2, 3.0, final=False)
    assert umap_file.stored("tiny") is None  # of other features


def test_without_umap_learn_one_sentence_says_what_to_install(recorded, run, monkeypatch, tmp_path):  # noqa: F811
    monkeypatch.setattr(umap_layout, "find_spec", lambda _name: None)
    for words in (["umap", "tiny"], ["explore", "tiny", "--axes", "umap", "--out", tmp_path / "x.html"]):
        said = refused(run(*words))
        assert said == ("Error: UMAP axes need the package umap-learn. Run: pip install coreset-explorer[umap]\n")
    page = AppTest.from_file(str(ROOT / "pages/4_Data_map.py"), default_timeout=60)
    page.query_params["run"], page.query_params["show"] = "tiny", "Replay"
    captions = [caption.value for caption in page.run().caption]
    assert "UMAP axes need the package umap-learn. Run: `pip install coreset-explorer[umap]`." in captions


def test_a_pack_holds_the_places_of_its_samples_and_none_of_a_layout_that_lacks_one():
    facts, arrays = unpacked(replay_pack(TINY, ("a", "b"), np.array([0, 2]), layout=LAYOUT))
    spans = np.array(facts["umap"]["spans"])
    assert spans.tolist() == [[0, 4], [5, 9]]
    places = spans[:, :1] + arrays["umap"] * (np.diff(spans) / 65_535)
    np.testing.assert_allclose(places, [[[0, 2], [5, 9]], [[4, 2], [5, 9]]], atol=1e-4)
    part = LAYOUT._replace(rows=np.array([0, 1]), places=LAYOUT.places[:, :, :2])
    assert unpacked(replay_pack(TINY, ("a", "b"), np.array([0, 2]), layout=part))[0]["umap"] is None


def test_of_a_large_run_a_sample_by_class_is_laid_out_and_what_is_played_is_in_it(monkeypatch):
    monkeypatch.setattr(umap_file, "MOST", 4)
    large = Dynamics.from_probabilities(np.full((1, 40, 2), 0.5), np.repeat([0, 1], [30, 10]))
    wrong = {"wrong_label": np.arange(40) == 39}
    rows = umap_file.rows_laid_out(large, wrong, most=20)
    assert len(rows) == 20
    assert set(umap_file.replay_rows(large, wrong, most=4)) <= set(rows.tolist())
    assert 13 <= (rows < 30).sum() <= 16  # three quarters of 20


def test_the_button_of_the_replay_starts_the_job_that_the_command_line_has(recorded, monkeypatch):
    started = []
    monkeypatch.setattr(umap_layout, "find_spec", lambda _name: object())
    monkeypatch.setattr("coreset_engine.executors.queue.start", lambda words, title: started.append((words, title)))
    page = AppTest.from_file(str(ROOT / "pages/4_Data_map.py"), default_timeout=60)
    page.query_params["run"], page.query_params["show"] = "tiny", "Replay"
    page.run().button(key="umap_start").click().run()
    assert started == [(["umap", "tiny"], "UMAP of tiny")]
