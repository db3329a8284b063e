"""What is copied from Results gives the tables shown: the commands and the Python are run and their figures compared."""

import csv
import io
import shlex

import pandas as pd
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from coreset_engine import results, tables
from coreset_engine.__main__ import cli
from coreset_engine.cli.results import WIDE
from coreset_engine.dashboard.results import code, data
from coreset_engine.dashboard.results.data import Scope
from coreset_engine.results import people
from coreset_engine.results.parts import Question, get
from tests.browser import ROOT
from tests.compared import config, metrics

OTHER = {"dataset": "pneumoniamnist", "dataset_sha256": "cd" * 32}
CURVE = {"train_loss": [1.0, 0.5], "val_loss": [0.9, 0.6], "val_accuracy": [0.4, 0.7]}
EVA = "eva 100/190 K10"
FIGURE = "test_acc_last"


@pytest.fixture
def rows():
    """Random, EVA and the full data with three seeds each, and rows of another data set, network and length."""
    windows = {"early": 100, "late": 190, "length": 10}
    confused = {f"test_confusion_{rule}": [[8, 2], [1, 9]] for rule in ("last", "best_val")}
    better = {f"test_confusion_{rule}": [[9, 1], [0, 10]] for rule in ("last", "best_val")}
    for seed in range(3):
        results.append(config("full", seed=seed), metrics(0.9, curve=CURVE, **better))
        results.append(config("random", seed=seed, rate=0.05), metrics(0.7 + seed / 1000, (0.8, 0.8)))
        results.append(config("random", seed=seed), metrics(0.8 + seed / 1000, (0.8, 0.8)))
        eva = metrics(0.85 + seed / 500, (0.9, 0.6), curve=CURVE, **confused)
        results.append(config("eva", seed=seed, options=windows), eva)
    results.append(config("random", **OTHER), metrics(0.3))
    results.append(config("random", architecture="lenet"), metrics(0.2))
    results.append(config("random", epochs=30), metrics(0.1))
    return results.frame()


FIND = "eva 200"


def scope(table, hidden=(), without=0):
    """What the sidebar asks for: OrganSMNIST, ResNet-18, 200 epochs; hidden methods, and so many hidden rows."""
    name = results.data_names(table).iloc[0]
    mine = table[(results.data_names(table) == name) & (table["architecture"] == "resnet18") & (table["epochs"] == 200)]
    keys = tuple(key[: results.SHORT_KEY] for key in mine["key"].iloc[:without])
    return Scope(mine.iloc[without:], FIGURE, name, "resnet18", 200, tuple(hidden), keys)


CASES = {"everything": ((), 0), "a method hidden": (("random",), 0), "rows hidden": (("full",), 2)}
CASES["a method hidden and its rows, too"] = (("full",), 10)


@pytest.fixture(params=CASES)
def page(request, rows):
    """What is compared, and what each part that is shown was asked."""
    methods, count = CASES[request.param]
    chosen = scope(rows, methods, count)
    assert len(chosen.hidden_rows) == count
    seen = chosen.visible()
    curves = tuple(seen[seen["method"] == "eva"]["key"].tolist()[:2])
    asked = {"random": Question(metric=FIGURE), "costs": Question(), "curves": Question(keys=curves)}
    if "full" not in methods:
        asked |= dict.fromkeys(("recalls", "confusion"), Question(metric=FIGURE, coreset=(EVA, 0.1)))
    return chosen, asked


def expected(chosen, asked):
    """The tables of the page by their names in Python."""
    seen = chosen.visible()
    found = {"differences": chosen.visible(results.against_random(chosen.rows, FIGURE)), "costs": results.costs(seen)}
    found["curves"] = results.learning_curves(seen[seen["key"].isin(asked["curves"].keys)])
    found["retrainings"] = results.matching(seen, FIND)
    if "recalls" in asked:
        recalls = results.class_recalls(seen, FIGURE)
        recalls = recalls[(recalls["label"] == EVA) & (recalls["rate"] == 0.1)]
        recalls.insert(2, "class_name", [f"class {number}" for number in recalls["class"]])
        found["recalls"] = recalls.sort_values("fall", ascending=False, kind="stable")
    assert all(len(table) for table in found.values())
    return found


def test_the_python_copied_gives_the_tables_shown(page):
    chosen, asked = page
    names = {}
    exec(code.python(chosen, asked, FIND), names)
    means = results.summarise(chosen.visible())
    pd.testing.assert_frame_equal(people.mean_table(names["means"]), people.mean_table(means))
    for name, table in expected(*page).items():
        pd.testing.assert_frame_equal(names[name].reset_index(drop=True), table.reset_index(drop=True))
    if "confusion" in asked:
        points = names["confusion"].set_index(["true", "predicted"])["points"]
        assert points.to_dict() == pytest.approx({(0, 0): -10, (0, 1): 10, (1, 0): 10, (1, 1): -10})
    assert ("confusion" in names) == ("recalls" in names) == ("recalls" in asked)


def printed(chosen, asked):
    """What each copied command prints, by the comment above it."""
    lines = code.command(chosen, asked, FIND).splitlines()
    found = {}
    for comment, line in zip(lines[::2], lines[1::2], strict=True):
        words = shlex.split(line)
        assert words[:3] == ["python", "-m", "coreset_engine"]
        found[comment.removeprefix("# ")] = CliRunner().invoke(cli, words[3:], catch_exceptions=False).output
    return found


def test_the_commands_copied_print_the_tables_shown(page):
    _, asked = page
    said, wanted = printed(*page), expected(*page)
    wanted["curves"] = wanted["curves"].assign(key=wanted["curves"]["key"].str.slice(0, results.SHORT_KEY))
    for name, variable in (("random", "differences"), ("costs", "costs"), ("curves", "curves"), ("recalls", "recalls")):
        title = get(name).title
        assert (title in said) == (name in asked)
        if name in asked:
            table = wanted[variable]
            assert said[title] == tables.table(table.to_dict("records"), list(table.columns)) + "\n"
    listed = list(csv.DictReader(io.StringIO(said["every retraining"])))
    assert [row["key"] for row in listed] == wanted["retrainings"]["key"].tolist()
    assert (get("confusion").title in said) == ("confusion" in asked)
    if "confusion" in asked:
        head, *lines = said[get("confusion").title].splitlines()
        assert head.split() == ["true", "true_name", "predicted", "predicted_name", "points", "n", "full_n"]
        assert len(lines) == 4
        assert lines[0].split() == ["0", "class", "0", "1", "class", "1", "10.0000", "3", "3"]


def test_the_command_copied_prints_the_means_shown(page):
    head, *lines = printed(*page)["means over seeds"].splitlines()
    assert head.split() == list(WIDE)
    table = people.mean_table(results.summarise(page[0].visible()))
    assert len(lines) == len(table)
    for line, row in zip(lines, table.to_dict("records"), strict=True):
        assert line.startswith(row["method"])
        cells = line.removeprefix(row["method"]).replace(",", "").split()
        told = [float("nan") if cell == "-" else float(cell) for cell in cells]
        named = ("val best", "test at best val", "test last")
        figures = [row[name] / 100 for one in named for name in (one, f"sd {one}")]
        wanted = [row["α"] / 100, row["M"], row["n"], *figures, row["test AUC"], row["collapsed"]]
        assert told == pytest.approx(wanted, abs=5.1e-5, nan_ok=True)


def test_the_page_offers_the_commands_of_what_it_shows(rows):
    page = AppTest.from_file(str(ROOT / "pages/8_Results.py"), default_timeout=60)
    whole = scope(rows)
    page.query_params["data"], page.query_params["trained_epochs"] = whole.data, "200"
    page.query_params["network"] = "resnet18"
    page.run()
    page.multiselect(key="hide").set_value(["full"]).run()
    title = next(name for name in data.titles(rows) if name.startswith("random, 10 %, seed 2"))
    page.multiselect(key="hidden_rows").set_value([title]).run()
    page.text_input(key="filter").set_value("organs eva").run()
    assert not page.exception
    command, python = (element.value for element in page.code[-2:])
    metric = "test_acc_best_val"
    chosen = Scope(whole.rows, metric, whole.data, "resnet18", 200, ("full",), (title[-results.SHORT_KEY - 1 : -1],))
    (newest,) = page.multiselect(key="curves_of").value  # the others kept no curves, or are hidden
    curves = tuple(key for key in rows["key"] if key[: results.SHORT_KEY] in newest)
    asked = {
        "verdict": Question(metric=metric),
        "random": Question(metric=metric),
        "costs": Question(),
        "curves": Question(keys=curves),
    }
    assert command == code.command(chosen, asked, "organs eva")
    assert python == code.python(chosen, asked, "organs eva")
    page.multiselect(key="hide").set_value([]).run()
    assert "--show confusion --figure test_acc_best_val --coreset 'eva 100/190 K10' 0.1" in page.code[-2].value
