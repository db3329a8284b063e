"""What is copied from Overview gives what it shows: commands and Python are run, their figures compared."""

import json
import shlex

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from coreset_engine import results
from coreset_engine.__main__ import cli
from coreset_engine.dashboard.overview import charts, code, data
from tests.browser import ROOT
from tests.compared import config, metrics


@pytest.fixture
def opened(recorded):
    """Overview on a cache with run `tiny` and its row of the full data."""
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not page.exception
    return page


def words(page, begin):
    """The words of the copied command that begins so, without `python -m coreset_engine`."""
    lines = [line for line in page.code[0].value.splitlines() if line.startswith("python")]
    return next(shlex.split(line)[3:] for line in lines if shlex.split(line)[3] == begin)


def printed(page, begin, *more):
    """What that command prints."""
    return CliRunner().invoke(cli, [*words(page, begin), *more], catch_exceptions=False).output


def test_runs_jobs_and_results_copied_are_those_shown(recorded):
    (row,) = results.rows()
    of_images = {"dataset": row["dataset"], "dataset_sha256": row["dataset_sha256"], "architecture": "lenet"}
    of_images |= {"recipe": row["recipe"], "run": "tiny"}
    for method, rate, collapsed in (("random", 0.1, False), ("aum", 0.1, False), ("aum", 0.3, True)):
        outcome = metrics(0.7, collapsed=collapsed, synthetic=row["synthetic"])
        results.append(config(method, rate, **of_images), outcome)
    opened, names = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run(), {}
    exec(opened.code[1].value, names)
    table = opened.dataframe[0].value
    assert table["run"].tolist() == [run["run"] for run in names["runs"]] == ["tiny"]
    assert [run["run"] for run in json.loads(printed(opened, "runs", "--json"))] == ["tiny"]
    assert names["jobs"] == json.loads(printed(opened, "jobs", "--json")) == []
    (rows,) = data.glances(results.frame(), "").values()
    shown = sorted(map(list, charts.means(rows)))
    assert len(shown) == 3  # all data, Random and AUM at one rate; the other coreset's only training collapsed
    assert sorted(names["means"].values.tolist()) == shown
    assert len(json.loads(printed(opened, "results", "--json"))) == 4


def test_the_images_at_both_ends_are_those_of_the_python_and_of_the_scores_written(opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(opened.code[1].value, names)
    printed(opened, "score")
    scores = pd.read_csv("eva.csv")["score"].to_numpy()
    order = np.argsort(-scores, kind="stable")
    assert names["first_kept"].tolist() == order[:5].tolist()
    assert set(names["first_dropped"].tolist()) == set(order[-5:].tolist())


def test_an_empty_cache_leaves_its_jobs(cache):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert page.code[0].value == "# jobs\npython -m coreset_engine jobs"
    names = {}
    exec(page.code[1].value, names)
    assert names["jobs"] == []


def test_names_stay_one_word_of_the_command():
    rows = pd.DataFrame({"data": ["a b"], "dataset_sha256": ["c" * 64], "architecture": ["x"], "epochs": [3]})
    line = code.command(False, rows, "", None).splitlines()[-1]
    assert shlex.split(line)[3:] == ["results", "--dataset", "a b cccccccc", "--architecture", "x", "--epochs", "3"]


def test_the_chart_stays_with_the_first_run_s_data_set_until_another_is_chosen(recorded):
    (row,) = results.rows()
    alike = {"architecture": "lenet", "recipe": row["recipe"]}
    results.append(
        config("random", 0.1, **alike, **{name: row[name] for name in ("dataset", "dataset_sha256")}), metrics(0.6)
    )
    for seed in range(3):
        results.append(
            config("random", 0.1, seed=seed, dataset="other", dataset_sha256="f" * 64, **alike), metrics(0.7)
        )
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    shown = page.selectbox(key="glance")
    assert shown.value == shown.options[0]
    assert shown.value.startswith("phantom, lenet, ")
    assert shown.options[1].startswith("other, lenet, ")
    shown.select_index(1).run()
    assert not page.exception
    assert "--dataset 'other ffffffff'" in page.code[0].value
