"""What is copied from Results gives the means shown: the command and the Python are run and their figures compared."""

import shlex

import pandas as pd
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from coreset_engine import results
from coreset_engine.__main__ import cli
from coreset_engine.commands.reporting import KEY, WIDE
from coreset_engine.dashboard import comparison, result_rows, results_takeaway
from coreset_engine.dashboard.comparison import Choice
from tests.browser import ROOT
from tests.compared import config, metrics

OTHER = {"dataset": "pneumoniamnist", "dataset_sha256": "cd" * 32}


@pytest.fixture
def rows():
    """Random, EVA and the full data with three seeds each, and rows of another data set, network and length."""
    windows = {"early": 100, "late": 190, "length": 10}
    for seed in range(3):
        results.append(config("full", seed=seed), metrics(0.9))
        results.append(config("random", seed=seed, rate=0.05), metrics(0.7 + seed / 1000, (0.8, 0.8)))
        results.append(config("random", seed=seed), metrics(0.8 + seed / 1000, (0.8, 0.8)))
        results.append(config("eva", seed=seed, options=windows), metrics(0.85 + seed / 500))
    results.append(config("random", **OTHER), metrics(0.3))
    results.append(config("random", architecture="lenet"), metrics(0.2))
    results.append(config("random", epochs=30), metrics(0.1))
    return results.frame()


def choice(table, hidden=()):
    """What the sidebar asks for: OrganSMNIST, ResNet-18, 200 epochs."""
    data = results.data_names(table).iloc[0]
    mine = table[(results.data_names(table) == data) & (table["architecture"] == "resnet18") & (table["epochs"] == 200)]
    return Choice(mine[~mine["label"].isin(hidden)], "test_acc_last", data, "resnet18", 200, tuple(hidden))


CASES = {"everything": ((), 0), "a method hidden": (("eva 100/190 K10",), 0), "rows hidden": (("full",), 2)}


@pytest.fixture(params=CASES)
def shown(request, rows):
    """What was chosen, the keys of hidden rows, and the means that the page shows."""
    methods, count = CASES[request.param]
    chosen = choice(rows, methods)
    left = chosen.rows.iloc[count:]
    hidden = result_rows.hidden(chosen.rows, left)
    assert len(hidden) == count
    return chosen, hidden, results.summarise(left)


def test_the_python_copied_gives_the_means_shown(shown):
    chosen, hidden, means = shown
    names = {}
    exec(results_takeaway.python(chosen, hidden), names)
    pd.testing.assert_frame_equal(comparison.summary_table(names["means"]), comparison.summary_table(means))


def test_the_command_copied_prints_the_means_shown(shown):
    chosen, hidden, means = shown
    words = shlex.split(results_takeaway.command(chosen, hidden))
    assert words[:3] == ["python", "-m", "coreset_engine"]
    head, *lines = CliRunner().invoke(cli, words[3:], catch_exceptions=False).output.splitlines()
    assert head.split() == list(WIDE)
    table = comparison.summary_table(means)
    assert len(lines) == len(table)
    for line, row in zip(lines, table.to_dict("records"), strict=True):
        assert line.startswith(row["method"])
        cells = line.removeprefix(row["method"]).replace(",", "").split()
        told = [float("nan") if cell == "-" else float(cell) for cell in cells]
        named = ("val best", "test at best val", "test last")
        figures = [row[name] / 100 for one in named for name in (one, f"sd {one}")]
        wanted = [row["α"] / 100, row["M"], row["n"], *figures, row["test AUC"], row["collapsed"]]
        assert told == pytest.approx(wanted, abs=5.1e-5, nan_ok=True)


def test_the_page_offers_the_command_of_what_it_shows(rows):
    page = AppTest.from_file(str(ROOT / "pages/8_Results.py"), default_timeout=60)
    page.query_params["data"], page.query_params["trained_epochs"] = choice(rows).data, "200"
    page.query_params["network"] = "resnet18"
    page.run()
    page.multiselect(key="hide").set_value(["full"]).run()
    title = next(name for name in result_rows.titles(rows) if name.startswith("random, 10 %, seed 2"))
    page.multiselect(key="hidden_rows").set_value([title]).run()
    assert not page.exception
    command, python = (element.value for element in page.code[-2:])
    chosen = choice(rows, ["full"])
    assert command == results_takeaway.command(chosen, (title[-KEY - 1 : -1],))
    assert python == results_takeaway.python(chosen, (title[-KEY - 1 : -1],))


def test_the_command_takes_as_many_signs_of_a_key_as_the_page_shows():
    assert KEY == result_rows.KEY
