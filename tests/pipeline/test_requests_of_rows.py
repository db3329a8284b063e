"""A row gives the request that makes it: planned again, it has the same key; further seeds differ in nothing else."""

import json
import shutil
from dataclasses import replace

import h5py
import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from coreset_engine import access, api, export, paths, pipeline, results, store
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.datasets import library
from coreset_engine.errors import ConfigError
from coreset_engine.executors import queue
from coreset_engine.export import retrained as of_report
from coreset_engine.pipeline import Retraining, requests
from coreset_engine.pipeline.requests import RetrainingRequest, SweepRequest
from coreset_engine.results import randoms
from coreset_engine.store import RunFile, exclusions
from tests.browser import ROOT
from tests.damage import to_version_1

WINDOWS = {"early": 1, "late": 9, "length": 4}


@pytest.fixture
def retrained(retrained_once, cache):
    """The test's own copy of the cache with two seeds of Random, EVA and the full data."""
    shutil.copytree(retrained_once, cache, dirs_exist_ok=True)
    info = RunFile(paths.run_folder("tiny")).info
    exclusions.save("mine", [1, 2], dataset=info.dataset, dataset_sha256=info.dataset_sha256, samples=info.samples)
    return cache


def key_of(request):
    """The key of the only row that a request makes."""
    (cell,) = pipeline.Bench(request.run, "cpu").plan(request.retrainings(), on="numpy")
    return cell.key


def test_every_row_gives_the_request_that_makes_it(retrained):
    rows = results.rows()
    assert len(rows) == 7  # two seeds of three, and the recording's own
    assert [key_of(requests.of_row(row)) for row in rows] == [row["key"] for row in rows]


@pytest.mark.parametrize(
    "spec",
    [
        CoresetSpec("tiny", "el2n", rate=0.2, exclusion="mine"),
        CoresetSpec("tiny", "random", {"seed": 5}, "balanced", rate=0.2, rule_options={"budget": "equal"}),
        CoresetSpec("tiny", "aum", {}, "ccs", rate=0.1),
        CoresetSpec("tiny", "random", rate=0.25, exclusion="mine"),
    ],
    ids=lambda spec: spec.label,
)
def test_rules_draws_and_exclusions_are_asked_for_again(spec, retrained):
    item = Retraining(spec, 3, "lenet", epochs=2, learning_rate=0.03, augment=True, device="cpu")
    (cell,) = pipeline.Bench("tiny", "cpu").plan([item], on="numpy")
    row = {"key": cell.key, "excluded_set": ""} | cell.config
    assert key_of(requests.of_row(row)) == cell.key


def test_a_schedule_and_crops_of_its_own_are_asked_for_again_and_are_another_row(retrained):
    spec, keys = CoresetSpec("tiny", "random", rate=0.25), set()
    for given in (
        {},
        {"augmentation": "crop-flip", "schedule": "cosine"},
        {"schedule": "constant"},
        {"augmentation": "flip"},
        {"augmentation": "resized-crop-flip", "drop_last": True},
        {"normalisation": "channels", "nesterov": False, "view": "centre", "schedule": "cosine-full"},
    ):
        item = Retraining(spec, 3, "lenet", epochs=2, augment=True, device="cpu", **given)
        (cell,) = pipeline.Bench("tiny", "cpu").plan([item], on="numpy")
        assert key_of(requests.of_row({"key": cell.key, "excluded_set": ""} | cell.config)) == cell.key
        keys.add(cell.key)
        asked = {
            "architectures": ("lenet",),
            "epochs": 2,
            "augment": True,
            "training_seeds": (3,),
            "device": "cpu",
        } | given
        (swept,) = pipeline.Bench("tiny", "cpu").plan(
            SweepRequest("tiny", ("random",), (0.25,), **asked).cells(), on="numpy"
        )
        assert swept.key == cell.key
    assert len(keys) == 5  # the usual ones, said or not, are one


def test_a_row_without_the_augmentation_of_its_run_is_asked_for_of_that_run_again(retrained):
    shutil.copytree(paths.run_folder("tiny"), paths.run_folder("zz"))
    with h5py.File(to_version_1(paths.run_folder("zz") / "dynamics.h5"), "r+") as file:
        recipe = json.loads(file.attrs["recipe"]) | {"augment": True, "augmentation": "flip"}
        file.attrs["recipe"] = np.bytes_(json.dumps(recipe))
    item = Retraining(CoresetSpec("zz", "random", rate=0.25), 3, "lenet", epochs=2, augment=False, device="cpu")
    (cell,) = pipeline.Bench("zz", "cpu").plan([item], on="numpy")
    assert cell.config["recipe"]["augmentation"] == "flip"  # as rows of before are known
    again = requests.of_row({"key": cell.key, "excluded_set": ""} | cell.config)
    assert (again.run, key_of(again)) == ("zz", cell.key)


def test_further_seeds_follow_the_last_one_and_change_nothing_else(retrained):
    keys = [row["key"] for row in results.rows() if row["method"] in ("eva", "random")]
    eva, random = sorted(requests.more_seeds(keys), key=lambda request: request.methods)
    assert (eva.methods, eva.seeds, random.methods, random.seeds) == (("eva",), (2, 3, 4), ("random",), (2, 3, 4))
    assert {name: eva.options[name] for name in WINDOWS} == WINDOWS
    assert "seed" not in random.options  # so that every training draws its own coreset, as before


def test_a_draw_with_a_seed_of_its_own_keeps_it(retrained):
    item = Retraining(CoresetSpec("tiny", "random", {"seed": 5}, rate=0.3), 0, "lenet", epochs=2, device="cpu")
    (cell,) = pipeline.Bench("tiny", "cpu").plan([item], on="numpy")
    assert requests.of_row(cell.config, seeds=(7,)).options == {"seed": 5}


def test_a_row_of_a_search_gets_further_seeds_at_its_own_length_like_any_other(retrained):
    bench = pipeline.Bench("tiny", "cpu")
    item = Retraining(CoresetSpec("tiny", "eva", WINDOWS, rate=0.2), 1, "lenet", epochs=1, device="cpu")
    (cell,) = bench.plan([item], on="numpy")
    row = bench.train(cell, note={"found_by": "halving"})
    (request,) = requests.more_seeds([row["key"]])
    assert (request.seeds, request.epochs, request.rates) == ((2, 3, 4), 1, (0.2,))
    assert key_of(requests.of_row(row)) == row["key"]


def test_a_run_that_was_recorded_anew_gives_no_further_seeds(retrained):
    (row, *_) = [row for row in results.rows() if row["method"] == "eva"]
    with pytest.raises(ConfigError, match="recorded anew"):
        requests.of_row(row | {"dynamics": ["another 12/12"]})


def test_excluded_rows_that_are_no_saved_set_give_no_further_seeds(retrained):
    (row, *_) = [row for row in results.rows() if row["method"] == "eva"]
    with pytest.raises(ConfigError, match="no saved set"):
        requests.of_row(row | {"excluded": {"rows": 3, "sha256": "ab" * 32}})


def test_rows_that_are_gone_are_told(retrained):
    with pytest.raises(ConfigError, match="gone"):
        requests.more_seeds(["0" * 32])


@pytest.fixture
def chosen(retrained, monkeypatch):
    """The Results page with its newest row chosen, and the jobs that it starts."""
    started = []
    monkeypatch.setattr(queue, "start", lambda words, title: started.append(words))
    page = AppTest.from_file(str(ROOT / "pages/8_Results.py"), default_timeout=60)
    page.query_params["trained_epochs"] = "2"
    page.session_state["results_rows"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    return page.run(), started


def test_the_button_starts_a_job_with_the_next_three_seeds(chosen):
    page, started = chosen
    newest = [row for row in results.rows() if row["recipe"]["epochs"] == 2][-1]
    page.button(key="results_more_seeds").click().run()
    assert not page.exception
    (words,) = started
    request = RetrainingRequest.from_argv(words[1:])
    assert (request.methods, request.seeds) == ((newest["method"],), (2, 3, 4))
    assert np.isclose(request.rates[0], newest["rate"])


def test_a_viewer_can_not_start_further_seeds(retrained, monkeypatch):
    monkeypatch.setenv(access.ENVIRONMENT, "1")
    page = AppTest.from_file(str(ROOT / "pages/8_Results.py"), default_timeout=60).run()
    button = page.button(key="results_more_seeds")
    assert button.disabled
    assert button.help == access.SENTENCE


def grouped(folder, phantom_file, groups):
    """Tell the groups of the images that `tiny` was recorded on."""
    with np.load(phantom_file) as file:
        np.savez(folder / "phantom.npz", **file, train_groups=groups)
    library.load(str(folder / "phantom.npz"))


def test_rows_of_other_groups_on_the_same_images_are_other_rows(recorded, phantom_file, tmp_path):
    item = Retraining(CoresetSpec("tiny", "aum", rate=0.1, group_budget="equal"), 3, "lenet", epochs=1, device="cpu")
    rows = []
    for groups in (np.arange(200) % 5, np.arange(200) // 100, np.arange(200) % 5):
        grouped(tmp_path, phantom_file, groups)
        (cell,) = pipeline.Bench("tiny", "cpu").plan([item], on="numpy")
        rows.append({"key": cell.key, "excluded_set": ""} | cell.config)
    assert rows[0] == rows[2]
    assert rows[0]["key"] != rows[1]["key"]
    labels = [results.label(row) for row in rows]
    assert labels[0] == f"aum, equal budgets by group ({rows[0]['groups'][:4]})"
    assert labels[0] != labels[1]
    assert randoms.fitting_kind(rows[0]) != randoms.fitting_kind(rows[1])
    assert key_of(requests.of_row(rows[0])) == rows[0]["key"]
    with pytest.raises(ConfigError, match="have other groups since this row was made"):
        requests.of_row(rows[1])
    origin = export.with_origin(item.spec).origin
    table = pd.DataFrame([row | {"rate": 0.1} for row in rows])
    assert of_report.belonging(table, origin)["part"].tolist() == ["selection"] * 2


def test_a_page_that_is_open_sees_groups_that_are_told_later(recorded, phantom_file, tmp_path):
    spec = CoresetSpec("tiny", "aum", rate=0.1, group_budget="equal")
    seen = []
    for groups in (np.arange(200) % 5, np.arange(200) // 100):
        grouped(tmp_path, phantom_file, groups)
        kept = cached.coreset(spec).rows
        assert cached.images("tiny").groups["train"].tolist() == groups.astype(str).tolist()
        assert np.unique(groups[kept], return_counts=True)[1].tolist() == [20 // len(np.unique(groups))] * (
            max(groups) + 1
        )
        seen.append(kept.tolist())
    assert seen[0] != seen[1]


def test_a_page_reads_the_snapshot_that_a_link_asks_for(recorded):
    arrays = store.read_snapshot(recorded)
    store.write_snapshot(recorded, arrays | {"features": arrays["features"][::-1].copy()}, 2, final=False)
    spec = CoresetSpec("tiny", "k-center", rate=0.1, snapshot=2)
    assert spec.label == "k-center after epoch 2, α = 10 %"
    assert cached.coreset(spec).rows.tolist() == api.coreset_of(spec).rows.tolist()
    assert cached.coreset(spec).rows.tolist() != cached.coreset(replace(spec, snapshot=None)).rows.tolist()


def test_of_a_row_that_says_an_epoch_which_nothing_reads_further_seeds_can_be_asked_for(recorded):
    item = Retraining(CoresetSpec("tiny", "entropy", rate=0.1), 3, "lenet", epochs=1, device="cpu")
    (cell,) = pipeline.Bench("tiny", "cpu").plan([item], on="numpy")
    old = {"key": cell.key, "excluded_set": "", "snapshot": 2} | cell.config
    assert key_of(requests.of_row(old)) == cell.key
