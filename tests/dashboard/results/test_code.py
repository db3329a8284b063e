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
from coreset_engine.dashboard.results import code, comparison, retrainings
from coreset_engine.dashboard.results.comparison import Choice
from coreset_engine.dashboard.results.recalls import Told
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


def choice(table, hidden=()):
    """What the sidebar asks for: OrganSMNIST, ResNet-18, 200 epochs."""
    data = results.data_names(table).iloc[0]
    mine = table[(results.data_names(table) == data) & (table["architecture"] == "resnet18") & (table["epochs"] == 200)]
    return Choice(mine, FIGURE, data, "resnet18", 200, tuple(hidden))


CASES = {"everything": ((), 0), "a method hidden": (("random",), 0), "rows hidden": (("full",), 2)}
CASES["a method hidden and its rows, too"] = (("full",), 10)


@pytest.fixture(params=CASES)
def page(request, rows):
    """What the page says is shown, all rows that count and those that are visible."""
    methods, count = CASES[request.param]
    chosen = choice(rows, methods)
    counted = chosen.rows.iloc[count:]
    hidden = retrainings.hidden(chosen.rows, counted)
    assert len(hidden) == count
    seen = comparison.visible(counted, chosen)
    coreset = None if "full" in methods else Told(EVA, 0.1, True)
    curves = seen[seen["method"] == "eva"]["key"].tolist()[:2]
    return code.Shown(chosen, hidden, True, coreset, True, curves, "eva 200"), counted, seen


def expected(shown, counted, seen):
    """The tables of the page by their names in Python."""
    differences = comparison.visible(results.against_random(counted, FIGURE), shown.chosen)
    found = {"differences": differences, "costs": results.costs(seen)}
    found["curves"] = results.learning_curves(seen[seen["key"].isin(shown.curves)])
    found["retrainings"] = results.matching(seen, shown.find)
    if shown.coreset:
        recalls = results.class_recalls(seen, FIGURE)
        found["recalls"] = recalls[(recalls["label"] == EVA) & (recalls["rate"] == 0.1)]
    assert all(len(table) for table in found.values())
    return found


def test_the_python_copied_gives_the_tables_shown(page):
    shown, _, seen = page
    names = {}
    exec(code.python(shown), names)
    means = results.summarise(seen)
    pd.testing.assert_frame_equal(comparison.summary_table(names["means"]), comparison.summary_table(means))
    for name, table in expected(*page).items():
        pd.testing.assert_frame_equal(names[name].reset_index(drop=True), table.reset_index(drop=True))
    if shown.coreset:
        assert names["confusion"].points.tolist() == [
            pytest.approx([-10, 10]),
            pytest.approx([10, -10]),
        ]
    assert ("confusion" in names) == ("recalls" in names) == (shown.coreset is not None)


def printed(shown):
    """What each copied command prints, by the comment above it."""
    lines = code.command(shown).splitlines()
    found = {}
    for comment, line in zip(lines[::2], lines[1::2], strict=True):
        words = shlex.split(line)
        assert words[:3] == ["python", "-m", "coreset_engine"]
        found[comment.removeprefix("# ")] = CliRunner().invoke(cli, words[3:], catch_exceptions=False).output
    return found


def test_the_commands_copied_print_the_tables_shown(page):
    shown, _, _ = page
    said, wanted = printed(shown), expected(*page)
    for name, text in (
        ("against Random, seed by seed", wanted["differences"]),
        ("what it costs", wanted["costs"]),
        ("learning curves", wanted["curves"].assign(key=wanted["curves"]["key"].str.slice(0, results.SHORT_KEY))),
    ):
        assert said[name] == tables.table(text.to_dict("records"), list(text.columns)) + "\n"
    listed = list(csv.DictReader(io.StringIO(said["every retraining"])))
    assert [row["key"] for row in listed] == wanted["retrainings"]["key"].tolist()
    assert ("class by class" in said) == (shown.coreset is not None)
    if shown.coreset:
        recalls = wanted["recalls"].sort_values("fall", ascending=False, kind="stable")
        recalls.insert(2, "class_name", [f"class {number}" for number in recalls["class"]])
        assert said["class by class"] == tables.table(recalls.to_dict("records"), list(recalls.columns)) + "\n"
        head, *lines = said["which class is taken for which"].splitlines()
        assert head.split() == ["true", "true_name", "predicted", "predicted_name", "points", "n", "full_n"]
        assert len(lines) == 4
        assert lines[0].split() == ["0", "class", "0", "1", "class", "1", "10.0000", "3", "3"]


def test_the_command_copied_prints_the_means_shown(page):
    shown, _, seen = page
    head, *lines = printed(shown)["means over seeds"].splitlines()
    assert head.split() == list(WIDE)
    table = comparison.summary_table(results.summarise(seen))
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
    page.query_params["data"], page.query_params["trained_epochs"] = choice(rows).data, "200"
    page.query_params["network"] = "resnet18"
    page.run()
    page.multiselect(key="hide").set_value(["full"]).run()
    title = next(name for name in retrainings.titles(rows) if name.startswith("random, 10 %, seed 2"))
    page.multiselect(key="hidden_rows").set_value([title]).run()
    page.text_input(key="filter").set_value("organs eva").run()
    assert not page.exception
    command, python = (element.value for element in page.code[-2:])
    chosen = Choice(choice(rows).rows, "test_acc_best_val", choice(rows).data, "resnet18", 200, ("full",))
    (newest,) = page.multiselect(key="curves_of").value  # the others kept no curves, or are hidden
    curves = [key for key in rows["key"] if key[: results.SHORT_KEY] in newest]
    shown = code.Shown(chosen, (title[-results.SHORT_KEY - 1 : -1],), True, None, True, curves, "organs eva")
    assert command == code.command(shown)
    assert python == code.python(shown)
    page.multiselect(key="hide").set_value([]).run()
    assert "--show confusion --figure test_acc_best_val --coreset 'eva 100/190 K10' 0.1" in page.code[-2].value
